"""The worker's loop in simulated time: what it does is exact, and no test waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from heapq import heappop, heappush
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.plan import PhasePlan
from s3bench_tui.engine.shared import Block, Control, Life
from s3bench_tui.engine.worker.ahead import AheadWorker
from s3bench_tui.engine.worker.loop import Worker
from s3bench_tui.stats.tally import Row, total_of
from s3bench_tui.stores.base import PUT, STAT, Operation
from s3bench_tui.stores.outcome import CONNECT, OK, TIMEOUT
from tests.unit.engine.plans import DATASET, entry, phase_plan, worker_plan

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
        self.begun = 0
        self.credentials: list[Any] = []
        self._directory = directory
        self._pending: list[tuple[int, int, Operation]] = []
        self._script: list[tuple[int, int, Callable[[], None]]] = []
        self._control = Control(directory / "control", create=True)
        self.told, theirs = Pipe()
        self._plan = worker_plan(directory, *lines, **plan)
        self.worker = (
            AheadWorker(self._plan, self, theirs, self._begin, clock=lambda: self.now)
            if self.runs_ahead
            else Worker(self._plan, self, theirs, clock=lambda: self.now)
        )
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


@pytest.fixture(autouse=True, params=[False, True], ids=["", "ahead"])
def _runs_ahead(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker does must not depend on whether its driver lets it run ahead."""
    monkeypatch.setattr(Simulation, "runs_ahead", request.param)


# --- closed loop --------------------------------------------------------------------------------------------------


def test_who_runs_ahead_fills_slots_before_counting(tmp_path: Path) -> None:
    uncounted = []

    def fate(op: Operation, now: int) -> tuple[int, int]:
        uncounted.append(len(sim.submitted) - sim.worker._recorder.successes()[0])
        return now + MS, OK

    sim = Simulation(tmp_path, fate, {})
    sim.run(100 * MS, phase_plan(0, 0), phase_plan(1, 50 * MS, "drain"))
    assert max(uncounted) == (8 if sim.runs_ahead else 4)  # of four slots
    assert (sim.begun > 0) == sim.runs_ahead


def test_slots_are_always_busy_and_phases_count_what_completes_in_them(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(MS), {})
    sim.run(
        3 * S,
        phase_plan(0, 0, "warmup"),
        phase_plan(1, 100 * MS),
        phase_plan(2, 600 * MS, slots=(10,)),
        phase_plan(3, 1000 * MS, slots=(2,)),
        phase_plan(4, 1200 * MS, "drain"),
    )
    # Completions at a boundary belong to the phase that begins there. Simulated time costs nothing, so that counts
    # are slots x time / latency.
    assert [sim.row(phase).ops for phase in range(5)] == [4 * 99, 4 * 500, 4 + 10 * 399, 10 + 2 * 199, 2]
    assert len(sim.submitted) == sum(sim.row(phase).ops for phase in range(5))
    assert max(when for when, _ in sim.submitted) < 1200 * MS
    assert sim.censored() == []
    assert sim.messages[-1] == ("ended", ([], {"submitted": len(sim.submitted)}, ()))


def test_a_pause_starts_nothing(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(10 * MS), {})
    sim.run(
        3 * S, phase_plan(0, 0), phase_plan(1, 105 * MS, "paused"), phase_plan(2, 505 * MS), phase_plan(3, S, "drain")
    )
    assert sim.row(1).ops == 4
    assert not [when for when, _ in sim.submitted if 105 * MS <= when < 505 * MS]
    assert sim.row(2).ops == 4 * 49


def test_operations_in_flight_at_the_end_are_censored_with_their_age(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(10 * S), {"slots": 3})
    sim.run(2 * S, phase_plan(0, 250 * MS, slots=(3,)), phase_plan(1, S, "drain", slots=(3,)))
    assert sim.row(0).ops == 0
    assert sim.censored() == [(0, 1750 * MS)] * 3


@pytest.mark.parametrize("slots", [1, 4, 50])
def test_a_quota_is_one_of_successes(tmp_path: Path, slots: int) -> None:
    """Every third operation fails, late: at the last ones too, when nothing else is left to do."""
    count = 0

    def fate(op: Operation, now: int) -> tuple[int, int]:
        nonlocal count
        count += 1
        return now + 200 * MS, TIMEOUT if count % 3 == 0 else OK

    sim = Simulation(tmp_path, fate, {"stop_ops": 20, "errors_told": 2})
    sim.run(20 * S, phase_plan(0, 0, slots=(slots,)))
    assert sim.row(0).ops == 20
    assert sim.row(0).failed == len(sim.submitted) - 20 > 0
    assert [kind for kind, _ in sim.messages] == ["failure", "failure", "finished", "ended"]
    assert sim.life(Life.FINISHED) == 1


def test_what_the_warm_up_left_in_flight_is_part_of_the_quota(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(10 * MS), {"stop_ops": 100})
    sim.run(5 * S, phase_plan(0, 0, "warmup"), phase_plan(1, 95 * MS))
    assert sim.row(1).ops == 100


@pytest.mark.parametrize("quota", [{"stop_ops": 150}, {"stop_bytes": 150_000}], ids=["ops", "bytes"])
def test_what_ends_in_a_pause_is_not_part_of_the_quota(tmp_path: Path, quota: dict[str, int]) -> None:
    sim = Simulation(tmp_path, takes(10 * MS), quota)
    pause = phase_plan(1, 95 * MS, "paused")
    sim.run(9 * S, phase_plan(0, 0), pause, phase_plan(2, 200 * MS), phase_plan(3, 8 * S, "drain"))
    assert sim.row(1).ops == 4
    measured = sim.row(0).ops + sim.row(2).ops
    assert measured == 150 if "stop_ops" in quota else 150 <= measured < 154


def test_bytes_end_a_run_too(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(10 * MS), {"stop_bytes": 50_500})
    sim.run(5 * S, phase_plan(0, 0))
    assert 50_500 <= sim.row(0).bytes < 50_500 + 4 * 1000


def test_what_is_wanted_is_told_at_each_phase_for_a_replacement(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(10 * MS), {"stop_ops": 1000})
    wanted: list[int] = []
    for when in (50 * MS, 150 * MS, 300 * MS):
        sim.at(when, lambda: wanted.append(sim.life(Life.OPS_WANTED)))
    sim.run(S, phase_plan(0, 0, "warmup"), phase_plan(1, 95 * MS), phase_plan(2, 195 * MS))
    assert wanted == [0, 1000, 1000 - sim.row(1).ops]


def test_a_refused_connection_rests_its_slot(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, lambda op, now: (now + 1000, CONNECT), {"errors_told": 0})
    sim.run(S, phase_plan(0, 0))
    assert 4 * 9 <= len(sim.submitted) <= 4 * 10
    assert sim.row(0).errors == {"connect": len(sim.submitted)}


def test_slots_that_others_left_are_taken_in_the_middle_of_a_phase(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(10 * MS), {})
    sim.at(500 * MS, lambda: sim.publish(phase_plan(0, 0, slots=(9,))))
    sim.run(2 * S, phase_plan(0, 0, slots=(0,)))
    starts = [when for when, _ in sim.submitted]
    assert starts[:10] == [500 * MS] * 9 + [510 * MS]


def test_limits_and_weights_by_rank(tmp_path: Path) -> None:
    lines = [entry(), entry(STAT), entry(PUT, "written", "out/", sizes={"type": "fixed", "size": 10})]
    sim = Simulation(tmp_path, takes(10 * MS), {"rank": 1}, lines)
    sim.run(
        S,
        phase_plan(0, 0, weights=(1.0, 1.0, 0.0), slots=(0, 8), limits=((5, 5, 5), (-1, 2, 0))),
        phase_plan(1, 995 * MS, "drain", weights=(1.0, 1.0, 0.0), slots=(0, 8)),
    )
    rows = {key.entry: row for key, row in sim.block(0).rows(0)}
    assert set(rows) == {0, 1}
    assert rows[1].ops <= 2 * 99
    assert rows[0].ops + rows[1].ops == 8 * 99
    assert rows[1].ops > 1.5 * 99


def test_weights_hold_from_the_beginning_of_their_phase_on(tmp_path: Path) -> None:
    """Also for operations that were chosen ahead of their turn."""
    kinds: list[tuple[int, int]] = []

    def fate(op: Operation, now: int) -> tuple[int, int]:
        kinds.append((now, op.kind))
        return now + MS, OK

    sim = Simulation(tmp_path, fate, {}, [entry(), entry(STAT)])
    sim.run(
        S,
        phase_plan(0, 0, weights=(1.0, 0.0)),
        phase_plan(1, 200 * MS, weights=(0.0, 1.0)),
        phase_plan(2, 400 * MS, weights=(1.0, 0.0)),
        phase_plan(3, 600 * MS, "drain", weights=(1.0, 0.0)),
    )
    assert all((kind == STAT) == (200 * MS <= now < 400 * MS) for now, kind in kinds)
    assert len(kinds) == 4 * 600


def test_a_sequence_has_no_gaps_where_phases_meet(tmp_path: Path) -> None:
    dataset = replace(DATASET, count=10_000)
    sim = Simulation(tmp_path, takes(MS), {"datasets": (dataset,)}, [entry(choice="sequential")])
    sim.run(
        S, phase_plan(0, 0, "warmup"), *(phase_plan(n, n * 50 * MS) for n in (1, 2, 3)), phase_plan(4, S // 5, "drain")
    )
    places = {int(key.removeprefix("data/")) for _, key in sim.submitted}
    assert len(places) == len(sim.submitted) == 4 * 200
    assert max(places) < 4 * 200 + 4  # what was chosen for the four slots' next turn, which did not come


# --- open loop ----------------------------------------------------------------------------------------------------


def open_phase(
    index: int, start_ns: int, kind: str = "measured", rate: float | None = 100.0, slots: int = 4
) -> PhasePlan:
    return phase_plan(index, start_ns, kind, rates=(rate,), slots=(slots,))


def frozen(op: Operation, now: int) -> tuple[int, int]:
    """1 ms each; the store stands still from 1.0 to 1.4 s."""
    return (now if not S <= now < 1400 * MS else 1400 * MS) + MS, OK


@pytest.mark.parametrize("slots", [1, 4, 1000])
def test_a_freeze_is_seen_by_every_arrival_that_met_it(tmp_path: Path, slots: int) -> None:
    sim = Simulation(tmp_path, frozen, {"open_loop": True})
    sim.run(5 * S, open_phase(0, 0, slots=slots), open_phase(1, 2 * S, "drain", rate=None, slots=slots))
    row = sim.row(0)
    assert sim.block(0).arrivals() == (200, 200, 0)
    assert row.ops == 200
    # 40 of the 200 arrivals met it: the first waited 401 ms and each later one 10 ms less. One slot takes 1 ms for
    # each of them afterwards, in which a few more come too early.
    met = round(row.response.n * row.response.fraction_above(5 * MS))
    assert 39 <= met <= (45 if slots == 1 else 41)
    assert row.response.max_ns == pytest.approx(401 * MS, rel=0.01)
    assert row.response.percentiles((99.0,))[0] == pytest.approx(382 * MS, rel=0.03)
    stalled = min(slots, 40)
    assert round(row.service.n * row.service.fraction_above(5 * MS)) == pytest.approx(stalled, abs=1)
    if slots <= 4:
        assert row.service.percentiles((97.0,))[0] == pytest.approx(MS, rel=0.001)
        assert row.lag.max_ns > 300 * MS
    else:
        assert row.lag.max_ns == 0


def test_arrivals_beyond_the_backlog_are_dropped_and_the_rest_is_censored(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(100 * MS), {"open_loop": True, "max_backlog": 10})
    sim.run(2 * S, open_phase(0, 0, slots=2), open_phase(1, S, "drain", rate=None, slots=2))
    offered, dispatched, dropped = sim.block(0).arrivals()
    assert offered == 100
    assert dispatched == 20
    assert sim.row(0).ops + sim.row(1).ops == 20
    assert offered == dispatched + dropped + len(sim.censored())
    assert len(sim.censored()) == 10
    # They are told with their age from the intended start on.
    assert all(open_ns >= S for _, open_ns in sim.censored())


def test_the_rate_is_turned_at_the_boundary(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(MS), {"open_loop": True})
    sim.run(
        5 * S,
        open_phase(0, 0, "warmup"),
        open_phase(1, S, rate=1000.0),
        open_phase(2, 2 * S, "paused", rate=1000.0),
        open_phase(3, 3 * S, rate=50.0),
        open_phase(4, 4 * S, "drain", rate=50.0),
    )
    assert [sim.block(phase).arrivals()[0] for phase in range(5)] == [100, 1000, 0, 50, 0]


def test_a_data_set_is_made_as_in_closed_loop(tmp_path: Path) -> None:
    dataset = replace(DATASET, count=1000, missing=((0, 1000),))
    sim = Simulation(
        tmp_path, takes(MS), {"open_loop": True, "datasets": (dataset,)}, [entry(), entry(PUT, prepares=True)]
    )
    sim.run(
        2 * S,
        phase_plan(0, 0, "prepare", weights=(0.0, 1.0), rates=(100.0,)),
        phase_plan(1, S, weights=(1.0, 0.0), rates=(100.0,)),
    )
    assert sim.row(0).ops == 1000
    assert max(when for when, _ in sim.submitted[:1000]) == 249 * MS
    assert (sim.row(0).response.n, sim.row(0).service.n) == (0, 1000)
    assert sim.block(1).arrivals()[0] in (100, 101)


def test_an_open_loop_quota_counts_what_waits(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(100 * MS), {"open_loop": True, "stop_ops": 100})
    sim.run(30 * S, open_phase(0, 0, "warmup", slots=2), open_phase(1, S, slots=2))
    assert sim.row(1).ops == 100


def test_the_loop_sleeps_while_the_last_operations_of_a_quota_are_in_flight(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(2 * S), {"open_loop": True, "stop_ops": 3})
    waits = 0
    wait = sim.wait

    def counting(timeout_ns: int) -> Sequence[Operation]:
        nonlocal waits
        waits += 1
        return wait(timeout_ns)

    sim.wait = counting  # type: ignore[method-assign]
    sim.run(4 * S, open_phase(0, 0))
    assert sim.row(0).ops == 3
    assert waits < 200


def test_a_replacement_does_not_make_up_for_the_past(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(MS), {"open_loop": True})
    sim.now = 10 * S
    sim.run(12 * S, open_phase(0, 0))
    assert sim.block(0).arrivals()[0] in (200, 201)


# --- word from and to the coordinator -----------------------------------------------------------------------------


def test_credentials_reach_the_driver(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(MS), {})
    sim.at(100 * MS, lambda: sim.told.send(("credentials", {"token": "new"})))
    sim.run(S, phase_plan(0, 0))
    assert sim.credentials == [{"token": "new"}]


def test_a_worker_whose_coordinator_is_gone_ends(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(MS), {})
    sim.publish(phase_plan(0, 0))
    sim.at(300 * MS, sim.told.close)
    with pytest.raises(BrokenPipeError):
        sim.worker.run()
    assert 300 * MS <= sim.now < 400 * MS


def test_gauges_are_kept(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(10 * MS), {})
    seen: list[tuple[int, int]] = []
    sim.at(500 * MS, lambda: seen.append((sim.life(Life.IN_FLIGHT), sim.life(Life.PHASE))))
    sim.run(S, phase_plan(0, 0), phase_plan(1, 900 * MS, "drain"))
    assert seen == [(4, 1)]
    assert sim.life(Life.OPS) == 360
    assert (sim.life(Life.IN_FLIGHT), sim.life(Life.PHASE), sim.life(Life.FINISHED)) == (0, 2, 2)
    assert sim.life(Life.FINISHED_NS) == 900 * MS


def test_a_change_that_is_heard_late_still_holds_from_its_time_on(tmp_path: Path) -> None:
    """The worker had no core from 0.5 to 0.9 s, and finds then that the rate was turned to nothing at 0.6 s."""
    sim = Simulation(tmp_path, takes(MS), {"open_loop": True})
    turned = open_phase(1, 600 * MS, "paused")

    def sleep() -> None:
        sim.now = 900 * MS
        sim.publish(open_phase(0, 0), turned)

    sim.at(500 * MS, sleep)
    sim.run(2 * S, open_phase(0, 0))
    assert [sim.block(phase).arrivals()[0] for phase in (0, 1)] == [60, 0]


def test_nothing_is_started_once_the_end_is_known(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(10 * MS), {})
    sim.run(105 * MS, phase_plan(0, 0))
    assert sim.row(0).ops == 40
    assert max(when for when, _ in sim.submitted) == 100 * MS
    assert len(sim.censored()) == 4
