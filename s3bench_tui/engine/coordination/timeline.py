"""The phases of a run: which is on, what is planned, and what changes while it runs. Knows no processes.

A phase starts at an instant that is published ahead of it, so that every worker crosses it at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite

from s3bench_tui.engine.messages import Change, Phase, Settings
from s3bench_tui.engine.plan import PhasePlan, split
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.units import NS_PER_S

STATES = {"prepare": "preparing", "warmup": "warming up", "measured": "running", "drain": "draining"}
"""What snapshots call the kinds of phases, where that is another word."""

LEAD_NS = 60_000_000
"""From a command to its effect: longer than any worker's loop takes to look at the control block."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of the load one worker makes: `target` indexes the targets, `weight` is its part of their slots."""

    target: int
    weight: float


@dataclass(slots=True)
class Timeline:
    """Phases in order; the last ones may lie ahead."""

    names: Sequence[str]
    """Of the lines of the mix; in the order of the plan."""
    shares: Sequence[Share]
    """By worker rank."""
    preparations: int = 0
    """So many lines of the engine's own follow them, one for each data set."""
    line_targets: Mapping[int, int] = field(default_factory=dict)
    """For lines that run on one target only: its index, by the line's."""
    start_ns: int = 0
    phases: list[Phase] = field(default_factory=list)
    plans: list[PhasePlan] = field(default_factory=list)

    def seconds(self, at_ns: int) -> float:
        """An instant on the run's own clock."""
        return (at_ns - self.start_ns) / NS_PER_S

    def open(
        self,
        kind: str,
        at_ns: int,
        settings: Settings,
        label: str = "",
        counts: bool = False,
        preparations: Sequence[float] = (),
    ) -> Phase:
        """Add a phase that starts at `at_ns`, or right after the last one where that starts later.

        `preparations` are the weights of the engine's own lines in a phase that prepares."""
        if self.plans:
            at_ns = max(at_ns, self.plans[-1].start_ns + 1)
            self.phases[-1] = replace(self.phases[-1], end_s=self.seconds(at_ns))
        else:
            self.start_ns = at_ns
        phase = Phase(len(self.phases), kind, self.seconds(at_ns), settings, label)
        self.phases.append(phase)
        self.plans.append(self._plan(phase, at_ns, counts, preparations))
        return phase

    def share_out(self, done: Sequence[bool]) -> None:
        """Split the slots of the last phase anew, among the workers that are not done."""
        last = self.plans[-1]
        slots, limits = self._parts(self.phases[-1].settings, done)
        self.plans[-1] = replace(last, slots=slots, limits=limits)

    def finish(self, at_ns: int) -> None:
        """End the last phase."""
        self.phases[-1] = replace(self.phases[-1], end_s=self.seconds(max(at_ns, self.plans[-1].start_ns)))

    def at(self, now_ns: int) -> Phase:
        """The phase that is on."""
        return self.phases[self.index_at(now_ns)]

    def state_at(self, now_ns: int) -> str:
        """What is on, as snapshots say it."""
        kind = self.at(now_ns).kind if self.phases else "prepare"
        return STATES.get(kind, kind)

    def index_at(self, now_ns: int) -> int:
        """Index of the phase that is on; the first one before it has begun."""
        for plan in reversed(self.plans):
            if plan.start_ns <= now_ns:
                return plan.index
        return 0

    def mean_slots(self) -> float:
        """Slots over the measured phases that have ended, by their time; 0 where none has."""
        spans = [
            (phase.settings.concurrency, phase.end_s - phase.start_s)
            for phase in self.phases
            if phase.kind == "measured" and phase.end_s is not None
        ]
        seconds = sum(length_s for _, length_s in spans)
        return sum(slots * length_s for slots, length_s in spans) / seconds if seconds else 0.0

    def changed(self, settings: Settings, change: Change) -> Settings:
        """The settings after a change; ConfigError where it names a line that the mix does not have."""
        _check(settings, change)
        weights, limits = list(settings.weights), list(settings.limits)
        for name, weight in (change.weights or {}).items():
            weights[self._line(name, "weights")] = weight
        for name, limit in (change.limits or {}).items():
            limits[self._line(name, "limits")] = limit
        if not any(weights):
            raise ConfigError([Problem("no operation has a weight above 0", "give at least one a weight", "weights")])
        return Settings(
            concurrency=settings.concurrency if change.concurrency is None else change.concurrency,
            weights=tuple(weights),
            limits=tuple(limits),
            rate_per_s=settings.rate_per_s if change.rate_per_s is None else change.rate_per_s,
            paused=settings.paused if change.paused is None else change.paused,
        )

    def _line(self, name: str, key: str) -> int:
        if name not in self.names:
            known = ", ".join(self.names)
            raise ConfigError([Problem(f"there is no line {name!r} in the mix", f"its lines are {known}", key)])
        return list(self.names).index(name)

    def _plan(self, phase: Phase, at_ns: int, counts: bool, preparations: Sequence[float]) -> PhasePlan:
        settings = phase.settings
        slots, limits = self._parts(settings, [False] * len(self.shares))
        weights = settings.weights + (0.0,) * self.preparations
        if phase.kind == "prepare":
            weights = (0.0,) * len(settings.weights) + (tuple(preparations) or (1.0,) * self.preparations)
        return PhasePlan(
            index=phase.index,
            kind=phase.kind,
            start_ns=at_ns,
            dispatches=phase.kind in ("prepare", "warmup", "measured"),
            counts_towards_stop=counts,
            weights=weights,
            slots=slots,
            limits=limits,
            rates=self._rates(settings.rate_per_s),
        )

    def _parts(
        self, settings: Settings, done: Sequence[bool]
    ) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...] | None]:
        """Slots and limits of each worker; one that is done has none."""
        parts = [0.0 if its else share.weight for share, its in zip(self.shares, done, strict=True)]
        slots = tuple(split(settings.concurrency, parts, least=0 if any(done) else 1))
        if all(limit is None for limit in settings.limits):
            return slots, None
        by_line = [
            [-1] * len(parts) if limit is None else split(limit, self._parts_of_line(line, parts))
            for line, limit in enumerate(settings.limits)
        ]
        by_line += [[-1] * len(parts)] * self.preparations
        return slots, tuple(zip(*by_line, strict=True))

    def _parts_of_line(self, line: int, parts: Sequence[float]) -> Sequence[float]:
        """A line of one target is limited over the workers of that target alone."""
        target = self.line_targets.get(line)
        its = [part if target in (None, share.target) else 0.0 for share, part in zip(self.shares, parts, strict=True)]
        return its if any(its) else parts

    def _rates(self, rate_per_s: float | None) -> tuple[float | None, ...]:
        if rate_per_s is None:
            return (None,) * len(self.shares)
        whole = sum(share.weight for share in self.shares)
        by_target: dict[int, float] = {}
        for share in self.shares:
            by_target[share.target] = by_target.get(share.target, 0.0) + share.weight
        return tuple(rate_per_s * by_target[share.target] / whole for share in self.shares)


def _check(settings: Settings, change: Change) -> None:
    """ConfigError where a value can hold for no load at all."""
    numbers = [("rate", change.rate_per_s)] + [("weights", weight) for weight in (change.weights or {}).values()]
    counts = [("concurrency", change.concurrency)] + [("limits", limit) for limit in (change.limits or {}).values()]
    for key, value in numbers:
        if value is not None and not (isfinite(value) and value >= 0):
            raise ConfigError([Problem(f"{value} cannot be", "give a number from 0 on", key)])
    for key, count in counts:
        if count is not None and count < 1:
            raise ConfigError([Problem(f"{count} cannot be", "give a whole number from 1 on", key)])
    if change.rate_per_s is not None and settings.rate_per_s is None:
        raise ConfigError([Problem("a closed loop has no rate", "turn the concurrency", "rate")])
