"""Phases: boundaries, settings, and figures that add up, whether they come from a schedule or from commands."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt
from typing import Any

import psutil
import pytest

from s3bench_tui.engine.messages import Change, Interval, Mark, RunStarted, StopRun
from s3bench_tui.stats.tally import merged, total_of
from tests.engine.runs import Run, finished, null, started


def spec(**changes: Any) -> dict[str, Any]:
    return {
        "target": null("2ms"), "duration": "1s", "concurrency": 4, "processes": 2,
        "dataset": {"count": 100, "size": 4096},
        "workload": [{"op": "get"}, {"op": "put", "path": "new/"}, {"op": "stat"}],
    } | changes  # fmt: skip


def assert_shares(run: Run, phase: int, weights: dict[str, float]) -> None:
    """Operations of a phase lie within 4.5 standard deviations of their share, by line."""
    ops = {name: run.report["phases"][phase]["ops"][name]["ops"] for name in weights}
    n, whole = sum(ops.values()), sum(weights.values())
    assert n > 100
    for name, weight in weights.items():
        share = weight / whole
        # A phase ends with other operations in flight than it began with; these are of the next phase's weights.
        assert ops[name] == pytest.approx(n * share, abs=4.5 * sqrt(n * share * (1 - share)) + 16), (name, ops)


def test_a_schedule_makes_phases_that_add_up_and_follow_it() -> None:
    schedule = [
        {"at": "400ms", "weights": {"get": 8, "put": 1, "stat": 0}},
        {"at": "800ms", "concurrency": 12},
        {"at": "1200ms", "pause": True},
        {"at": "1600ms", "resume": True, "weights": {"get": 0, "stat": 1}},
        {"at": "2s", "mark": "the end is near"},
    ]
    run = finished(spec(duration="2400ms", warmup="300ms", schedule=schedule))
    phases = run.phases
    assert [phase.kind for phase in phases] == ["warmup", "measured", "measured", "measured", "paused", "measured", "measured", "drain"]  # fmt: skip
    start_s = phases[1].start_s
    assert phases[1].start_s - phases[0].start_s == pytest.approx(0.3, abs=1e-3)
    boundaries = [0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.4]
    assert [phase.start_s - start_s for phase in phases[1:]] == pytest.approx(boundaries, abs=1e-3)
    assert all(one.end_s == other.start_s for one, other in pairwise(phases))
    report = run.report
    assert report["measured_s"] == pytest.approx(2.0, abs=1e-3)
    # Counters and histograms of the measured phases are the report's total, to the last one.
    measured = [phase for phase in report["phases"] if phase["kind"] == "measured"]
    for figure in ("ops", "bytes", "failed"):
        assert sum(phase["total"][figure] for phase in measured) == report["total"][figure]
    for op in ("get", "put", "stat"):
        assert sum(phase["ops"][op]["service_ns"]["n"] for phase in measured) == report["ops"][op]["service_ns"]["n"]
        assert report["ops"][op]["ops"] == report["ops"][op]["service_ns"]["n"]
    assert report["total"]["ops"] == run.row("measured").ops < run.row().ops
    assert_shares(run, 1, {"get": 1, "put": 1, "stat": 1})
    assert_shares(run, 2, {"get": 8, "put": 1, "stat": 0})
    assert_shares(run, 5, {"get": 0, "put": 1, "stat": 1})
    # A pause starts nothing: what ends in it, and in the drain, was in flight before.
    assert report["phases"][4]["total"]["ops"] <= 12
    assert report["phases"][7]["total"]["ops"] <= 12
    assert [phase.settings.concurrency for phase in phases[1:4]] == [4, 4, 12]
    for phase in report["phases"]:
        assert phase["total"]["concurrency"] <= phase["settings"]["concurrency"] * 1.02 + 0.5
    assert phases[6].label == "the end is near"
    assert [event.text for event in run.events("mark")] == ["the end is near"]


def test_closed_loop_keeps_its_slots_busy() -> None:
    run = finished(spec(target=null("20ms"), concurrency=10, workload=[{"op": "get"}], duration="1200ms"))
    total = run.report["total"]
    # Little's law. A slot is idle from the completion until its worker looks, which a busy machine makes late.
    assert total["concurrency"] <= 10.01 + 10 * 0.02 / 1.2
    assert total["concurrency"] > 4
    assert total["ops_per_s"] == pytest.approx(total["concurrency"] / 0.020, rel=0.002)


def test_more_slots_make_more_operations_and_fewer_make_fewer() -> None:
    schedule = [{"at": "500ms", "concurrency": 20}, {"at": "1s", "concurrency": 2}]
    run = finished(spec(target=null("20ms"), workload=[{"op": "get"}], duration="1500ms", schedule=schedule))
    few, many, fewest = (phase["total"]["concurrency"] for phase in run.report["phases"][:3])
    assert few < 4.5
    assert 1.5 * few < many < 21
    assert fewest < 3.5  # those of the phase before that were still in flight end here


def test_a_change_by_command_opens_a_phase_at_once() -> None:
    with started(spec(duration="20s")) as run:
        run.measuring(0.3)
        run.engine.send(Change(weights={"put": 0, "stat": 0}, label="reads only"))
        run.wait_for(lambda: len(run.opened) == 2)
        [change] = run.events("change")
        assert run.opened[1].start_s - change.at_s < 0.3
        assert change.data["weights"] == {"get": 1.0, "put": 0.0, "stat": 0.0}
        run.watch(0.3)
        run.engine.send(Mark("look here"))
        run.wait_for(lambda: len(run.opened) == 3)
        assert run.opened[2].settings == run.opened[1].settings
        assert run.opened[2].label == "look here"
        run.watch(0.2)
        run.engine.send(StopRun())
        run.finish()
    before, after, marked = run.report["phases"][:3]
    assert before["ops"]["put"]["ops"] > 0
    assert after["ops"]["put"]["ops"] <= 4  # in flight across the boundary
    assert after["ops"]["get"]["ops"] > 20
    assert marked["ops"]["put"]["ops"] == marked["ops"]["stat"]["ops"] == 0
    assert run.end.status == "stopped"


IMPOSSIBLE = [
    (Change(weights={"fetch": 1}), "fetch"),
    (Change(limits={"nobody": 1}), "nobody"),
    (Change(weights={"get": 0, "put": 0, "stat": 0}), "weight"),
    (Change(weights={"get": -1}), "-1"),
    (Change(weights={"get": float("nan")}), "nan"),
    (Change(concurrency=0), "concurrency"),
    (Change(concurrency=-3), "-3"),
    (Change(limits={"get": 0}), "limits"),
    (Change(rate_per_s=10), "closed loop"),
]


def test_changes_that_cannot_be_are_told_and_left_out() -> None:
    with started(spec(duration="20s")) as run:
        run.measuring()
        for change, _ in IMPOSSIBLE:
            run.engine.send(change)
        run.wait_for(lambda: len(run.events("error")) == len(IMPOSSIBLE))
        run.engine.send(StopRun())
        run.finish()
    for (_, word), event in zip(IMPOSSIBLE, run.events("error"), strict=True):
        assert word in event.text
    assert [phase.kind for phase in run.phases] == ["measured", "drain"]
    assert run.end.status == "stopped"
    assert not run.events("worker")


def test_intervals_are_about_a_second_and_add_up_without_gaps() -> None:
    run = finished(spec(duration="2500ms", schedule=[{"at": "1500ms", "mark": "x"}]))
    by_phase: dict[int, list[Interval]] = {}
    for interval in run.of(Interval):
        by_phase.setdefault(interval.phase, []).append(interval)
    for phase in run.phases[:-1]:
        intervals = by_phase[phase.index]
        assert intervals[0].start_s == phase.start_s
        assert all(one.end_s == other.start_s for one, other in pairwise(intervals))
        total = total_of(merged(*(interval.tally for interval in intervals)))
        assert total.ops == run.report["phases"][phase.index]["total"]["ops"]


def test_a_run_can_begin_paused_and_be_resumed() -> None:
    with started(spec(duration="20s", schedule=[{"at": 0, "pause": True}])) as run:
        run.wait_for(lambda: any(phase.kind == "paused" for phase in run.opened))
        run.watch(0.2)
        run.engine.send(Change(paused=False))
        run.wait_for(lambda: len([phase for phase in run.opened if phase.kind == "measured"]) == 2)
        run.watch(0.2)
        run.engine.send(StopRun())
        run.finish()
    first, paused, second = run.report["phases"][:3]
    assert first["duration_s"] < 1e-6
    assert paused["total"]["ops"] <= 4
    assert second["total"]["ops"] > 20


def test_many_changes_leave_nothing_behind() -> None:
    with started(spec(duration="30s")) as run:
        run.measuring(0.2)
        workers = [psutil.Process(pid) for pid in run.worker_pids()]
        engine = psutil.Process(run.engine_pid)
        before = [process.num_fds() for process in (engine, *workers)]
        maps = [len(process.memory_maps(grouped=False)) for process in (engine, *workers)]
        for number in range(100):
            run.engine.send(Change(concurrency=4 + number % 3))
            run.watch(0.015)
        run.wait_for(lambda: len(run.phases) == 100)
        [directory] = run.shared_memory
        # Two workers, and no more than the phase that is on and those that begin next.
        assert len(list(directory.glob("stats-*"))) <= 2 * 8
        assert [process.num_fds() for process in (engine, *workers)] == pytest.approx(before, abs=2)
        assert [len(p.memory_maps(grouped=False)) for p in (engine, *workers)] == pytest.approx(maps, abs=25)
        run.engine.send(StopRun())
        run.finish()
    assert len(run.phases) == 102
    report = run.report
    assert sum(phase["total"]["ops"] for phase in report["phases"][:-1]) == report["total"]["ops"]
    assert run.shared_memory == []


def test_the_last_snapshot_is_what_the_report_says() -> None:
    run = finished(spec(duration="900ms", warmup="200ms", schedule=[{"at": "500ms", "concurrency": 8}]))
    last, report = run.engine.latest(), run.report
    assert last is not None and (last.state, last.phase.index) == ("ended", 2)
    names = [entry.name for entry in started_record(run).entries]
    for name, figures in report["entries"].items():
        row = total_of({key: row for key, row in last.total.items() if names[key.entry] == name})
        assert (row.ops, row.bytes, row.service.n) == (figures["ops"], figures["bytes"], figures["service_ns"]["n"])
        assert row.service.known_percentiles().get("p99") == figures["service_ns"].get("p99")
    assert last.measured_s == pytest.approx(report["measured_s"], abs=1e-6)
    assert total_of(last.current).ops == report["phases"][2]["total"]["ops"] > 0


def started_record(run: Run) -> RunStarted:
    return run.of(RunStarted)[0]
