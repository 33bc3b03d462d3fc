"""A figure over time in bounded memory: seconds as they come, and after a while ten of them as one with its extremes.

Pure. Knows neither what the figure is nor how it is drawn.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan

FINE = 7200
"""So many points are kept as they came: two hours of seconds."""

COARSE_S = 10.0
COARSE = 8640
"""Then so many of ten seconds each: a day. What is older is let go of."""


@dataclass(frozen=True, slots=True)
class Point:
    """A stretch of time that ends at `at_s`: the mean of the figure over it, and its extremes."""

    at_s: float
    length_s: float
    mean: float
    low: float
    high: float


def merged(points: Iterable[Point]) -> Point | None:
    """These points as one, each with the weight of its length; None where there are none.

    Points that are not a number lengthen the stretch and count for nothing else.
    """
    at_s, length_s, known_s, total, low, high = 0.0, 0.0, 0.0, 0.0, nan, nan
    for point in points:
        at_s = max(at_s, point.at_s)
        length_s += point.length_s
        if isnan(point.mean):
            continue
        known_s += point.length_s
        total += point.mean * point.length_s
        low = point.low if isnan(low) else min(low, point.low)
        high = point.high if isnan(high) else max(high, point.high)
    if not length_s:
        return None
    mean = min(high, max(low, total / known_s)) if known_s else nan
    return Point(at_s, length_s, mean, low, high)


class Series:
    """Points in the order of time; the newest as they came, older ones by ten seconds."""

    def __init__(self, fine: int = FINE, coarse: int = COARSE, coarse_s: float = COARSE_S) -> None:
        self._fine: deque[Point] = deque()
        self._coarse: deque[Point] = deque(maxlen=coarse)
        self._most, self._coarse_s = fine, coarse_s
        self._aging: list[Point] = []

    def add(self, at_s: float, value: float, length_s: float = 1.0) -> None:
        """One more value, of a stretch that ends at `at_s`; nan where nothing is known of it."""
        self._fine.append(Point(at_s, length_s, value, value, value))
        if len(self._fine) > self._most:
            self._age(self._fine.popleft())

    def _age(self, point: Point) -> None:
        if self._aging and point.at_s // self._coarse_s > self._aging[0].at_s // self._coarse_s:
            self._settle()
        self._aging.append(point)

    def _settle(self) -> None:
        if (point := merged(self._aging)) is not None:
            self._coarse.append(point)
        self._aging.clear()

    def __iter__(self) -> Iterator[Point]:
        yield from self._coarse
        yield from self._aging
        yield from self._fine

    def __len__(self) -> int:
        return len(self._coarse) + len(self._aging) + len(self._fine)

    def columns(self, count: int) -> list[Point]:
        """All points, merged into at most `count` columns of equal time; stretches without any point are left out."""
        return columns(self, count)


def columns(points: Iterable[Point], count: int) -> list[Point]:
    """Points merged into at most `count` columns of equal time; stretches without any point are left out."""
    points = list(points)
    if len(points) <= count or count < 1:
        return points if count > 0 else []
    found = gridded(points, count, points[0].at_s - points[0].length_s, points[-1].at_s)
    return [column for column in found if column is not None]


def gridded(points: Sequence[Point], count: int, start_s: float, end_s: float) -> list[Point | None]:
    """What the points come to in `count` columns of equal time between two instants; None where there is none.

    A column in which no point has its middle is of the one that covers it.
    """
    if count < 1 or end_s <= start_s:
        return [merged(points)] * count
    width_s = (end_s - start_s) / count
    buckets: list[list[Point]] = [[] for _ in range(count)]
    for point in points:
        place = int((point.at_s - point.length_s / 2 - start_s) / width_s)
        buckets[min(count - 1, max(0, place))].append(point)
    ends = [point.at_s for point in points]
    found = [merged(bucket) for bucket in buckets]
    for place, column in enumerate(found):
        middle_s = start_s + (place + 0.5) * width_s
        if column is None and (after := bisect_right(ends, middle_s)) < len(points):
            point = points[after]
            found[place] = point if point.at_s - point.length_s <= middle_s else None
    return found
