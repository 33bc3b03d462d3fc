"""Latency histograms in the layout of HdrHistogram: 3 significant digits, 1 ns to 2^43 ns (2.4 hours).

A recorder writes counts straight into shared memory; everything that reads them uses `Histogram`, which
keeps only the stretch of buckets that holds counts. Knows nothing of operations or processes.

Whole stretches are added and subtracted as one big integer each, whose 64-bit lanes are the counts: that is
memory speed, and no lane ever carries into the next. It takes a little-endian machine.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate
from operator import mul

import pyhdrh

SUB_BUCKET_BITS = 11
"""2048 sub-buckets of 1 unit, then halves of 1024: 3 significant digits."""

MAX_VALUE_NS = (1 << 43) - 1
COUNTS = (43 - SUB_BUCKET_BITS + 2) << (SUB_BUCKET_BITS - 1)
"""Length of a counts array; index and value are those of HdrHistogram(1, MAX_VALUE_NS, 3)."""

PERCENTILES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p999": 99.9, "p9999": 99.99}


_WORD = 8
_ZERO = array("Q", [0])


def index_of(value_ns: int) -> int:
    """Index of the bucket of a value between 0 and MAX_VALUE_NS."""
    bucket = (value_ns | 2047).bit_length() - 11
    return (bucket << 10) + (value_ns >> bucket)


def value_range(index: int) -> tuple[int, int]:
    """Lowest and highest value, in ns, that share the bucket at `index`."""
    bucket = max(0, (index >> 10) - 1)
    low = (index - (bucket << 10)) << bucket
    return low, low + (1 << bucket) - 1


def _lanes(counts: array[int]) -> int:
    return int.from_bytes(counts.tobytes(), "little")


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of the buckets from `first` on, `n` in all; the first and the last count are not zero.

    Immutable: `+` merges two histograms, `-` takes an earlier snapshot from a later one. Single values are
    known to the width of their bucket, 0.1 % or better; `n` and the counts are exact.
    """

    first: int = 0
    counts: array[int] = field(default_factory=lambda: array("Q"))
    n: int = 0

    @classmethod
    def of_counts(cls, counts: array[int], first: int = 0) -> Histogram:
        """From a stretch of counts that starts at bucket `first`; zeros at both ends are dropped."""
        return cls._of_lanes(_lanes(counts), first)

    @classmethod
    def _of_lanes(cls, lanes: int, first: int) -> Histogram:
        if not lanes:
            return cls()
        empty = ((lanes & -lanes).bit_length() - 1) // 64
        lanes >>= 64 * empty
        counts = array("Q")
        counts.frombytes(lanes.to_bytes((lanes.bit_length() + 63) // 64 * 8, "little"))
        return cls(first + empty, counts, sum(counts))

    @classmethod
    def of_values(cls, values_ns: list[int]) -> Histogram:
        """From single values; for tests and for small sets. Values above MAX_VALUE_NS count at the top."""
        if not values_ns:
            return cls()
        indices = [index_of(min(value, MAX_VALUE_NS)) for value in values_ns]
        first = min(indices)
        counts = array("Q", bytes(8 * (max(indices) - first + 1)))
        for index in indices:
            counts[index - first] += 1
        return cls(first, counts, len(indices))

    @property
    def end(self) -> int:
        """One past the last bucket with a count."""
        return self.first + len(self.counts)

    def __add__(self, other: Histogram) -> Histogram:
        if not self.n or not other.n:
            return self if self.n else other
        first = min(self.first, other.first)
        lanes = (_lanes(self.counts) << 64 * (self.first - first)) + (
            _lanes(other.counts) << 64 * (other.first - first)
        )
        return Histogram._of_lanes(lanes, first)

    def __sub__(self, earlier: Histogram) -> Histogram:
        """What came after `earlier`; ValueError where that is no earlier snapshot of the same counts."""
        if not earlier.n:
            return self
        if earlier.first >= self.first and earlier.end <= self.end:
            lanes = _lanes(self.counts) - (_lanes(earlier.counts) << 64 * (earlier.first - self.first))
            if lanes >= 0:
                left = Histogram._of_lanes(lanes, self.first)
                if left.n == self.n - earlier.n:  # a lane that borrowed from the next one would show here
                    return left
        raise ValueError("the histogram to take away holds counts that this one does not have")

    @property
    def min_ns(self) -> int:
        """Lowest value of the lowest bucket with a count (0 where empty)."""
        return value_range(self.first)[0] if self.n else 0

    @property
    def max_ns(self) -> int:
        """Highest value of the highest bucket with a count (0 where empty)."""
        return value_range(self.end - 1)[1] if self.n else 0

    @property
    def mean_ns(self) -> float:
        """Mean of the buckets' middles, as HdrHistogram's tools give it: within 0.05 % of the mean of the values."""
        if not self.n:
            return 0.0
        total, start = 0, self.first
        while start < self.end:
            bucket = max(0, (start >> 10) - 1)
            stop = min(self.end, (bucket + 2) << 10)
            counts = self.counts[start - self.first : stop - self.first]
            low = start - (bucket << 10)
            middle = (1 << bucket) >> 1
            total += (sum(map(mul, counts, range(low, low + len(counts)))) << bucket) + sum(counts) * middle
            start = stop
        return total / self.n

    def percentiles(self, wanted: tuple[float, ...]) -> list[int]:
        """Highest value of the bucket, in ns, at each percentile (0-100), as HdrHistogram's tools give it."""
        if not self.n:
            return [0 for _ in wanted]
        running = list(accumulate(self.counts))
        found = []
        for percentile in wanted:
            rank = max(1, int(percentile * self.n / 100 + 0.5))
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


EMPTY = Histogram()


class HistogramSum:
    """Adds up many histograms, cheaper than `+` does one by one: in place, by HdrHistogram's own loop over counts."""

    __slots__ = ("_counts", "_first", "_n")

    def __init__(self) -> None:
        self._first = 0
        self._counts = array("Q")
        self._n = 0

    def add(self, histogram: Histogram) -> None:
        """Add one more."""
        if not histogram.n:
            return
        self._n += histogram.n
        if not self._counts:
            self._first, self._counts = histogram.first, histogram.counts[:]
            return
        if (below := self._first - histogram.first) > 0:
            self._first, self._counts = histogram.first, _ZERO * below + self._counts
        at = histogram.first - self._first
        if (beyond := at + len(histogram.counts) - len(self._counts)) > 0:
            self._counts.extend(_ZERO * beyond)
        to, _ = self._counts.buffer_info()
        what, length = histogram.counts.buffer_info()
        pyhdrh.add_array(to + _WORD * at, what, length, _WORD)

    def value(self) -> Histogram:
        """The sum of all that was added."""
        return Histogram(self._first, self._counts[:], self._n) if self._n else EMPTY
