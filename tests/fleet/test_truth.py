"""What a fleet reports, against the server's own log and the op-logs of all its agents."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import Change
from s3bench_tui.report import hdr
from s3bench_tui.report.build import build
from s3bench_tui.stats.histogram import Histogram
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
        "duration": "2s",
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


@pytest.mark.parametrize("count", [2, 4])
def test_counts_and_bytes_are_the_servers(nginx: Nginx, tmp_path: Path, count: int) -> None:
    bucket = f"fleet-{count}"
    with serving(tmp_path, count, environ=KEYS) as agents:
        run = Run(agents, mix(nginx, bucket, warmup="300ms"))
        report = run.report()
        assert (report["status"], report["total"]["failed"]) == ("ok", 0)
        assert [phase["kind"] for phase in report["phases"]] == ["prepare", "warmup", "measured", "drain"]
        assert report["phases"][0]["total"]["ops"] == 50
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
        found = [row for agent in agents for row in rows(agent.op_log)]
        assert Counter(row["op"] for row in found) == {"GET": len(gets), "PUT": len(puts)}
        for op in ("get", "put"):
            told = [phase["ops"][op]["service_ns"] for phase in report["phases"] if op in phase["ops"]]
            merged = sum((hdr.decode(each["hdr"]) for each in told if each["n"]), Histogram())
            pooled = Histogram.of_values([int(row["duration_ns"]) for row in found if row["op"] == op.upper()])
            assert hdr.encode(merged) == hdr.encode(pooled)

        # And the parts are the whole.
        assert sum(agent["total"]["ops"] for agent in report["agents"]) == report["total"]["ops"]
        assert {agent["status"] for agent in report["agents"]} == {"ok"}
        assert all(agent["total"]["ops"] > 0 for agent in report["agents"])
        assert report["phases"][2]["settings"]["concurrency"] == 8
        assert report["fleet"]["start_spread_ns"] < 20_000_000
        assert not report["fleet"]["degraded"]
        assert not any(agent.recordings for agent in agents)  # the controller has it all
        assert build(run.records).as_dict() == report


def test_the_load_begins_everywhere_at_once(nginx: Nginx, tmp_path: Path) -> None:
    with serving(tmp_path, 3, environ=KEYS) as agents:
        spec = mix(nginx, "at-once", dataset={"count": 3, "size": 10, "create": "always"}, workload=[{"op": "get"}])
        report = Run(agents, spec | {"stop": {"ops": 60}, "duration": None, "concurrency": 3}).report()
        assert report["total"]["ops"] == 60
        firsts = [min(row["start"] for row in rows(agent.op_log) if row["op"] == "GET") for agent in agents]
    seconds = sorted(float(first.rpartition(":")[2].rstrip("Z")) for first in firsts)
    apart_s = (seconds[-1] - seconds[0]) % 60
    assert apart_s < 0.25  # what tells is the next line; here the machine may be busy
    assert report["fleet"]["start_spread_ns"] < 20_000_000


def test_a_clock_that_is_wrong_does_no_harm(nginx: Nginx, tmp_path: Path) -> None:
    with serving(tmp_path, 2, environ=KEYS, wall_ahead_ns=[30_000_000_000]) as agents:
        report = Run(agents, mix(nginx, "clocks", duration="1s")).report()
        assert report["status"] == "ok"
        wrong, right = (agent["clock"]["wall_offset_ns"] for agent in report["agents"])
        assert wrong == pytest.approx(30e9, abs=1e9)
        assert right == pytest.approx(0, abs=1e9)
        assert report["fleet"]["start_spread_ns"] < 20_000_000
        firsts = [min(row["start"] for row in rows(agent.op_log)) for agent in agents]
        assert firsts[0][:16] == firsts[1][:16] or abs(float(firsts[0][17:29]) - float(firsts[1][17:29])) % 60 < 5
        assert len(seen(nginx, "clocks", "PUT")) == 50 + sum(
            phase["ops"].get("put", {}).get("ops", 0) for phase in report["phases"] if phase["kind"] != "prepare"
        )


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
