"""Sets of indices as half-open intervals, in order and apart: what of a data set is missing, made, or noted."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

Intervals = tuple[tuple[int, int], ...]


def total(intervals: Sequence[tuple[int, int]]) -> int:
    """How many indices the intervals hold."""
    return sum(stop - start for start, stop in intervals)


def indices(intervals: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Each of them, in the order of the intervals."""
    return (index for start, stop in intervals for index in range(start, stop))


def where_zero(flags: bytes | bytearray) -> Intervals:
    """The indices at which `flags` are 0."""
    return tuple(match.span() for match in re.finditer(rb"\x00+", flags))


def union(*several: Iterable[tuple[int, int]]) -> Intervals:
    """What is in any of them."""
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(pair for intervals in several for pair in intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        elif stop > start:
            merged.append((start, stop))
    return tuple(merged)


def without(intervals: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]) -> Intervals:
    """What is in the first and not in the second."""
    left: list[tuple[int, int]] = []
    cuts = union(taken)
    for start, stop in union(intervals):
        for first, last in cuts[max(0, bisect_right(cuts, (start, start)) - 1) :]:
            if first >= stop:
                break
            if last > start:
                if first > start:
                    left.append((start, first))
                start = max(start, last)
        if start < stop:
            left.append((start, stop))
    return tuple(left)


def within(intervals: Iterable[tuple[int, int]], bounds: tuple[int, int]) -> Intervals:
    """What of the intervals lies within these bounds."""
    low, high = bounds
    cut = ((max(start, low), min(stop, high)) for start, stop in intervals)
    return tuple((start, stop) for start, stop in cut if start < stop)


def holds(intervals: Intervals, index: int) -> bool:
    """Whether an index is in one of them."""
    place = bisect_right(intervals, (index, float("inf"))) - 1
    return place >= 0 and index < intervals[place][1]
