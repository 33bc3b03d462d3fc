"""Figures of operations over a stretch of time: counts and histograms by target, line of the mix and size class.

Pure data that adds up: a phase is the sum of its intervals, a run the sum of its phases.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from s3bench_tui.stats.histogram import Histogram

SIZE_CLASS_LIMITS = (0, 8 << 10, 64 << 10, 512 << 10, 4 << 20, 32 << 20, 256 << 20, 2 << 30)
SIZE_CLASSES = ("zero", "1B-8KiB", "8KiB-64KiB", "64KiB-512KiB", "512KiB-4MiB", "4MiB-32MiB", "32MiB-256MiB", "256MiB-2GiB", ">2GiB")  # fmt: skip
"""The size classes of s3-bench; each upper bound belongs to its class."""


def size_class_of(size_bytes: int) -> int:
    """Index in SIZE_CLASSES."""
    return bisect_left(SIZE_CLASS_LIMITS, size_bytes)


class RowKey(NamedTuple):
    """Which operations a row counts: indices into the plan's targets and mix, and into SIZE_CLASSES."""

    target: int
    entry: int
    size_class: int


@dataclass(frozen=True, slots=True)
class Row:
    """`ops` and all histograms count successes only; `errors` counts failures by outcome name.

    `bytes` are object bytes moved, `items` keys listed or deleted in batches, `pages` LIST requests.
    `response` and `lag` are empty in closed loop, `ttfb` where it has no meaning.
    `response`, `lag` and the number of late finishers hold for operations that completed in the stretch.
    """

    ops: int = 0
    bytes: int = 0
    items: int = 0
    pages: int = 0
    out_of_range: int = 0
    """Values above the histograms' range, recorded at its top."""
    errors: Mapping[str, int] = field(default_factory=dict)
    service: Histogram = Histogram()
    ttfb: Histogram = Histogram()
    response: Histogram = Histogram()
    lag: Histogram = Histogram()

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
    total: dict[RowKey, Row] = {}
    for tally in tallies:
        for key, row in tally.items():
            total[key] = total[key] + row if key in total else row
    return total


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
    total = Row()
    for row in tally.values():
        total = total + row
    return total
