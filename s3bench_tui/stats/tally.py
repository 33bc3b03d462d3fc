"""Figures of operations over a stretch of time: counts and histograms by target, line of the mix, size class and end point.

Pure data that adds up: a phase is the sum of its intervals, a run the sum of its phases.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from s3bench_tui.stats.histogram import EMPTY, Histogram, HistogramSum

SIZE_CLASS_LIMITS = (0, 8 << 10, 64 << 10, 512 << 10, 4 << 20, 32 << 20, 256 << 20, 2 << 30)
SIZE_CLASSES = ("zero", "1B-8KiB", "8KiB-64KiB", "64KiB-512KiB", "512KiB-4MiB", "4MiB-32MiB", "32MiB-256MiB", "256MiB-2GiB", ">2GiB")  # fmt: skip
"""The size classes of s3-bench; each upper bound belongs to its class."""


def size_class_of(size_bytes: int) -> int:
    """Index in SIZE_CLASSES."""
    return bisect_left(SIZE_CLASS_LIMITS, size_bytes)


class RowKey(NamedTuple):
    """Which operations a row counts: indices into the plan's targets and mix, and into SIZE_CLASSES; and where the
    target has several end points, which of them they went to."""

    target: int
    entry: int
    size_class: int
    endpoint: int = 0


COUNTERS = ("ops", "bytes", "items", "pages", "out_of_range")
HISTOGRAMS = ("service", "ttfb", "response", "lag")
"""The fields of a row that are single numbers, and those that are histograms, in their order."""


@dataclass(frozen=True, slots=True)
class Row:
    """`ops` and all histograms count successes only; `errors` counts failures by outcome name.

    `bytes` are object bytes moved, `items` keys listed or deleted in batches, `pages` LIST requests.
    `response` and `lag` are empty in closed loop, `ttfb` where it has no meaning.
    Every figure is of operations that completed in the stretch, whenever they began.
    """

    ops: int = 0
    bytes: int = 0
    items: int = 0
    pages: int = 0
    out_of_range: int = 0
    """Values above the histograms' range, recorded at its top."""
    errors: Mapping[str, int] = field(default_factory=dict)
    service: Histogram = EMPTY
    ttfb: Histogram = EMPTY
    response: Histogram = EMPTY
    lag: Histogram = EMPTY

    def __add__(self, other: Row) -> Row:
        errors = dict(self.errors)
        for name, count in other.errors.items():
            errors[name] = errors.get(name, 0) + count
        return Row(
            self.ops + other.ops, self.bytes + other.bytes, self.items + other.items, self.pages + other.pages,
            self.out_of_range + other.out_of_range, errors, self.service + other.service, self.ttfb + other.ttfb,
            self.response + other.response, self.lag + other.lag,
        )  # fmt: skip

    def __sub__(self, earlier: Row) -> Row:
        errors = {name: count - earlier.errors.get(name, 0) for name, count in self.errors.items()}
        return Row(
            self.ops - earlier.ops, self.bytes - earlier.bytes, self.items - earlier.items, self.pages - earlier.pages,
            self.out_of_range - earlier.out_of_range, {name: count for name, count in errors.items() if count},
            self.service - earlier.service, self.ttfb - earlier.ttfb, self.response - earlier.response, self.lag - earlier.lag,
        )  # fmt: skip

    @property
    def failed(self) -> int:
        """Failed operations of every class."""
        return sum(self.errors.values())


Tally = Mapping[RowKey, Row]


def merged(*tallies: Tally) -> dict[RowKey, Row]:
    """The sum of tallies, row by row."""
    total = TallySum()
    for tally in tallies:
        total.add(tally)
    return total.value()


def difference(later: Tally, earlier: Tally) -> dict[RowKey, Row]:
    """What came between two cumulative tallies; rows in which nothing happened are left out."""
    changed = {}
    for key, row in later.items():
        delta = row - earlier[key] if key in earlier else row
        if delta.ops or delta.errors:
            changed[key] = delta
    return changed


def total_of(tally: Tally) -> Row:
    """All rows as one."""
    return sum_of(tally.values())


def sum_of(rows: Iterable[Row]) -> Row:
    """These rows as one."""
    total = RowSum()
    for row in rows:
        total.add(row)
    return total.value()


class RowSum:
    """Adds up many rows, cheaper than `+` does one by one."""

    __slots__ = ("_counters", "_errors", "_histograms")

    def __init__(self) -> None:
        self._counters = [0] * len(COUNTERS)
        self._errors: dict[str, int] = {}
        self._histograms = [HistogramSum() for _ in HISTOGRAMS]

    def add(self, row: Row) -> None:
        """Add one more."""
        for index, name in enumerate(COUNTERS):
            self._counters[index] += getattr(row, name)
        for name, count in row.errors.items():
            self._errors[name] = self._errors.get(name, 0) + count
        for histogram, name in zip(self._histograms, HISTOGRAMS, strict=True):
            histogram.add(getattr(row, name))

    @property
    def counts(self) -> tuple[int, int, int]:
        """Successes, their bytes, and failures."""
        return self._counters[0], self._counters[1], sum(self._errors.values())

    def histogram(self, name: str) -> Histogram:
        """One of HISTOGRAMS alone, as it is in the sum."""
        return self._histograms[HISTOGRAMS.index(name)].value()

    def value(self) -> Row:
        """The sum of all that was added."""
        ops, size, items, pages, out_of_range = self._counters
        service, ttfb, response, lag = (histogram.value() for histogram in self._histograms)
        return Row(ops, size, items, pages, out_of_range, dict(self._errors), service, ttfb, response, lag)


class TallySum:
    """Adds up tallies row by row as they come."""

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows: dict[RowKey, RowSum] = {}

    def add(self, tally: Tally) -> None:
        """Add one more."""
        for key, row in tally.items():
            self._rows.setdefault(key, RowSum()).add(row)

    def value(self) -> dict[RowKey, Row]:
        """The sum of all that was added."""
        return {key: row.value() for key, row in self._rows.items()}
