"""One run at a time on an agent; it ends at once when its caller hangs up, or the agent is told to end.

Knows no interface: whoever serves one says what to run, and whether anybody still waits for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from s3bench_tui.engine.messages import StopRun
from s3bench_tui.errors import S3BenchError
from s3bench_tui.report.result import Report
from s3bench_tui.session import Session
from s3bench_tui.spec.loading import Loaded

_POLL_S = 0.2
_END_S = 15.0
"""For a run that was told to end at once: it still deletes what it made."""
_LET_GO_S = 2.0


class BusyError(S3BenchError):
    """Another run is on; to be asked again later."""


class GivenUpError(S3BenchError):
    """The run was ended before its time; nobody waits for its figures."""


class Runs:
    """The one place of an agent where load is made, for calls from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._place = threading.Lock()
        self._ending = threading.Event()
        self._what = ""
        self._since = 0.0

    @contextmanager
    def turn(self, what: str) -> Iterator[None]:
        """Hold the place; BusyError, with what is on, where somebody else does."""
        if not self._place.acquire(blocking=False):
            since = max(0.0, self._clock() - self._since)
            raise BusyError(f"this agent is busy for {since:.0f} s with {self._what}; ask again when that has ended")
        try:
            self._what, self._since = what, self._clock()
            yield
        finally:
            self._place.release()

    def wait_until(self, instant_s: float, wanted: Callable[[], bool], now: Callable[[], float] = time.time) -> None:
        """Wait for an instant of `now`'s clock; GivenUpError where nobody wants it any more."""
        while (left := instant_s - now()) > 0:
            self._refuse_unwanted(wanted)
            self._ending.wait(min(left, _POLL_S))
        self._refuse_unwanted(wanted)

    def report(self, loaded: Loaded, wanted: Callable[[], bool], *, prepare_only: bool = False) -> Report:
        """Run a workload to its end, within a turn. Raises what kept it from beginning, GivenUpError where `wanted` became
        false, and EngineError where the engine was lost."""
        self._refuse_unwanted(wanted)
        session = Session(loaded, prepare_only=prepare_only)
        try:
            while not session.ended:
                session.receive(_POLL_S)
                if not session.ended and (self._ending.is_set() or not wanted()):
                    session.send(StopRun(now=True, reason="nobody waits for it any more"))
                    break
            latest = self._clock() + _END_S
            while not session.ended and self._clock() < latest:
                session.receive(_POLL_S)
        finally:
            session.close(_LET_GO_S)
        self._refuse_unwanted(wanted)
        if session.lost:
            raise session.error
        return session.report

    def end(self) -> None:
        """End the run that is on, and let none begin any more."""
        self._ending.set()

    def _refuse_unwanted(self, wanted: Callable[[], bool]) -> None:
        if self._ending.is_set():
            raise GivenUpError("the agent was told to end")
        if not wanted():
            raise GivenUpError("the caller hung up")
