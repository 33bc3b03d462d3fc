"""The connections of an HTTP driver: one for each slot, over all addresses of its end point. Opens and drops them.

Knows nothing of requests. Every step of opening that fails gives a `Failure`; what comes of it is the driver's.
"""

from __future__ import annotations

import errno
import os
import select
import ssl
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from s3bench_tui.stores.base import DriverConfig
from s3bench_tui.stores.http.connection import CLOSED, CONNECTING, HANDSHAKING, IDLE, Connection, resolve, tls_context
from s3bench_tui.stores.outcome import CONNECT, TLS

READ, WRITE = select.EPOLLIN | select.EPOLLRDHUP, select.EPOLLOUT
ENDED = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR

RAMP = 64
"""Connections that are opened at once while warming up."""


_REMEDIES = {
    errno.EMFILE: "raise the limit of open files (ulimit -n), or use fewer slots for each worker",
    errno.ENFILE: "raise the system's limit of open files (fs.file-max)",
    errno.EADDRNOTAVAIL: "no local port is free, because the server closes connections faster than ports come back",
}
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")


class Failure(NamedTuple):
    """Why there is no connection: an outcome of stores.outcome, and words."""

    outcome: int
    detail: str


class Pool:
    """Connections by slot and by file descriptor, all in one epoll."""

    def __init__(self, config: DriverConfig, host_of: Callable[[Any], Any], clock: Callable[[], int]) -> None:
        options = config.options
        self._clock = clock
        self._timeout_ns = min(config.connect_timeout_ns, config.operation_timeout_ns)
        self._first_turn = options.get("seed", 0)
        self._tls = None
        [endpoint] = options["endpoints"]
        if endpoint["scheme"] == "https":
            self._tls = tls_context(options.get("ca_file"), options.get("insecure", False))
        self._addresses = []
        self._unresolved = "the end point has no address"
        try:
            self._addresses = resolve(endpoint, host_of(endpoint))
        except OSError as error:
            self._unresolved = f"{endpoint['host']}: {error.strerror or error}"
        self.epoll = select.epoll()
        self.slots: dict[int, Connection] = {}
        self.by_fd: dict[int, Connection] = {}
        self.counters = {"connects": 0, "connect_ns": 0, "connect_failures": 0, "tls_handshakes": 0}

    def connection(self, slot: int) -> Connection:
        """The slot's connection, open or not."""
        if slot not in self.slots:
            # Slots and workers start at different addresses, so that connections spread over all of them.
            self.slots[slot] = Connection(self._first_turn + len(self.slots))
        return self.slots[slot]

    def prewarm(self, slots: Iterable[int], deadline_ns: int) -> None:
        """Open the connections of these slots, RAMP at a time; failures are left to the operations."""
        waiting = [self.connection(slot) for slot in slots]
        opening: list[Connection] = []
        while (waiting or opening) and (now := self._clock()) < deadline_ns:
            while waiting and len(opening) < RAMP:
                connection = waiting.pop()
                if connection.state == CLOSED and self.open(connection) is None:
                    opening.append(connection)
            for fd, _ in self.epoll.poll(0.05):
                found = self.by_fd.get(fd)
                if found is not None and found.state == IDLE:
                    self.look(found)
                elif found is not None:
                    self.advance(found)
            opening = [
                connection
                for connection in opening
                if connection.state in (CONNECTING, HANDSHAKING) and not self.overdue(connection, now)
            ]

    def open(self, connection: Connection) -> Failure | None:
        """Begin to connect."""
        if not self._addresses:
            return self._failed(connection, CONNECT, self._unresolved)
        if error := connection.open(self._addresses, self._clock()):
            return self._failed(connection, CONNECT, _words(connection, error))
        self.by_fd[connection.fd] = connection
        self.epoll.register(connection.fd, READ | WRITE)
        return None

    def advance(self, connection: Connection) -> Failure | None:
        """Take the next step of opening; the connection is IDLE once it stands."""
        if connection.state == CONNECTING:
            try:
                error = connection.connected(self._tls)
            except (OSError, ValueError) as raised:
                return self._failed(connection, TLS, str(raised))
            if error:
                return self._failed(connection, CONNECT, _words(connection, error))
        if connection.state == HANDSHAKING and (failure := self._shake_hands(connection)):
            return failure
        if connection.state == IDLE:
            self.counters["connects"] += 1
            self.counters["connect_ns"] += self._clock() - connection.opened_ns
            self.epoll.modify(connection.fd, READ)
        return None

    def look(self, connection: Connection) -> None:
        """Something came on an idle connection. It ends where the server closed it, or sent what nobody asked for."""
        if connection.tls is not None:
            try:
                connection.tls.recv(1)
            except ssl.SSLWantReadError:
                return  # a session ticket
            except OSError:
                pass
        self.drop(connection)

    def _shake_hands(self, connection: Connection) -> Failure | None:
        assert connection.tls is not None
        try:
            connection.tls.do_handshake()
        except ssl.SSLWantReadError:
            self.epoll.modify(connection.fd, READ)
        except ssl.SSLWantWriteError:
            self.epoll.modify(connection.fd, READ | WRITE)
        except ssl.SSLError as error:
            return self._failed(connection, TLS, tls_words(error))
        except OSError as error:
            return self._failed(connection, CONNECT, f"during the TLS handshake: {error.strerror or error}")
        else:
            self.counters["tls_handshakes"] += 1
            connection.state = IDLE
        return None

    def overdue(self, connection: Connection, now_ns: int) -> Failure | None:
        """A failure where the connection has been opening for too long."""
        if connection.state in (CONNECTING, HANDSHAKING) and now_ns > connection.opened_ns + self._timeout_ns:
            return self._failed(connection, CONNECT, f"no connection within {self._timeout_ns / 1e9:g} s")
        return None

    def _failed(self, connection: Connection, outcome: int, detail: str) -> Failure:
        self.counters["connect_failures"] += 1
        connection.turn += 1  # the slot's next attempt goes to the next address
        self.drop(connection)
        return Failure(outcome, detail)

    def drop(self, connection: Connection) -> None:
        """Close it; its slot opens another when it needs one."""
        self.by_fd.pop(connection.fd, None)
        connection.close()

    def close(self) -> None:
        """Close all."""
        for connection in self.slots.values():
            connection.close()
        self.by_fd.clear()
        self.epoll.close()


def tls_words(error: ssl.SSLError) -> str:
    """What a TLS failure is about: why a certificate was refused, or the library's reason."""
    if error.reason in _NOT_TLS:
        return f"the server does not speak TLS on this port; is it an http:// end point? ({error.reason})"
    return getattr(error, "verify_message", "") or error.reason or str(error)


def _words(connection: Connection, error: int) -> str:
    """Why a connection could not be opened, and what to do where the reason is on this side."""
    words = f"{connection.address.address[0]}: {os.strerror(error)}"
    return f"{words}; {_REMEDIES[error]}" if error in _REMEDIES else words
