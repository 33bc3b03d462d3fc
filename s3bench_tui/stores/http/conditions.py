"""Requests that hold only for the version of an object that this worker saw last. Knows no wire.

The memory is bounded: of keys beyond the limit those that were learnt first are forgotten, and what is not known is
asked for without a condition.
"""

from __future__ import annotations

from collections.abc import Sequence

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import OK

LIMIT = 100_000
NOT_MODIFIED, NOT_FOUND, PRECONDITION_FAILED = 304, 404, 412

MATCH, NONE_MATCH = "match", "none match"


class Conditions:
    """What each line asks for, and what the store called the version of a key that was seen last."""

    __slots__ = ("_asked", "_seen")

    def __init__(self, lines: Sequence[LineOptions]) -> None:
        self._asked = [MATCH if line.if_match else NONE_MATCH if line.if_none_match == "etag" else "" for line in lines]
        self._seen: dict[str, str] = {}

    def of(self, op: Operation) -> tuple[str, str]:
        """MATCH, NONE_MATCH or nothing; and the version that it is about."""
        asked = self._asked[op.entry]
        version = self._seen.get(op.key, "") if asked else ""
        return (asked, version) if version else ("", "")

    def learn(self, op: Operation, status: int, version: bytes | None) -> None:
        """An answer came: remember the version, or forget one that may no longer be; *not modified* is what was asked for,
        and a success of no bytes."""
        if not self._asked[op.entry]:
            return
        if status == NOT_MODIFIED:
            op.outcome, op.detail, op.transferred = OK, "", 0
        elif status in (NOT_FOUND, PRECONDITION_FAILED) or (op.outcome == OK and not version):
            self._seen.pop(op.key, None)  # a success without a name may have made another one
        elif op.outcome == OK and version:
            if op.key not in self._seen and len(self._seen) >= LIMIT:
                del self._seen[next(iter(self._seen))]
            self._seen[op.key] = version.decode("latin-1")


def with_line(request: bytes, line: str) -> bytes:
    """The head of a request with one more line; a body does not stand behind it yet."""
    return b"%s%s\r\n\r\n" % (request[:-2], line.encode())
