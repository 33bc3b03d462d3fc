"""The fleet's run at one instant, for eyes: a snapshot made of the merged records. Knows no members."""

from __future__ import annotations

from dataclasses import replace

from s3bench_tui.engine.coordination.timeline import STATES
from s3bench_tui.engine.messages import (
    AgentSample,
    Arrivals,
    Interval,
    Phase,
    PhaseClosed,
    PhaseOpened,
    Record,
    Snapshot,
)
from s3bench_tui.report.fold import add_arrivals
from s3bench_tui.stats.tally import TallySum


class View:
    """Takes the records of the whole, in order. `planned_s` is the length of the measured part, where it is known,
    `wanted` its operations."""

    def __init__(self, planned_s: float | None, wanted: int | None) -> None:
        self._planned_s = planned_s
        self._wanted = wanted
        self.lacking = 0
        """Objects that are made before the load."""
        self._phases: dict[int, Phase] = {}
        self._until_s: dict[int, float] = {}
        self._current = TallySum()
        self._measured, self._requests = TallySum(), TallySum()
        self._arrivals = Arrivals()
        self._last: Interval | None = None
        self._snapshot: Snapshot | None = None

    def feed(self, record: Record) -> None:
        """Take the next record."""
        match record:
            case PhaseOpened(phase):
                self._phases[phase.index] = phase
                self._until_s[phase.index] = phase.start_s
                self._current = TallySum()
                self._snapshot = None
            case PhaseClosed(phase):
                self._phases[phase.index] = phase
            case Interval():
                self._take(record)
                self._snapshot = None

    def _take(self, interval: Interval) -> None:
        self._last = interval
        self._until_s[interval.phase] = interval.end_s
        if interval.phase == max(self._phases):
            self._current.add(interval.tally)
        if self._phases[interval.phase].kind == "measured":
            self._measured.add(interval.tally)
            self._requests.add(interval.requests)
            self._arrivals = add_arrivals(self._arrivals, interval.arrivals)

    def latest(self, agents: tuple[AgentSample, ...]) -> Snapshot | None:
        """The newest snapshot with these agents, the same one until there is more; None before the first phase."""
        if self._snapshot is None and self._phases:
            self._snapshot = self._made()
        if self._snapshot is not None and self._snapshot.agents is not agents:
            self._snapshot = replace(self._snapshot, agents=agents)
        return self._snapshot

    def _made(self) -> Snapshot:
        phase, last = self._phases[max(self._phases)], self._last
        total, current = self._measured.value(), self._current.value()
        preparing = phase.kind == "prepare"
        wanted = self.lacking if preparing else self._wanted
        done = sum(row.ops for row in (current if preparing else total).values())
        return Snapshot(
            at_s=max(self._until_s.values()),
            phase=phase,
            state=STATES.get(phase.kind, phase.kind),
            total=total,
            current=current,
            measured_s=sum(
                self._until_s[index] - part.start_s for index, part in self._phases.items() if part.kind == "measured"
            ),
            arrivals=self._arrivals,
            in_flight=last.in_flight if last is not None else 0,
            backlog=last.backlog if last is not None else 0,
            planned_s=self._planned_s,
            progress=None if wanted is None else (done, wanted),
            workers=last.workers if last is not None else (),
            requests=self._requests.value(),
        )
