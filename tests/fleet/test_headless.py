"""`--headless --agents` as its users run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.program import read_report, run, workload
from tests.fleet.fleets import serving

pytestmark = pytest.mark.server


def test_one_workload_on_two_agents(tmp_path: Path) -> None:
    path = workload(tmp_path)
    with serving(tmp_path, 2, token="the-secret-of-the-agent") as agents:
        options = ["--agents", ",".join(agent.address for agent in agents), "--token-env", "TOKEN"]
        ended = run("--headless", path, *options, "--report", "r.json", cwd=tmp_path, TOKEN="the-secret-of-the-agent")
        assert ended.code == 0, ended.err
        assert "2 agents, begun within" in ended.out
        report = read_report(tmp_path / "r.json")
        assert [agent["address"] for agent in report["agents"]] == [agent.address for agent in agents]
        assert "secret" not in ended.out + ended.err + (tmp_path / "r.json").read_text()
        refused = run("--headless", path, *options, "--op-log", "o.tsv", cwd=tmp_path, TOKEN="the-secret-of-the-agent")
        assert (refused.code, "Start the agents with --op-logs" in refused.err) == (2, True)
