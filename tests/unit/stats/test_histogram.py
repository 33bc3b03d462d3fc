"""Histograms against the values themselves, and against the hdrhistogram package, which shares their layout."""

from __future__ import annotations

import math
from array import array

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.stats.histogram import (
    COUNTS,
    MAX_VALUE_NS,
    PERCENTILES,
    Histogram,
    HistogramSum,
    index_of,
    value_range,
)

values = st.one_of(
    st.integers(0, 5000),
    st.integers(0, MAX_VALUE_NS),
    st.integers(0, 43).map(lambda bits: min(1 << bits, MAX_VALUE_NS)),
)
samples = st.lists(values, max_size=60)


def reference(sample: list[int]) -> HdrHistogram:
    histogram = HdrHistogram(1, MAX_VALUE_NS, 3)
    for value in sample:
        assert histogram.record_value(value)
    return histogram


def test_the_layout_has_the_size_of_the_packages():
    assert HdrHistogram(1, MAX_VALUE_NS, 3).counts_len == COUNTS


@settings(deadline=None)
@given(values)
def test_index_and_range_are_the_packages(value):
    hdr = HdrHistogram(1, MAX_VALUE_NS, 3)
    index = index_of(value)
    assert index == hdr.get_counts_array_index(value) < COUNTS
    low, high = value_range(index)
    assert (low, high) == (hdr.get_lowest_equivalent_value(value), hdr.get_highest_equivalent_value(value))
    assert low <= value <= high
    assert high - low <= value / 1000


@settings(max_examples=30, deadline=None)
@given(samples)
def test_figures_are_the_packages(sample):
    ours, hdr = Histogram.of_values(sample), reference(sample)
    assert ours.n == hdr.get_total_count() == len(sample)
    if sample:
        wanted = (*PERCENTILES.values(), 100.0, 12.5)
        assert ours.percentiles(wanted) == [hdr.get_value_at_percentile(p) for p in wanted]
        assert ours.max_ns == hdr.get_max_value()
        assert ours.min_ns == hdr.get_min_value()
        assert ours.mean_ns == pytest.approx(hdr.get_mean_value(), rel=1e-12)


@settings(deadline=None)
@given(st.lists(values, min_size=1, max_size=60))
def test_mean_is_within_half_a_bucket_of_the_truth(sample):
    assert Histogram.of_values(sample).mean_ns == pytest.approx(sum(sample) / len(sample), rel=0.0005)


@settings(max_examples=30, deadline=None)
@given(st.lists(samples, min_size=1, max_size=5))
def test_percentiles_merged_from_workers_are_those_of_all_samples_sorted(workers):
    merged, summed = Histogram(), HistogramSum()
    for sample in workers:
        merged = merged + Histogram.of_values(sample)
        summed.add(Histogram.of_values(sample))
    everything = sorted(value for sample in workers for value in sample)
    assert merged == summed.value() == Histogram.of_values(everything)
    if everything:
        for percentile, found in zip(
            PERCENTILES.values(), merged.percentiles(tuple(PERCENTILES.values())), strict=True
        ):
            rank = max(1, math.floor(percentile * len(everything) / 100 + 0.5))
            low, high = value_range(index_of(everything[rank - 1]))
            assert low <= everything[rank - 1] <= high == found


@settings(deadline=None)
@given(samples, samples)
def test_a_difference_is_what_came_after(earlier, later):
    before = Histogram.of_values(earlier)
    assert (before + Histogram.of_values(later)) - before == Histogram.of_values(later)


@pytest.mark.parametrize(
    ("later", "earlier"),
    [([5], [5, 5]), ([5, 6, 7], [6, 6]), ([5, 7], [6]), ([], [1]), ([5], [4]), ([5], [6])],
)
def test_what_is_no_earlier_snapshot_is_refused(later, earlier):
    with pytest.raises(ValueError, match="does not have"):
        Histogram.of_values(later) - Histogram.of_values(earlier)


def test_counts_come_from_a_stretch_and_lose_their_empty_ends():
    histogram = Histogram.of_counts(array("Q", [0, 0, 3, 0, 1 << 60, 0]), first=100)
    assert (histogram.first, list(histogram.counts), histogram.n) == (102, [3, 0, 1 << 60], 3 + (1 << 60))
    assert Histogram.of_counts(array("Q", bytes(80)), first=7) == Histogram()


def test_an_empty_histogram_says_zero_and_knows_no_percentile():
    empty = Histogram()
    assert (empty.n, empty.min_ns, empty.max_ns, empty.mean_ns, empty.end) == (0, 0, 0, 0.0, 0)
    assert empty.percentiles((50.0,)) == [0]
    assert empty.known_percentiles() == {}
    assert empty.fraction_above(1) == 0.0
    assert empty + empty == HistogramSum().value() == empty


@pytest.mark.parametrize(
    ("n", "known"),
    [
        (1, []),
        (2, ["p50"]),
        (9, ["p50"]),
        (10, ["p50", "p90"]),
        (20, ["p50", "p90", "p95"]),
        (99, ["p50", "p90", "p95"]),
        (100, ["p50", "p90", "p95", "p99"]),
        (1000, ["p50", "p90", "p95", "p99", "p999"]),
        (9999, ["p50", "p90", "p95", "p99", "p999"]),
        (10000, list(PERCENTILES)),
    ],
)
def test_a_percentile_needs_enough_samples(n, known):
    assert list(Histogram(0, array("Q", [n]), n).known_percentiles()) == known


def test_fraction_above():
    histogram = Histogram.of_values([10, 20, 30, 40])
    assert histogram.fraction_above(5) == 1.0
    assert histogram.fraction_above(20) == 0.5
    assert histogram.fraction_above(MAX_VALUE_NS) == 0.0


def test_values_beyond_the_range_count_at_its_top():
    assert Histogram.of_values([MAX_VALUE_NS * 4]).max_ns == MAX_VALUE_NS
