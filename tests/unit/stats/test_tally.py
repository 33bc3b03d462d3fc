"""Rows and tallies add up, and a difference is what came between."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import SIZE_CLASSES, Row, RowKey, difference, merged, size_class_of, sum_of, total_of

counts = st.integers(0, 1 << 40)
histograms = st.lists(st.integers(0, 1 << 33), max_size=4).map(Histogram.of_values)
outcomes = st.dictionaries(st.sampled_from(["timeout", "http_503"]), st.integers(1, 9), max_size=2)
rows = st.builds(
    Row, st.integers(1, 99), counts, counts, counts, counts, outcomes, histograms, histograms, histograms, histograms
)
keys = st.builds(RowKey, st.integers(0, 1), st.integers(0, 1), st.integers(0, 1))
tallies = st.dictionaries(keys, rows, max_size=4)


@settings(max_examples=30, deadline=None)
@given(tallies, tallies)
def test_a_difference_is_what_came_between(earlier, between):
    assert difference(merged(earlier, between), earlier) == between


@settings(max_examples=30, deadline=None)
@given(st.lists(tallies, max_size=3))
def test_merging_is_adding_row_by_row(parts):
    expected: dict[RowKey, Row] = {}
    for tally in parts:
        for key, row in tally.items():
            expected[key] = expected[key] + row if key in expected else row
    assert merged(*parts) == expected
    assert total_of(merged(*parts)) == sum_of(row for tally in parts for row in tally.values())


def test_rows_in_which_nothing_happened_are_left_out():
    key = RowKey(0, 0, 0)
    assert difference({key: Row(ops=3)}, {key: Row(ops=3)}) == {}
    assert difference({key: Row(ops=3, errors={"timeout": 2})}, {key: Row(ops=3, errors={"timeout": 1})}) == {
        key: Row(errors={"timeout": 1})
    }


def test_failed_counts_every_class():
    assert Row(errors={"timeout": 2, "http_503": 3}).failed == 5
    assert Row().failed == 0


@pytest.mark.parametrize(
    ("size_bytes", "name"),
    [
        (0, "zero"), (1, "1B-8KiB"), (8192, "1B-8KiB"), (8193, "8KiB-64KiB"), (64 << 10, "8KiB-64KiB"), (512 << 10, "64KiB-512KiB"),
        (1 << 20, "512KiB-4MiB"), (32 << 20, "4MiB-32MiB"), (256 << 20, "32MiB-256MiB"), (2 << 30, "256MiB-2GiB"), ((2 << 30) + 1, ">2GiB"),
    ],
)  # fmt: skip
def test_size_classes_hold_their_upper_bounds(size_bytes, name):
    assert SIZE_CLASSES[size_class_of(size_bytes)] == name
