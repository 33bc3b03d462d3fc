"""The worker's loop in simulated time, where operations are due at times of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from s3bench_tui.engine.plan import PhasePlan
from s3bench_tui.stores.base import PUT, Operation
from s3bench_tui.stores.outcome import OK
from tests.unit.engine.plans import DATASET, entry, phase_plan
from tests.unit.engine.simulation import MS, S, Simulation, takes


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
    assert sim.slots <= set(range(slots)), "what waits has no connection"
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
