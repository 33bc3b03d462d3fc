"""Whether the body of a GET is what the request lets expect; the same for all stores.

Knows no sockets and no dialect.
"""

from __future__ import annotations

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.outcome import INTEGRITY, PROTOCOL


def judge(op: Operation, response: Response) -> None:
    """Count the body of a successful GET, or say what is wrong with its status or its length."""
    op.transferred = got = response.body_bytes
    if got != op.length >= 0 or (response.status != 206) == (op.offset >= 0):
        _doubt(op, response, got)


def _doubt(op: Operation, response: Response, got: int) -> None:
    # Some servers send a range with status 200; the field that names the range tells it from a whole object.
    ranged = response.status == 206 or response.header(b"content-range") is not None
    if ranged != (op.offset >= 0):
        asked, came = ("a range", "the whole object") if op.offset >= 0 else ("the whole object", "a part")
        op.outcome = PROTOCOL
        op.detail = f"{asked} was asked for, and {came} came (status {response.status})"
    elif got != op.length >= 0:
        op.outcome = INTEGRITY
        op.detail = f"{got} bytes came where {op.length} were expected"
    if op.outcome:
        op.transferred = 0
