"""A fleet on the hosts of a Dask cluster: the same figures as over gRPC, and losses, security and versions likewise."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from s3bench_tui.engine.messages import Change
from s3bench_tui.errors import ConfigError, TargetError
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.dask import cluster as joining
from s3bench_tui.fleet.dask.cluster import security_of
from s3bench_tui.fleet.dask.link import reason
from s3bench_tui.fleet.dask.transport import DaskTransport, one_per_host
from s3bench_tui.fleet.opening import look
from s3bench_tui.report.build import build
from s3bench_tui.spec.loading import load_mapping
from tests.e2e.program import family, kill, read_report, run, started, wait_until, workload
from tests.fleet.clusters import Cluster, cluster, settled
from tests.fleet.fleets import Run
from tests.fleet.test_losses import SLOW, refused
from tests.fleet.test_truth import KEYS, agree, mix
from tests.servers.nginx import Nginx
from tests.unit.report.test_oplog import rows

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def two_hosts(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, environ=KEYS) as found:
        yield found


def on(one: Cluster, spec: dict[str, Any], **more: Any) -> Run:
    fleet = {**spec.get("fleet", {}), "dask": one.address}
    return Run([], spec | {"fleet": fleet}, transport=DaskTransport(one.address), **more)


def test_counts_percentiles_and_changes_are_true(nginx: Nginx, two_hosts: Cluster) -> None:
    steered = on(two_hosts, mix(nginx, "dask", duration="3s"))
    steered.measuring(0.5)
    steered.session.send(Change(concurrency=5, label="fewer"))
    report = steered.report()
    assert (report["status"], report["total"]["failed"]) == ("ok", 0)
    settled(two_hosts.workers)
    agree(report, nginx, "dask", [row for worker in two_hosts.workers for row in rows(worker.op_log)])
    assert report["fleet"]["transport"] == "dask"
    assert [agent["address"].rpartition(":")[0] for agent in report["agents"]] == ["tcp://127.0.0.1", "tcp://127.0.0.2"]
    assert sum(agent["total"]["ops"] for agent in report["agents"]) == report["total"]["ops"]
    first, second = (phase for phase in report["phases"] if phase["kind"] == "measured")
    assert (first["settings"]["concurrency"], second["settings"]["concurrency"], second["label"]) == (8, 5, "fewer")
    assert not any(worker.recordings for worker in two_hosts.workers)  # the controller has it all
    assert build(steered.records).as_dict() == report


def test_a_worker_that_is_busy_says_so(two_hosts: Cluster) -> None:
    findings = look(load_mapping(SLOW | {"fleet": {"dask": two_hosts.address}}), Access())  # which ends the stay
    assert [(finding.problem, [answer.ok for answer in finding.answers]) for finding in findings] == [("", [True])] * 2
    first = on(two_hosts, SLOW)
    first.measuring()
    assert "this agent is busy" in str(refused(on(two_hosts, SLOW)))
    assert first.report()["status"] == "ok"


def test_the_example_of_the_documents_runs(two_hosts: Cluster, tmp_path: Path) -> None:
    example = [
        sys.executable,
        ROOT / "docs/deploy/dask_client.py",
        two_hosts.address,
        workload(tmp_path, duration="1s"),
    ]
    done = subprocess.run(
        example, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    hosts = [line.split() for line in done.stdout.splitlines() if line.startswith("tcp://")]
    assert [(words[0].rpartition(":")[0], words[1]) for words in hosts] == [
        ("tcp://127.0.0.1", "ok"),
        ("tcp://127.0.0.2", "ok"),
    ]


def test_a_cluster_with_tls(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"  # everybody's, and its own authority
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    subprocess.run([*made, "-subj", "/CN=cluster", "-keyout", key, "-out", cert], check=True, capture_output=True)
    with cluster(
        tmp_path, options=["--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key], protocol="tls"
    ) as one:
        assert one.address.startswith("tls://")
        path = workload(tmp_path, duration="300ms")
        given = ["--dask", one.file, "--agent-ca", cert, "--tls-cert", cert, "--tls-key", key, "--report", "r.json"]
        ended = run("--headless", path, *given, cwd=tmp_path)
        assert ended.code == 0, ended.err
        assert len(read_report(tmp_path / "r.json")["agents"]) == 2
        refusal = run("--headless", path, "--dask", one.file, "--no-report", cwd=tmp_path)
        assert (refusal.code, f"the Dask scheduler at {one.address} wants TLS" in refusal.err) == (2, True), refusal.err


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ('__version__ = "0.0.7"', "has s3bench-tui 0.0.7, and this is"),
        ('raise ModuleNotFoundError(name="s3bench_tui")', "it has no s3bench_tui; install the same s3bench-tui[dask] there"),
    ],
)  # fmt: skip
def test_a_worker_without_this_version_is_named(tmp_path: Path, module: str, said: str) -> None:
    other = tmp_path / "other/s3bench_tui"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text(f"{module}\n")
    with cluster(tmp_path, ["127.0.0.1"], environ={"PYTHONPATH": str(other.parent)}) as strange:
        error = refused(on(strange, SLOW))
    assert isinstance(error, TargetError)
    assert str(error).startswith("Dask worker tcp://127.0.0.1:")
    assert said in str(error)


def test_workers_of_ones_own_are_agents_and_end_with_ctrl_c(tmp_path: Path) -> None:
    path = workload(tmp_path, duration="60s")
    with started("--headless", path, "--dask", "LocalCluster(2)", "--report", "r.json", cwd=tmp_path) as running:
        wait_until(lambda: "measuring" in running.err)  # Dask takes its time on a busy machine
        running.wait_for("measuring")
        for pid in (running.process.pid, *family(running.process.pid)):  # as a terminal does
            kill(pid, signal.SIGINT)
        ended = running.end()
    assert (ended.code, "Traceback" in ended.err) == (130, False), ended.err
    report = read_report(tmp_path / "r.json")
    assert [agent["status"] for agent in report["agents"]] == ["interrupted"] * 2
    assert (report["fleet"]["transport"], report["workload"]["fleet"]["dask"]) == ("dask", "LocalCluster(2)")
    assert not list(tmp_path.glob("results/*.jsonl"))


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(joining, "CONNECT_S", 0.5)
    with pytest.raises(TargetError, match=r"the Dask scheduler at tcp://127\.0\.0\.1:9 cannot be reached: \S"):
        DaskTransport("tcp://127.0.0.1:9").members()
    with pytest.raises(ConfigError, match="is no file of a Dask scheduler"):
        DaskTransport(str(tmp_path / "scheduler.json")).members()


def test_a_scheduler_of_another_release_is_said_and_left(monkeypatch: pytest.MonkeyPatch, two_hosts: Cluster) -> None:
    begun: list[Client] = []

    async def fails(self: Client, **_: object) -> None:
        begun.append(self)
        raise TypeError("Scheduler.identity() got an unexpected keyword argument 'n_workers'")

    monkeypatch.setattr(Client, "_ensure_connected", fails)
    with pytest.raises(
        TargetError, match=r"cannot be asked: it does not speak as Dask \S+ does, which is here \(Scheduler"
    ):
        DaskTransport(two_hosts.address).members()
    assert [client.status for client in begun] == ["closed"]


def test_a_host_has_the_share_that_is_said_of_it(two_hosts: Cluster) -> None:
    target = {"uri": "null://x/", "null": {"latency": "20ms"}}
    fleet = {"by_agent": {"127.0.0.2": {"share": 9}}}
    report = on(two_hosts, SLOW | {"target": target, "concurrency": 10, "duration": "1s", "fleet": fleet}).report()
    first, second = (agent["total"]["ops"] for agent in report["agents"])
    assert 0 < first < second  # one slot and nine
    assert list(report["workload"]["fleet"]["by_agent"]) == ["127.0.0.2"]


def test_one_worker_stands_for_its_host() -> None:
    workers = ["tcp://10.0.0.1:1", "tcp://10.0.0.1:2", "tls://10.0.0.2:1", "tcp://[fd00::1]:7"]
    assert one_per_host(workers) == ["tcp://10.0.0.1:1", "tls://10.0.0.2:1", "tcp://[fd00::1]:7"]


@pytest.mark.parametrize(
    ("access", "said"),
    [
        (Access(token_env="T"), "--token-env is for agents that listen. A Dask cluster is known by its TLS"),
        (Access(agent_ca="ca.pem"), "TLS of Dask needs --tls-cert, too"),
        (Access(agent_ca="x", tls_cert="x", tls_key="x"), "x: --agent-ca cannot be read: there is no such file"),
    ],
)
def test_options_that_do_not_fit_are_refused(access: Access, said: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        security_of(access)
    assert str(refusal.value).startswith(said)


def test_reasons_are_sentences() -> None:
    assert reason(TimeoutError()).startswith("it took nothing for 10 s")
    assert reason(OSError("a\n b")) == "a b"
