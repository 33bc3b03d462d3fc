"""Lines that are there to be refused: reads of what is not there, writes of what is there already.

Their refusal is what they measure, and so a success; that they succeed is a failure. Knows no store.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from s3bench_tui.engine.objects.keys import Chooser, Keys
from s3bench_tui.engine.operations.source import Source
from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.outcome import OK, UNEXPECTED, of_errno

NOT_FOUND, PRECONDITION_FAILED = 404, 412


def equivalents(status: int, scheme: str) -> frozenset[int]:
    """The outcomes that say on this scheme what the HTTP status says."""
    same = {status}
    if status == NOT_FOUND:
        same.add(of_errno(errno.ENOENT))
    if status == PRECONDITION_FAILED:
        same.add(of_errno(errno.EEXIST))
        if scheme == "az":
            same.add(409)  # so it answers a write that asks for a name of which nothing is there
    return frozenset(same)


class Expecting:
    """A source whose operations are to be refused in this way."""

    def __init__(self, source: Source, status: int, scheme: str) -> None:
        self._source = source
        self._expected = equivalents(status, scheme)
        self._words = f"it succeeded, and the line expects {status}"
        self.fill = source.fill
        self.bounded = source.bounded

    @property
    def exhausted(self) -> bool:
        return self._source.exhausted

    @property
    def settle(self) -> Callable[[Operation], None]:
        return self._judge

    def _judge(self, op: Operation) -> None:
        if (settle := self._source.settle) is not None:
            settle(op)  # it learns how the operation ended, and not what that is taken for
        if op.outcome in self._expected:
            op.outcome, op.detail = OK, ""
            op.transferred = op.items = 0
        elif op.outcome == OK:
            op.outcome, op.detail = UNEXPECTED, self._words
            op.transferred = op.items = 0


class Missing:
    """GET or STAT of keys beside those of a data set, that cannot be there: they carry the name of this run."""

    settle = None
    bounded = exhausted = False

    def __init__(self, kind: int, keys: Keys, chooser: Chooser, run_id: str) -> None:
        self._kind = kind
        self._key = keys.key
        self._next = chooser.next
        self._tail = f".missing-{run_id}"

    def fill(self, op: Operation) -> bool:
        op.kind = self._kind
        op.key = self._key(self._next()) + self._tail
        op.offset = op.length = -1
        return True
