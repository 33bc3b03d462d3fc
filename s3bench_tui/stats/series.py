"""A figure over time in bounded memory: seconds as they come, and after a while ten of them as one with its extremes.

Pure. Knows neither what the figure is nor how it is drawn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
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
    start_s = points[0].at_s - points[0].length_s
    width_s = (points[-1].at_s - start_s) / count
    buckets: list[list[Point]] = [[] for _ in range(count)]
    for point in points:
        middle_s = point.at_s - point.length_s / 2
        buckets[min(count - 1, max(0, int((middle_s - start_s) / width_s))) if width_s > 0 else 0].append(point)
    return [column for bucket in buckets if (column := merged(bucket)) is not None]
