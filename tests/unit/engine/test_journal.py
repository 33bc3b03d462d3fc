"""What a worker notes of each operation comes back as it was, and as far as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3bench_tui.engine.shared import Block
from s3bench_tui.engine.worker import journal
from s3bench_tui.engine.worker.journal import Entry, Journal, JournalingRecorder, journal_path
from s3bench_tui.stats.tally import total_of
from s3bench_tui.stores.base import DELETE, GET, PUT, Operation

EPOCH_NS = 1_795_000_000_000_000_000


def completed(number: int) -> Operation:
    op = Operation(number % 4)
    op.entry, op.kind, op.key = number % 3, (GET, PUT, DELETE)[number % 3], f"a/ü {number}"
    op.keys = ["x", "y"] if op.kind == DELETE else ()
    op.transferred, op.items, op.outcome = 4096 + number, number % 7, 503 if number % 10 == 9 else 0
    op.detail = "SlowDown: later" if op.outcome else ""
    op.endpoint = number % 2
    op.dispatch_ns, op.first_byte_ns, op.done_ns = 1000 + number, 0 if op.kind == PUT else 1001 + number, 2000 + number
    return op


def entry(op: Operation) -> Entry:
    return Entry(
        op.entry, op.kind, op.slot, op.key, op.offset, len(op.keys), op.items, op.transferred, op.outcome, op.detail,
        op.dispatch_ns, op.first_byte_ns, op.done_ns, op.endpoint,
    )  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 127, 128, 1000])
def test_all_that_was_noted_comes_back(tmp_path: Path, count: int) -> None:
    path = journal_path(str(tmp_path), 0, 3)
    kept = Journal(path, EPOCH_NS)
    operation = Operation(0)  # one and the same, filled anew each time, as a slot's is
    for number in range(count):
        fresh = completed(number)
        for name in Operation.__slots__:
            setattr(operation, name, getattr(fresh, name))
        kept.note(operation)
    kept.close()
    shift_ns, entries = journal.read(path)
    assert list(entries) == [entry(completed(number)) for number in range(count)]
    assert shift_ns == EPOCH_NS
    assert kept.failure == ""


def test_what_a_killed_worker_had_not_finished_writing_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "0-0"
    kept = Journal(path, EPOCH_NS)
    for number in range(200):
        kept.note(completed(number))
    kept.close()
    whole = path.read_bytes()
    for size in (0, 10, 16, 18, 20, 500, len(whole) - 1):
        path.write_bytes(whole[:size])
        _, entries = journal.read(path)
        assert len(list(entries)) == (128 if size == len(whole) - 1 else 0)


def test_noting_changes_no_count(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "0-0", EPOCH_NS)
    block = Block(tmp_path / "stats", 3, False, create=True)
    recorder = JournalingRecorder(block, 3, False, False, kept)
    for number in range(100):
        recorder.record(completed(number))
    row = total_of(dict(block.rows(0)))
    assert (row.ops, row.failed) == (90, 10)
    kept.close()
    assert len(list(journal.read(tmp_path / "0-0")[1])) == 100


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_said_once_and_ends_the_journal_alone() -> None:
    class Full(Journal):
        def __init__(self) -> None:
            super().__init__(Path("/dev/null"), EPOCH_NS)
            self._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115 - `close` closes it

    kept = Full()
    for number in range(300):
        kept.note(completed(number))
    kept.close()
    assert kept.failure == "/dev/full: the op-log could not be written to its end: No space left on device"
