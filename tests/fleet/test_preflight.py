"""What agents say before a run: each for itself, in a sentence, and without beginning anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.fleet.finding import Finding
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.grpc.transport import GrpcTransport
from s3bench_tui.fleet.preflight import look
from s3bench_tui.spec.loading import load_mapping
from tests.fleet.fleets import serving

pytestmark = pytest.mark.server

TOKEN = "the-secret-of-the-agent"


def found(agents: list[str], token: str = TOKEN, **spec: Any) -> list[Finding]:
    content = {
        "duration": "1s",
        "workload": [{"op": "put", "path": "a/", "size": "1KiB"}],
        **spec,
    }
    workload = load_mapping({**content, "fleet": {"agents": agents}}).workload
    return look(GrpcTransport(agents, Trust(token=token)), workload)


def test_each_agent_says_what_it_found(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "file").write_text("no directory")
    with serving(tmp_path, 2, token=TOKEN, wall_ahead_ns=[30_000_000_000]) as agents:
        addresses = [agents[0].address, "127.0.0.1:9", agents[1].address]
        ahead, missing, level = found(addresses, targets=[f"file://{data}/"])
        assert [each.agent for each in (ahead, missing, level)] == addresses
        assert ahead.problem == level.problem == ""
        assert "clock 30.0 s ahead" in ahead.text and "clock 30.0 s ahead" not in level.text
        assert "free" in ahead.text and "open files" in ahead.text
        assert [answer.ok for answer in ahead.answers] == [True]
        assert "nothing listens" in missing.problem or "refused" in missing.problem, missing.problem
        assert missing.answers == ()
        assert list(data.iterdir()) == [], "nothing was left there"

        refused = found([agents[1].address], targets=[f"file://{data}/", f"file://{tmp_path}/file/"])
        assert [answer.ok for answer in refused[0].answers] == [True, False]
        assert refused[0].problem == refused[0].answers[1].text

        stranger = found([agents[1].address], target="null://x/", token="not-the-token-of-the-agent")
        assert "token" in stranger[0].problem
        assert found([agents[1].address], target="null://x/")[0].problem == "", "it was free again after each"
        assert all("Traceback" not in agent.said for agent in agents)
