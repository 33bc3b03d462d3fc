"""What a fleet reports, against the server's own log and the op-logs of all its agents."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from s3bench_tui.engine.messages import Change, Interval
from s3bench_tui.report import hdr
from s3bench_tui.report.build import build
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import total_of
from tests.fleet.fleets import Run, serving
from tests.servers.nginx import Nginx
from tests.unit.report.test_oplog import rows

pytestmark = pytest.mark.server

KEYS = {"AWS_ACCESS_KEY_ID": "test-access-key", "AWS_SECRET_ACCESS_KEY": "test-secret-key"}


def mix(nginx: Nginx, bucket: str, **more: Any) -> dict[str, Any]:
    (nginx.root / bucket).mkdir()
    return {
        "target": {"uri": f"s3://{bucket}/", "endpoint": nginx.endpoint, "region": "us-east-1"},
        "dataset": {"count": 50, "size": "4KiB", "create": "always"},
        "concurrency": 8,
        "duration": "1s",
        "workload": [{"op": "get", "weight": 3}, {"op": "put", "path": "new/", "size": 1000}],
        **more,
    }


def seen(nginx: Nginx, bucket: str, method: str) -> list[Any]:
    """What the server saw of a bucket, without the probes."""
    return [
        request
        for request in nginx.requests()
        if request.method == method
        and request.uri.startswith(f"/{bucket}/")
        and "?" not in request.uri
        and "-probe-" not in request.uri
        and "/.s3bench/" not in request.uri
    ]


def seconds_of(row: dict[str, str]) -> float:
    """When an operation was dispatched, in UNIX time."""
    return datetime.fromisoformat(row["start"]).timestamp()


def is_sane(start_spread_ns: int) -> bool:
    """Several machines never begin in the same nanosecond; how close they come is for the benchmark."""
    return 0 < start_spread_ns < 2_000_000_000


def agree(report: dict[str, Any], nginx: Nginx, bucket: str, found: list[dict[str, str]]) -> None:
    """The report, the server's log and the rows of all op-logs tell of the same operations."""
    gets = [request for request in seen(nginx, bucket, "GET") if request.status == 200]
    puts = seen(nginx, bucket, "PUT")
    everything = Counter[str]()
    for phase in report["phases"]:
        everything.update({op: figures["ops"] for op, figures in phase["ops"].items()})
        everything.update({f"{op} bytes": figures["bytes"] for op, figures in phase["ops"].items()})
    assert everything["get"] == len(gets)
    assert everything["get bytes"] == sum(request.sent_bytes for request in gets)
    assert everything["put"] == len(puts)
    assert everything["put bytes"] == sum(request.received_bytes for request in puts)

    # The histograms are those of all operations in all op-logs, pooled.
    assert Counter(row["op"] for row in found) == {"GET": len(gets), "PUT": len(puts)}
    for op in ("get", "put"):
        told = [phase["ops"][op]["service_ns"] for phase in report["phases"] if op in phase["ops"]]
        merged = sum((hdr.decode(each["hdr"]) for each in told if each["n"]), Histogram())
        pooled = Histogram.of_values([int(row["duration_ns"]) for row in found if row["op"] == op.upper()])
        assert hdr.encode(merged) == hdr.encode(pooled)
        raw = sorted(int(row["duration_ns"]) for row in found if row["op"] == op.upper())
        for percent, value in zip((50, 99), merged.percentiles((50.0, 99.0)), strict=True):
            assert value == pytest.approx(raw[max(0, int(len(raw) * percent / 100 + 0.5) - 1)], rel=0.002)


@pytest.mark.parametrize("count", [2, 4, 8])
def test_counts_and_bytes_are_the_servers(nginx: Nginx, tmp_path: Path, count: int) -> None:
    bucket = f"fleet-{count}"
    with serving(tmp_path, count, environ=KEYS) as agents:
        run = Run(agents, mix(nginx, bucket, warmup="300ms"))
        report = run.report()
        assert (report["status"], report["total"]["failed"]) == ("ok", 0)
        assert [phase["kind"] for phase in report["phases"]] == ["prepare", "warmup", "measured", "drain"]
        assert report["phases"][0]["total"]["ops"] == 50
        agree(report, nginx, bucket, [row for agent in agents for row in rows(agent.op_log)])

        # And the parts are the whole.
        assert sum(agent["total"]["ops"] for agent in report["agents"]) == report["total"]["ops"]
        assert {agent["status"] for agent in report["agents"]} == {"ok"}
        assert all(agent["total"]["ops"] > 0 for agent in report["agents"])
        assert report["phases"][2]["settings"]["concurrency"] == 8
        assert is_sane(report["fleet"]["start_spread_ns"])
        assert not report["fleet"]["degraded"]
        assert not any(agent.recordings for agent in agents)  # the controller has it all
        assert build(run.records).as_dict() == report


def test_the_screen_is_told_between_the_seconds(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        spec = {"target": {"uri": "null://x/", "null": {"latency": "2ms"}}, "workload": [{"op": "get", "path": "x"}]}
        run = Run(agents, spec | {"concurrency": 4, "duration": "3s"})
        shown: list[tuple[float, int]] = []
        while not run.session.ended:
            run.session.receive(0.05)
            if run.session.latest is not None:
                shown.append((run.session.latest.measured_s, total_of(run.session.latest.total).ops))
        report = run.report()
    told = [record for record in run.records if isinstance(record, Interval)]
    ends = list(accumulate(total_of(interval.tally).ops for interval in told))
    assert shown == sorted(shown)
    assert len({ops for _, ops in shown} - set(ends)) > 3, "more than what the intervals say"
    assert shown[-1][1] == report["total"]["ops"]
    assert not report["fleet"]["degraded"]


def test_the_load_begins_everywhere_at_once(nginx: Nginx, tmp_path: Path) -> None:
    with serving(tmp_path, 3, environ=KEYS) as agents:
        spec = mix(nginx, "at-once", dataset={"count": 3, "size": 10, "create": "always"}, workload=[{"op": "get"}])
        report = Run(agents, spec | {"stop": {"ops": 60}, "duration": None, "concurrency": 3}).report()
        assert report["total"]["ops"] == 60
        firsts = [min(seconds_of(row) for row in rows(agent.op_log) if row["op"] == "GET") for agent in agents]
    assert max(firsts) - min(firsts) < 2  # the machine may be busy; one after the other they would be further apart
    assert is_sane(report["fleet"]["start_spread_ns"])


def test_a_clock_that_is_wrong_does_no_harm(nginx: Nginx, tmp_path: Path) -> None:
    with serving(tmp_path, 2, environ=KEYS, wall_ahead_ns=[30_000_000_000]) as agents:
        report = Run(agents, mix(nginx, "clocks", duration="1s")).report()
        assert report["status"] == "ok"
        wrong, right = (agent["clock"]["wall_offset_ns"] for agent in report["agents"])
        assert wrong == pytest.approx(30e9, abs=1e9)
        assert right == pytest.approx(0, abs=1e9)
        assert is_sane(report["fleet"]["start_spread_ns"])
        firsts = [min(seconds_of(row) for row in rows(agent.op_log)) for agent in agents]
        assert abs(firsts[0] - firsts[1]) < 5  # in the controller's time, both
        assert len(seen(nginx, "clocks", "PUT")) == 50 + sum(
            phase["ops"].get("put", {}).get("ops", 0) for phase in report["phases"] if phase["kind"] != "prepare"
        )


def test_constant_arrivals_of_all_agents_are_one_even_schedule(tmp_path: Path) -> None:
    interval_s = 0.05
    with serving(tmp_path, 2) as agents:
        spec = {
            "target": "null://x/",
            "workload": [{"op": "get", "path": "x"}],
            "load": {"model": "open", "rate": 1 / interval_s, "arrivals": "constant", "max_in_flight": 4},
            "duration": "2s",
        }
        report = Run(agents, spec).report()
        assert report["arrivals"]["offered"] == 2 / interval_s
        found = [sorted(seconds_of(row) for row in rows(agent.op_log)) for agent in agents]
    assert [len(each) for each in found] == [20, 20]
    # Each agent's own come every second interval; where one begins late, the others show the middle between them.
    apart = median((second - first) % (2 * interval_s) for first, second in zip(*found, strict=True))
    assert apart == pytest.approx(interval_s, abs=0.4 * interval_s)


def test_poisson_arrivals_of_two_agents_are_independent(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        load = {"model": "open", "rate": 100, "arrivals": "poisson", "max_in_flight": 8}
        spec = {"target": "null://x/", "workload": [{"op": "get", "path": "x"}], "load": load, "duration": "1s"}
        assert Run(agents, spec).report()["status"] == "ok"
        gaps = []
        for agent in agents:
            starts = sorted(seconds_of(row) for row in rows(agent.op_log))
            gaps.append([round((later - earlier) * 1000) for earlier, later in pairwise(starts)])
    shared = min(len(each) for each in gaps)
    alike = sum(one == other for one, other in zip(gaps[0][:shared], gaps[1][:shared], strict=True))
    assert shared > 10 and alike < shared / 2


def test_a_live_change_reaches_all_under_one_number(nginx: Nginx, tmp_path: Path) -> None:
    with serving(tmp_path, 2, environ=KEYS) as agents:
        run = Run(agents, mix(nginx, "steered", duration="3s"))
        run.measuring(0.3)
        run.session.send(Change(concurrency=5, weights={"put": 0.0}, label="fewer"))
        report = run.report()
        first, second = (phase for phase in report["phases"] if phase["kind"] == "measured")
        assert (second["settings"]["concurrency"], second["label"]) == (5, "fewer")
        assert first["duration_s"] + second["duration_s"] == pytest.approx(3.0, abs=0.02)
        assert "put" in first["ops"]
        assert second["ops"].get("put", {}).get("ops", 0) <= 8  # those that were in flight
        assert [event["text"] for event in report["events"] if event["kind"] == "mark"] == ["fewer"]
