"""A worker in simulated time: clock, driver and coordinator of one worker, without a process and without waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from heapq import heappop, heappush
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from s3bench_tui.engine.plan import PhasePlan
from s3bench_tui.engine.shared import Block, Control, Life
from s3bench_tui.engine.worker.station import open_worker
from s3bench_tui.stats.tally import Row, total_of
from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.outcome import OK
from tests.unit.engine.plans import worker_plan

MS = 1_000_000
S = 1000 * MS

Fate = Callable[[Operation, int], tuple[int, int]]
"""From an operation and its dispatch: when it is done, and how."""


def takes(latency_ns: int) -> Fate:
    return lambda op, now: (now + latency_ns, OK)


class Simulation:
    """Clock, driver and coordinator of one worker. Time passes only while the driver waits."""

    polled = False
    woke_ns = 0
    runs_ahead = False

    def __init__(self, directory: Path, fate: Fate, plan: dict[str, Any], lines: Iterable[Any] = ()) -> None:
        self.now = 0
        self.fate = fate
        self.submitted: list[tuple[int, str]] = []
        self.slots: set[int] = set()
        self.begun = 0
        self.credentials: list[Any] = []
        self._directory = directory
        self._pending: list[tuple[int, int, Operation]] = []
        self._script: list[tuple[int, int, Callable[[], None]]] = []
        self._control = Control(directory / "control", create=True)
        self.told, theirs = Pipe()
        self._plan = worker_plan(directory, *lines, **plan)
        self.worker = open_worker(self._plan, self, theirs, clock=lambda: self.now)
        self._theirs: Connection = theirs
        self.messages: list[tuple[str, Any]] = []

    # --- the driver

    @property
    def begin(self) -> Callable[[], Sequence[Operation]] | None:
        return self._begin if self.runs_ahead else None

    def _begin(self) -> Sequence[Operation]:
        self.begun += 1
        return self._ready()

    def submit(self, op: Operation) -> None:
        op.dispatch_ns = self.now
        op.transferred = max(0, op.length)
        self.submitted.append((self.now, op.key))
        self.slots.add(op.slot)
        op.done_ns, op.outcome = self.fate(op, self.now)
        if op.outcome:
            op.transferred = 0
        heappush(self._pending, (op.done_ns, len(self.submitted), op))

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        until = self.now + timeout_ns
        if self._script and self._script[0][0] <= until:
            until = max(self.now, self._script[0][0])
        if self._pending and self._pending[0][0] <= until:
            until = self._pending[0][0]
        assert until > self.now or self._pending or self._script, "time stands still"
        self.now = max(self.now, until)
        while self._script and self._script[0][0] <= self.now:
            heappop(self._script)[2]()
        return self._ready()

    def _ready(self) -> list[Operation]:
        done = []
        while self._pending and self._pending[0][0] <= self.now:
            done.append(heappop(self._pending)[2])
        return done

    def prewarm(self, slots: int, deadline_ns: int) -> None: ...

    def renew(self, credentials: Any) -> None:
        self.credentials.append(credentials)

    def counters(self) -> dict[str, int]:
        return {"submitted": len(self.submitted)}

    def close(self) -> None: ...

    # --- the coordinator

    def at(self, when_ns: int, what: Callable[[], None]) -> None:
        heappush(self._script, (when_ns, len(self._script), what))

    def run(self, end_ns: int, *phases: PhasePlan) -> None:
        """All phases are known from the start; the run ends at `end_ns`."""
        self.publish(*phases)
        self.at(end_ns, lambda: self._control.publish({"ended": True}))
        self.worker.run()
        while self.told.poll():
            self.messages.append(self.told.recv())

    def publish(self, *phases: PhasePlan) -> None:
        self._control.publish({"phases": [asdict(phase) for phase in phases]})

    # --- what it left

    def block(self, phase: int) -> Block:
        return Block(self._directory / f"stats-0-{phase}", len(self._plan.entries), self._plan.open_loop)

    def row(self, phase: int) -> Row:
        return total_of(dict(self.block(phase).rows(0)))

    def life(self, word: int) -> int:
        return Life(self._directory / "worker-0", len(self._plan.entries)).words[word]

    def censored(self) -> list[tuple[int, int]]:
        [(open_ns, *_)] = [value for kind, value in self.messages if kind == "ended"]
        return list(open_ns)
