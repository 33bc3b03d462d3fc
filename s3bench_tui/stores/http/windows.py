"""The body of a PUT, a window at a time, made by the payload just ahead of the socket. Knows nothing of sending."""

from __future__ import annotations

from s3bench_tui.stores.base import WINDOW_BYTES, Operation, PayloadSource
from s3bench_tui.stores.http.connection import Connection
from s3bench_tui.stores.http.digest import BodyDigest

_LEAD_BYTES, _TRAIL_BYTES = 16, 128
"""Room for what stands before and behind a window that is sent as a chunk."""


def open_body(connection: Connection, op: Operation, payload: PayloadSource) -> None:
    """Make the first window of the operation's body, and have the others follow."""
    size = min(op.length, WINDOW_BYTES)
    if len(connection.window) < size:
        connection.window = memoryview(bytearray(size))
    body = connection.window
    connection.body = body = body if len(body) == size else body[:size]
    connection.body_offset = size if op.length > size else -1
    payload.fill(body, op.key, op.version, op.base)


def next_window(connection: Connection, op: Operation, payload: PayloadSource) -> memoryview | None:
    """The window that follows what was sent; None where that was the last."""
    offset = connection.body_offset
    if offset < 0:
        return None
    if connection.trailing is not None:
        return _next_chunk(connection, op, payload, connection.trailing)
    window = connection.window[: min(WINDOW_BYTES, op.length - offset)]
    payload.fill(window, op.key, op.version, op.base + offset)
    connection.body_offset = offset + len(window) if offset + len(window) < op.length else -1
    return window


def take_digest(digest: BodyDigest, connection: Connection, op: Operation, payload: PayloadSource) -> None:
    """Give it the whole body; the first window stands afterwards as it did before."""
    body = connection.body
    assert body is not None
    digest.update(body)
    if op.length > len(body):
        for offset in range(len(body), op.length, WINDOW_BYTES):
            part = body[: min(WINDOW_BYTES, op.length - offset)]
            payload.fill(part, op.key, op.version, op.base + offset)
            digest.update(part)
        payload.fill(body, op.key, op.version, op.base)


def open_chunks(digest: BodyDigest, connection: Connection, op: Operation, payload: PayloadSource) -> None:
    """Make the first window of a body as a chunk, and have the others follow, and behind the last one the digest."""
    size = min(op.length, WINDOW_BYTES) + _LEAD_BYTES + _TRAIL_BYTES
    if len(connection.window) < size:
        connection.window = memoryview(bytearray(size))
    connection.trailing = digest
    connection.body_offset = 0
    connection.body = _next_chunk(connection, op, payload, digest)


def _next_chunk(connection: Connection, op: Operation, payload: PayloadSource, digest: BodyDigest) -> memoryview:
    """The window in the middle of its room, between what a chunk begins and ends with: nothing is copied."""
    room, offset = connection.window, connection.body_offset
    size = min(WINDOW_BYTES, op.length - offset)
    window = room[_LEAD_BYTES : _LEAD_BYTES + size]
    payload.fill(window, op.key, op.version, op.base + offset)
    digest.update(window)
    last = offset + size == op.length
    before, behind = digest.chunk_ends(size, last)
    start, stop = _LEAD_BYTES - len(before), _LEAD_BYTES + size + len(behind)
    room[start:_LEAD_BYTES] = before
    room[_LEAD_BYTES + size : stop] = behind
    connection.body_offset = -1 if last else offset + size
    if last:
        connection.trailing = None
    return room[start:stop]
