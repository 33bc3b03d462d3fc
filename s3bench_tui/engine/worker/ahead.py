"""A worker that runs ahead: its slots are busy again before the operations that they have ended are counted.

For drivers that allow it (see `Driver.begin`): a fast disk idles while its client keeps books. In closed loop each slot
has two operations that take turns, one at the store and one that is counted and then filled, ready for its turn. Where
a source keeps account of what it gave, as nothing that is random does, an operation is filled when its turn has come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from time import monotonic_ns

from s3bench_tui.engine.plan import PhasePlan, WorkerPlan
from s3bench_tui.engine.worker.loop import FOREVER, Worker
from s3bench_tui.stores.base import Driver, Operation


class AheadWorker(Worker):
    """The loop of one worker process over one driver that has `begin`."""

    def __init__(
        self,
        plan: WorkerPlan,
        driver: Driver,
        told: Connection,
        begin: Callable[[], Sequence[Operation]],
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        super().__init__(plan, driver, told, clock)
        self._begin = begin
        self._ready: dict[int, Operation] = {}
        """By slot: its other operation, which is filled and may begin at once."""
        self._twins: dict[int, Operation] = {}
        """By slot: its other operation where that is not so."""
        self._uncounted: list[Operation] = []
        self._weights: Sequence[float] = ()

    def _turn_closed(self, completed: Sequence[Operation]) -> None:
        ready, settles, in_flight, uncounted = self._ready, self._settles, self._entry_in_flight, self._uncounted
        submit = self._submit
        while completed:
            refilled = 0
            for op in completed:
                entry, slot = op.entry, op.slot
                if (
                    op.outcome
                    or settles[entry] is not None
                    or op.done_ns >= self._boundary_ns
                    or self._in_flight > self._slots
                    or not self._dispatching
                    or self._bytes_left < FOREVER
                    or self._ops_left <= 0
                ):
                    break  # how it went, or when, bears on what is next
                twin = ready.pop(slot, None)
                if twin is None and uncounted:
                    self._count()  # it may be among these
                    twin = ready.pop(slot, None)
                in_flight[entry] -= 1
                if twin is not None:
                    in_flight[twin.entry] += 1
                    self._ops_left -= 1
                    submit(twin)
                else:
                    self._in_flight -= 1
                    twin = self._twins.pop(slot, None)
                    self._dispatch(twin or self._new_operation(slot))
                uncounted.append(op)
                refilled += 1
            if refilled < len(completed):
                completed = completed[refilled:]
                break
            completed = self._begin()
        self._count()
        if completed or self._resting or self._in_flight < self._slots:
            super()._turn_closed(completed)

    def _count(self) -> None:
        """Count what ended, and fill it anew for the next turn of its slot."""
        uncounted = self._uncounted
        if not uncounted:
            return
        record, fill, ready = self._recorder.record, self._supply.fill, self._ready
        revocable = self._supply.revocable
        for op in uncounted:
            record(op)
            (ready if revocable and fill(op) else self._twins)[op.slot] = op
        self._ops += len(uncounted)
        self._last_done_ns = max(self._last_done_ns, op.done_ns)
        uncounted.clear()

    def _take_slots(self, phase: PhasePlan) -> None:
        super()._take_slots(phase)
        if phase.weights != self._weights or not self._supply.revocable:  # what is ready is of the mix that was
            self._weights = phase.weights
            self._twins.update(self._ready)
            self._ready.clear()

    def _idle(self) -> list[Operation]:
        return [*super()._idle(), *self._ready.values(), *self._twins.values()]
