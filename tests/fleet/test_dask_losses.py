"""What is lost of a Dask cluster in the middle of a run: workers that die, freeze or are cut off, the scheduler, the controller."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.fleet.dask.transport import DaskTransport
from s3bench_tui.report.build import build
from s3bench_tui.report.record import read
from tests.e2e.program import alive, children, family, run, wait_until
from tests.fleet.clusters import Cluster, DaskWorker, cluster, settled
from tests.fleet.fleets import PATIENCE_S, Run
from tests.fleet.networks import network
from tests.fleet.test_losses import SLOW

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def two_hosts(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path) as found:
        yield found


def on(one: Cluster, spec: dict[str, Any], **more: Any) -> Run:
    return Run([], spec | {"fleet": {"dask": one.address}}, transport=DaskTransport(one.address), **more)


def lost(steered: Run) -> dict[str, Any]:
    """The report, once the loss of one agent was told; what the other did is in it."""
    steered.wait_for(lambda: any("was lost" in getattr(record, "text", "") for record in steered.records))
    report = steered.report()
    assert (report["status"], report["fleet"]["degraded"]) == ("ok", True)
    first, second = sorted(report["agents"], key=lambda agent: agent["status"] == "lost")
    assert (first["status"], second["status"]) == ("ok", "lost")
    assert first["total"]["ops"] > second["total"]["ops"] > 0
    assert first["total"]["ops"] + second["total"]["ops"] == report["total"]["ops"]
    return report


def loss_of(report: dict[str, Any]) -> str:
    (text,) = (event["text"] for event in report["events"] if "was lost" in event["text"])
    return str(text)


def kept_by(worker: DaskWorker) -> dict[str, Any]:
    """The report of the recording that it kept."""
    settled([worker])
    (recording,) = worker.recordings
    assert not children(worker.process.pid)
    return build(read(recording)).as_dict()


def test_a_worker_killed_at_half_time_leaves_what_it_told(two_hosts: Cluster) -> None:
    steered = on(two_hosts, SLOW | {"duration": "6s"})
    steered.measuring(2.0)
    two_hosts.workers[1].process.kill()
    steered.wait_for(lambda: any("was lost" in getattr(record, "text", "") for record in steered.records))
    report = steered.report()
    (text,) = (event["text"] for event in report["events"] if "was lost" in event["text"])
    assert "its worker has left the cluster; 1 of 2 are left" in text  # told at once, not found out from silence
    assert (report["status"], report["fleet"]["degraded"]) == ("ok", True)
    first, second = report["agents"]
    assert (first["status"], second["status"]) == ("ok", "lost")
    assert first["total"]["ops"] > second["total"]["ops"] > 0
    assert first["total"]["ops"] + second["total"]["ops"] == report["total"]["ops"]


def test_a_frozen_worker_is_lost_and_keeps_its_recording(two_hosts: Cluster) -> None:
    steered = on(two_hosts, SLOW | {"duration": "6s"}, silent_ns=2_000_000_000)
    steered.told()
    frozen = two_hosts.workers[1]
    os.kill(frozen.process.pid, signal.SIGSTOP)
    report = lost(steered)
    os.kill(frozen.process.pid, signal.SIGCONT)
    assert "it has said nothing for 2 s; 1 of 2 are left" in loss_of(report)
    whole = kept_by(frozen)  # its engine never stopped
    assert (whole["status"], whole["measured_s"]) == ("ok", pytest.approx(6.0, abs=0.05))
    assert (
        whole["total"]["ops"] > next(agent for agent in report["agents"] if agent["status"] == "lost")["total"]["ops"]
    )


def test_a_worker_behind_a_cut_network_goes_on_alone(tmp_path: Path) -> None:
    with (
        network() as net,
        cluster(
            tmp_path, [net.outside, net.address], scheduler_host=net.outside, within={net.address: net.within()}
        ) as one,
    ):
        steered = on(one, SLOW | {"duration": "6s"}, silent_ns=2_000_000_000)
        steered.told()
        net.cut()
        report = lost(steered)
        assert net.address in loss_of(report)
        assert "it has said nothing for 2 s; 1 of 2 are left" in loss_of(report)
        whole = kept_by(one.workers[1])
    assert (whole["status"], whole["measured_s"]) == ("ok", pytest.approx(6.0, abs=0.05))


def test_a_scheduler_that_is_lost_is_the_end(two_hosts: Cluster, tmp_path: Path) -> None:
    steered = on(two_hosts, SLOW | {"duration": "60s"})
    steered.told()
    two_hosts.scheduler.process.kill()
    report = steered.report()
    assert (report["status"], report["reason"]) == ("agent_lost", "every agent was lost")
    assert report["fleet"]["degraded"] and report["total"]["ops"] > 0
    assert {agent["reason"] for agent in report["agents"]} == {"the Dask scheduler is gone"}
    code, _, said = asked(two_hosts, "recordings", cwd=tmp_path)
    assert (code, f"the Dask scheduler at {two_hosts.address} cannot be reached" in said) == (3, True), said
    for worker in two_hosts.workers:  # they leave by themselves, and no engine stays behind
        pids = family(worker.process.pid)
        worker.process.wait(PATIENCE_S)
        wait_until(lambda: not any(map(alive, pids)))  # noqa: B023 - called before the next one
        assert not any(map(alive, pids))


def asked(one: Cluster, *words: str, cwd: Path) -> tuple[int, str, str]:
    """What comes of `controller ... words`: exit code, stdout, stderr."""
    ended = run("controller", "--dask", one.address, *words, cwd=cwd)
    return ended.code, ended.out, ended.err


_CONTROLLER = """
import sys
from tests.fleet.test_losses import SLOW
from s3bench_tui.engine.messages import RunOptions
from s3bench_tui.fleet.engine import FleetEngine
from s3bench_tui.fleet.dask.transport import DaskTransport
from s3bench_tui.session import Session
from s3bench_tui.spec.loading import load_mapping
loaded = load_mapping({**SLOW, "processes": 1, "fleet": {"dask": sys.argv[1]}})
way = DaskTransport(sys.argv[1], alone_s=5.0)
for snapshot in Session(loaded, engine=lambda sink: FleetEngine(sink, RunOptions(), way)):
    if snapshot.measured_s > 0.5:
        print("half", flush=True)
"""


def test_members_end_by_themselves_where_the_controller_is_killed(two_hosts: Cluster, tmp_path: Path) -> None:
    controller = subprocess.Popen(
        [sys.executable, "-c", _CONTROLLER, two_hosts.address],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert controller.stdout is not None
    assert controller.stdout.readline() == "half\n"
    controller.kill()
    controller.wait()
    controller.stdout.close()
    settled(two_hosts.workers)
    for worker in two_hosts.workers:
        (recording,) = worker.recordings
        report = build(read(recording)).as_dict()
        assert report["status"] == "ok"
        assert report["measured_s"] == pytest.approx(4.0, abs=0.05)
        assert not children(worker.process.pid)
    cut_short = two_hosts.workers[0].folder / "results/fleet-0123abcd-0.jsonl"
    cut_short.write_text("{}\n")
    code, table, said = asked(two_hosts, "recordings", cwd=tmp_path)
    assert (code, said) == (0, "")
    rows = [line.split() for line in table.splitlines()[1:]]
    run_id = next(row[1] for row in rows if row[-1] == "all")
    assert sorted((row[1], row[2], row[-1]) for row in rows if row[1] == run_id) == [
        (run_id, "0", "all"),
        (run_id, "1", "all"),
    ]
    assert [row[-2:] for row in rows if row[1] == "0123abcd"] == [["its", "end"]]
    code, fetched, said = asked(two_hosts, "fetch", run_id, "--into", "brought", cwd=tmp_path)
    assert (code, said) == (0, "")
    brought = sorted((tmp_path / line).read_bytes() for line in fetched.splitlines())
    assert brought == sorted(
        next(worker.folder.glob(f"results/fleet-{run_id}-*.jsonl")).read_bytes() for worker in two_hosts.workers
    )
    code, _, said = asked(two_hosts, "fetch", run_id, "--into", "brought", cwd=tmp_path)
    assert code == 3 and said.count("is there already") == 2
    code, _, said = asked(two_hosts, "fetch", "ffffffff", cwd=tmp_path)
    assert code == 2 and "no agent keeps a recording of the run ffffffff" in said
    assert on(two_hosts, SLOW | {"duration": "200ms"}).report()["status"] == "ok"  # and they take the next run
