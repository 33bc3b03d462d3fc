"""The worker's loop in simulated time: what it does is exact, and no test waits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from s3bench_tui.engine.shared import Life
from s3bench_tui.stores.base import PUT, STAT, Operation
from s3bench_tui.stores.outcome import CONNECT, OK, TIMEOUT
from tests.unit.engine.plans import DATASET, entry, phase_plan
from tests.unit.engine.simulation import MS, S, Simulation, takes


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


def test_nothing_is_started_once_the_end_is_known(tmp_path: Path) -> None:
    sim = Simulation(tmp_path, takes(10 * MS), {})
    sim.run(105 * MS, phase_plan(0, 0))
    assert sim.row(0).ops == 40
    assert max(when for when, _ in sim.submitted) == 100 * MS
    assert len(sim.censored()) == 4
