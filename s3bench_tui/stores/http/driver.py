"""The HTTP driver of one end point: one thread, one epoll, one keep-alive connection for each slot. The hot path of every cloud.

What is said over the wire is the dialect's: it makes requests and reads answers. Nothing is ever sent twice: a
connection that ends before its answer is a failed operation. Knows nothing of S3, of mixes, or of statistics.
"""

from __future__ import annotations

import mmap
import select
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic_ns

from s3bench_tui.stores.base import GET, PUT, STAT, DriverConfig, Operation, PayloadSource
from s3bench_tui.stores.http.connection import BUSY, CLOSED, CONNECTING, HANDSHAKING, IDLE, Connection
from s3bench_tui.stores.http.dialect import Dialect
from s3bench_tui.stores.http.pool import ENDED, READ, WRITE, Pool, tls_words
from s3bench_tui.stores.http.windows import next_window, open_body, open_chunks, take_digest
from s3bench_tui.stores.outcome import CLIENT, PROTOCOL, RESET, TIMEOUT, TLS
from s3bench_tui.stores.timer import Timer

READ_BYTES = 256 * 1024
DISCARD_BYTES = 4 << 20
"""The most that the kernel is asked to drop in one call."""

DISCARD_FROM = 64 * 1024
"""Bodies from this size on are read in two steps: the head with little of the body, then the rest, dropped."""

WAKE_BYTES = 512 * 1024
"""So much of a body that is dropped is let come together before the loop wakes for it, which saves a third of the CPU."""

QUEUED_BYTES = 128 << 20
"""The most that is let come together over all connections; it is the kernel's memory."""

HEAD_READ = 4096
WINDOWS_A_TURN = 4
"""How many windows of a body are made before other connections have their turn."""

RECORDS_A_TURN = 16
"""How many TLS records are read before other connections have their turn."""

BLOCKED = (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError)
SCAN_NS = 100_000_000
"""How often time-outs are looked for."""

PRECISE_BELOW_NS = 20_000_000
"""Waits shorter than this use the timer: epoll's own time-out would overshoot by up to 1 ms."""


class HttpDriver:
    """Keeps any number of requests in flight, each in its slot's connection."""

    polled = True

    def __init__(
        self, config: DriverConfig, dialect: Dialect, payload: PayloadSource, clock: Callable[[], int] = monotonic_ns
    ) -> None:
        options = config.options
        self._clock = clock
        self._dialect = dialect
        self._kept_from = dialect.kept_from
        self._head_kind = STAT if dialect.kept_from > STAT else -1
        self._new_digest = dialect.new_digest
        self._payload = payload
        self._discards = options.get("receive", "discard") == "discard" and hasattr(socket, "MSG_TRUNC")
        self._wake_bytes = WAKE_BYTES if self._discards else READ_BYTES // 2
        self._timeout_ns = config.operation_timeout_ns
        self._pool = Pool(config, dialect.host, clock)
        self._slots = self._pool.slots
        self._by_fd = self._pool.by_fd
        self._epoll = self._pool.epoll
        self._timer = Timer()
        self._epoll.register(self._timer.fileno(), select.EPOLLIN | select.EPOLLET)
        self._buffer = bytearray(READ_BYTES)
        self._discard = mmap.mmap(-1, DISCARD_BYTES)  # never touched, so it costs no memory
        self._done: list[Operation] = []
        self._seen: list[Operation] = []
        self._next_scan_ns = 0
        self.woke_ns = 0
        self.begin = None

    # --- the face of a driver -------------------------------------------------------------------------------------

    def prewarm(self, slots: int, deadline_ns: int) -> None:
        """Open the connections of so many slots, a few at a time."""
        self.open_slots(range(slots), deadline_ns)

    def open_slots(self, slots: Iterable[int], deadline_ns: int) -> None:
        """Open the connections of these slots."""
        self._pool.prewarm(slots, deadline_ns)

    def fileno(self) -> int:
        """Readable where `wait` has something to receive."""
        return self._epoll.fileno()

    @property
    def has_completed(self) -> bool:
        """Whether something has completed that `wait` has not given yet."""
        return bool(self._done)

    def submit(self, op: Operation) -> None:
        """Send the operation's request, on a new connection where its slot has none."""
        slot = op.slot
        connection = self._slots.get(slot) or self._pool.connection(slot)
        op.outcome = op.transferred = op.first_byte_ns = op.items = op.pages = 0
        op.detail = ""
        connection.op = op
        try:
            if connection.state != IDLE:
                self._submit_closed(connection, op)
                return
            if op.kind == PUT:
                request = self._put_request(connection, op)
            else:
                request = self._dialect.request(op, connection.address.host)
        except ValueError as error:
            op.dispatch_ns = self._clock()
            self._fail(connection, CLIENT, str(error), keep=True)
            return
        connection.state = BUSY
        self._expect(connection, op)
        op.dispatch_ns = now = self._clock()
        connection.deadline_ns = now + self._timeout_ns
        self._send(connection, request)

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        """Completed operations; receives what is there."""
        if self._done or timeout_ns <= 0:
            timeout_s = 0.0
        elif timeout_ns < PRECISE_BELOW_NS:
            self._timer.arm(timeout_ns)
            timeout_s = 1.0
        else:
            timeout_s = timeout_ns / 1e9
        events = self._epoll.poll(timeout_s)
        self.woke_ns = now = self._clock()
        by_fd = self._by_fd
        for fd, event in events:
            connection = by_fd.get(fd)
            if connection is None:
                continue  # the timer, or a connection that was closed a moment ago
            if event == 1 and connection.state == BUSY:
                self._receive(connection)
            else:
                self._on_event(connection, event)
        if now >= self._next_scan_ns:
            self._scan(now)
        done = self._done
        self._done, self._seen = self._seen, done
        self._done.clear()
        return done

    def renew(self, credentials: Mapping[str, str]) -> None:
        self._dialect.renew(credentials)

    def counters(self) -> Mapping[str, int]:
        """connects, connect_ns (their times, summed), connect_failures, tls_handshakes, connections (open now)."""
        return {**self._pool.counters, "connections": len(self._by_fd)}

    def close(self) -> None:
        self._pool.close()
        self._timer.close()

    # --- sending --------------------------------------------------------------------------------------------------

    def _put_request(self, connection: Connection, op: Operation) -> bytes:
        """The head of a PUT; the first window of its body is made, and all of it where the head tells of its content."""
        digest = None
        if self._new_digest is None or (digest := self._new_digest(op)) is None:
            open_body(connection, op, self._payload)
        elif digest.trails:
            open_chunks(digest, connection, op, self._payload)
        else:
            open_body(connection, op, self._payload)
            take_digest(digest, connection, op, self._payload)
        return self._dialect.request(op, connection.address.host, digest)

    def _send(self, connection: Connection, request: bytes) -> None:
        body = connection.body
        if body is not None and connection.tls is not None:  # TLS has no vectored send
            request = b"".join((request, body))
            connection.body = body = None
        try:
            if body is None:
                sent = connection.send(request)
                if sent == len(request) and connection.body_offset < 0:
                    return
            else:
                sent = connection.sock.sendmsg((request, body))  # type: ignore[union-attr]  # it is open
                if sent == len(request) + len(body) and connection.body_offset < 0:
                    connection.body = None
                    return
        except BLOCKED:
            sent = 0
        except OSError as error:
            connection.out = memoryview(b"")
            self._on_broken_send(connection, error)
            return
        if body is None:
            connection.out = memoryview(request)[sent:]
        elif sent >= len(request):
            connection.out = body[sent - len(request) :]
        else:
            connection.out = memoryview(request[sent:] + bytes(body))
        connection.body = None
        self._epoll.modify(connection.fd, READ | WRITE)

    def _continue_sending(self, connection: Connection) -> None:
        """The socket takes more: send the rest, then the next windows of the body."""
        op = connection.op
        assert op is not None
        try:
            for _ in range(WINDOWS_A_TURN):
                out = connection.out
                if out is None:
                    break
                rest = out[connection.send(out) :] if len(out) else out
                connection.out = rest if len(rest) else next_window(connection, op, self._payload)
        except BLOCKED:
            return
        except OSError as error:
            self._on_broken_send(connection, error)
            return
        if connection.out is None:
            self._epoll.modify(connection.fd, READ)

    def _on_broken_send(self, connection: Connection, error: OSError) -> None:
        op = connection.op
        self._receive(connection)  # the server may have said why before it closed
        if connection.op is op:
            words = "the server closed the connection" if isinstance(error, ssl.SSLEOFError) else error.strerror
            self._fail(connection, RESET, f"while sending: {words or error}")

    # --- receiving ------------------------------------------------------------------------------------------------

    def _expect(self, connection: Connection, op: Operation) -> None:
        kind = op.kind
        connection.response.start(kind == self._head_kind, kind >= self._kept_from)
        in_two = kind == GET and op.length >= DISCARD_FROM and self._discards and connection.tls is None
        connection.first_read = HEAD_READ if in_two else READ_BYTES

    def _receive(self, connection: Connection) -> None:
        op, response = connection.op, connection.response
        assert op is not None
        tls = connection.tls is not None
        for _ in range(RECORDS_A_TURN if tls else 1):
            # One byte more than is needed shows whether the server sends too much.
            needed = response.needed
            try:
                if needed and self._discards and not tls:
                    limit = min(needed + 1, DISCARD_BYTES)
                    n = connection.recv_into(self._discard, limit, socket.MSG_TRUNC)
                    done = n > 0 and response.skip(n)
                else:
                    if needed:
                        limit = min(needed + 1, READ_BYTES)
                    else:
                        limit = READ_BYTES if response.status else connection.first_read
                    n = connection.recv_into(self._buffer, limit)
                    done = n > 0 and response.feed(self._buffer, n)
            except BLOCKED:
                return
            except ssl.SSLError as error:
                self._on_tls_end(connection, op, error)
                return
            except OSError as error:
                self._fail(connection, RESET, f"while receiving: {error.strerror or error}")
                return
            now = self._clock()
            if not n:
                response.eof()
                self._complete(connection, op, now)
                return
            if not op.first_byte_ns and (op.kind != GET or response.body_bytes):
                op.first_byte_ns = now
            if done:
                if connection.wake_bytes > 1:
                    connection.wake_at(1)
                if n == limit:
                    response.keep_alive = False  # whatever may follow would be taken for the next answer
                self._complete(connection, op, now)
                return
            if not tls and response.needed and response.body_bytes:
                share = max(READ_BYTES, QUEUED_BYTES // len(self._by_fd))
                connection.wake_at(min(response.needed, self._wake_bytes, share))

    def _on_tls_end(self, connection: Connection, op: Operation, error: ssl.SSLError) -> None:
        if not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            self._fail(connection, TLS, tls_words(error))
            return
        response = connection.response
        response.eof()
        if response.outcome or isinstance(error, ssl.SSLZeroReturnError):
            self._complete(connection, op, self._clock())
        else:
            self._fail(connection, RESET, "the connection was cut within a body that only its end ends")

    def _complete(self, connection: Connection, op: Operation, now: int) -> None:
        """The response is over: the operation is done, or goes on with another request."""
        response = connection.response
        if connection.out is not None and response.status < 300 and not response.outcome:
            self._fail(connection, PROTOCOL, f"the server answered {response.status} before it had the whole request")
            return
        more = self._dialect.answer(op, connection.address.host, response)
        if not response.keep_alive or connection.out is not None:
            self._pool.drop(connection)
        else:
            connection.state = IDLE
        if more is None:
            op.done_ns = now
            connection.op = None
            self._done.append(op)
            return
        response.start(False, True)
        if connection.state == IDLE:
            connection.state = BUSY
            self._send(connection, more)
        else:
            connection.out = memoryview(more)
            if failure := self._pool.open(connection):
                self._fail(connection, *failure)

    def _fail(self, connection: Connection, outcome: int, detail: str, keep: bool = False) -> None:
        op = connection.op
        if not keep:
            self._pool.drop(connection)
        connection.body = connection.trailing = None
        connection.body_offset = -1
        connection.op = None
        if op is not None:
            op.outcome, op.detail, op.transferred, op.items = outcome, detail, 0, 0
            op.done_ns = self._clock()
            self._done.append(op)

    # --- connections ----------------------------------------------------------------------------------------------

    def _submit_closed(self, connection: Connection, op: Operation) -> None:
        """The slot has no connection: the time to open one is part of this operation's service time."""
        op.dispatch_ns = now = self._clock()
        connection.deadline_ns = now + self._timeout_ns
        if connection.state == CLOSED and (failure := self._pool.open(connection)):
            self._fail(connection, *failure)

    def _on_event(self, connection: Connection, event: int) -> None:
        """Everything that is not plainly a response on a plain connection."""
        state = connection.state
        if state in (CONNECTING, HANDSHAKING):
            if failure := self._pool.advance(connection):
                self._fail(connection, *failure)
            elif connection.state == IDLE and connection.op is not None:
                self._send_first(connection, connection.op)
        elif state == IDLE:
            self._pool.look(connection)
        elif state == BUSY:
            # Reading comes first: a server that refuses a body says so before it closes.
            if event & ~WRITE:
                self._receive(connection)
            if event & WRITE and connection.out is not None and connection.state == BUSY:
                self._continue_sending(connection)
            if event & ENDED and connection.state == IDLE:
                self._pool.drop(connection)  # it closed right after its answer

    def _send_first(self, connection: Connection, op: Operation) -> None:
        """The connection stands now: send what its operation was waiting to send."""
        if connection.out is not None:  # a later request of an operation whose connection ended in between
            request, connection.out = bytes(connection.out), None
        else:
            try:
                if op.kind == PUT:
                    request = self._put_request(connection, op)
                else:
                    request = self._dialect.request(op, connection.address.host)
            except ValueError as error:
                self._fail(connection, CLIENT, str(error), keep=True)
                return
            self._expect(connection, op)
        connection.state = BUSY
        self._send(connection, request)

    def _scan(self, now: int) -> None:
        """Fail what has taken too long."""
        self._next_scan_ns = now + SCAN_NS
        for connection in self._slots.values():
            if connection.op is None:
                continue
            if failure := self._pool.overdue(connection, now):
                self._fail(connection, *failure)
            elif now > connection.deadline_ns:
                self._fail(connection, TIMEOUT, f"no answer within {self._timeout_ns / 1e9:g} s")
