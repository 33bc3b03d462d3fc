"""The records of a recording one by one, with the time at which each was told; and the snapshots that it lacks.

Reads lazily: a recording may be larger than memory. Knows nothing of clocks and screens.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from s3bench_tui.engine.messages import (
    Arrivals,
    Event,
    Interval,
    Phase,
    PhaseClosed,
    PhaseOpened,
    Record,
    RunEnded,
    RunStarted,
    Snapshot,
)
from s3bench_tui.errors import ConfigError
from s3bench_tui.host.sample import HostSample
from s3bench_tui.report import record
from s3bench_tui.report.fold import add_arrivals
from s3bench_tui.stats.tally import TallySum, total_of

_STATES = {"prepare": "preparing", "warmup": "warming up", "measured": "running", "drain": "draining"}
_TAIL = 1 << 20


def timed(path: Path) -> Iterator[tuple[float, Record]]:
    """Each record with the second of the run at which it was told, which never goes back. ConfigError where there is
    no recording; damage further on ends it with an event that says so."""
    at_s = 0.0
    records = record.read(path)
    yield 0.0, next(records)
    while True:
        try:
            each = next(records, None)
        except ConfigError as error:
            yield at_s, Event(at_s, "error", str(error))
            return
        if each is None:
            return
        at_s = max(at_s, _told_at(each))
        yield at_s, each


def _told_at(each: Record) -> float:
    match each:
        case PhaseOpened(phase):
            return phase.start_s
        case PhaseClosed(phase):
            return phase.end_s or phase.start_s
        case Interval():
            return each.end_s
        case Event() | RunEnded():
            return each.at_s
        case RunStarted():
            return 0.0


def length_s(path: Path) -> float | None:
    """When the run of a recording ended; None where it was broken off."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        last = file.read().splitlines()[-1]
    try:
        ended = record.decode(last.decode())
    except ValueError:
        return None
    return ended.at_s if isinstance(ended, RunEnded) else None


class Totals:
    """What the snapshots of a run showed, added up from its intervals."""

    def __init__(self, started: RunStarted) -> None:
        duration: Any = started.workload.get("duration")
        self._planned_s = float(duration) if isinstance(duration, (int, float)) else None
        self._wanted: int | None = (started.workload.get("stop") or {}).get("ops")
        self._total = TallySum()
        self._current = TallySum()
        self._phase: Phase | None = None
        self._last: Interval | None = None
        self._host: HostSample | None = None
        self._measured_s = 0.0
        self._kinds: dict[int, str] = {}
        self._arrivals = Arrivals()

    def feed(self, each: Record) -> None:
        """Take the next record."""
        match each:
            case PhaseOpened(phase):
                self._phase = phase
                self._kinds[phase.index] = phase.kind
                self._current = TallySum()
            case Interval():
                self._last = each
                self._host = each.host or self._host
                if self._phase is not None and each.phase == self._phase.index:
                    self._current.add(each.tally)
                if self._kinds.get(each.phase) == "measured":
                    self._total.add(each.tally)
                    self._measured_s += each.end_s - each.start_s
                    self._arrivals = add_arrivals(self._arrivals, each.arrivals)

    def snapshot(self) -> Snapshot | None:
        """The run as it was at its last interval; None before the first."""
        if self._phase is None or self._last is None:
            return None
        total = self._total.value()
        done = total_of(total).ops
        return Snapshot(
            at_s=max(self._last.end_s, self._phase.start_s),
            phase=self._phase,
            state=_STATES.get(self._phase.kind, self._phase.kind),
            total=total,
            current=self._current.value(),
            measured_s=self._measured_s,
            arrivals=self._arrivals,
            in_flight=self._last.in_flight,
            backlog=self._last.backlog,
            planned_s=self._planned_s,
            progress=None if self._wanted is None else (done, self._wanted),
            host=self._host,
            workers=self._last.workers,
            agents=self._last.agents,
        )
