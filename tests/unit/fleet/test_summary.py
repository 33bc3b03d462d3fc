"""Histograms as s3-bench's controllers read them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from s3bench_tui.fleet.grpc.summary import v2_us
from s3bench_tui.stats.histogram import Histogram
from tests.fleet import hdrv2


@given(values_ns=st.lists(st.integers(0, 2**43 - 1), max_size=60))
def test_every_value_in_its_place(values_ns: list[int]) -> None:
    (read,) = hdrv2.read(v2_us(Histogram.of_values(values_ns)))
    assert sum(read.values()) == len(values_ns)
    found = sorted(value for value, count in read.items() for _ in range(count))
    for wanted_ns, value_us in zip(sorted(values_ns), found, strict=True):
        wanted_us = min(max(wanted_ns / 1000, 1), 3_600_000_000)
        assert abs(value_us - wanted_us) <= 1.0 + 0.002 * wanted_us  # whole microseconds, 3 digits


def test_several_one_after_the_other() -> None:
    blobs = [Histogram.of_values([value] * 3) for value in (5_000, 7_000_000)]
    lowest = [list(each) for each in hdrv2.read(b"".join(map(v2_us, [Histogram(), *blobs])))]
    assert lowest[0] == [] and lowest[1] == [5] and abs(lowest[2][0] - 7000) <= 7
