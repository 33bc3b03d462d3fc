from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import pytest

from s3bench_tui.engine.coordination.crew import Member
from s3bench_tui.engine.coordination.harvest import Harvest, PhaseHarvest
from s3bench_tui.engine.messages import Arrivals
from s3bench_tui.engine.shared import Block
from s3bench_tui.engine.worker.recorder import Recorder
from s3bench_tui.stats.tally import RowKey, total_of
from s3bench_tui.stores.base import Operation
from tests.unit.engine.plans import entry, worker_plan

ENTRIES = 2


@pytest.fixture
def connection() -> Iterator[Connection]:
    ours, theirs = socket.socketpair()
    with theirs:
        connection = Connection(ours.detach())
        yield connection
        connection.close()


def member(directory: Path, connection: Connection, index: int, target: int = 0) -> Member:
    plan = worker_plan(directory, entry(), entry(), index=index, target=target, rank=index)
    return Member(plan, cast("subprocess.Popen[bytes]", None), connection)


def recorder(directory: Path, worker: int, phase: int) -> Recorder:
    return Recorder(Block(directory / f"stats-{worker}-{phase}", ENTRIES, True, create=True), ENTRIES, True)


def operation(line: int = 0, service_ns: int = 5000) -> Operation:
    op = Operation(0)
    op.entry, op.dispatch_ns, op.done_ns, op.transferred, op.intended_ns = line, 1000, 1000 + service_ns, 100, 900
    return op


def test_workers_add_up_by_target_and_line(tmp_path: Path, connection: Connection) -> None:
    harvest, phase = Harvest(tmp_path, ENTRIES, True), PhaseHarvest(3)
    members = [member(tmp_path, connection, 0), member(tmp_path, connection, 1), member(tmp_path, connection, 2, 1)]
    harvest.read(phase, members)
    assert phase.tally == {}  # nobody has come to this phase yet
    for worker in range(3):
        books = recorder(tmp_path, worker, 3)
        for _ in range(worker + 1):
            books.record(operation())
        books.record(operation(1))
        books.record_arrivals(5, 4, 1)
    harvest.read(phase, members)
    assert {key: row.ops for key, row in phase.tally.items()} == {
        RowKey(0, 0, 1): 3,
        RowKey(0, 1, 1): 2,
        RowKey(1, 0, 1): 3,
        RowKey(1, 1, 1): 1,
    }
    assert phase.arrivals == Arrivals(15, 12, 3)


def test_intervals_are_differences_and_add_up(tmp_path: Path, connection: Connection) -> None:
    harvest, phase, members = Harvest(tmp_path, ENTRIES, True), PhaseHarvest(0), [member(tmp_path, connection, 0)]
    books = recorder(tmp_path, 0, 0)
    seen = []
    for count in (3, 0, 2):
        for number in range(count):
            books.record(operation(service_ns=10 ** (3 + number)))
        books.record_arrivals(count, count, 0)
        harvest.read(phase, members)
        seen.append(phase.take_interval())
    assert [total_of(tally).ops for tally, _, _ in seen] == [3, 0, 2]
    assert seen[1] == ({}, Arrivals(), {})
    assert [arrivals.offered for _, arrivals, _ in seen] == [3, 0, 2]
    total = total_of(seen[0][0]) + total_of(seen[2][0])
    assert total == total_of(phase.tally)
    assert total.service.n == total.response.n == 5


def test_a_released_phase_frees_its_memory_and_keeps_the_loop_s_times(tmp_path: Path, connection: Connection) -> None:
    harvest, members = Harvest(tmp_path, ENTRIES, True), [member(tmp_path, connection, 0)]
    for phase in (0, 1):
        books = recorder(tmp_path, 0, phase)
        books.record_loop(1000)
        books.record_loop(2000)
    assert harvest.loop(members[0], 0).n == 2
    harvest.release(0, members)
    assert [path.name for path in tmp_path.iterdir()] == ["stats-0-1"]
    assert harvest.loop(members[0], 1).n == 4
    harvest.release(0, members)  # a phase that is gone is gone
    assert harvest.loop(members[0], 1).n == 4
