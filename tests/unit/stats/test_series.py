"""Figures over time: nothing is lost when seconds become columns, and memory has a bound."""

from __future__ import annotations

from math import isnan, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.stats.series import Point, Series, columns, merged

VALUES = st.lists(st.floats(0, 1e9), min_size=1, max_size=200)


@settings(max_examples=60, deadline=None)
@given(VALUES, st.integers(1, 50))
def test_columns_keep_mean_extremes_and_time(values: list[float], count: int) -> None:
    points = [Point(float(second + 1), 1.0, value, value, value) for second, value in enumerate(values)]
    found = columns(points, count)
    assert len(found) <= max(count, 1)
    assert sum(point.length_s for point in found) == pytest.approx(len(values))
    assert sum(point.mean * point.length_s for point in found) == pytest.approx(sum(values), abs=1e-3)
    assert max(point.high for point in found) == max(values) and min(point.low for point in found) == min(values)
    assert all(point.low <= point.mean <= point.high for point in found)
    assert [point.at_s for point in found] == sorted(point.at_s for point in found)


def test_a_day_stays_small_and_keeps_the_highest_second() -> None:
    series = Series(fine=100, coarse=50)
    for second in range(1, 601):
        series.add(float(second), 5000.0 if second == 123 else float(second % 7))
    assert len(series) <= 100 + 50 + 10
    points = list(series)
    assert max(point.high for point in points) == 5000.0
    assert sum(point.length_s for point in points) == 600
    assert points[0].length_s in (9.0, 10.0) and points[-1].length_s == 1.0
    for second in range(601, 20_000):
        series.add(float(second), 1.0)
    assert len(series) <= 160
    assert len(series.columns(40)) == 40


def test_what_is_not_known_is_no_zero() -> None:
    points = [Point(1.0, 1.0, nan, nan, nan), Point(2.0, 1.0, 4.0, 4.0, 4.0)]
    assert merged(points) == Point(2.0, 2.0, 4.0, 4.0, 4.0)
    unknown = merged(points[:1])
    assert unknown is not None and isnan(unknown.mean)
    assert merged([]) is None and columns([], 10) == [] and columns(points, 0) == []
