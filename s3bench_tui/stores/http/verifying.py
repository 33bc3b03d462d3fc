"""The HTTP driver with an eye on what comes: bodies of verified GETs are delivered, and looked at.

What fits a window is looked at once its operation's time is taken, and after all others that were ready with it; of
larger bodies all but the last window as they come. Operations that are not verified go their usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic_ns

from s3bench_tui.stores.base import GET, WINDOW_BYTES, DriverConfig, Inspection, Inspector, Operation, PayloadSource
from s3bench_tui.stores.http.connection import Connection
from s3bench_tui.stores.http.dialect import Dialect
from s3bench_tui.stores.http.driver import READ_BYTES, HttpDriver

_LEAST_BYTES = 4096


class _Window:
    """What has come of one slot's body and was not looked at yet."""

    __slots__ = ("_filled", "_room", "inspection")

    def __init__(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self._room = bytearray()
        self._filled = 0

    def begin(self, op: Operation) -> None:
        size = min(max(op.length, _LEAST_BYTES), WINDOW_BYTES) if op.length >= 0 else WINDOW_BYTES
        if len(self._room) < size:
            self._room = bytearray(size)
        self._filled = 0
        self.inspection.begin(op)

    def take(self, data: memoryview) -> None:
        while len(data):
            if self._filled == len(self._room):
                self._look()
            part = data[: len(self._room) - self._filled]
            self._room[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            data = data[len(part) :]

    def end(self, op: Operation) -> None:
        self._look()
        self.inspection.end(op)

    def _look(self) -> None:
        self.inspection.look(memoryview(self._room)[: self._filled])
        self._filled = 0


class VerifyingHttpDriver(HttpDriver):
    """Keeps a window for each slot that has had a verified GET."""

    def __init__(
        self,
        config: DriverConfig,
        dialect: Dialect,
        payload: PayloadSource,
        inspector: Inspector,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        super().__init__(config, dialect, payload, clock)
        self._inspector = inspector
        self._windows: dict[int, _Window] = {}
        self._arrived: list[tuple[Operation, _Window]] = []

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        """Completed operations, verified."""
        done = super().wait(timeout_ns)
        if self._arrived:
            for op, window in self._arrived:
                window.end(op)
            self._arrived.clear()
        return done

    def counters(self) -> Mapping[str, int]:
        """Also how many reads and bytes were verified, and how long that took."""
        return {**super().counters(), **self._inspector.counters}

    def _expect(self, connection: Connection, op: Operation) -> None:
        super()._expect(connection, op)
        connection.response.sink = None
        if op.kind != GET or op.oldest < 0:
            return
        window = self._windows.get(op.slot)
        if window is None:
            window = self._windows[op.slot] = _Window(self._inspector.open())
        window.begin(op)
        connection.response.start(keep_body=True)
        connection.response.sink = window.take
        connection.first_read = READ_BYTES

    def _complete(self, connection: Connection, op: Operation, now: int) -> None:
        super()._complete(connection, op, now)
        if op.kind == GET and op.oldest >= 0:
            self._arrived.append((op, self._windows[op.slot]))
