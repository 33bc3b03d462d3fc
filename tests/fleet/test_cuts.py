"""A network that is cut, agents and engines that freeze for a while: said at once, nothing lost that can be had later."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.report.build import build
from s3bench_tui.report.record import read
from tests.e2e.program import children, run
from tests.fleet.fleets import Agent, Run, serving
from tests.fleet.networks import network
from tests.fleet.test_losses import SLOW, loss_of
from tests.unit.report.test_oplog import rows

pytestmark = pytest.mark.server

TOKEN = "the-secret-of-the-agents"


def asked(agents: list[Agent], *words: str, cwd: Path) -> tuple[int, str, str]:
    """What comes of `controller ... words`: exit code, stdout, stderr."""
    addresses = ",".join(agent.address for agent in agents)
    options = ("--agents", addresses, "--insecure", "--token-env", "FLEET_TOKEN")
    ended = run("controller", *options, *words, cwd=cwd, FLEET_TOKEN=TOKEN)
    return ended.code, ended.out, ended.err


def test_what_was_recorded_behind_a_cut_network_is_fetched_later(tmp_path: Path) -> None:
    for name in ("near", "far"):
        (tmp_path / name).mkdir()
    with (
        network() as net,
        serving(tmp_path / "near", 1, token=TOKEN) as (near,),
        serving(tmp_path / "far", 1, token=TOKEN, listen=net.address, within=net.within()) as (far,),
    ):
        steered = Run([near, far], SLOW | {"duration": "3s"}, Trust(token=TOKEN), silent_ns=2_000_000_000)
        steered.told()
        net.cut()
        cut_s = time.monotonic()
        steered.wait_for(lambda: any("was lost" in getattr(record, "text", "") for record in steered.records))
        assert time.monotonic() - cut_s < 20  # by the silence, and not by the time-outs of TCP
        report = steered.report()
        assert "it has said nothing for 2 s" in loss_of(report, far)
        assert (report["status"], report["fleet"]["degraded"]) == ("ok", True)

        far.settled()  # it ends at its own time, and keeps what it has
        assert "ended without its controller" in far.said
        assert not children(far.process.pid)
        net.mend()
        code, table, said = asked([near, far], "recordings", cwd=tmp_path)
        assert (code, "error" in said) == (0, False)
        run_id = report["run_id"]
        assert [line.split()[:2] for line in table.splitlines()[1:]] == [[far.address, run_id]]
        code, fetched, said = asked([near, far], "fetch", run_id, "--into", "brought", cwd=tmp_path)
        assert (code, "error" in said) == (0, False)
        whole = build(read(tmp_path / fetched.strip())).as_dict()
        assert whole["status"] == "ok"
        assert whole["measured_s"] == pytest.approx(3.0, abs=0.05)
        told = report["agents"][1]["total"]["ops"]
        assert whole["total"]["ops"] > told > 0
        code, _, said = asked([near, far], "fetch", run_id, "--into", "brought", cwd=tmp_path)
        assert code == 3 and "is there already" in said


def test_what_no_agent_keeps_cannot_be_fetched(tmp_path: Path) -> None:
    with serving(tmp_path, 1, token=TOKEN) as agents:
        assert asked(agents, "recordings", cwd=tmp_path)[1].splitlines()[1:] == []
        code, _, said = asked(agents, "fetch", "0123abcd", cwd=tmp_path)
        assert code == 2 and "no agent keeps a recording of the run 0123abcd" in said
        code, _, said = asked(agents, "fetch", "../../etc", cwd=tmp_path)
        assert code == 2 and "is no run" in said


@pytest.mark.parametrize("which", ["engine", "both"])
def test_what_freezes_for_a_while_is_late_and_not_lost(tmp_path: Path, which: str) -> None:
    frozen_s = 3.0
    with serving(tmp_path, 2) as agents:
        steered = Run(agents, SLOW | {"duration": "4500ms"})
        steered.measuring(0.5)
        (engine,) = children(agents[1].process.pid)
        pids = [engine] if which == "engine" else [agents[1].process.pid, engine]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        until_s = time.monotonic() + frozen_s
        while time.monotonic() < until_s:
            steered.session.receive(0.05)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        report = steered.report()
        assert (report["status"], report["fleet"]["degraded"]) == ("ok", False)
        assert {agent["status"] for agent in report["agents"]} == {"ok"}
        assert sum(agent["total"]["ops"] for agent in report["agents"]) == report["total"]["ops"]
        measured = [phase for phase in report["phases"] if phase["kind"] == "measured"]
        assert measured[0]["duration_s"] >= 4.5
        # The other one never waited for it.
        starts = sorted(datetime.fromisoformat(row["start"]).timestamp() for row in rows(agents[0].op_log))
        assert max(later - earlier for earlier, later in pairwise(starts)) < frozen_s - 0.5


def test_an_agent_whose_engine_never_comes_back_is_lost(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        steered = Run(agents, SLOW, silent_ns=2_000_000_000)
        steered.measuring(0.5)
        (engine,) = children(agents[1].process.pid)
        os.kill(engine, signal.SIGSTOP)
        report = steered.report()
        os.kill(engine, signal.SIGCONT)
        assert "it answers, but its run has told nothing for 3 s" in loss_of(report, agents[1])
        assert (report["status"], report["fleet"]["degraded"]) == ("ok", True)
