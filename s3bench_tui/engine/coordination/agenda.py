"""What is to happen in the measured part of a run, and when: its beginning, the steps of its schedule, its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from s3bench_tui.engine.messages import Change
from s3bench_tui.spec.model.workload import Step

FAR_NS = 1 << 62


class Kind(IntEnum):
    """In the order in which things of the same instant happen."""

    BEGIN = 0
    STEP = 1
    CHANGE = 2
    END = 3


@dataclass(order=True, frozen=True, slots=True)
class Planned:
    """Something at an instant of CLOCK_MONOTONIC."""

    at_ns: int
    kind: Kind
    step: Step | None = field(compare=False, default=None)
    command: Change | None = field(compare=False, default=None)

    @property
    def change(self) -> Change:
        """What a step of the schedule, or a command that came with its instant, turns."""
        if self.command is not None:
            return self.command
        step = self.step
        assert step is not None
        paused = True if step.pause else False if step.resume else None
        return Change(step.weights, step.limits, step.concurrency, step.rate, paused, step.mark or "")


class Agenda:
    """Planned things in order; each is taken a little before its time."""

    def __init__(self) -> None:
        self._planned: list[Planned] = []

    def plan(self, begin_ns: int, duration_ns: int | None, schedule: Sequence[Step]) -> None:
        """Lay out a measured part that begins at `begin_ns`; without a duration something else will end it."""
        self._planned = [Planned(begin_ns, Kind.BEGIN)]
        self._planned += [Planned(begin_ns + step.at, Kind.STEP, step) for step in schedule]
        if duration_ns is not None:
            self._planned.append(Planned(begin_ns + duration_ns, Kind.END))
        self._planned.sort()

    def add(self, change: Change, at_ns: int) -> None:
        """Plan one more change."""
        self._planned.append(Planned(at_ns, Kind.CHANGE, command=change))
        self._planned.sort()

    @property
    def next_ns(self) -> int:
        """When the next thing is to happen; far away where there is none."""
        return self._planned[0].at_ns if self._planned else FAR_NS

    @property
    def begun(self) -> bool:
        """Whether the measured part's beginning has been taken."""
        return not any(planned.kind == Kind.BEGIN for planned in self._planned)

    def take(self, until_ns: int) -> Planned | None:
        """The next thing that is to happen by `until_ns`."""
        return self._planned.pop(0) if self._planned and self._planned[0].at_ns <= until_ns else None
