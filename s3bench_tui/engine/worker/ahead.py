"""A worker that runs ahead: its slots are busy again before the operations that they have ended are counted.

For drivers that allow it (see `Driver.begin`): a fast disk idles while its client keeps books. In closed loop each slot
has two operations that take turns, one at the store and one that is being counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from time import monotonic_ns

from s3bench_tui.engine.plan import WorkerPlan
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
        self._twins: dict[int, Operation] = {}
        """By slot: its other operation."""
        self._uncounted: list[Operation] = []

    def _turn_closed(self, completed: Sequence[Operation]) -> None:
        twins, settles, in_flight, uncounted = self._twins, self._settles, self._entry_in_flight, self._uncounted
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
                ):
                    break  # how it went, or when, bears on what is next
                twin = twins.get(slot) or self._new_twin(slot)
                if twin in uncounted:
                    self._count()
                twins[slot] = op
                self._in_flight -= 1
                in_flight[entry] -= 1
                uncounted.append(op)
                self._dispatch(twin)
                refilled += 1
            if refilled < len(completed):
                completed = completed[refilled:]
                break
            completed = self._begin()
        self._count()
        if completed or self._resting or self._in_flight < self._slots:
            super()._turn_closed(completed)

    def _new_twin(self, slot: int) -> Operation:
        twin = Operation(slot)
        self._operations.append(twin)
        return twin

    def _count(self) -> None:
        uncounted = self._uncounted
        if not uncounted:
            return
        record = self._recorder.record
        for op in uncounted:
            record(op)
        self._ops += len(uncounted)
        self._last_done_ns = uncounted[-1].done_ns
        uncounted.clear()

    def _idle(self) -> list[Operation]:
        return [*super()._idle(), *self._twins.values()]
