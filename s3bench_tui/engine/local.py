"""The engine of this machine, as its users hold it: start, send, look. The run itself is another process's."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from subprocess import Popen, TimeoutExpired

from s3bench_tui.engine.coordination.crew import how_killed, start_process
from s3bench_tui.engine.messages import Command, Held, Proceed, Record, Released, RunOptions, Snapshot, Timed
from s3bench_tui.errors import EngineError
from s3bench_tui.spec.model.workload import Workload

_LAST_S = 1.0
"""A process whose connection has ended is gone within this time."""


class LocalEngine:
    """Feeds `sink` with every record of the run, in order, from within `receive`; keeps the newest snapshot.

    `stand` hears where a run stands that is held.
    """

    def __init__(
        self,
        sink: Callable[[Record], None],
        options: RunOptions | None = None,
        stand: Callable[[Held | Released], None] | None = None,
    ) -> None:
        self._sink = sink
        self._stand = stand
        self._options = options or RunOptions()
        self._process: Popen[bytes] | None = None
        self._connection: Connection
        self._latest: Snapshot | None = None
        self.ended = False
        self.error: Exception | None = None
        """Why the run could not begin, or broke off; None where it ran to its end."""

    def start(self, workload: Workload) -> None:
        """Begin the run; whatever goes wrong from here on is in `error` once `ended`."""
        self._process, self._connection = start_process("s3bench_tui.engine.coordination.process", None)
        self._connection.send((workload, self._options))

    def send(self, command: Command | Proceed | Timed) -> None:
        """Pass a command on; one that comes after the end is left out."""
        if not self.ended:
            try:
                self._connection.send(command)
            except OSError:
                self.receive()

    def latest(self) -> Snapshot | None:
        """The newest snapshot that was received; never blocks."""
        return self._latest

    def fileno(self) -> int:
        """Readable when there is something to receive."""
        return self._connection.fileno()

    def receive(self, timeout_s: float = 0.0) -> None:
        """Take what the engine process has sent; wait so long for the first of it."""
        try:
            while not self.ended and self._connection.poll(timeout_s):
                timeout_s = 0.0
                kind, value = self._connection.recv()
                if kind != "record":
                    self._end(value)
                elif isinstance(value, Snapshot):
                    self._latest = value
                elif isinstance(value, (Held, Released)):
                    if self._stand is not None:
                        self._stand(value)
                else:
                    self._sink(value)
        except (EOFError, OSError):
            self._end(EngineError(f"the engine process was lost{self._how()}; what it had recorded until then is kept"))

    def _end(self, error: Exception | None) -> None:
        self.ended, self.error = True, error

    def _how(self) -> str:
        """What its process ended of, as far as that is known soon."""
        try:
            code = self._process.wait(_LAST_S) if self._process else 0
        except TimeoutExpired:
            return ""
        return f" ({how_killed(code)})" if code < 0 else ""

    def close(self, timeout_s: float = 10.0) -> None:
        """Let the engine process go; a run that is still on ends at once, and is killed where that takes longer."""
        self.ended = True
        if self._process is None:
            return
        self._connection.close()
        try:
            self._process.wait(timeout_s)
        except TimeoutExpired:
            self._process.kill()
            self._process.wait()
