"""A worker that runs ahead: its slots are busy again before the operations that they have ended are counted.

For drivers that allow it (see `Driver.begin`): a fast disk idles while its client keeps books. In closed loop each slot
has two operations that take turns, one at the store and one that is being counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from time import monotonic_ns

from s3bench_tui.engine.plan import WorkerPlan
from s3bench_tui.engine.worker import FOREVER, Worker
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
        while completed:
            refilled = 0
            for op in completed:
                if not self._may_run_ahead(op):
                    break
                self._refill(op)
                refilled += 1
            if refilled < len(completed):
                completed = completed[refilled:]
                break
            completed = self._begin()
        self._count()
        if completed or self._resting or self._in_flight < self._slots:
            super()._turn_closed(completed)

    def _may_run_ahead(self, op: Operation) -> bool:
        """Whether nothing of how `op` went bears on what is next: neither its outcome nor its bytes, nor its time."""
        return not (
            op.outcome
            or self._settles[op.entry] is not None
            or op.done_ns >= self._boundary_ns
            or self._in_flight > self._slots
            or not self._dispatching
            or self._bytes_left < FOREVER
        )

    def _refill(self, op: Operation) -> None:
        twin = self._twins.get(op.slot)
        if twin is None:
            twin = Operation(op.slot)
            self._operations.append(twin)
        elif twin in self._uncounted:
            self._count()
        self._twins[op.slot] = op
        self._in_flight -= 1
        self._entry_in_flight[op.entry] -= 1
        self._uncounted.append(op)
        self._dispatch(twin)

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
