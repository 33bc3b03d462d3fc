from __future__ import annotations

from s3bench_tui.engine.worker.backlog import Backlog
from s3bench_tui.stores.base import Operation


def arrival(entry: int, intended_ns: int) -> Operation:
    op = Operation(0)
    op.entry, op.intended_ns = entry, intended_ns
    return op


def popped(backlog: Backlog, limits: list[int] | None, in_flight: list[int]) -> int | None:
    op = backlog.pop(limits, in_flight)
    return op.intended_ns if op else None


def test_first_come_first_served_over_all_lines() -> None:
    backlog = Backlog(3)
    for at, entry in enumerate([1, 0, 2, 2, 1, 0]):
        backlog.push(arrival(entry, at))
    assert len(backlog) == 6
    assert sorted(op.intended_ns for op in backlog) == list(range(6))
    assert [popped(backlog, None, [9, 9, 9]) for _ in range(7)] == [0, 1, 2, 3, 4, 5, None]
    assert len(backlog) == 0


def test_a_line_at_its_limit_waits_and_keeps_its_place() -> None:
    backlog = Backlog(2)
    for at, entry in enumerate([0, 0, 1, 1]):
        backlog.push(arrival(entry, at))
    assert popped(backlog, [2, -1], [2, 50]) == 2
    assert popped(backlog, [2, -1], [1, 50]) == 0
    assert popped(backlog, [0, 1], [0, 1]) is None
    assert len(backlog) == 2
    assert popped(backlog, None, [0, 1]) == 1
