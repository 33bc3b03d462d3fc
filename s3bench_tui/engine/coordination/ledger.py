"""The books of a run: follows the phases, takes an interval a second out of each, and makes snapshots.

Reads through `Harvest`, writes to the sink. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from s3bench_tui.engine.coordination.crew import Crew, Member
from s3bench_tui.engine.coordination.harvest import Harvest, PhaseHarvest
from s3bench_tui.engine.coordination.observation import Observation
from s3bench_tui.engine.coordination.timeline import Timeline
from s3bench_tui.engine.messages import Arrivals, Interval, PhaseClosed, PhaseOpened, Record, Snapshot
from s3bench_tui.engine.shared import Life
from s3bench_tui.host.sample import HostSample
from s3bench_tui.stats.tally import Row, RowKey, Tally, merged, total_of
from s3bench_tui.units import NS_PER_S

FAR_NS = 1 << 62


class Ledger:
    """What has been counted, by phase. Phases are opened as their time comes, and closed once no worker is in them."""

    def __init__(
        self,
        crew: Crew,
        harvest: Harvest,
        timeline: Timeline,
        observation: Observation,
        sink: Callable[[Record | Snapshot], None],
    ) -> None:
        self._crew = crew
        self._harvest = harvest
        self._timeline = timeline
        self._observation = observation
        self._sink = sink
        self._open: list[PhaseHarvest] = []
        self._opened = 0
        self._taken_until_s: dict[int, float] = {}
        self._measured: dict[RowKey, Row] = {}
        self._measured_requests: dict[RowKey, Row] = {}
        self._measured_s = 0.0
        self._measured_arrivals = Arrivals()
        self._last: tuple[int, Tally] | None = None
        self._warmup = Row()
        self._host: HostSample | None = None
        self._next_interval_ns = 0
        self.next_tick_ns = 0

    # --- phases ---------------------------------------------------------------------------------------------------

    def next_boundary_ns(self, now_ns: int) -> int:
        """When the next phase begins; far away where none is planned."""
        plans = self._timeline.plans
        return max(now_ns, plans[self._opened].start_ns) if self._opened < len(plans) else FAR_NS

    def follow_phases(self, now_ns: int) -> None:
        """Open the phases whose time has come; close those that every worker has left."""
        while self._opened < len(self._timeline.plans) and self._timeline.plans[self._opened].start_ns <= now_ns:
            phase = self._timeline.phases[self._opened]
            self._opened += 1
            if self._open:
                self._observation.close_stretch(self._open[-1].index)
            if phase.kind == "measured":
                self._observation.open_stretch(phase.index)
            self._open.append(PhaseHarvest(phase.index))
            self._taken_until_s[phase.index] = phase.start_s
            self._sink(PhaseOpened(phase))
        while len(self._open) > 1 and self._left_by_all(self._open[0].index):
            self._close(self._open.pop(0))

    def _left_by_all(self, phase: int) -> bool:
        return all(member.gauge(Life.PHASE) > phase + 1 for member in self._crew.members if member.alive)

    def _close(self, harvest: PhaseHarvest) -> None:
        everyone = self._crew.everyone()
        self._harvest.read(harvest, everyone)
        phase = self._timeline.phases[harvest.index]
        end_s = phase.end_s if phase.end_s is not None else phase.start_s
        self._take_interval(harvest, end_s, None)
        self._sink(PhaseClosed(phase))
        if phase.kind == "measured":
            self._measured = merged(self._measured, harvest.tally)
            self._measured_requests = merged(self._measured_requests, harvest.requests)
            self._measured_s += end_s - phase.start_s
            self._measured_arrivals = _sum(self._measured_arrivals, harvest.arrivals)
            self._last = harvest.index, harvest.tally
        elif phase.kind == "warmup":
            self._warmup = self._warmup + total_of(harvest.tally)
        self._harvest.release(harvest.index, everyone)

    def close_all(self, now_ns: int, planned_s: float | None, wanted: int | None) -> None:
        """The run is over: no worker counts any more. The last snapshot has every operation of the report in it, and
        the last measured phase as the one that is on; where nothing was measured there is none."""
        self.follow_phases(now_ns)
        if self._timeline.phases:
            self._timeline.finish(now_ns)
        if self._open:
            self._observation.close_stretch(self._open[-1].index)
        while self._open:
            self._close(self._open.pop(0))
        if self._last is not None:
            index, tally = self._last
            phase = self._timeline.phases[index]
            at_s = phase.start_s if phase.end_s is None else phase.end_s
            total, arrivals, requests = self._measured, self._measured_arrivals, self._measured_requests
            progress = None if wanted is None else (total_of(total).ops, wanted)
            self._sink(
                Snapshot(
                    at_s, phase, "ended", total, tally, self._measured_s, arrivals, in_flight=0, backlog=0,
                    planned_s=planned_s, progress=progress, host=self._host, requests=requests,
                )
            )  # fmt: skip

    # --- ticks ----------------------------------------------------------------------------------------------------

    def tick(self, now_ns: int, state: str, planned_s: float | None, wanted: int | None, snapshots_per_s: int) -> None:
        """Read the open phases; take an interval where a second has passed; show the run to whoever watches.

        `planned_s` is the length of the measured part, `wanted` the operations of what is on, where they are known."""
        everyone = self._crew.everyone()
        for harvest in self._open:
            self._harvest.read(harvest, everyone)
        self.next_tick_ns = now_ns + NS_PER_S // max(1, snapshots_per_s)
        if now_ns >= self._next_interval_ns:
            self._next_interval_ns = (
                now_ns + NS_PER_S if not self._next_interval_ns else self._next_interval_ns + NS_PER_S
            )
            phase = self._timeline.at(now_ns)
            self._host = self._observation.host(phase.kind == "measured")
            if self._open:
                self._take_interval(self._open[-1], self._timeline.seconds(now_ns), self._host)
        self._observation.note_backlog(self._timeline.seconds(now_ns), self._gauge(Life.BACKLOG))
        if self._open:
            self._sink(self._snapshot(now_ns, state, planned_s, wanted))

    def _take_interval(self, harvest: PhaseHarvest, end_s: float, host: HostSample | None) -> None:
        start_s = self._taken_until_s[harvest.index]
        tally, arrivals, requests = harvest.take_interval()
        if end_s <= start_s and not (tally or requests) and arrivals == Arrivals():
            return
        self._taken_until_s[harvest.index] = end_s = max(start_s, end_s)
        self._sink(
            Interval(
                harvest.index, start_s, end_s, tally, arrivals, self._gauge(Life.IN_FLIGHT), self._gauge(Life.BACKLOG), host,
                self._observation.workers(harvest.index), requests,
            )
        )  # fmt: skip

    def _snapshot(self, now_ns: int, state: str, planned_s: float | None, wanted: int | None) -> Snapshot:
        current = self._open[-1]
        phase = self._timeline.phases[current.index]
        measured_s, total, arrivals = self._measured_s, self._measured, self._measured_arrivals
        requests = self._measured_requests
        for harvest in self._open:
            open_phase = self._timeline.phases[harvest.index]
            if open_phase.kind == "measured":
                end_s = self._timeline.seconds(now_ns) if open_phase.end_s is None else open_phase.end_s
                measured_s += max(0.0, min(end_s, self._timeline.seconds(now_ns)) - open_phase.start_s)
                total = merged(total, harvest.tally)
                requests = merged(requests, harvest.requests)
                arrivals = _sum(arrivals, harvest.arrivals)
        done = sum(row.ops for row in (current.tally if phase.kind == "prepare" else total).values())
        if wanted is not None:
            done = min(done, wanted)  # of what a lost worker had prepared, the one in its place makes some once more
        return Snapshot(
            at_s=self._timeline.seconds(now_ns), phase=phase, state=state, total=total, current=current.tally,
            measured_s=measured_s, arrivals=arrivals, in_flight=self._gauge(Life.IN_FLIGHT), backlog=self._gauge(Life.BACKLOG),
            planned_s=planned_s, progress=None if wanted is None else (done, wanted), host=self._host,
            requests=requests,
        )  # fmt: skip

    def _gauge(self, word: int) -> int:
        return sum(member.gauge(word) for member in self._crew.members if member.alive)

    # --- sums -----------------------------------------------------------------------------------------------------

    def measured(self) -> tuple[Row, float]:
        """All that was measured, as one row, and for how long, in seconds; closed phases only."""
        return total_of(self._measured), self._measured_s

    def measured_arrivals(self) -> Arrivals:
        """Of the closed measured phases."""
        return self._measured_arrivals

    def loaded(self) -> Row:
        """Warm-up and measured phases so far, as one row: what the error budget is about."""
        row = self._warmup + total_of(self._measured)
        for harvest in self._open:
            if self._timeline.phases[harvest.index].kind in ("warmup", "measured", "prepare"):
                row = row + total_of(harvest.tally)
        return row

    def still_wanted(self, member: Member) -> tuple[int | None, int | None]:
        """Operations and bytes of a lost worker's quota that it had not completed; None where it had no quota."""
        plan, phase = member.plan, member.gauge(Life.PHASE) - 1
        counting = [plan.counts_towards_stop for plan in self._timeline.plans[: phase + 1]]
        if not any(counting):
            return plan.stop_ops, plan.stop_bytes
        last = PhaseHarvest(phase)
        if counting[-1]:
            self._harvest.read(last, [member])
        done = total_of(last.tally)
        ops = None if plan.stop_ops is None else max(0, member.gauge(Life.OPS_WANTED) - done.ops)
        size = None if plan.stop_bytes is None else max(0, member.gauge(Life.BYTES_WANTED) - done.bytes)
        return ops, size

    def failures(self, phase: int) -> int:
        """Failed operations in a phase that is open."""
        tally: Tally = {}
        for harvest in self._open:
            if harvest.index == phase:
                self._harvest.read(harvest, self._crew.everyone())
                tally = harvest.tally
        return total_of(tally).failed


def _sum(a: Arrivals, b: Arrivals) -> Arrivals:
    return Arrivals(a.offered + b.offered, a.dispatched + b.dispatched, a.dropped + b.dropped)
