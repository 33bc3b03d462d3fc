"""One connection of the HTTP driver: where it goes, how it is opened, and what it still has to send.

Sockets are never blocking. Knows nothing of requests' meaning, of S3, or of other connections.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.response import Response

CLOSED, CONNECTING, HANDSHAKING, IDLE, BUSY = range(5)


@dataclass(frozen=True, slots=True)
class Address:
    """One address of one end point. `host` is the dialect's own view of the end point (signing, base path)."""

    family: int
    address: tuple[Any, ...]
    server_name: str
    tls: bool
    host: Any


def resolve(endpoint: Mapping[str, Any], host: Any) -> list[Address]:
    """Every address of the end point's name; OSError where there is none."""
    found = socket.getaddrinfo(endpoint["host"], endpoint["port"], type=socket.SOCK_STREAM)
    tls = endpoint["scheme"] == "https"
    unique = {address: family for family, _, _, _, address in found}
    return [Address(family, address, endpoint["host"], tls, host) for address, family in unique.items()]


def tls_context(ca_file: str | None, insecure: bool) -> ssl.SSLContext:
    """Verifies unless told not to, against the system's authorities or `ca_file` alone; TargetError where that is none."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise TargetError(f"{ca_file} is no file of certificate authorities: {error.strerror or error}") from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Connection:
    """The one connection of a slot, opened again whenever it has ended."""

    __slots__ = (
        "address", "body", "body_offset", "deadline_ns", "fd", "first_read", "op", "opened_ns", "out", "recv_into", "response",
        "send", "sock", "state", "tls", "trailing", "turn", "wake_bytes", "window",
    )  # fmt: skip

    def __init__(self, turn: int) -> None:
        self.turn = turn
        """Which of the addresses is next."""
        self.state = CLOSED
        self.sock: socket.socket | None = None
        self.fd = -1
        self.tls: ssl.SSLSocket | None = None
        self.address: Address
        self.response = Response()
        self.op: Operation | None = None
        self.out: memoryview | None = None
        """What of the request could not be sent yet; None where nothing is left."""
        self.body: memoryview | None = None
        """The window of a PUT's body that is being sent, until it is part of `out`."""
        self.body_offset = -1
        """Where in the object the next window starts; -1: no more windows."""
        self.trailing: BodyDigest | None = None
        """What is said of the body behind its last window; None where nothing is."""
        self.window = memoryview(bytearray())
        self.wake_bytes = 1
        self.first_read = 0
        """How much to read at once while the head has not come."""
        self.opened_ns = 0
        self.deadline_ns = 0

    def open(self, addresses: Sequence[Address], now_ns: int) -> int:
        """Begin to connect; returns errno, 0 while all is well."""
        self.address = addresses[self.turn % len(addresses)]
        self.opened_ns = now_ns
        try:
            sock = socket.socket(self.address.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        except OSError as raised:  # no file descriptor is left
            return raised.errno or errno.EMFILE
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        error = sock.connect_ex(self.address.address)
        if error not in (0, errno.EINPROGRESS):
            sock.close()
            return error
        self.sock = sock
        self.fd = sock.fileno()
        self.send = sock.send
        self.recv_into = sock.recv_into
        self.state = CONNECTING
        self.wake_bytes = 1
        return 0

    def connected(self, context: ssl.SSLContext | None) -> int:
        """The socket became writable: returns errno; 0 where the connection stands, or its TLS handshake begins."""
        assert self.sock is not None
        error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            return error
        if self.address.tls:
            assert context is not None
            self.tls = context.wrap_socket(
                self.sock,
                server_hostname=self.address.server_name,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,  # a body without length is whole only where TLS itself was ended
            )
            self.sock = self.tls
            self.send = self.tls.send
            self.recv_into = self.tls.recv_into
            self.state = HANDSHAKING
        else:
            self.state = IDLE
        return 0

    def wake_at(self, size: int) -> None:
        """Be told of what comes once it is so many bytes, or the end."""
        if size != self.wake_bytes and self.sock is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
            self.wake_bytes = size

    def close(self) -> None:
        """Drop the connection and all that was to be sent on it."""
        if self.sock is not None:
            self.sock.close()
        self.sock = self.tls = self.out = self.body = self.trailing = None
        self.fd = self.body_offset = -1
        self.state = CLOSED
