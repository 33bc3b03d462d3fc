"""Every single operation of one worker, on disk: what an op-log is made of after the run.

Written without a queue that could overflow, and as lean as the hot path must be: tuples, marshalled a hundred at a
time. What reads them makes lines and strings of them, when nothing is measured any more.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from s3bench_tui.engine.shared import Block
from s3bench_tui.engine.worker.recorder import Recorder
from s3bench_tui.stores.base import Operation

_TOGETHER = 128
"""Operations in one write; more would cost less each, but hold the worker up for longer."""

_HEAD = struct.Struct("=q")
_LENGTH = struct.Struct("=I")


class Entry(NamedTuple):
    """One operation, as it ended. Times are ns of CLOCK_MONOTONIC."""

    line: int
    """Index of its line of the mix, or of a row of requests; see stores.multipart."""
    kind: int
    slot: int
    key: str
    offset: int
    keys: int
    """Of a batched delete; else 0."""
    items: int
    transferred: int
    outcome: int
    detail: str
    dispatch_ns: int
    first_byte_ns: int
    done_ns: int
    endpoint: int
    """Of its target's; 0 where it has but one."""


def journal_path(directory: str, target: int, worker: int) -> Path:
    """Where the journal of this worker of this target lies."""
    return Path(directory) / f"{target}-{worker}"


class Journal:
    """A file that one worker writes. OSError where it cannot be made; where it cannot be written to its end, `failure`
    says why, and the run goes on."""

    def __init__(self, path: Path, epoch_ns: int) -> None:
        """`epoch_ns` is to be added to the worker's clock to have the time since 1970."""
        self._file = path.open("wb", buffering=0)
        self._file.write(_HEAD.pack(epoch_ns))
        self._waiting: list[tuple[object, ...]] = []
        self.failure = ""

    def note(self, op: Operation) -> None:
        """Take one completed operation."""
        waiting = self._waiting
        waiting.append(
            (op.entry, op.kind, op.slot, op.key, op.offset, len(op.keys), op.items, op.transferred, op.outcome, op.detail,
             op.dispatch_ns, op.first_byte_ns, op.done_ns, op.endpoint)
        )  # fmt: skip
        if len(waiting) >= _TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Hand over to the system what was taken, so that it stays whatever becomes of this process."""
        if not self._waiting or self.failure:
            return
        block = marshal.dumps(self._waiting)
        self._waiting.clear()
        try:
            self._file.write(_LENGTH.pack(len(block)) + block)
        except OSError as error:
            self.failure = f"{self._file.name}: the op-log could not be written to its end: {error.strerror}"

    def close(self) -> None:
        """The last of it."""
        self.flush()
        self._file.close()


class JournalingRecorder(Recorder):
    """Counts as a Recorder does, and notes each operation."""

    def __init__(
        self, block: Block, lines: int, open_loop: bool, in_parts: bool, journal: Journal, endpoint: int = 0
    ) -> None:
        super().__init__(block, lines, open_loop, in_parts, endpoint)
        self._note = journal.note
        self._count = super().record  # bound once: to look it up costs each operation 0.2 us

    def record(self, op: Operation) -> None:
        self._count(op)
        self._note(op)


def read(path: Path) -> tuple[int, Iterator[Entry]]:
    """Its `epoch_ns`, and its entries in the order in which they ended.

    One that a killed worker left ends with its last whole block."""
    with path.open("rb") as file:
        head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return 0, iter(())
    return int(_HEAD.unpack(head)[0]), _entries(path)


def _entries(path: Path) -> Iterator[Entry]:
    with path.open("rb") as file:
        file.seek(_HEAD.size)
        while len(length := file.read(_LENGTH.size)) == _LENGTH.size:
            (size,) = _LENGTH.unpack(length)
            block = file.read(size)
            if len(block) < size:
                return
            for fields in marshal.loads(block):  # noqa: S302 - the same program wrote it, a moment ago
                yield Entry._make(fields)
