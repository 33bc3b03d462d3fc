"""The screens before a fleet, in a real terminal: every agent in sight, all of them steered, a lost one said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import Interval, PhaseOpened
from s3bench_tui.live.places import keepers
from s3bench_tui.report import record
from s3bench_tui.report.build import build
from tests.e2e.program import read_report, wait_until, workload
from tests.e2e.terminal import ALTERNATE_OFF, Terminal, terminal
from tests.fleet.clusters import cluster
from tests.fleet.fleets import serving

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("temporary")]

SECRET = "the-secret-of-the-agent"
MIX: dict[str, Any] = {
    "name": "mix",
    "duration": "60s",
    "workload": [{"op": "get", "weight": 60}, {"op": "stat", "weight": 40}],
}


def phases(shown: Terminal, recording: Path) -> list[tuple[str, int, float]]:
    """Kind, slots and weight of get of those that are open so far, while the screen is looked at."""
    assert shown.screen
    opened = [each.phase for each in record.read(recording) if isinstance(each, PhaseOpened)]
    return [(phase.kind, phase.settings.concurrency, phase.settings.weights[0]) for phase in opened]


def test_a_fleet_is_seen_steered_and_a_loss_is_said(tmp_path: Path, temporary: Path) -> None:
    path = workload(tmp_path, **MIX)
    with serving(tmp_path, 2, token=SECRET) as agents:
        names = [agent.address for agent in agents]
        options = ["--agents", ",".join(names), "--token-env", "TOKEN"]
        with terminal(path, *options, cwd=tmp_path, more={"TOKEN": SECRET}) as shown:
            shown.wait_for("F2 SETUP", "can run", names[0], names[1])
            shown.press("t")
            shown.wait_for("all 2 agents", f"ok  {names[0]}: ", f"ok  {names[1]}: ")
            shown.press("ctrl+r")
            shown.wait_for("F3 LIVE", "RUN", "b agents")
            [(place, about)] = keepers()
            shown.press("b")
            shown.wait_for("Agents", *names, "2 agents")
            [recording] = (tmp_path / "results").glob("*.jsonl")
            shown.press("right")
            wait_until(lambda: len(phases(shown, recording)) == 2)
            shown.press("down", "right")
            wait_until(lambda: len(phases(shown, recording)) == 3)
            assert phases(shown, recording) == [("measured", 4, 60.0), ("measured", 5, 60.0), ("measured", 5, 61.0)]
            shown.wait_for("slots 4>5", "get 60>61")
            agents[0].end()
            shown.wait_for("LOST", "!! 1 of 2 agents lost")
            shown.press("s")
            shown.wait_for("F4 RESULTS", "mix")
            shown.press("ctrl+q")
            assert shown.end() == 0
        told = Path(f"/proc/{about.pid}/cmdline").read_bytes() if Path(f"/proc/{about.pid}").exists() else b""
        told += b"".join(file.read_bytes() for file in (*place.path.glob("*"), *recording.parent.iterdir()))
        assert SECRET.encode() not in told + shown.raw
    report = read_report(recording.with_suffix(".json"))
    assert build(record.read(recording)).as_dict() == report
    assert [agent["status"] for agent in report["agents"]] == ["lost", "stopped"]
    assert report["fleet"]["degraded"]
    *_, last = (each for each in record.read(recording) if isinstance(each, Interval))
    assert (last.agents[0].address, last.agents[0].state) == (names[0], "lost")
    counted = [(agent["total"]["ops"], agent["total"]["bytes"], agent["total"]["failed"]) for agent in report["agents"]]
    assert [(sample.ops, sample.bytes, sample.failed) for sample in last.agents] == counted
    assert "DEGRADED" in shown.raw.rpartition(ALTERNATE_OFF)[2].decode()


def test_the_hosts_of_a_dask_cluster_are_agents_like_others(tmp_path: Path) -> None:
    path = workload(tmp_path, **MIX)
    with cluster(tmp_path) as hosts, terminal(path, "--dask", hosts.address, cwd=tmp_path) as shown:
        shown.wait_for("F2 SETUP", "can run", "Dask cluster")
        shown.press("t")
        shown.wait_for("all 2 agents", "ok  tcp://127.0.0.1:", "ok  tcp://127.0.0.2:")
        shown.press("ctrl+r")
        shown.wait_for("F3 LIVE", "RUN", "b agents")
        shown.press("b")
        shown.wait_for("Agents", "tcp://127.0.0.1:", "tcp://127.0.0.2:", "2 agents")
        [recording] = (tmp_path / "results").glob("*.jsonl")
        shown.press("right")
        wait_until(lambda: len(phases(shown, recording)) == 2)
        assert phases(shown, recording) == [("measured", 4, 60.0), ("measured", 5, 60.0)]
        shown.press("s")
        shown.wait_for("F4 RESULTS", "mix")
        shown.press("ctrl+q")
        assert shown.end() == 0
    report = read_report(recording.with_suffix(".json"))
    assert (report["fleet"]["transport"], len(report["agents"])) == ("dask", 2)
