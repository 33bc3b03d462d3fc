"""The process behind `tests.servers.delay`: HTTP/1.1 in one thread, every answer given at a drawn time after its request.

Any number of requests are served at once: the time is a delay, not a queue. The standard library alone.
Run as: delay_process.py PORT '{"kind": ..., ...}' BODY_BYTES SEED
"""

from __future__ import annotations

import heapq
import json
import math
import random
import re
import select
import socket
import sys
import time
from dataclasses import dataclass
from itertools import count
from statistics import NormalDist

REPORT_PATH = b"/-/served"
"""A GET of this is answered at once with [[arrival ns, answer ns], ...] of CLOCK_MONOTONIC, and is not counted."""

LISTING = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
"""What is answered at once to a listing, so that S3 can be probed; not counted either."""

SPIN_NS = 150_000
"""A sleeping thread is woken too late by about half of this; the rest of the way to a due time it looks at the clock."""

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_RANGE = re.compile(rb"\r\nrange:\s*bytes=(\d+)-(\d+)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:\s*100-continue", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Delay:
    """A distribution of service times, in ns. `kind`: constant (`mean`), uniform (`low`, `high`), exponential
    (`mean`), lognormal (`mean` and `std_dev` of the times themselves)."""

    kind: str
    mean: float = 0.0
    std_dev: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def quantile(self, share: float) -> float:
        """The time that this share (0 < share < 1) of all requests do not exceed."""
        if self.kind == "constant":
            return self.mean
        if self.kind == "uniform":
            return self.low + share * (self.high - self.low)
        if self.kind == "exponential":
            return -self.mean * math.log1p(-share)
        if self.kind == "lognormal":
            sigma2 = math.log1p((self.std_dev / self.mean) ** 2)
            return math.exp(math.log(self.mean) - sigma2 / 2 + math.sqrt(sigma2) * NormalDist().inv_cdf(share))
        raise ValueError(f"no distribution is called {self.kind!r}")

    def draw(self, source: random.Random) -> int:
        """One service time."""
        return round(self.quantile(min(max(source.random(), 1e-12), 1 - 1e-12)))


class Connection:
    """One client; its requests are answered in their order."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = bytearray()
        self.to_skip = 0
        self.pending: tuple[bytes, int] | None = None
        """The answer to the request whose body is being read, and how many body bytes follow its head."""


class DelayServer:
    """Accepts, reads requests, and answers each when it is due."""

    def __init__(self, listener: socket.socket, delay: Delay, body_bytes: int, source: random.Random) -> None:
        self._listener = listener
        self._delay = delay
        self._body = bytes(body_bytes)
        self._source = source
        self._connections: dict[int, Connection] = {}
        self._poll = select.poll()
        self._poll.register(listener, select.POLLIN)
        self._due: list[tuple[int, int, int, Connection, bytes, int]] = []
        self._tie = count()
        self._served: list[tuple[int, int]] = []

    def run(self) -> None:
        """Serve until the process is ended."""
        while True:
            for fd, _ in self._ready():
                if fd == self._listener.fileno():
                    self._accept()
                else:
                    self._read(self._connections[fd])
            while self._due and self._due[0][0] <= time.monotonic_ns():
                _, _, arrived_ns, connection, head, length = heapq.heappop(self._due)
                self._served.append((arrived_ns, time.monotonic_ns()))
                self._answer(connection, head, length)

    def _ready(self) -> list[tuple[int, int]]:
        """Sockets with something to read, as soon as there are any, and at the latest when an answer is due."""
        if not self._due:
            return self._poll.poll()
        rest_ns = self._due[0][0] - time.monotonic_ns() - SPIN_NS
        if rest_ns >= 1_000_000:
            return self._poll.poll(rest_ns // 1_000_000)
        if rest_ns > 0 and len(self._connections) < 500:
            ready, _, _ = select.select([self._listener.fileno(), *self._connections], [], [], rest_ns / 1e9)
            return [(fd, 0) for fd in ready]
        return self._poll.poll(0)

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections[sock.fileno()] = Connection(sock)
        self._poll.register(sock, select.POLLIN)

    def _read(self, connection: Connection) -> None:
        try:
            data = connection.sock.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        arrived_ns = time.monotonic_ns()
        connection.received += data
        while self._advance(connection, arrived_ns):
            pass

    def _advance(self, connection: Connection, arrived_ns: int) -> bool:
        """Take one step through what was received; False where more must come first."""
        received = connection.received
        if connection.pending is not None:
            skipped = min(connection.to_skip, len(received))
            del received[:skipped]
            connection.to_skip -= skipped
            if connection.to_skip:
                return False
            head, length = connection.pending
            connection.pending = None
            due_ns = arrived_ns + self._delay.draw(self._source)
            heapq.heappush(self._due, (due_ns, next(self._tie), arrived_ns, connection, head, length))
            return True
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return False
        request = bytes(received[: end + 2])
        del received[: end + 4]
        method, path, _ = request.split(b" ", 2)
        if path == REPORT_PATH:
            report = json.dumps(self._served).encode()
            connection.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(report) + report)
            return True
        if method == b"GET" and b"list-type=2" in path:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(LISTING)
            connection.sock.sendall(head + LISTING)
            return True
        found = _LENGTH.search(request)
        connection.to_skip = int(found[1]) if found else 0
        connection.pending = self._respond(method, request)
        if _EXPECT.search(request):
            connection.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _respond(self, method: bytes, request: bytes) -> tuple[bytes, int]:
        """Head of the answer, and the length of the body that follows it."""
        size = len(self._body)
        if method == b"DELETE":
            return b"HTTP/1.1 204 No Content\r\n\r\n", 0
        if method == b"PUT":
            return b'HTTP/1.1 200 OK\r\nETag: "0"\r\nContent-Length: 0\r\n\r\n', 0
        if method == b"GET" and (wanted := _RANGE.search(request)):
            first, last = int(wanted[1]), min(int(wanted[2]), size - 1)
            if first > last:
                return b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n", 0
            place = (first, last, size, last - first + 1)
            head = (
                b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-%d/%d\r\nContent-Length: %d\r\n\r\n" % place
            )
            return head, last - first + 1
        return b'HTTP/1.1 200 OK\r\nETag: "0"\r\nContent-Length: %d\r\n\r\n' % size, size if method == b"GET" else 0

    def _answer(self, connection: Connection, head: bytes, length: int) -> None:
        try:
            connection.sock.sendall(head + self._body[:length])
        except OSError:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        fd = connection.sock.fileno()
        if fd >= 0:
            self._poll.unregister(fd)
            del self._connections[fd]
            connection.sock.close()


def main(port: int, delay: Delay, body_bytes: int, seed: int) -> None:
    """Serve on this port of loopback until the process is ended."""
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    DelayServer(listener, delay, body_bytes, random.Random(seed)).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), Delay(**json.loads(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4]))
