"""Where a run ends: after its operations, its bytes, its keys, its time; exactly."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from s3bench_tui.engine.messages import Change
from tests.engine.runs import finished, kill, null, started
from tests.servers.nginx import Nginx

ENDLESS = {"errors": {"max_total": None, "max_rate": None}}


def spec(**changes: Any) -> dict[str, Any]:
    return {
        "target": null("1ms"), "concurrency": 8, "dataset": {"count": 100, "size": 4096}, "workload": [{"op": "get"}],
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("ops", "changes"),
    [
        pytest.param(500, {}, id="one worker"),
        pytest.param(501, {"processes": 3}, id="three workers"),
        pytest.param(3, {"concurrency": 64, "processes": 2}, id="more slots than operations"),
        pytest.param(1, {"processes": 4}, id="one operation"),
        pytest.param(300, {"warmup": "200ms", "processes": 2}, id="after a warm-up"),
        pytest.param(200, {"target": null("1ms", error_rate=0.3), "processes": 2, **ENDLESS}, id="with failures"),
        # Each failure is known only after the worker has looked several times whether there is anything left to do.
        pytest.param(20, {"target": null("60ms", error_rate=0.5), "processes": 2, **ENDLESS}, id="with slow failures"),
        pytest.param(
            60,
            {"load": {"model": "open", "rate": 600, "max_in_flight": 2}, "target": null("10ms"), "warmup": "300ms"},
            id="open loop that is behind already",
        ),
        pytest.param(
            40,
            {"load": {"model": "open", "rate": 300}, "target": null("30ms", error_rate=0.5), **ENDLESS},
            id="open loop with failures",
        ),
        pytest.param(
            40,
            {"processes": 2, "workload": [{"op": "get", "concurrency": 1}]},
            id="a limit below the number of workers",
        ),
    ],
)
def test_so_many_operations_and_no_more(ops: int, changes: dict[str, Any]) -> None:
    run = finished(spec(stop={"ops": ops}, **changes))
    assert run.end.status == "ok"
    measured = run.row("measured")
    assert measured.ops == run.report["total"]["ops"]
    if "load" in changes and "warmup" in changes:
        # What the warm-up left waiting completes in the measured part, be it more than was asked for.
        assert measured.ops >= ops
    else:
        assert measured.ops == ops
    assert run.row("drain").ops == 0
    assert run.censored == 0
    last = next(phase for phase in run.phases if phase.kind == "measured").end_s
    assert last is not None
    assert run.report["measured_s"] == pytest.approx(last - run.phases[-2].start_s, abs=1e-6)


def test_so_many_operations_although_a_worker_was_killed() -> None:
    with started(spec(target=null("5ms"), stop={"ops": 1500}, processes=2, warmup="200ms")) as run:
        run.measuring(0.4)
        kill(run.worker_pids()[0])
        run.finish()
    assert run.end.status == "ok"
    assert run.row("measured").ops == 1500


@pytest.mark.parametrize("processes", [1, 3])
def test_bytes_are_overshot_by_no_more_than_the_slots_hold(processes: int) -> None:
    run = finished(spec(stop={"bytes": 1_000_000}, processes=processes))
    # A worker that is done hands its slots to the others, of which the last one has them all.
    assert 1_000_000 <= run.row("measured").bytes < 1_000_000 + processes * 8 * 4096
    assert run.row("drain").ops == 0


@pytest.mark.parametrize("seconds", [1, 1.5])
def test_the_measured_part_is_as_long_as_was_asked(seconds: float) -> None:
    run = finished(spec(duration=f"{seconds}s", warmup="100ms", processes=2))
    assert run.report["measured_s"] == pytest.approx(seconds, abs=1e-3)


@pytest.mark.server
@pytest.mark.parametrize("processes", [1, 2, 4])
def test_each_key_is_read_exactly_once(nginx: Nginx, processes: int) -> None:
    bucket = nginx.root / f"once-{processes}"
    bucket.mkdir()
    for index in range(403):
        (bucket / f"k/prepared-{index:08d}.dat").parent.mkdir(exist_ok=True)
        (bucket / f"k/prepared-{index:08d}.dat").write_bytes(bytes(1000))
    target = {"uri": f"s3://once-{processes}/", "endpoint": nginx.endpoint, "region": "us-east-1", "anonymous": True}
    run = finished(
        spec(
            target=target,
            dataset={"count": 403, "size": 1000, "prefix": "k/", "create": "never"},
            workload=[{"op": "get", "keys": "once"}, {"op": "stat", "weight": 0.2}],
            stop={"each_key": "once"},
            processes=processes,
        ),
        probe=False,
    )
    assert run.end.status == "ok"
    assert run.by_entry("measured")["get"].ops == 403
    seen = Counter(request.uri for request in nginx.requests() if request.method == "GET")
    assert len(seen) == 403
    assert set(seen.values()) == {1}


def test_keys_once_under_a_limit_below_the_number_of_workers_come_to_their_end() -> None:
    run = finished(
        spec(
            dataset={"count": 100, "size": 4096}, workload=[{"op": "get", "keys": "once", "concurrency": 1}],
            stop={"each_key": "once"}, processes=2,
        )
    )  # fmt: skip
    assert run.row("measured").ops == 100


def test_fewer_slots_than_workers_do_not_keep_a_run_from_its_end() -> None:
    with started(spec(stop={"ops": 2000}, processes=4, target=null("2ms"))) as run:
        run.measuring(0.1)
        run.engine.send(Change(concurrency=2))
        run.finish()
    assert run.end.status == "ok"
    assert run.row("measured").ops == 2000
