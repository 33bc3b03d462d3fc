"""Open loop: arrivals that keep to their schedule whatever the store does, and are all accounted for."""

from __future__ import annotations

import time
from itertools import pairwise
from math import exp, sqrt
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import Change, Interval, Mark, StopRun
from s3bench_tui.units import NS_PER_S
from tests.engine.runs import Run, finished, null, started
from tests.servers import delay as delay_server
from tests.servers.delay import DelayServer, Served
from tests.servers.delay_process import Delay

MS = 1_000_000


def spec(rate: float, **changes: Any) -> dict[str, Any]:
    load = {"model": "open", "rate": rate} | changes.pop("load", {})
    return {
        "target": null("2ms"), "duration": "1s", "concurrency": 32, "processes": 2, "load": load,
        "dataset": {"count": 100, "size": 1024, "create": "never"}, "workload": [{"op": "get"}],
    } | changes  # fmt: skip


def at(server: DelayServer) -> dict[str, Any]:
    return {"uri": "s3://any/", "endpoint": server.endpoint, "region": "us-east-1", "anonymous": True}


def assert_accounted_for(run: Run) -> None:
    """Every arrival was completed, failed, dropped, or is told of as censored."""
    offered = sum(phase["arrivals"]["offered"] for phase in run.report["phases"])
    dropped = sum(phase["arrivals"]["dropped"] for phase in run.report["phases"])
    done = run.row()
    assert offered == done.ops + done.failed + dropped + run.censored


def most_at_once(served: list[Served]) -> int:
    edges = sorted([(one.arrived_ns, 1) for one in served] + [(one.answered_ns, -1) for one in served])
    depth = most = 0
    for _, step in edges:
        depth += step
        most = max(most, depth)
    return most


def test_constant_arrivals_are_exact() -> None:
    run = finished(spec(500, load={"arrivals": "constant"}))
    arrivals = run.report["arrivals"]
    assert arrivals["offered"] == 500
    assert arrivals["dropped"] == 0
    assert_accounted_for(run)


def test_poisson_arrivals_come_at_the_rate() -> None:
    run = finished(spec(2000))
    assert run.report["arrivals"]["offered"] == pytest.approx(2000, abs=4 * sqrt(2000))
    assert_accounted_for(run)


def test_response_time_is_service_time_and_lag() -> None:
    run = finished(spec(1500, target=null({"type": "exponential", "mean": "1ms"}), load={"max_in_flight": 2}))
    row = run.row("measured")
    assert row.service.n == row.response.n == row.lag.n == row.ops > 0
    for one, other in ((row.response, row.service), (row.response, row.lag)):
        for percentile in (50.0, 90.0, 99.0, 100.0):
            assert one.percentiles((percentile,))[0] >= other.percentiles((percentile,))[0] * 0.999
    # Each mean is known to half a bucket, which is 0.05 %.
    assert row.response.mean_ns == pytest.approx(row.service.mean_ns + row.lag.mean_ns, rel=0.001)


@pytest.mark.server
def test_arrivals_reach_the_server_as_a_poisson_process_and_never_more_than_the_slots(tmp_path: Path) -> None:
    with delay_server.serve(tmp_path, Delay("constant", mean=10 * MS)) as server:
        run = finished(spec(300, target=at(server), load={"max_in_flight": 64}, duration="2s"), probe=False)
        served = server.served()
    assert len(served) == run.row().ops
    starts = sorted(one.arrived_ns for one in served)
    gaps = sorted(later - earlier for earlier, later in pairwise(starts))
    # Kolmogorov-Smirnov against the exponential distribution. A server that is late moves an arrival by the lag of
    # the run's own dispatches, which bends the curve by as much as the density there: rate x lag.
    rate = 300 / NS_PER_S
    n = len(gaps)
    distance = max(max(abs((i + 1) / n - (1 - exp(-rate * gap))), abs(i / n - (1 - exp(-rate * gap)))) for i, gap in enumerate(gaps))  # fmt: skip
    lateness = rate * run.row().lag.percentiles((90.0,))[0]
    assert distance < 1.95 / sqrt(n) + 2 * lateness + 0.03
    assert most_at_once(served) <= 64


@pytest.mark.server
def test_max_in_flight_holds_under_overload_and_the_rest_waits_or_is_dropped(tmp_path: Path) -> None:
    with delay_server.serve(tmp_path, Delay("constant", mean=20 * MS)) as server:
        load = {"max_in_flight": 4, "max_backlog": 50}
        run = finished(spec(800, target=at(server), load=load, drain="5s"), probe=False)
        served = server.served()
    assert most_at_once(served) <= 4
    arrivals = run.report["arrivals"]
    assert arrivals["dropped"] > 0
    # Nothing is dispatched once the run is over: the arrivals that waited were never sent. Each of the two workers has
    # room for 25; one that gave an arrival to a slot just before the end waits for the next to fill the place.
    assert 48 <= run.censored <= 50
    assert len(served) == run.row().ops
    assert_accounted_for(run)
    client = run.report["client"]
    assert client["unsustained"]
    assert client["text"].startswith("UNSUSTAINED: offered ")
    assert all(interval.backlog <= 50 for interval in run.of(Interval))


def test_limits_of_single_operations_hold_in_open_loop() -> None:
    workload = [{"op": "get"}, {"op": "stat", "concurrency": 2}]
    run = finished(spec(1000, target=null("20ms"), workload=workload, load={"max_in_flight": 64}, duration="1500ms"))
    ops = run.report["ops"]
    # 500/s of stats wanted, 2 slots of 20 ms serve at most 100/s. The gets go on beside them.
    assert ops["stat"]["concurrency"] <= 2.05
    assert ops["get"]["ops"] > 300
    assert ops["get"]["ops"] > 2.5 * ops["stat"]["ops"]
    assert_accounted_for(run)


def test_the_rate_can_be_turned_while_it_runs() -> None:
    with started(spec(200, load={"arrivals": "constant"}, duration="30s")) as run:
        run.measuring(0.5)
        run.engine.send(Change(rate_per_s=1000))
        run.wait_for(lambda: len(run.opened) == 2)
        run.watch(0.5)
        run.engine.send(Change(paused=True))
        run.wait_for(lambda: len(run.opened) == 3)
        run.watch(0.3)
        run.engine.send(Change(paused=False))
        run.wait_for(lambda: len(run.opened) == 4)
        run.watch(0.3)
        run.engine.send(Mark("same"))
        run.wait_for(lambda: len(run.opened) == 5)
        run.watch(0.2)
        run.engine.send(StopRun())
        run.finish()
    for phase, rate in zip(run.report["phases"], (200, 1000, 0, 1000, 1000, 0), strict=True):
        expected = rate * phase["duration_s"]
        assert phase["arrivals"]["offered"] == pytest.approx(expected, abs=2.01), phase["index"]
    assert_accounted_for(run)


def test_a_rate_that_was_too_high_for_a_while_is_unsustained() -> None:
    schedule = [{"at": "1s", "rate": 50}]
    run = finished(
        spec(
            3000, target=null("10ms"), load={"max_in_flight": 4}, processes=1, duration="1500ms", schedule=schedule,
            drain="100ms",
        )
    )  # fmt: skip
    assert run.report["client"]["unsustained"], run.report["client"]["text"]
    assert_accounted_for(run)


def test_a_rate_that_is_kept_is_sustained() -> None:
    run = finished(spec(200, duration="2s"))
    assert not run.report["client"]["unsustained"], run.report["client"]["text"]


def test_a_data_set_is_made_at_full_speed_and_not_at_the_rate(tmp_path: Path) -> None:
    dataset = {"count": 500, "size": 100}
    run = finished(spec(50, target=f"file://{tmp_path}/", dataset=dataset, duration="300ms"))
    [prepare] = [phase for phase in run.report["phases"] if phase["kind"] == "prepare"]
    assert prepare["total"]["ops"] == 500
    assert prepare["duration_s"] < 5  # at the rate it would be 10 s
    assert prepare["arrivals"]["offered"] == 0
    assert run.by_entry("prepare")["prepare"].response.n == 0
    assert_no_more_than_offered(run)


def assert_no_more_than_offered(run: Run) -> None:
    assert run.row("measured", "drain").ops <= run.report["arrivals"]["offered"]


@pytest.mark.server
@pytest.mark.parametrize("slots", [1, 4, 200])
def test_a_freeze_shows_in_response_time_at_any_number_of_slots(tmp_path: Path, slots: int) -> None:
    """A store that stands still for 0.4 s of 2 s: a fifth of all arrivals meet it, however few of them are sent."""
    with delay_server.serve(tmp_path, Delay("constant", mean=1 * MS)) as server:
        target = at(server)
        load = {"arrivals": "constant", "max_in_flight": slots}
        with started(spec(100, target=target, load=load, processes=1, duration="2s"), probe=False) as run:
            run.measuring(0.7)
            server.freeze()
            frozen_ns = time.monotonic_ns()
            time.sleep(0.4)
            server.thaw()
            frozen_ns = time.monotonic_ns() - frozen_ns
            run.finish()
    assert run.end.status == "ok"
    row = run.row("measured")
    assert run.report["arrivals"]["offered"] == 200
    assert row.ops + run.row("drain").ops == 200
    [response_p50, response_p99] = row.response.percentiles((50.0, 99.0))
    # Arrivals come every 10 ms, so the second longest waited about 10 to 20 ms less than the whole freeze.
    assert frozen_ns - 40 * MS < response_p99 < frozen_ns + 100 * MS
    assert response_p50 < frozen_ns / 4
    waited = row.response.fraction_above(100 * MS)
    assert waited == pytest.approx((frozen_ns - 100 * MS) / (2 * NS_PER_S), abs=0.05)
    # Service time does not know of those that were not sent: with few slots it hides the freeze.
    stalled = row.service.n * row.service.fraction_above(100 * MS)
    if slots < 200:
        assert 1 <= stalled <= slots
    else:
        assert stalled > 20
