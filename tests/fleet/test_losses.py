"""Agents that die, freeze or cannot be had, and controllers that do: said at once, and what was told stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

import s3bench_tui
from s3bench_tui.engine.messages import StopRun
from s3bench_tui.errors import S3BenchError, TargetError
from s3bench_tui.fleet.grpc.address import parse_address
from s3bench_tui.fleet.grpc.channel import open_channel
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.wire import METHOD, PROTOCOL
from s3bench_tui.report.build import build
from s3bench_tui.report.record import read
from tests.e2e.program import children, wait_until
from tests.fleet.fleets import PATIENCE_S, Agent, Run, serving

pytestmark = pytest.mark.server

SLOW: dict[str, Any] = {
    "target": {"uri": "null://x/", "null": {"latency": "2ms"}},
    "concurrency": 4,
    "duration": "4s",
    "workload": [{"op": "get", "path": "x"}],
}


def loss_of(report: dict[str, Any], agent: Agent) -> str:
    (text,) = (event["text"] for event in report["events"] if f"agent {agent.address} was lost" in event["text"])
    return str(text)


def test_an_agent_killed_at_half_time_leaves_what_it_told(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        run = Run(agents, SLOW)
        run.measuring(1.9)
        agents[1].signal(signal.SIGKILL)
        killed_s = time.monotonic()
        run.wait_for(lambda: any("was lost" in getattr(record, "text", "") for record in run.records))
        assert time.monotonic() - killed_s < 5  # not after the time-out of one that is silent
        report = run.report()
    assert (report["status"], report["fleet"]["degraded"]) == ("ok", True)
    assert "1 of 2 are left" in loss_of(report, agents[1])
    first, second = report["agents"]
    assert (first["status"], second["status"]) == ("ok", "lost")
    assert first["total"]["ops"] > second["total"]["ops"] > 0
    assert first["total"]["ops"] + second["total"]["ops"] == report["total"]["ops"]
    assert report["measured_s"] == pytest.approx(4.0, abs=0.05)
    assert run.session.report.exit_code() == 0
    assert run.session.report.exit_code(strict=True) == 1


@pytest.mark.parametrize(("policy", "status"), [("stop", "agent_lost"), ({"min": 2}, "agent_lost"), ({"min": 1}, "ok")])
def test_what_a_loss_means_is_chosen(tmp_path: Path, policy: Any, status: str) -> None:
    with serving(tmp_path, 2) as agents:
        run = Run(agents, SLOW | {"fleet": {"on_agent_loss": policy}})
        run.measuring(0.5)
        agents[0].signal(signal.SIGKILL)
        report = run.report()
    assert report["status"] == status
    assert (report["measured_s"] < 3.5) == (status == "agent_lost")
    assert report["total"]["ops"] > 0


def test_a_frozen_agent_is_lost_after_a_while(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        run = Run(agents, SLOW, silent_ns=2_000_000_000)
        run.measuring(0.5)
        agents[1].signal(signal.SIGSTOP)
        report = run.report()
        agents[1].signal(signal.SIGCONT)
    assert "it has said nothing for 2 s" in loss_of(report, agents[1])
    assert (report["status"], report["fleet"]["degraded"]) == ("ok", True)


def test_all_of_them_lost_is_the_end(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        run = Run(agents, SLOW)
        run.told()
        for agent in agents:
            agent.signal(signal.SIGKILL)
        report = run.report()
    assert (report["status"], report["fleet"]["degraded"]) == ("agent_lost", True)
    assert report["total"]["ops"] > 0


_CONTROLLER = """
import sys
from tests.fleet.test_losses import SLOW
from s3bench_tui.engine.messages import RunOptions
from s3bench_tui.fleet.engine import FleetEngine
from s3bench_tui.fleet.grpc.transport import GrpcTransport
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.session import Session
from s3bench_tui.spec.loading import load_mapping
loaded = load_mapping({**SLOW, "processes": 1, "fleet": {"agents": sys.argv[1:]}})
for snapshot in Session(loaded, engine=lambda sink: FleetEngine(sink, RunOptions(), GrpcTransport(sys.argv[1:], Trust()))):
    if snapshot.measured_s > 0.5:
        print("half", flush=True)
"""


def test_agents_end_by_themselves_where_the_controller_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        controller = subprocess.Popen(
            [sys.executable, "-c", _CONTROLLER, *(agent.address for agent in agents)],
            stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        assert controller.stdout is not None
        assert controller.stdout.readline() == "half\n"
        controller.kill()
        controller.wait()
        controller.stdout.close()
        for agent in agents:
            agent.settled()
            assert "the controller was lost; the run goes on to its end" in agent.said
            (recording,) = agent.recordings
            assert str(recording) in agent.said
            report = build(read(recording)).as_dict()
            assert report["status"] == "ok"
            assert report["measured_s"] == pytest.approx(4.0, abs=0.05)
            assert not children(agent.process.pid)
        # And they take the next run.
        assert Run(agents, SLOW | {"duration": "200ms"}).report()["status"] == "ok"


def test_a_run_can_be_stopped(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        run = Run(agents, SLOW | {"duration": "60s"})
        run.measuring(0.3)
        run.session.send(StopRun(reason="interrupted"))
        report = run.report()
    assert (report["status"], report["reason"]) == ("interrupted", "interrupted")
    assert report["total"]["ops"] > 0


def refused(run: Run) -> Exception:
    deadline = time.monotonic() + PATIENCE_S
    while not run.session.ended:
        assert time.monotonic() < deadline
        run.session.receive(0.1)
    assert not run.session.began
    return run.session.error


def test_nothing_begins_where_one_agent_cannot_be_had(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        agents[1].signal(signal.SIGKILL)
        agents[1].process.wait()
        error = refused(Run(agents, SLOW))
        assert isinstance(error, TargetError)
        assert str(error) == f"agent {agents[1].address}: nothing listens there; is the agent running?"


def test_nothing_begins_where_a_target_refuses(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as agents:
        error = refused(Run(agents, SLOW | {"target": "file:///dev/null/nowhere/"}))
        assert isinstance(error, S3BenchError)
        assert error.exit_code == 3
        assert "agent 127.0.0.1" in str(error)
        wait_until(lambda: not any(agent.recordings for agent in agents))
        assert not any(agent.recordings for agent in agents)


@pytest.mark.parametrize(("token", "said"), [("another-secret-of-ours", "wrong token"), ("", "no token")])
def test_a_wrong_token_is_refused(tmp_path: Path, token: str, said: str) -> None:
    with serving(tmp_path, 1, token="the-secret-of-the-agent") as agents:
        error = refused(Run(agents, SLOW, Trust(token=token)))
        assert str(error).startswith(f"agent {agents[0].address}: {said}")
        assert f"refused: {said}" in agents[0].said
        report = Run(agents, SLOW | {"duration": "200ms"}, Trust(token="the-secret-of-the-agent")).report()
        assert report["status"] == "ok"
        assert "secret" not in str(report)


@pytest.mark.parametrize(("protocol", "version"), [(PROTOCOL + 1, s3bench_tui.__version__), (PROTOCOL, "0.0.7")])
def test_another_version_is_refused_on_both_sides(tmp_path: Path, protocol: int, version: str) -> None:
    with serving(tmp_path, 1) as agents, open_channel(parse_address(agents[0].address), Trust()) as channel:
        call = channel.stream_stream(
            METHOD, request_serializer=pb.Down.SerializeToString, response_deserializer=pb.Up.FromString
        )
        hello = pb.Down(hello=pb.Hello(protocol=protocol, version=version, run_id="0123abcd"))
        with pytest.raises(grpc.RpcError) as refusal:
            next(call(iter([hello])))
        assert refusal.value.code() == grpc.StatusCode.FAILED_PRECONDITION
        assert f"{version!r} and speaks version {protocol}" in refusal.value.details()
        assert "refused: a controller that" in agents[0].said


def test_a_busy_agent_says_so(tmp_path: Path) -> None:
    with serving(tmp_path, 1) as agents:
        first = Run(agents, SLOW)
        first.measuring()
        assert "this agent is busy" in str(refused(Run(agents, SLOW)))
        assert first.report()["status"] == "ok"


@pytest.mark.parametrize("word", [pb.Down(), pb.Down(goodbye=pb.Goodbye()), pb.Down(hello=pb.Hello(run_id="../../x"))])
def test_words_that_make_no_sense_are_refused(tmp_path: Path, word: pb.Down) -> None:
    with serving(tmp_path, 1) as agents, open_channel(parse_address(agents[0].address), Trust()) as channel:
        call = channel.stream_stream(
            METHOD, request_serializer=pb.Down.SerializeToString, response_deserializer=pb.Up.FromString
        )
        with pytest.raises(grpc.RpcError) as refusal:
            next(call(iter([word])))
        assert refusal.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION)
        assert "Traceback" not in agents[0].said
