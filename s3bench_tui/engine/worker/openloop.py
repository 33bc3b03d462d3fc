"""A worker in open loop: operations arrive by the clock, whatever became of those before, and wait for slots.

An operation is drawn when it arrives, and has no slot until it starts: slots are connections to the store, and there
must not be more of them than may be in flight, however long the backlog is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from time import monotonic_ns

from s3bench_tui.engine.plan import PhasePlan, WorkerPlan
from s3bench_tui.engine.worker.loop import FOREVER, Worker
from s3bench_tui.engine.worker.pacer import Arrivals
from s3bench_tui.engine.worker.recorder import Recorder
from s3bench_tui.stores.base import Driver, Operation

_NO_SLOT = -1

_LATE_NS = 500_000_000
"""A worker that enters a phase this long after its start is a replacement."""


class OpenWorker(Worker):
    """The loop of one worker process over one driver, with a schedule of arrivals. A data set is made in closed loop."""

    def __init__(
        self, plan: WorkerPlan, driver: Driver, told: Connection, clock: Callable[[], int] = monotonic_ns
    ) -> None:
        super().__init__(plan, driver, told, clock)
        self._arrivals: Arrivals | None = None
        self._idle_slots: list[int] = []
        self._is_open = False

    def _turn_open(self, completed: Sequence[Operation]) -> None:
        for op in completed:
            if op.done_ns >= self._boundary_ns:
                self._enter_next()
            self._finish(op)
            self._idle_slots.append(op.slot)
            self._free.append(op)
        if self._dispatching:
            self._arrive(min(self._clock(), self._boundary_ns - 1))
            self._dispatch_arrivals()

    def _arrive(self, until_ns: int) -> None:
        """Take the arrivals that are due: each is drawn now, and waits for a slot with its intended start."""
        arrivals = self._arrivals
        if arrivals is None:
            return
        offered = dropped = 0
        while arrivals.next_ns <= until_ns and self._ops_left > 0 and self._bytes_left > 0:
            offered += 1
            intended_ns = arrivals.next_ns
            arrivals.advance()
            if len(self._backlog) >= self._plan.max_backlog + max(0, self._slots - self._in_flight):
                dropped += 1
                continue
            op = self._free.pop() if self._free else self._new_operation(_NO_SLOT)
            if not self._supply.draw(op):
                self._free.append(op)
                dropped += 1
                continue
            op.intended_ns = intended_ns
            self._ops_left -= 1
            self._backlog.push(op)
        self._due_ns = arrivals.next_ns
        if offered:
            self._recorder.record_arrivals(offered, 0, dropped)

    def _dispatch_arrivals(self) -> None:
        dispatched = 0
        supply, idle_slots = self._supply, self._idle_slots
        while self._in_flight < self._slots and (op := self._backlog.pop(supply.limits, supply.in_flight)):
            dispatched += 1
            op.slot = idle_slots.pop() if idle_slots else self._new_slot()
            self._in_flight += 1
            self._entry_in_flight[op.entry] += 1
            self._submit(op)
        if dispatched:
            self._recorder.record_arrivals(0, dispatched, 0)

    def _enter(self, phase: PhasePlan, recorder: Recorder) -> None:
        if self._dispatching:
            self._arrive(phase.start_ns - 1)
        super()._enter(phase, recorder)
        if phase.kind == "prepare":
            return
        if not self._is_open:
            self._is_open = True
            self._idle_slots.extend(op.slot for op in self._free)
            self._turn = self._one_of(self._turn_open)
        self._retune(phase)

    def _retune(self, phase: PhasePlan) -> None:
        plan = self._plan
        rate = phase.rates[plan.rank] if phase.dispatches else None
        if self._arrivals is not None:
            self._arrivals.retune(rate, phase.start_ns)
        elif rate:
            # A replacement comes into a phase that began long ago; the arrivals until now were its predecessor's.
            now = self._clock()
            start_ns = phase.start_ns if now - phase.start_ns < _LATE_NS else now
            self._arrivals = Arrivals(
                plan.arrivals, rate, plan.member, plan.members, plan.chance * 1000 + plan.index, start_ns,
                plan.part.index / plan.part.count,
            )  # fmt: skip
        self._due_ns = self._arrivals.next_ns if self._arrivals is not None else FOREVER
