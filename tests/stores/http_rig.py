"""What the tests of the HTTP driver share: a driver over one or more end points, operations, and servers that answer as told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.stores.base import COPY, DELETE, GET, GET_TAGS, LIST, PUT, STAT, TAG, DriverConfig, Operation
from s3bench_tui.stores.http.balance import BalancedDriver
from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.registry import open_driver
from tests.servers.process import Server

KINDS = {
    "get": GET,
    "put": PUT,
    "stat": STAT,
    "list": LIST,
    "delete": DELETE,
    "copy": COPY,
    "tag": TAG,
    "get_tags": GET_TAGS,
}
MS = 1_000_000
BUCKET = "bucket"


def endpoint(url: str, bucket: str = BUCKET) -> dict[str, Any]:
    """An end point in path style, as `DriverConfig.options` holds it."""
    parts = urlsplit(url)
    return {
        "scheme": parts.scheme,
        "host": parts.hostname,
        "port": parts.port,
        "host_header": parts.netloc,
        "base_path": f"/{bucket}",
    }


@contextmanager
def driving(
    *urls: str,
    bucket: str = BUCKET,
    server: Server | None = None,
    credentials: Mapping[str, str] | None = None,
    connect_s: float = 5,
    timeout_s: float = 20,
    lines: Sequence[LineOptions] = (),
    **options: Any,
) -> Iterator[HttpDriver]:
    """A driver over these end points with the server's credentials, closed at the end."""
    keys = {"access_key": "test-access", "secret_key": "test-secret"}
    if server is not None:
        keys = {"access_key": server.access_key, "secret_key": server.secret_key}
    ca_file = options.pop("ca_file", None)
    config = DriverConfig(
        "s3",
        bucket,
        {
            "endpoints": [endpoint(url, bucket) for url in urls or (server.endpoint,)],  # type: ignore[union-attr]
            "balance": "round_robin",
            "region": server.region if server else "us-east-1",
            "signing": "unsigned",
            "ca_file": str(ca_file) if isinstance(ca_file, Path) else ca_file,
            **options,
        },
        credentials or keys,
        connect_timeout_ns=int(connect_s * 1e9),
        operation_timeout_ns=int(timeout_s * 1e9),
        lines=lines,
    )
    driver = open_driver(config, Payload(1))
    assert isinstance(driver, BalancedDriver if len(urls) > 1 else HttpDriver)
    try:
        yield cast(HttpDriver, driver)  # or one over several, which has the same face
    finally:
        driver.close()


def operation(
    kind: str,
    key: str = "k",
    length: int = -1,
    offset: int = -1,
    slot: int = 0,
    keys: Sequence[str] = (),
    entry: int = 0,
    source: str = "",
) -> Operation:
    """An operation, ready to be submitted."""
    op = Operation(slot)
    op.kind, op.key, op.length, op.offset, op.keys = KINDS[kind], key, length, offset, keys
    op.entry, op.source = entry, source
    return op


def finish(driver: HttpDriver, ops: Iterable[Operation], within_s: float = 30) -> None:
    """Wait until each of these has completed, exactly once; nothing else may complete."""
    left = {id(op): op for op in ops}
    deadline = time.monotonic() + within_s
    while left:
        assert time.monotonic() < deadline, f"{len(left)} operations hang"
        for op in driver.wait(50 * MS):
            assert left.pop(id(op), None) is op, "an operation completed twice, or without having been submitted"
            assert op.dispatch_ns <= op.done_ns
            assert not op.first_byte_ns or op.dispatch_ns <= op.first_byte_ns <= op.done_ns
    assert not driver.wait(0)


def perform(driver: HttpDriver, kind: str, *args: Any, **fields: Any) -> Operation:
    """One operation from beginning to end."""
    op = operation(kind, *args, **fields)
    driver.submit(op)
    finish(driver, [op])
    return op


def content(key: str, length: int, version: int = 0) -> bytes:
    """What the driver of `driving` writes as this object."""
    out = bytearray(length)
    if length:
        Payload(1).fill(memoryview(out), key, version, 0)
    return bytes(out)


def answer(body: bytes = b"", status: str = "200 OK", fields: str = "") -> bytes:
    """A response with Content-Length."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body


class Peer:
    """One accepted connection of a told server."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._kept = b""

    def head(self) -> bytes:
        """The next request's head; empty where the client has closed."""
        while b"\r\n\r\n" not in self._kept:
            data = self.sock.recv(65536)
            if not data:
                return b""
            self._kept += data
        head, _, self._kept = self._kept.partition(b"\r\n\r\n")
        return head

    def body(self, size: int) -> bytes:
        """So much of the request's body."""
        while len(self._kept) < size and (data := self.sock.recv(1 << 20)):
            self._kept += data
        body, self._kept = self._kept[:size], self._kept[size:]
        return body

    def request(self) -> tuple[bytes, bytes]:
        """The next request, whole."""
        head = self.head()
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return head, self.body(int(lengths[0])) if lengths else b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reset(self) -> None:
        """End the connection with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()


class Told:
    """A server on loopback that does for each connection what `script` says, in a thread for each."""

    def __init__(self, script: Callable[[Peer], None], address: str = "127.0.0.1", port: int = 0) -> None:
        self._script = script
        self._listener = socket.create_server((address, port), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{address}:{self.port}"
        self.accepted = 0
        self.peers: list[Peer] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            peer = Peer(sock)
            self.peers.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: Peer) -> None:
        try:
            self._script(peer)
        except OSError:
            pass
        finally:
            peer.sock.close()

    def close(self) -> None:
        """Stop listening and end every connection."""
        with suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for peer in self.peers:
            with suppress(OSError):
                peer.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def told(script: Callable[[Peer], None], address: str = "127.0.0.1", port: int = 0) -> Iterator[Told]:
    """Such a server, closed at the end."""
    server = Told(script, address, port)
    try:
        yield server
    finally:
        server.close()


def answering(*responses: bytes) -> Callable[[Peer], None]:
    """A script: each request of a connection gets the next of these, whole requests are read first; then it closes."""

    def script(peer: Peer) -> None:
        for response in responses:
            if not peer.request()[0]:
                return
            peer.send(response)

    return script


def forever(response: bytes) -> Callable[[Peer], None]:
    """A script: the same answer to every request."""

    def script(peer: Peer) -> None:
        while peer.request()[0]:
            peer.send(response)

    return script
