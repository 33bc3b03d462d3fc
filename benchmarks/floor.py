"""The floor: the leanest loops in Python that do the work at all, with the two histogram records that an engine needs.

Independent of the program that is measured: nothing of it is used here. Each prints one JSON line.

    python -m benchmarks.floor s3 PORT PATH COUNT CONNECTIONS OPS [trunc]     PATH holds {} for the object's number
    python -m benchmarks.floor file PATH COUNT OPS
"""

from __future__ import annotations

import hashlib
import hmac
import json
import mmap
import os
import random
import resource
import select
import socket
import sys
import time
from dataclasses import dataclass
from time import perf_counter_ns as now

BINS = 23552
"""Of a histogram with three significant digits, from 1 us to an hour."""


def spent_s() -> float:
    """CPU of this process so far, user and system."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def tell(ops: int, wall_s: float, cpu_s: float) -> None:
    """The line that `benchmarks.objects` and `benchmarks.files` read."""
    print(json.dumps({"ops": ops, "wall_s": wall_s, "cpu_s": cpu_s}))


class Signer:
    """SigV4 with an unsigned payload; what changes once a second is made once a second."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._second = -1
        self.renew()

    def renew(self) -> None:
        """Take the time that is now."""
        second = int(time.time())
        if second == self._second:
            return
        self._second = second
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        region, access = os.environ["AWS_REGION"], os.environ["AWS_ACCESS_KEY_ID"]
        key = b"AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"].encode()
        for part in (stamp[:8], region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._key = key
        scope = f"{stamp[:8]}/{region}/s3/aws4_request"
        names = "host;x-amz-content-sha256;x-amz-date"
        self._canonical = f"\n\nhost:{self._host}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:{stamp}\n\n{names}\nUNSIGNED-PAYLOAD"
        self._to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n"
        self._head = (
            f" HTTP/1.1\r\nHost: {self._host}\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\nx-amz-date: {stamp}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, Signature="
        )

    def get(self, path: str) -> bytes:
        """The whole request."""
        digest = hashlib.sha256(f"GET\n{path}{self._canonical}".encode()).hexdigest()
        signature = hmac.digest(self._key, (self._to_sign + digest).encode(), "sha256").hex()
        return f"GET {path}{self._head}{signature}\r\n\r\n".encode()


@dataclass(slots=True)
class Connection:
    sock: socket.socket
    left: int = -1
    """Bytes of the body that are still to come; -1: the head is."""
    entry: int = 0
    dispatch_ns: int = 0
    first_ns: int = 0


def s3(port: int, path: str, count: int, connections: int, ops: int, trunc: bool) -> None:
    """Signed GETs over one epoll, a mix of two operations, service time and TTFB of each in a histogram.

    With `trunc` the kernel drops the bodies instead of copying them.
    """
    signer, poll, pick = Signer(f"127.0.0.1:{port}"), select.epoll(), random.Random(1).random
    buffer = bytearray(4 << 20)
    histograms = [[0] * BINS for _ in range(4)]
    counters = [0, 0]
    body_flags, head_bytes = (socket.MSG_TRUNC, 4096) if trunc else (0, 0)
    by_fd = {}

    def dispatch(connection: Connection) -> None:
        connection.entry = 0 if pick() < 0.7 else 1
        request = signer.get(path.format(int(pick() * count)))
        connection.dispatch_ns = now()
        connection.sock.send(request)

    for _ in range(connections):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        poll.register(sock, select.EPOLLIN)
        by_fd[sock.fileno()] = Connection(sock)
    wall, cpu = time.perf_counter(), spent_s()
    for connection in by_fd.values():
        dispatch(connection)
    left, running = ops - connections, connections
    while running:
        signer.renew()
        for fd, _ in poll.poll(1.0):
            connection = by_fd[fd]
            if connection.left < 0:
                received = connection.sock.recv_into(buffer, head_bytes)
                connection.first_ns = now()
                end = buffer.find(b"\r\n\r\n", 0, received)
                head = bytes(buffer[:end]).lower()
                if head[9:12] != b"200":
                    sys.exit(f"unexpected answer: {head!r}")
                at = head.find(b"content-length:") + 15
                stop = head.find(b"\r", at)
                size = int(head[at:stop] if stop > 0 else head[at:])
                counters[1] += size
                connection.left = size - (received - end - 4)
            else:
                connection.left -= connection.sock.recv_into(buffer, 0, body_flags)
            if connection.left == 0:
                done_ns = now()
                connection.left = -1
                at = connection.entry * 2
                for value in (done_ns - connection.dispatch_ns, connection.first_ns - connection.dispatch_ns):
                    value //= 1000
                    shift = (value | 2047).bit_length() - 11
                    histograms[at][(shift << 10) + (value >> shift)] += 1
                    at += 1
                counters[0] += 1
                if left:
                    left -= 1
                    dispatch(connection)
                else:
                    running -= 1
    tell(counters[0], time.perf_counter() - wall, spent_s() - cpu)


def file(path: str, count: int, ops: int) -> None:
    """Open, read and close whole small files in turn; the time of each is taken."""
    names = [path.format(i).encode() for i in range(count)]
    buffers = [mmap.mmap(-1, 1 << 20)]
    taken = [0] * ops
    wall, cpu = time.perf_counter(), spent_s()
    for i in range(ops):
        start = now()
        fd = os.open(names[i % count], os.O_RDONLY)
        os.readv(fd, buffers)
        os.close(fd)
        taken[i] = now() - start
    tell(ops, time.perf_counter() - wall, spent_s() - cpu)


if __name__ == "__main__":
    kind, *words = sys.argv[1:]
    if kind == "s3":
        s3(int(words[0]), words[1], int(words[2]), int(words[3]), int(words[4]), "trunc" in words)
    else:
        file(words[0], int(words[1]), int(words[2]))
