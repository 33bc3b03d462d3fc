"""Requests of operations in parts: counted beside the operations, in phases and rows of their own, and in no total."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from s3bench_tui.engine.coordination.crew import Member
from s3bench_tui.engine.coordination.harvest import Harvest, PhaseHarvest
from s3bench_tui.engine.coordination.uploads import abort_left
from s3bench_tui.engine.groundwork.preparation import OpenTarget
from s3bench_tui.engine.shared import Block
from s3bench_tui.engine.worker.recorder import Recorder
from s3bench_tui.engine.worker.requests import beside
from s3bench_tui.errors import TargetError
from s3bench_tui.stats.tally import total_of
from s3bench_tui.stores.base import PUT, Operation
from s3bench_tui.stores.multipart import COMPLETE, CREATE, PART, Multipart, Upload, request_of, request_row, rows
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions
from tests.unit.engine.plans import entry, worker_plan

LINES = 2


def completed(row: int, transferred: int = 0, outcome: int = 0) -> Operation:
    op = Operation(0)
    op.kind, op.entry, op.transferred, op.outcome = PUT, row, transferred, outcome
    op.length = 100
    op.dispatch_ns, op.done_ns = 1000, 6000
    return op


def test_every_row_has_one_request() -> None:
    seen = {request_row(5, line, request) for line in range(5) for request in (PART, CREATE, COMPLETE)}
    assert seen == set(range(5, rows(5, True))) and rows(5, False) == 5
    assert request_of(5, request_row(5, 3, CREATE)) == (3, "create")


def test_a_turn_sees_operations_alone_in_the_order_of_all() -> None:
    seen: list[tuple[str, int]] = []
    turns: list[int] = []

    def take(ops: Sequence[Operation]) -> None:
        turns.append(len(ops))
        seen.extend(("operation", op.entry) for op in ops)

    turn = beside(
        take,
        LINES,
        lambda op: seen.append(("request", op.entry)),
    )
    turn([completed(0), completed(4), completed(2), completed(1), completed(7)])
    assert seen == [("operation", 0), ("request", 4), ("request", 2), ("operation", 1), ("request", 7)]
    turn([])
    assert turns[-2:] == [0, 0], "slots are filled at every turn, whatever has completed"


def test_they_are_in_no_total(tmp_path: Path) -> None:
    block = Block(tmp_path / "stats-0-0", rows(LINES, True), False, create=True)
    recorder = Recorder(block, LINES, False, in_parts=True)
    recorder.record(completed(1, 300))
    for _ in range(3):
        recorder.record(completed(request_row(LINES, 1, PART), 100))
    recorder.record(completed(request_row(LINES, 1, COMPLETE), outcome=500))
    assert recorder.successes() == (1, 300)
    ours, theirs = socket.socketpair()
    with theirs:
        connection = Connection(ours.detach())
        plan = worker_plan(tmp_path, entry(), entry(), index=0, target=0, rank=0)
        member = Member(plan, cast("subprocess.Popen[bytes]", None), connection)
        phase = PhaseHarvest(0)
        Harvest(tmp_path, LINES, False, in_parts=True).read(phase, [member])
        connection.close()
    assert (total_of(phase.tally).ops, total_of(phase.tally).bytes, total_of(phase.tally).failed) == (1, 300, 0)
    assert {request_of(LINES, key.entry): (row.ops, row.bytes, row.failed) for key, row in phase.requests.items()} == {
        (1, "part"): (3, 300, 0),
        (1, "complete"): (0, 0, 1),
    }
    tally, _, requests = phase.take_interval()
    assert (tally, requests) == (phase.tally, phase.requests)
    assert phase.take_interval()[2] == {}


class Uploads:
    """A store that takes aborts and keeps what was asked."""

    def __init__(self, error: str = "", finds_uploads: bool = True) -> None:
        self.finds_uploads = finds_uploads
        self.asked: list[tuple[list[Upload], list[str]]] = []
        self._error = error

    def abort_uploads(self, uploads: list[Upload], prefixes: list[str]) -> int:
        if self._error:
            raise TargetError(self._error)
        self.asked.append((uploads, prefixes))
        return len(uploads)


def _target(store: object, *options: LineOptions, **changes: Any) -> OpenTarget:
    written, dataset = entry(PUT, "written", "out/"), entry(PUT, "dataset")
    entries = tuple(changes.get("entries", (written, dataset)))
    return cast(
        OpenTarget,
        SimpleNamespace(index=0, name="s3", entries=entries, store=store, driver=SimpleNamespace(lines=options)),
    )


def _member(lost: bool = False, *uploads: Upload) -> Member:
    word = SimpleNamespace(plan=SimpleNamespace(target=0), lost=lost, ended=not lost, last_word=((), {}, uploads))
    return cast(Member, word)


IN_PARTS = LineOptions(multipart=Multipart(5, 1, 5))


def test_only_what_is_this_run_s_is_aborted() -> None:
    store, told = Uploads(), list[str]()
    abort_left("ab12", [_target(store, IN_PARTS, NO_OPTIONS)], [_member(False, ("k", "1")), _member(True)], told.append)
    assert store.asked == [([("k", "1")], ["out/obj-ab12-"])]
    assert told == ["s3: 1 upload left half done, and aborted now"]


def test_where_nothing_is_written_in_parts_nobody_is_asked() -> None:
    store = Uploads()
    abort_left("ab12", [_target(store, NO_OPTIONS, NO_OPTIONS), _target(object(), IN_PARTS, NO_OPTIONS)], [], print)
    assert not store.asked


def test_a_lost_worker_s_uploads_of_the_data_set_are_nobody_s() -> None:
    store, told = Uploads(), list[str]()
    abort_left("ab12", [_target(store, NO_OPTIONS, IN_PARTS)], [_member(True)], told.append)
    assert store.asked == [([], [])]
    assert len(told) == 1 and "look for them with the store's own tools" in told[0]


def test_where_nothing_lists_them_a_lost_worker_s_uploads_are_told_of() -> None:
    store, told = Uploads(finds_uploads=False), list[str]()
    abort_left("ab12", [_target(store, IN_PARTS, NO_OPTIONS)], [_member(False, ("k", "1")), _member(True)], told.append)
    assert told == [
        "s3: a lost worker may have left uploads half done; the store lists none of them, and forgets them by itself",
        "s3: 1 upload left half done, and aborted now",
    ]


def test_a_refusal_is_told() -> None:
    told: list[str] = []
    abort_left("ab12", [_target(Uploads("denied"), IN_PARTS)], [_member()], told.append)
    assert told == ["s3: whether uploads were left half done could not be seen to: denied"]
