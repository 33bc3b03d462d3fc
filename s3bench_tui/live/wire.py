"""What passes between the keeper of a run and a seat, and how: whole messages over a socket, without ever blocking.

A message is its length and a compressed pickle. Pickles are safe here because both ends belong to one user, which each
end makes sure of before it reads (`belongs_to_us`). Knows nothing of runs.
"""

from __future__ import annotations

import os
import pickle
import socket
import struct
import sys
import zlib
from dataclasses import dataclass
from typing import Any

from s3bench_tui.spec.loading import Loaded

_HEAD = struct.Struct("!I")
_AT_ONCE = 1 << 17
"""Bytes that one `take` reads: what comes of them must not hold up a screen."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Who are you? Answered by `About`; takes no seat."""


@dataclass(frozen=True, slots=True)
class TakeSeat:
    """The first word of a seat."""

    steers: bool


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a run."""

    loaded: Loaded


@dataclass(frozen=True, slots=True)
class About:
    """A keeper, and what it has in hand."""

    name: str
    pid: int
    version: str
    directory: str
    """Where it was started, and where results go."""
    run_name: str
    """Of the run that is on, or of the last one; "" before the first."""
    running: bool
    since: str
    """When that run was started: UTC, RFC 3339."""
    seats: int


def packed(message: object) -> bytes:
    """A message as it goes over the wire. Histograms are mostly zeros: quick compression makes them 30 times smaller."""
    body = zlib.compress(pickle.dumps(message, pickle.HIGHEST_PROTOCOL), 1)
    return _HEAD.pack(len(body)) + body


def unpacked(frame: bytes | bytearray) -> Any:
    """The message that `packed` was given."""
    return pickle.loads(zlib.decompress(memoryview(frame)[_HEAD.size :]))  # noqa: S301 - from our own user


def belongs_to_us(connection: socket.socket) -> bool:
    """Whether the process at the other end is of the same user."""
    if sys.platform == "linux":
        size = struct.calcsize("3i")
        _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return bool(uid == os.geteuid())
    return True  # there only the directory guards the socket, and no other user can enter that


class Wire:
    """One end of a connection."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._incoming = bytearray()
        self._outgoing = bytearray()

    def fileno(self) -> int:
        """Readable when there is something to take."""
        return self._socket.fileno()

    @property
    def idle(self) -> bool:
        """Whether all that was put has left."""
        return not self._outgoing

    def put(self, frame: bytes) -> None:
        """Send a packed message as soon as the other end takes it; OSError where that is gone."""
        self._outgoing += frame
        self.flush()

    def flush(self) -> None:
        """Send what the other end takes now."""
        try:
            while self._outgoing:
                del self._outgoing[: self._socket.send(self._outgoing)]
        except BlockingIOError:
            return

    def take(self) -> list[Any]:
        """Messages that have come, none where there are none; there may be more while `fileno` is readable.

        EOFError or OSError where the other end is gone and nothing is left of what it had sent.
        """
        try:
            more = self._socket.recv(_AT_ONCE)
        except BlockingIOError:
            return []
        if not more:
            raise EOFError
        self._incoming += more
        messages, start = [], 0
        while len(self._incoming) >= start + _HEAD.size:
            end = start + _HEAD.size + _HEAD.unpack_from(self._incoming, start)[0]
            if len(self._incoming) < end:
                break
            messages.append(unpacked(self._incoming[start:end]))
            start = end
        del self._incoming[:start]
        return messages

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
