"""One run as its user holds it: snapshots while it lasts, commands to it, the report at its end.

The one way to run a workload, for scripts and for programs alike. Installs no signal handlers, prints nothing and
writes no files but through the sinks that it is given.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol

from s3bench_tui.engine.local import LocalEngine
from s3bench_tui.engine.messages import Command, Record, RunOptions, RunStarted, Snapshot, StopRun
from s3bench_tui.errors import ConfigError, EngineError, Problem
from s3bench_tui.report.build import Fold, Report, build
from s3bench_tui.spec.loading import Loaded, check_workload, load_mapping, load_workload
from s3bench_tui.spec.model.workload import Workload

_POLL_S = 0.5
_LET_GO_S = 2.0


class Sink(Protocol):
    """Takes the records of a run, in order, from the thread that drives the session."""

    def feed(self, record: Record) -> None: ...

    def close(self) -> None: ...


class Engine(Protocol):
    """What makes the load, and feeds a sink with its records from within `receive`: this machine, or a fleet."""

    ended: bool
    error: Exception | None

    def start(self, workload: Workload) -> None: ...

    def send(self, command: Command) -> None: ...

    def latest(self) -> Snapshot | None: ...

    def fileno(self) -> int: ...

    def receive(self, timeout_s: float = 0.0) -> None: ...

    def close(self, timeout_s: float = 10.0) -> None: ...


EngineMaker = Callable[[Callable[[Record], None]], Engine]
"""Makes an engine that feeds this sink."""


class Session:
    """A run that has begun; iterating gives its snapshots, about four a second, until it ends.

    A context manager: leaving it early stops the run at once. To be used from one thread. `journals` is a directory for
    every single operation, of which `report.oplog` makes an op-log. With an `engine` of the caller's own, how to run
    is said there, and not here.
    """

    def __init__(
        self,
        loaded: Loaded,
        *,
        probe: bool = True,
        prepare_only: bool = False,
        sinks: Sequence[Sink] = (),
        journals: str = "",
        engine: EngineMaker | None = None,
    ) -> None:
        if loaded.workload.cleanup == "only":
            hint = "Run it with --headless, which deletes what earlier runs made; or write another cleanup:"
            raise ConfigError([Problem("has no load, and is not run: it says cleanup: only", hint, file=loaded.source)])
        self.workload = loaded.workload
        self.warnings = loaded.warnings
        self.sink_errors: list[OSError] = []
        """Why sinks could not write any more, such as to a full disk; the run goes on without them."""
        self._fold = Fold()
        self._sinks = list(sinks)
        self._report: Report | None = None
        self._closed = False
        if loaded.workload.fleet is not None and engine is None:
            hint = "Open it with fleet.opening.open_session, or leave out fleet"
            raise ConfigError([Problem("the workload is for a fleet, and this is a run of one machine", hint, "fleet")])
        options = RunOptions(probe=probe, prepare_only=prepare_only, journals=journals)
        self._engine: Engine = engine(self._feed) if engine else LocalEngine(self._feed, options)
        self._engine.start(loaded.workload)

    # --- while it lasts -------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Snapshot]:
        seen = None
        while not self.ended:
            self.receive(_POLL_S)
            if self.latest is not None and self.latest is not seen:
                seen = self.latest
                yield seen
        if not self.began:
            raise self.error

    def send(self, command: Command) -> None:
        """Change the load, mark an instant, or stop the run; what comes after the end is left out."""
        self._engine.send(command)

    def receive(self, timeout_s: float = 0.0) -> None:
        """Take what the engine has told since the last call; wait so long for the first of it."""
        self._engine.receive(timeout_s)
        if self._engine.ended:
            self.close()

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot; None until the load begins."""
        return self._engine.latest()

    @property
    def began(self) -> bool:
        """Whether the run came so far that there is something to report."""
        return self._fold.started is not None

    @property
    def started(self) -> RunStarted | None:
        """The head of its records; None before it began."""
        return self._fold.started

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._engine.ended or self._closed

    def fileno(self) -> int:
        """Readable when there is something to receive."""
        return self._engine.fileno()

    # --- at its end -----------------------------------------------------------------------------------------------

    @property
    def error(self) -> Exception:
        """Why the run could not begin, or broke off."""
        given_up = "the run was given up before " + ("its end" if self.began else "it began")
        return self._engine.error or EngineError(given_up)

    @property
    def lost(self) -> bool:
        """Whether the engine broke off before it had said how the run ended; the report is of what it had told."""
        return self.ended and self._fold.ended is None

    @property
    def report(self) -> Report:
        """What came of the run; of one whose engine was lost, all that it had told, with the status `engine_lost`.

        While the run lasts this waits for its end. Raises what kept the run from beginning, a TargetError for example.
        """
        while not self.ended:
            self.receive(_POLL_S)
        if not self.began:
            raise self.error
        if self._report is None:
            self._report = build(self._fold)
        return self._report

    def close(self, timeout_s: float = 10.0) -> None:
        """Let go of the run. One that is still on ends at once, and is killed where that takes longer than this."""
        if self._closed:
            return
        self._closed = True
        self._engine.close(timeout_s)
        for sink in self._sinks:
            self._guarded(sink, None)
        self._sinks.clear()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and not self.ended:
                self.send(StopRun(now=True, reason="stopped by the program that had started it"))
                while not self.ended:
                    self.receive(_POLL_S)
        finally:
            self.close(_LET_GO_S)

    # --- sinks ----------------------------------------------------------------------------------------------------

    def _feed(self, record: Record) -> None:
        self._fold.feed(record)
        for sink in tuple(self._sinks):
            self._guarded(sink, record)

    def _guarded(self, sink: Sink, record: Record | None) -> None:
        """Feed or, at the end, close a sink; a disk that is full must not end the run."""
        try:
            if record is None:
                sink.close()
            else:
                sink.feed(record)
        except OSError as error:
            self.sink_errors.append(error)
            if record is not None:
                self._sinks.remove(sink)


WorkloadLike = str | os.PathLike[str] | Mapping[str, Any] | Workload


def load(workload: WorkloadLike) -> Loaded:
    """A workload from the path of its file, from plain data in the file's form, or as an object. Raises ConfigError."""
    if isinstance(workload, Workload):
        return check_workload(workload)
    if isinstance(workload, Mapping):
        return load_mapping(workload)
    return load_workload(workload)


def watch(workload: WorkloadLike, *, probe: bool = True, sinks: Sequence[Sink] = ()) -> Session:
    """Begin a run and return at once; iterate over what is returned, send it commands, ask it for the report.

    `probe=False` leaves out asking the targets before the load. Raises ConfigError.
    """
    return Session(load(workload), probe=probe, sinks=sinks)


def run(workload: WorkloadLike, *, probe: bool = True, sinks: Sequence[Sink] = ()) -> Report:
    """Run a workload to its end, and return its report; blocks for as long as the run takes.

    Raises ConfigError where it cannot be run as written, TargetError where a target does not answer or refuses, and
    EngineError where the engine could not begin. A run that began always gives a report: look at its `status`.
    """
    with watch(workload, probe=probe, sinks=sinks) as session:
        return session.report
