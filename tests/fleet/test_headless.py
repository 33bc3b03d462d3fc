"""`--headless --agents` as its users run it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

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


def test_a_distributed_file_of_sai3_bench_runs_on_its_agents(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        first, second = (agent.address for agent in agents)
        config = {
            "target": f"file://{tmp_path}/one/",
            "concurrency": 2,
            "prepare": {
                "cleanup": True,
                "ensure_objects": [{"base_uri": f"file://{tmp_path}/one/data/", "count": 20, "max_size": 1 << 20}],
            },
            "distributed": {
                "shared_filesystem": False,
                "tree_creation_mode": "isolated",
                "path_selection": "random",
                "agents": [
                    {"address": first},
                    {"address": second, "concurrency_override": 4, "target_override": f"file://{tmp_path}/two/"},
                ],
                "stages": [
                    {"name": "make", "order": 1, "type": "prepare"},
                    {"name": "run", "order": 2, "type": "execute", "duration": "500ms"},
                    {"name": "end", "order": 3, "type": "cleanup"},
                ],
            },
            "workload": [{"op": "get", "path": "data/*", "weight": 1}],
        }
        (tmp_path / "sai3.yaml").write_text(yaml.safe_dump(config))
        options = ["--report", "r.json"]
        made = run("--headless", "sai3.yaml", "--prepare-only", *options, cwd=tmp_path)
        assert made.code == 0, made.err
        # Each agent made as many objects as the file says, in its own place.
        assert [len(list((tmp_path / name / "data").iterdir())) for name in ("one", "two")] == [20, 20]
        ended = run("--headless", "sai3.yaml", *options, cwd=tmp_path)
        assert ended.code == 0, ended.err
        report = read_report(tmp_path / "r.json")
        assert [agent["address"] for agent in report["agents"]] == [first, second]
        assert all(agent["total"]["ops"] for agent in report["agents"])
        assert report["workload"]["concurrency"] == 6
        assert list(tmp_path.glob("*/data/prepared-*")) == []
