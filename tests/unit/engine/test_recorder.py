from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.shared import Block
from s3bench_tui.engine.worker.recorder import Recorder
from s3bench_tui.stats.histogram import MAX_VALUE_NS, Histogram
from s3bench_tui.stats.tally import SIZE_CLASS_LIMITS, RowKey, size_class_of
from s3bench_tui.stores.base import DELETE, GET, LIST, PUT, Operation
from s3bench_tui.stores.outcome import INTEGRITY, OK, TIMEOUT


def operation(service_ns: int = 5000, transferred: int = 4096, **values: int) -> Operation:
    op = Operation(0)
    op.kind, op.dispatch_ns, op.done_ns, op.transferred = GET, 10**12, 10**12 + service_ns, transferred
    for name, value in values.items():
        setattr(op, name, value)
    return op


@pytest.fixture
def block(tmp_path: Path) -> Block:
    return Block(tmp_path / "stats", 3, True, create=True)


def recorder_of(block: Block, open_loop: bool = True) -> Recorder:
    return Recorder(block, 3, open_loop)


def test_every_figure_of_a_row(block: Block) -> None:
    recorder = recorder_of(block)
    start = 10**12
    recorder.record(operation(5000, first_byte_ns=start + 3000, intended_ns=start - 700, entry=1))
    recorder.record(operation(90_000, first_byte_ns=start + 80_000, intended_ns=start, entry=1))
    recorder.record(operation(entry=1, outcome=503, length=4096))
    recorder.record(operation(entry=1, outcome=503, length=4096))
    recorder.record(operation(entry=1, outcome=TIMEOUT, length=4096))
    [(key, row)] = block.rows(target=7)
    assert key == RowKey(7, 1, size_class_of(4096))
    assert (row.ops, row.bytes, row.items, row.pages, row.out_of_range) == (2, 8192, 0, 0, 0)
    assert row.errors == {"http_503": 2, "timeout": 1}
    assert row.service == Histogram.of_values([5000, 90_000])
    assert row.ttfb == Histogram.of_values([3000, 80_000])
    assert row.response == Histogram.of_values([5700, 90_000])
    assert row.lag == Histogram.of_values([700, 0])


def test_failures_are_no_throughput_and_no_latency(block: Block) -> None:
    recorder_of(block).record(operation(outcome=INTEGRITY, length=100, first_byte_ns=10**12 + 5))
    [(_, row)] = block.rows(0)
    assert (row.ops, row.bytes, row.service.n, row.ttfb.n, row.response.n) == (0, 0, 0, 0, 0)
    assert row.errors == {"integrity": 1}


def test_lists_and_batched_deletes_count_items(block: Block) -> None:
    recorder = recorder_of(block, open_loop=False)
    recorder.record(operation(transferred=0, kind=LIST, items=2500, pages=3))
    recorder.record(operation(transferred=0, kind=DELETE, items=100, entry=1))
    recorder.record(operation(transferred=0, kind=PUT, entry=2))
    rows = {key.entry: row for key, row in block.rows(0)}
    assert [(rows[entry].items, rows[entry].pages, rows[entry].bytes) for entry in range(3)] == [
        (2500, 3, 0),
        (100, 0, 0),
        (0, 0, 0),
    ]


def test_what_has_no_first_byte_has_no_ttfb(block: Block) -> None:
    recorder_of(block).record(operation(first_byte_ns=0))
    [(_, row)] = block.rows(0)
    assert (row.service.n, row.ttfb.n) == (1, 0)


def test_what_has_no_intended_start_has_no_response_time(block: Block) -> None:
    recorder_of(block).record(operation(intended_ns=0))
    [(_, row)] = block.rows(0)
    assert (row.service.n, row.response.n, row.lag.n) == (1, 0, 0)


def test_each_upper_bound_belongs_to_its_size_class(block: Block) -> None:
    recorder = recorder_of(block)
    for limit in SIZE_CLASS_LIMITS:
        recorder.record(operation(transferred=limit))
        recorder.record(operation(transferred=limit + 1, entry=1))
    rows = dict(block.rows(0))
    for size_class in range(len(SIZE_CLASS_LIMITS)):
        assert rows[RowKey(0, 0, size_class)].ops == 1
        assert rows[RowKey(0, 1, size_class + 1)].ops == 1
    assert sum(row.ops for row in rows.values()) == 2 * len(SIZE_CLASS_LIMITS)


def test_a_failure_counts_where_its_object_belongs_and_unknown_sizes_at_zero(block: Block) -> None:
    recorder = recorder_of(block)
    recorder.record(operation(outcome=500, transferred=0, length=1 << 20))
    recorder.record(operation(outcome=500, transferred=0, length=-1))
    assert {key.size_class for key, _ in block.rows(0)} == {0, size_class_of(1 << 20)}


def test_beyond_the_range_is_counted_at_the_top_and_told(block: Block) -> None:
    recorder = recorder_of(block, open_loop=False)
    for value in (1000, MAX_VALUE_NS, MAX_VALUE_NS + 1, 1 << 60):
        recorder.record(operation(value))
    [(_, row)] = block.rows(0)
    assert row.out_of_range == 2
    assert row.service.n == row.ops == 4
    assert row.service == Histogram.of_values([1000, MAX_VALUE_NS, MAX_VALUE_NS, MAX_VALUE_NS])


def test_an_intended_start_in_the_future_is_no_lag(block: Block) -> None:
    recorder = recorder_of(block)
    for ahead in (1, 5000, 10**7, 10**9):
        recorder.record(operation(10**10, intended_ns=10**12 + ahead))
    [(_, row)] = block.rows(0)
    assert row.lag == Histogram.of_values([0, 0, 0, 0])


def test_the_loop_s_times_are_kept_apart(block: Block) -> None:
    recorder = recorder_of(block)
    values = [0, 2047, 2048, 5_000_000, 1_000, 1 << 50]
    for value in values:
        recorder.record_loop(value)
    assert block.loop() == Histogram.of_values(values)
    assert list(block.rows(0)) == []


def test_arrivals_add_up(block: Block) -> None:
    recorder = recorder_of(block)
    recorder.record_arrivals(5, 3, 1)
    recorder.record_arrivals(2, 4, 0)
    assert block.arrivals() == (7, 7, 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1 << 44), min_size=1, max_size=60))
def test_whatever_the_order_the_histogram_is_that_of_the_values(
    tmp_path_factory: pytest.TempPathFactory, values: list[int]
) -> None:
    """Octaves open up downwards and upwards as values come; a reader at any time sees all so far."""
    block = Block(tmp_path_factory.mktemp("block") / "stats", 1, False, create=True)
    recorder = Recorder(block, 1, False)
    for count, value in enumerate(values, 1):
        recorder.record(operation(value, outcome=OK))
        if count % 7 == 0:
            [(_, row)] = block.rows(0)
            assert row.service == Histogram.of_values(values[:count])
    [(_, row)] = block.rows(0)
    assert row.service == Histogram.of_values(values)
    assert row.out_of_range == sum(value > MAX_VALUE_NS for value in values)
