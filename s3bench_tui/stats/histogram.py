"""Latency histograms in the layout of HdrHistogram: 3 significant digits, 1 ns to 2^43 ns (2.4 hours).

A recorder writes counts straight into shared memory; everything that reads them uses `Histogram`, which
keeps only the stretch of buckets that holds counts. Knows nothing of operations or processes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate
from operator import add, sub

SUB_BUCKET_BITS = 11
"""2048 sub-buckets of 1 unit, then halves of 1024: 3 significant digits."""

MAX_VALUE_NS = (1 << 43) - 1
COUNTS = (43 - SUB_BUCKET_BITS + 2) << (SUB_BUCKET_BITS - 1)
"""Length of a counts array; index and value are those of HdrHistogram(1, MAX_VALUE_NS, 3)."""

PERCENTILES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p999": 99.9, "p9999": 99.99}


def index_of(value_ns: int) -> int:
    """Index of the bucket of a value between 0 and MAX_VALUE_NS."""
    bucket = (value_ns | 2047).bit_length() - 11
    return (bucket << 10) + (value_ns >> bucket)


def value_range(index: int) -> tuple[int, int]:
    """Lowest and highest value, in ns, that share the bucket at `index`."""
    bucket = max(0, (index >> 10) - 1)
    low = (index - (bucket << 10)) << bucket
    return low, low + (1 << bucket) - 1


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of the buckets from `first` on; `min_ns`, `max_ns` and `total_ns` are exact where `n` > 0.

    Immutable: `+` merges two histograms, `-` takes an earlier snapshot from a later one (whose extremes
    are then those of the buckets, since the interval's exact ones are not known).
    """

    first: int = 0
    counts: array[int] = field(default_factory=lambda: array("Q"))
    n: int = 0

    @classmethod
    def of_counts(cls, counts: array[int], first: int = 0) -> Histogram:
        """From a stretch of counts that starts at bucket `first`; zeros at both ends are dropped."""
        total = sum(counts)
        if not total:
            return cls()
        low = 0
        while not counts[low]:
            low += 1
        high = len(counts)
        while not counts[high - 1]:
            high -= 1
        return cls(first + low, counts[low:high], total)

    @classmethod
    def of_values(cls, values_ns: list[int]) -> Histogram:
        """From single values; for tests and for small sets."""
        counts = array("Q", bytes(8 * COUNTS))
        for value in values_ns:
            counts[index_of(min(value, MAX_VALUE_NS))] += 1
        return cls.of_counts(counts)

    @property
    def end(self) -> int:
        """One past the last bucket with a count."""
        return self.first + len(self.counts)

    def _stretch(self, first: int, end: int) -> array[int]:
        return array("Q", bytes(8 * (self.first - first))) + self.counts + array("Q", bytes(8 * (end - self.end)))

    def __add__(self, other: Histogram) -> Histogram:
        if not self.n or not other.n:
            return self if self.n else other
        first, end = min(self.first, other.first), max(self.end, other.end)
        merged = array("Q", map(add, self._stretch(first, end), other._stretch(first, end)))
        return Histogram(first, merged, self.n + other.n)

    def __sub__(self, earlier: Histogram) -> Histogram:
        if not earlier.n:
            return self
        left = array("Q", map(sub, self.counts, earlier._stretch(self.first, self.end)))
        return Histogram.of_counts(left, self.first)

    @property
    def min_ns(self) -> int:
        """Lowest recorded value, to the width of its bucket (0 where empty)."""
        return value_range(self.first)[0] if self.n else 0

    @property
    def max_ns(self) -> int:
        """Highest recorded value, to the width of its bucket (0 where empty)."""
        return value_range(self.end - 1)[1] if self.n else 0

    @property
    def mean_ns(self) -> float:
        """Mean of the buckets' middles: within 0.05 % of the mean of the values."""
        if not self.n:
            return 0.0
        total = 0.0
        for index, count in enumerate(self.counts, self.first):
            if count:
                low, high = value_range(index)
                total += count * (low + high) / 2
        return total / self.n

    def percentiles(self, wanted: tuple[float, ...]) -> list[int]:
        """Highest equivalent value, in ns, at each percentile (0-100), as HdrHistogram's tools give it."""
        if not self.n:
            return [0 for _ in wanted]
        running = list(accumulate(self.counts))
        found = []
        for percentile in wanted:
            rank = max(1, int(percentile / 100 * self.n + 0.5))
            found.append(value_range(self.first + bisect_left(running, rank))[1])
        return found

    def known_percentiles(self) -> dict[str, int]:
        """The named percentiles in ns that the sample can support: pXX needs 1/(1 - XX) values."""
        names = [name for name, p in PERCENTILES.items() if self.n * (100 - p) >= 99.9999]
        return dict(zip(names, self.percentiles(tuple(PERCENTILES[name] for name in names)), strict=True))

    def fraction_above(self, value_ns: int) -> float:
        """Share of the values (0-1) in buckets above that of `value_ns`."""
        if not self.n:
            return 0.0
        return sum(self.counts[max(0, index_of(value_ns) + 1 - self.first) :]) / self.n
