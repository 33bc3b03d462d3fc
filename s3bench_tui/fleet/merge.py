"""One run made of the records of many: phases under one number, intervals by the second, sums without a loss.

Takes the records of each member of the fleet as they come, and tells those of the whole. Every counter and every bucket
of a histogram is added once. Knows no network and no clocks but the shift of each member's to the fleet's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    Settings,
    WorkerSample,
)
from s3bench_tui.engine.plan import settings_as_dict
from s3bench_tui.report.fold import add_arrivals
from s3bench_tui.stats.histogram import EMPTY
from s3bench_tui.stats.tally import Row, RowSum, TallySum

_LOAD = ("warmup", "measured", "paused")


@dataclass(slots=True, eq=False)
class Member:
    """What one machine has told."""

    name: str
    zero_s: float = 0.0
    """Where its run's clock begins on that of the fleet."""
    started: RunStarted | None = None
    ended: RunEnded | None = None
    lost: bool = False
    phases: dict[int, Phase] = field(default_factory=dict)
    """By its own numbers."""
    drain: int | None = None
    """Which of them is the last one, in which it starts nothing more."""
    closed: set[int] = field(default_factory=set)
    numbers: dict[int, int] = field(default_factory=dict)
    """Those of the fleet, by its own."""
    waiting: list[Interval] = field(default_factory=list)
    """Of phases that the fleet has not opened yet."""
    reached: dict[int, int] = field(default_factory=dict)
    """By the fleet's number of a phase, the last second of it that it has told of."""
    measured: RowSum = field(default_factory=RowSum)
    last: Interval | None = None
    """The last that it told, without its histograms."""
    told_s: dict[int, float] = field(default_factory=dict)
    """By its own number of a phase, how far it has told of it, on its own clock."""
    partial: Interval | None = None
    """What has come since then in the phase that is on, as far as that is known."""
    first_worker: int = 0
    """Its workers count on from here."""

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.lost or self.ended is not None

    @property
    def loading(self) -> bool:
        """Whether it may open another phase that others have, too."""
        return not self.over and self.drain is None

    def workers(self) -> tuple[WorkerSample, ...]:
        """As they were last seen, under the fleet's numbers."""
        samples = self.last.workers if self.last is not None else ()
        return tuple(
            replace(each, index=each.index + self.first_worker, alive=each.alive and not self.over) for each in samples
        )


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What members have told that is in no interval of the fleet yet: parts of intervals, and up to when each phase is known
    on the average of its members. Rates over that time are right, whoever is ahead."""

    parts: Sequence[Interval]
    until_s: Mapping[int, float]
    in_flight: int
    backlog: int


class Second:
    """What has been told of one second of a phase, added up as it comes: of hundreds of members none is kept by itself."""

    def __init__(self) -> None:
        self.end_s = 0.0
        self._tally, self._requests = TallySum(), TallySum()
        self._arrivals = Arrivals()

    def add(self, part: Interval, end_s: float) -> None:
        """Take what one member told, until then on the fleet's clock."""
        self.end_s = max(self.end_s, end_s)
        self._tally.add(part.tally)
        self._requests.add(part.requests)
        self._arrivals = add_arrivals(self._arrivals, part.arrivals)

    def interval(self, phase: int, start_s: float) -> Interval:
        """All of it."""
        end_s = max(start_s, self.end_s)
        return Interval(phase, start_s, end_s, self._tally.value(), self._arrivals, requests=self._requests.value())


class MergedPhase:
    """One phase of the fleet; `openers` are the members that have it."""

    def __init__(self, phase: Phase, openers: Sequence[tuple[Member, int]]) -> None:
        self.phase = phase
        self.openers = list(openers)
        self.until_s = phase.start_s
        self.seconds: dict[int, Second] = {}
        self._behind: tuple[Member, int, int] | None = None
        """A member that has told least of it, under which number it knows it, and up to which second."""

    def has_left(self, member: Member, own: int) -> bool:
        """Whether no more of it comes from there."""
        return member.over or own in member.closed

    @property
    def done(self) -> bool:
        """Whether all have left it."""
        return all(self.has_left(*opener) for opener in self.openers)

    def complete(self) -> list[int]:
        """The seconds of which all have told that there is to tell, in order."""
        if self._behind is not None:
            member, own, second = self._behind
            if not self.has_left(member, own) and member.reached.get(self.phase.index, -1) == second:
                return []  # all wait for the same one as before: of hundreds not each has to be looked at for every word
        present = [
            (member.reached.get(self.phase.index, -1), place)
            for place, (member, own) in enumerate(self.openers)
            if not self.has_left(member, own)
        ]
        reached, place = min(present, default=(max(self.seconds, default=-1), -1))
        self._behind = (*self.openers[place], reached) if present else None
        return sorted(second for second in self.seconds if second <= reached)


class Merge:
    """`sink` is fed with the records of the fleet's run, from its head on, which `begin` gives."""

    def __init__(self, members: Sequence[Member], sink: Callable[[Record], None]) -> None:
        self._members = list(members)
        self._sink = sink
        self._begun = False
        self._before: list[tuple[Member, Record]] = []
        self._names: tuple[str, ...] = ()
        self._phases: list[MergedPhase] = []
        self._open: list[MergedPhase] = []
        self._settings: Settings | None = None

    @property
    def at_s(self) -> float:
        """How far the run has come."""
        return max((phase.until_s for phase in self._phases), default=0.0)

    def begin(self, head: RunStarted) -> None:
        """The head of the records; those that came before follow it."""
        self._begun = True
        self._names = tuple(entry.name for entry in head.entries if not entry.internal)
        self._sink(head)
        before, self._before = self._before, []
        for member, record in before:
            self.feed(member, record)

    def feed(self, member: Member, record: Record) -> None:
        """Take the next record of one member."""
        if isinstance(record, RunStarted):
            member.started = record
        elif not self._begun:
            self._before.append((member, record))
            return
        match record:
            case PhaseOpened(phase):
                member.phases[phase.index] = phase
                if phase.kind == "drain":
                    member.drain = phase.index
            case PhaseClosed(phase):
                member.phases[phase.index] = phase
                member.closed.add(phase.index)
                if member.partial is not None and member.partial.phase == phase.index:
                    member.partial = None
            case Interval():
                self._take(member, record)
                self._tell_what_is_complete()
                return
            case Event():
                self._pass_on(member, record)
                return
            case RunEnded():
                member.ended = record
        self._advance()

    def glance(self, member: Member, partial: Interval) -> None:
        """Take what a member has done since the last interval it told of. One that comes late, twice, in another order or not
        at all does no harm: it says itself from when on it counts, and the next one has it all."""
        told_s = member.told_s.get(partial.phase)
        if told_s is None and partial.phase in member.phases:
            told_s = member.phases[partial.phase].start_s
        known = member.partial
        newer = known is None or (known.phase, known.end_s) < (partial.phase, partial.end_s)
        if partial.start_s == told_s and newer and partial.phase not in member.closed and not member.over:
            member.partial = partial

    def under_way(self) -> UnderWay:
        """What is known beyond the intervals of the fleet."""
        parts: list[Interval] = []
        until_s: dict[int, float] = {}
        for phase in self._open:
            number, ends = phase.phase.index, []
            for member, own in phase.openers:
                ends.append(member.told_s.get(own, phase.phase.start_s - member.zero_s) + member.zero_s)
                if member.partial is not None and member.partial.phase == own:
                    ends[-1] = member.partial.end_s + member.zero_s
                    parts.append(replace(member.partial, phase=number))
            parts += [second.interval(number, phase.until_s) for second in phase.seconds.values()]
            until_s[number] = max(phase.phase.start_s, sum(ends) / len(ends))
        now = [now for member in self._members if not member.over and (now := member.partial or member.last)]
        return UnderWay(parts, until_s, sum(each.in_flight for each in now), sum(each.backlog for each in now))

    def lose(self, member: Member) -> None:
        """Nothing more comes from there; what it told stays, be it of a second that is not over: it was shown."""
        if member.partial is not None:
            workers = member.last.workers if member.last is not None else ()
            self._take(member, replace(member.partial, workers=workers))
        member.lost, member.partial = True, None
        self._advance()

    def tell(self, kind: str, text: str, **data: object) -> None:
        """An event of the fleet itself; nothing before the head."""
        if self._begun:
            self._sink(Event(self.at_s, kind, text, data))

    def _pass_on(self, member: Member, event: Event) -> None:
        """What one machine has to say; changes and marks are told once, by the fleet."""
        if event.kind not in ("change", "mark"):
            at_s = max(0.0, event.at_s + member.zero_s)
            self._sink(Event(at_s, event.kind, f"{member.name}: {event.text}", {**event.data, "agent": member.name}))

    # --- phases ---------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        while self._open_next():
            pass
        self._tell_what_is_complete()
        for phase in tuple(self._open):
            if phase.done:
                self._open.remove(phase)
                self._close(phase)

    def _tell_what_is_complete(self) -> None:
        for phase in self._open:
            for second in phase.complete():
                self._emit(phase, second)

    def _open_next(self) -> bool:
        """Open the next phase once every member that will have it has it."""
        number = len(self._phases)
        if any(member.loading and number not in member.phases for member in self._members):
            return False
        openers = [(member, number) for member in self._members if number in member.phases and member.drain != number]
        if not openers:
            openers = [(member, member.drain) for member in self._members if member.drain is not None]
            if not openers or (self._phases and self._phases[-1].phase.kind == "drain"):
                return False
        self._open_phase(number, openers)
        return True

    def _open_phase(self, number: int, openers: list[tuple[Member, int]]) -> None:
        own = [member.phases[index] for member, index in openers]
        start_s = min(phase.start_s + member.zero_s for phase, (member, _) in zip(own, openers, strict=True))
        last_s = self._phases[-1].phase.start_s if self._phases else 0.0
        settings = sum_of_settings([phase.settings for phase in own])
        opened = MergedPhase(Phase(number, own[0].kind, max(start_s, last_s), settings, own[0].label), openers)
        self._phases.append(opened)
        self._open.append(opened)
        self._sink(PhaseOpened(opened.phase))
        self._note_change(opened.phase)
        for member, index in openers:
            member.numbers[index] = number
            waiting, member.waiting = member.waiting, []
            for interval in waiting:
                self._take(member, interval)

    def _note_change(self, phase: Phase) -> None:
        if phase.kind not in _LOAD:
            return
        if self._settings is not None:
            if phase.label:
                self._sink(Event(phase.start_s, "mark", phase.label))
            if phase.settings != self._settings:
                settings = settings_as_dict(phase.settings, self._names)
                self._sink(Event(phase.start_s, "change", "settings changed", settings))
        self._settings = phase.settings

    def _close(self, merged_phase: MergedPhase) -> None:
        ends = [
            end_s + member.zero_s
            for member, own in merged_phase.openers
            if own in member.closed and (end_s := member.phases[own].end_s) is not None
        ]
        end_s = max([*ends, merged_phase.until_s])
        merged_phase.phase = replace(merged_phase.phase, end_s=end_s)
        self._sink(PhaseClosed(merged_phase.phase))

    # --- intervals ------------------------------------------------------------------------------------------------

    def _take(self, member: Member, interval: Interval) -> None:
        number = member.numbers.get(interval.phase)
        if number is None:
            member.waiting.append(interval)
            return
        phase = self._phases[number]
        end_s = interval.end_s + member.zero_s
        second = max(0, int(end_s - phase.phase.start_s))
        member.reached[number] = max(second, member.reached.get(number, 0))
        member.last = replace(interval, tally={key: _counts_of(row) for key, row in interval.tally.items()})
        member.told_s[interval.phase] = interval.end_s
        if member.partial is not None and member.partial.phase <= interval.phase:
            member.partial = None
        if phase.phase.kind == "measured":
            for row in interval.tally.values():
                member.measured.add(row)
        phase.seconds.setdefault(second, Second()).add(interval, end_s)

    def _emit(self, phase: MergedPhase, second: int) -> None:
        whole = phase.seconds.pop(second).interval(phase.phase.index, phase.until_s)
        phase.until_s = whole.end_s
        now = [member.last for member in self._members if member.last is not None and not member.over]
        self._sink(
            replace(
                whole,
                in_flight=sum(last.in_flight for last in now),
                backlog=sum(last.backlog for last in now),
                workers=tuple(worker for member in self._members for worker in member.workers()),
            )
        )


def _counts_of(row: Row) -> Row:
    return replace(row, service=EMPTY, ttfb=EMPTY, response=EMPTY, lag=EMPTY)


def sum_of_settings(parts: Sequence[Settings]) -> Settings:
    """What holds for the fleet: slots, limits and rates add up."""
    first = parts[0]
    rates = [part.rate_per_s for part in parts if part.rate_per_s is not None]
    limits = zip(*(part.limits for part in parts), strict=True)
    return replace(
        first,
        concurrency=sum(part.concurrency for part in parts),
        limits=tuple(
            None if any(limit is None for limit in line) else sum(limit for limit in line if limit is not None)
            for line in limits
        ),
        rate_per_s=sum(rates) if rates else None,
    )
