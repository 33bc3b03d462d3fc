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
from s3bench_tui.fleet.merge import UnderWay
from s3bench_tui.report.fold import add_arrivals
from s3bench_tui.stats.tally import TallySum, merged

NOTHING = UnderWay((), {}, 0, 0)


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
        self._shown_s: dict[int, float] = {}
        """How far they were shown, which may be a little further; never back again."""
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

    @property
    def behind(self) -> bool:
        """Whether there is a new interval: what is known beyond it has to be looked at anew, or less would be shown than
        before."""
        return self._snapshot is None

    def glance(self, under_way: UnderWay) -> None:
        """Show what is known beyond the intervals, until there is more."""
        if self._phases:
            self._snapshot = self._made(under_way)

    def latest(self, agents: tuple[AgentSample, ...]) -> Snapshot | None:
        """The newest snapshot with these agents, the same one until there is more; None before the first phase."""
        if self._snapshot is None and self._phases:
            self._snapshot = self._made(NOTHING)
        if self._snapshot is not None and self._snapshot.agents is not agents:
            self._snapshot = replace(self._snapshot, agents=agents)
        return self._snapshot

    def _made(self, under_way: UnderWay) -> Snapshot:
        phase, last = self._phases[max(self._phases)], self._last
        measured = [part for part in under_way.parts if self._phases[part.phase].kind == "measured"]
        total = merged(self._measured.value(), *(part.tally for part in measured))
        current = merged(self._current.value(), *(part.tally for part in under_way.parts if part.phase == phase.index))
        arrivals = self._arrivals
        for part in measured:
            arrivals = add_arrivals(arrivals, part.arrivals)
        for index, end_s in under_way.until_s.items():
            self._shown_s[index] = max(end_s, self._shown_s.get(index, 0.0))
        until_s = {index: max(end_s, self._shown_s.get(index, 0.0)) for index, end_s in self._until_s.items()}
        preparing = phase.kind == "prepare"
        wanted = self.lacking if preparing else self._wanted
        done = sum(row.ops for row in (current if preparing else total).values())
        return Snapshot(
            at_s=max(until_s.values()),
            phase=phase,
            state=STATES.get(phase.kind, phase.kind),
            total=total,
            current=current,
            measured_s=sum(
                until_s[index] - part.start_s for index, part in self._phases.items() if part.kind == "measured"
            ),
            arrivals=arrivals,
            in_flight=under_way.in_flight if under_way.until_s else last.in_flight if last is not None else 0,
            backlog=under_way.backlog if under_way.until_s else last.backlog if last is not None else 0,
            planned_s=self._planned_s,
            progress=None if wanted is None else (done, wanted),
            workers=last.workers if last is not None else (),
            requests=merged(self._requests.value(), *(part.requests for part in measured)),
        )
