"""A worker's books over several end points: each has its own rows, and together they are what one recorder counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.shared import Block
from s3bench_tui.engine.worker import journal
from s3bench_tui.engine.worker.accounts import open_recorder
from s3bench_tui.engine.worker.journal import Journal, JournalingRecorder
from s3bench_tui.engine.worker.recorder import Recorder
from s3bench_tui.stats.tally import Row, RowKey
from s3bench_tui.stores.base import DriverConfig, Operation
from s3bench_tui.stores.outcome import OK, RESET
from tests.unit.engine.plans import entry, worker_plan

URLS: list[dict[str, str]] = [{}, {}, {}]
"""Three end points; what they are is the driver's."""

Done = tuple[int, int, int, int, int]
done = st.tuples(
    st.integers(0, 2), st.integers(0, 1), st.integers(1, 10**9), st.integers(0, 10**6), st.sampled_from([OK, OK, 503, RESET])
)  # fmt: skip


def operation(endpoint: int, line: int, service_ns: int, size: int, outcome: int) -> Operation:
    op = Operation(0)
    op.endpoint, op.entry, op.transferred, op.length, op.outcome = endpoint, line, size, size, outcome
    op.dispatch_ns, op.first_byte_ns, op.done_ns = 1000, 1001, 1000 + service_ns
    return op


def rows_of(directory: Path, operations: list[Done], endpoints: int, kept: Journal | None = None) -> dict[RowKey, Row]:
    plan = worker_plan(directory, entry(), entry(), driver=DriverConfig("s3", "b", {"endpoints": URLS[:endpoints]}))
    recorder = open_recorder(plan, 7, kept)
    for each in operations:
        recorder.record(operation(*each))
    good = [each for each in operations if not each[4]]
    assert recorder.successes() == (len(good), sum(size for _, _, _, size, _ in good))
    recorder.record_loop(5000)
    recorder.record_arrivals(3, 2, 1)
    recorder.close()
    path = directory / "stats-0-7"
    block = Block(path, 2, False, endpoints=endpoints)
    rows = dict(block.rows(4))
    assert (block.loop().n, block.arrivals()) == (1, (3, 2, 1))
    block.close()
    path.unlink()
    return rows


@settings(max_examples=20)
@given(st.lists(done, max_size=40))
def test_each_has_its_own_and_together_they_are_what_one_would_count(
    tmp_path_factory: pytest.TempPathFactory, operations: list[Done]
) -> None:
    directory = tmp_path_factory.mktemp("books")
    apart = rows_of(directory, operations, 3)
    assert {key.target for key in apart} <= {4}
    together: dict[RowKey, Row] = {}
    for key, row in apart.items():
        whole = key._replace(endpoint=0)
        together[whole] = together[whole] + row if whole in together else row
    assert together == rows_of(directory, [(0, *rest) for _, *rest in operations], 1)  # type: ignore[misc]
    counted: Counter[tuple[int, int]] = Counter()
    for key, row in apart.items():
        counted[key.endpoint, key.entry] += row.ops + row.failed
    assert counted == Counter((endpoint, line) for endpoint, line, *_ in operations)


def test_one_end_point_has_the_plain_recorder(tmp_path: Path) -> None:
    plan = worker_plan(tmp_path, driver=DriverConfig("s3", "b", {"endpoints": URLS[:1]}))
    assert type(open_recorder(plan, 0, None)) is Recorder
    kept = Journal(journal.journal_path(str(tmp_path), 0, 0), 0)
    assert type(open_recorder(plan, 1, kept)) is JournalingRecorder


def test_each_operation_is_noted_once_with_its_end_point(tmp_path: Path) -> None:
    path = journal.journal_path(str(tmp_path), 0, 0)
    kept = Journal(path, 0)
    rows = rows_of(tmp_path, [(2, 0, 10, 10, OK), (0, 1, 10, 10, 503), (2, 1, 10, 10, OK)], 3, kept)
    kept.close()
    assert sum(row.ops + row.failed for row in rows.values()) == 3
    _, entries = journal.read(path)
    assert [(noted.endpoint, noted.line) for noted in entries] == [(2, 0), (0, 1), (2, 1)]
