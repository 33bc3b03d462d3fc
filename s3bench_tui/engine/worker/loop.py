"""One worker process: picks operations, keeps its slots busy, records what completes. No locks, no queues.

Told what to do by the control block, and once at its start by a `WorkerPlan`; knows nothing of other workers,
of the workload file, or of who reads its statistics.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic_ns

from s3bench_tui.engine.operations.assignment import open_sources
from s3bench_tui.engine.operations.supply import Supply
from s3bench_tui.engine.plan import PhasePlan, WorkerPlan
from s3bench_tui.engine.shared import Control, Life
from s3bench_tui.engine.worker.accounts import open_recorder
from s3bench_tui.engine.worker.backlog import Backlog
from s3bench_tui.engine.worker.journal import Journal, journal_path
from s3bench_tui.engine.worker.recorder import Recorder
from s3bench_tui.engine.worker.requests import Turn, beside, withdrawn
from s3bench_tui.stores.balance import Balances
from s3bench_tui.stores.base import GET, Driver, Operation
from s3bench_tui.stores.multipart import Uploads
from s3bench_tui.stores.outcome import CONNECT, INTEGRITY, name_of

FOREVER = 1 << 62
LONGEST_WAIT_NS = 50_000_000
"""The loop looks at the control block at least this often, and publishes its gauges."""

FINDINGS_TOLD = 1000
"""So many wrong reads of each line of the mix are told one by one; all others fail in few ways, and a few tell."""

REST_NS = 100_000_000
"""A slot whose connection was refused rests this long: a dead end point must not cost the client a core."""


class Worker:
    """The loop of one worker process over one driver."""

    def __init__(
        self, plan: WorkerPlan, driver: Driver, told: Connection, clock: Callable[[], int] = monotonic_ns
    ) -> None:
        directory = Path(plan.directory)
        rng = random.Random(f"{plan.chance}/{plan.target}/{plan.member}/{plan.index}")
        self._plan = plan
        self._driver = driver
        self._journal = (
            Journal(journal_path(plan.journals, plan.target, plan.index), plan.epoch_ns) if plan.journals else None
        )
        self._submit = driver.submit
        self._told = told
        self._clock = clock
        self._control = Control(directory / "control")
        self._control_words = self._control.words
        self._life = Life(directory / f"worker-{plan.index}", len(plan.entries), create=True)
        self._supply = Supply(open_sources(plan, self._life, rng, clock), rng.random)
        self._entry_in_flight = self._supply.in_flight
        self._settles = self._supply.settles
        self._endpoints = driver if isinstance(driver, Balances) else None
        self._turn = self._one_of(self._turn_closed)
        self._generation = 0
        self._ended = False
        self._pending: list[tuple[PhasePlan, Recorder]] = []
        self._phase_index = -1
        self._boundary_ns = FOREVER
        self._dispatching = False
        self._slots = 0
        self._turned = False
        self._in_flight = 0
        self._operations: list[Operation] = []
        self._slots_made = 0
        self._free: list[Operation] = []
        self._resting: list[tuple[int, Operation]] = []
        self._counts = self._stop_counts = False
        self._ops_left = FOREVER
        self._bytes_left = FOREVER
        self._due_ns = FOREVER
        """When the next operation arrives, and `_backlog`, what has arrived and not begun: of an open loop alone."""
        self._backlog = Backlog(len(plan.entries))
        self._failures_told: dict[tuple[int, int], int] = {}
        self._ops = 0
        self._last_done_ns = 0
        self._next_beat_ns = 0
        self._recorder: Recorder

    # --- the loop -------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until the control block says that the run has ended."""
        control, driver, clock = self._control_words, self._driver, self._clock
        open_loop, polled, wait = self._plan.open_loop, driver.polled, driver.wait
        self._adopt()
        now = clock()
        while not self._ended:
            completed = wait(self._patience(now))
            if control[0] != self._generation:  # before anything is done at a time that belongs to the next phase
                self._adopt()
            self._turn(completed)
            now = clock()
            if polled and completed:
                self._recorder.record_loop(now - driver.woke_ns)
            if now >= self._boundary_ns:
                self._enter_next()
            if now >= self._next_beat_ns or not (self._in_flight or open_loop):
                self._beat(now)
        self._close_journal()
        self._censor()

    def _patience(self, seen_ns: int) -> int:
        """How long the driver may wait for completions, in ns; `seen_ns` is what the clock last said."""
        if self._turned:  # slots to fill, which no completion will bring to mind
            self._turned = False
            return 0
        far = self._boundary_ns - seen_ns > LONGEST_WAIT_NS
        if far and self._in_flight and self._due_ns == FOREVER and not self._resting:
            return LONGEST_WAIT_NS
        now = self._clock()
        until = min(now + LONGEST_WAIT_NS, self._boundary_ns)
        if self._due_ns < until and self._dispatching and self._ops_left > 0 and self._bytes_left > 0:
            until = self._due_ns
        if self._resting:
            until = min(until, self._resting[0][0])
        if self._supply.dry and not self._in_flight:
            until = min(until, now + 1_000_000)
        return max(0, until - now)

    def _turn_closed(self, completed: Sequence[Operation]) -> None:
        for op in completed:
            if op.done_ns >= self._boundary_ns:
                self._enter_next()
            self._finish(op)
            if self._in_flight < self._slots and self._dispatching and op.outcome != CONNECT:
                self._dispatch(op)
            else:
                self._park(op)
        if self._resting:
            self._wake()
        if self._in_flight < self._slots and self._dispatching:
            self._fill_slots()

    def _one_of(self, turn: Turn) -> Turn:
        """The turn as this worker takes it: its driver may hand out requests among the operations."""
        sifts = isinstance(self._driver, Uploads)
        return beside(turn, len(self._plan.entries), self._count_request) if sifts else turn

    def _count_request(self, request: Operation) -> None:
        if request.done_ns >= self._boundary_ns:
            self._enter_next()
        self._recorder.record(request)

    # --- slots ----------------------------------------------------------------------------------------------------

    def _fill_slots(self) -> None:
        while self._in_flight + len(self._resting) < self._slots:
            if not self._dispatch(self._free.pop() if self._free else self._new_operation(self._new_slot())):
                return

    def _new_slot(self) -> int:
        self._slots_made += 1
        return self._slots_made - 1

    def _new_operation(self, slot: int) -> Operation:
        op = Operation(slot)
        self._operations.append(op)
        return op

    def _dispatch(self, op: Operation) -> bool:
        """Give `op` new work, or park it where there is none; returns whether there was."""
        if self._ops_left > 0 and self._bytes_left > 0 and self._supply.fill(op):
            self._ops_left -= 1
            self._in_flight += 1
            self._entry_in_flight[op.entry] += 1
            self._submit(op)
            return True
        self._free.append(op)
        return False

    def _finish(self, op: Operation) -> None:
        entry = op.entry
        self._in_flight -= 1
        self._entry_in_flight[entry] -= 1
        self._ops += 1
        self._last_done_ns = op.done_ns
        if (settle := self._settles[entry]) is not None:
            settle(op)
        if op.outcome:
            self._ops_left += 1  # a run of N operations is one of N successes
            self._tell_failure(op)
        self._bytes_left -= op.transferred
        self._recorder.record(op)

    def _park(self, op: Operation) -> None:
        if op.outcome == CONNECT:
            self._resting.append((op.done_ns + REST_NS, op))
        else:
            self._free.append(op)

    def _wake(self) -> None:
        now = self._clock()
        while self._resting and self._resting[0][0] <= now:
            self._free.append(self._resting.pop(0)[1])

    # --- phases ---------------------------------------------------------------------------------------------------

    def _adopt(self) -> None:
        """Read the control block: learn of phases to come, and have their statistics ready before they start."""
        self._generation, settings = self._control.read()
        if settings.get("ended"):
            self._ended, self._dispatching = True, False
        known = self._pending[-1][0].index if self._pending else self._phase_index
        for raw in settings.get("phases", ()):
            phase = PhasePlan(**raw)
            if phase.index == self._phase_index:
                self._take_slots(phase)  # those of workers that have done their part
            elif phase.index > known:
                self._pending.append((phase, open_recorder(self._plan, phase.index, self._journal)))
        self._boundary_ns = self._pending[0][0].start_ns if self._pending else FOREVER

    def _enter_next(self) -> None:
        """Cross every boundary that has passed."""
        now = self._clock()
        while self._pending and self._pending[0][0].start_ns <= now:
            phase, recorder = self._pending.pop(0)
            self._enter(phase, recorder)
        self._boundary_ns = self._pending[0][0].start_ns if self._pending else FOREVER
        self._beat(now)

    def _enter(self, phase: PhasePlan, recorder: Recorder) -> None:
        if self._phase_index >= 0:
            if self._stop_counts and not self._counts:  # what ended in a pause is not of the measured part
                ops, size = self._recorder.successes()
                self._ops_left, self._bytes_left = self._ops_left + ops, self._bytes_left + size
            self._recorder.close()
        self._recorder = recorder
        self._phase_index = phase.index
        self._take_slots(phase)
        self._dispatching = phase.dispatches
        first = not (self._life.words[Life.LATE_NS] or self._plan.cursors)  # of a replacement it would say nothing
        if first and phase.dispatches and phase.kind != "prepare":
            self._life.words[Life.LATE_NS] = max(1, self._clock() - phase.start_ns)
        if phase.counts_towards_stop and not self._stop_counts:
            # What is in flight or waits at the start of the measured part completes in it, and is part of the quota.
            if self._plan.stop_ops is not None:
                self._ops_left = self._plan.stop_ops - self._in_flight - len(self._backlog)
            if self._plan.stop_bytes is not None:
                self._bytes_left = self._plan.stop_bytes
        self._counts = phase.counts_towards_stop
        self._stop_counts = self._stop_counts or self._counts
        if self._stop_counts:
            words = self._life.words
            words[Life.OPS_WANTED] = max(0, self._ops_left + self._in_flight + len(self._backlog))
            words[Life.BYTES_WANTED] = max(0, self._bytes_left)

    def _take_slots(self, phase: PhasePlan) -> None:
        rank = self._plan.rank
        self._supply.turn(phase.weights, phase.limits[rank] if phase.limits else None)
        self._slots = phase.slots[rank]
        self._turned = True

    # --- what the coordinator is told -----------------------------------------------------------------------------

    def _beat(self, now: int) -> None:
        words = self._life.words
        words[Life.BEAT_NS] = now
        words[Life.PHASE] = self._phase_index + 1
        words[Life.IN_FLIGHT] = self._in_flight
        words[Life.BACKLOG] = len(self._backlog)
        words[Life.OPS] = self._ops
        words[Life.STARVED] = self._supply.starved
        if self._dispatching and self._exhausted():
            self._dispatching = False
        if not (self._dispatching or self._in_flight) and words[Life.FINISHED] != self._phase_index + 1:
            words[Life.FINISHED_NS] = self._last_done_ns
            words[Life.FINISHED] = self._phase_index + 1
            self._told.send(("finished", self._phase_index))
        if self._journal is not None:
            self._journal.flush()
        if self._endpoints is not None:
            for news in self._endpoints.news():
                self._told.send(("endpoint", news))
        self._next_beat_ns = now + LONGEST_WAIT_NS // 2
        while self._told.poll():
            try:
                kind, value = self._told.recv()
            except EOFError:
                self._ended = True  # the coordinator is gone: nobody reads what would be measured
                return
            if kind == "credentials":
                self._driver.renew(value)

    def _exhausted(self) -> bool:
        """Whether there is nothing more to start in this phase."""
        if self._ops_left <= 0 or self._bytes_left <= 0:
            return not (self._in_flight or self._backlog)  # one of them may fail, and then another takes its place
        return self._supply.exhausted(self._plan.stop_each_key)

    def _tell_failure(self, op: Operation) -> None:
        seen = self._failures_told.get((op.entry, op.outcome), 0)
        verified = op.kind == GET and op.oldest >= 0 and op.outcome == INTEGRITY
        if seen < (FINDINGS_TOLD if verified else self._plan.errors_told):
            self._failures_told[op.entry, op.outcome] = seen + 1
            more = {"offset": op.fault_at} if verified else {}
            self._told.send(("failure", (op.entry, name_of(op.outcome), op.key, op.detail, more)))

    def _close_journal(self) -> None:
        if self._journal is None:
            return
        self._journal.close()
        if self._journal.failure:
            self._told.send(("trouble", self._journal.failure))

    def _censor(self) -> None:
        """Tell what was still open at the end: how long so far, by line of the mix, in ns."""
        now = self._clock()
        idle = {id(op) for op in self._idle()}
        in_flight = [op for op in self._operations if id(op) not in idle]
        open_ns = [(op.entry, now - (op.intended_ns or op.dispatch_ns)) for op in in_flight]
        open_ns += [(op.entry, now - op.intended_ns) for op in self._backlog]
        uploads = withdrawn(self._driver, now)
        self._told.send(("ended", (open_ns, dict(self._driver.counters()), uploads)))

    def _idle(self) -> list[Operation]:
        return [*self._free, *self._backlog, *(op for _, op in self._resting)]
