"""The files of docs/deploy/ do what they say: their very commands are run, on one machine."""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from s3bench_tui.fleet.arguments import parse
from s3bench_tui.fleet.grpc import certificates
from tests.e2e.program import ROOT, read_report, run, workload
from tests.fleet.agents import agent

pytestmark = pytest.mark.server

DEPLOY = ROOT / "docs/deploy"
TOKEN = "the-secret-of-the-agents"


def manifest(kind: str) -> dict[str, Any]:
    (found,) = (each for each in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()) if each["kind"] == kind)
    return dict(found)


def pod(kind: str) -> dict[str, Any]:
    return dict(manifest(kind)["spec"]["template"]["spec"])


def args_of(kind: str) -> list[str]:
    (container,) = pod(kind)["containers"]
    return list(container["args"])


def test_the_manifest_holds_together() -> None:
    service, agents = manifest("Service"), manifest("StatefulSet")
    labels = agents["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == agents["spec"]["selector"]["matchLabels"] == labels
    assert agents["spec"]["serviceName"] == service["metadata"]["name"]
    (controller,) = pod("Job")["containers"]
    addresses = next(each for each in controller["env"] if each["name"] == "AGENTS")["value"].split(",")
    name = agents["metadata"]["name"]
    assert addresses == [
        f"{name}-{index}.{agents['spec']['serviceName']}" for index in range(agents["spec"]["replicas"])
    ]
    for kind in ("StatefulSet", "Job"):
        (container,) = pod(kind)["containers"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod(kind)["volumes"]}
        assert [each["name"] for each in container["env"]] == (["AGENTS"] if kind == "Job" else []) + ["FLEET_TOKEN"]


def test_the_manifests_agents_run_its_job(tmp_path: Path) -> None:
    certificates.self_signed(tmp_path / "tls", ["s3bench-agents"])  # as its head says
    workload(tmp_path, duration="300ms").rename(tmp_path / "mix.yaml")

    def here(kind: str, **more: str) -> list[str]:
        places = {
            "/tls/": f"{tmp_path}/tls/",
            "/results": str(tmp_path),
            "/workload/": f"{tmp_path}/",
            "/tmp/": f"{tmp_path}/",
        }
        args = []
        for arg in args_of(kind):
            option, _, value = arg.partition("=")
            there = next((place for place in places if value.startswith(place)), "")
            value = places.get(there, "") + value.removeprefix(there)
            args += [option, more.get(option, value)] if value else [option]
        return args

    command, *options = here("StatefulSet", **{"--listen": "127.0.0.1:0"})
    assert command == "agent"
    shell, option, wait = pod("Job")["initContainers"][0]["command"]
    with agent(tmp_path, *options, FLEET_TOKEN=TOKEN) as one:
        path = program(tmp_path / "bin", "s3bench-tui", f'exec {sys.executable} -m s3bench_tui "$@"')
        more = {"AGENTS": one.address, "FLEET_TOKEN": TOKEN, "PYTHONPATH": str(ROOT), "PATH": path}
        wait = wait.replace("/tls/", f"{tmp_path}/tls/")
        subprocess.run([shell, option, wait], env=os.environ | more, check=True, capture_output=True, timeout=120)
        ended = run(*here("Job", **{"--agents": one.address}), cwd=tmp_path, FLEET_TOKEN=TOKEN)
    assert ended.code == 0, ended.err
    assert read_report(tmp_path / "report.json")["agents"][0]["status"] == "ok"


def test_the_unit_starts_an_agent(tmp_path: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # keys of units have capitals
    unit.read(DEPLOY / "s3bench-tui-agent.service")
    command, *words = shlex.split(unit["Service"]["ExecStart"])
    assert Path(command).name == "s3bench-tui"
    asked = parse(words)
    assert (asked.command, asked.listen, asked.results) == ("agent", "0.0.0.0:7761", "${STATE_DIRECTORY}")
    credentials = {line.partition("=")[2].partition(":")[0] for line in (DEPLOY / "s3bench-tui-agent.service").read_text().splitlines() if line.startswith("LoadCredential=")}  # fmt: skip
    assert {Path(path).name for path in (asked.token_file, asked.tls_cert, asked.tls_key)} == credentials
    if verify := shutil.which("systemd-analyze"):
        copy = tmp_path / "s3bench-tui-agent.service"
        text = (DEPLOY / copy.name).read_text().replace(command, sys.executable)
        copy.write_text(text)
        done = subprocess.run(
            [verify, "verify", "--man=no", copy], capture_output=True, text=True, timeout=60, check=False
        )
        assert [line for line in done.stderr.splitlines() if copy.name in line] == []


def free_port() -> int:
    """One that nobody is given who asks for any: those come from above."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def program(folder: Path, name: str, text: str) -> str:
    """A command of this name that does what the line of shell says; the PATH on which it comes first."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_the_slurm_job_runs(tmp_path: Path) -> None:
    for name, text in {
        "s3bench-tui": f'exec {sys.executable} -m s3bench_tui "$@"',
        "srun": 'exec "$@"',
        "scontrol": "echo 127.0.0.1",
    }.items():
        path = program(tmp_path / "bin", name, text)
    port = free_port()
    more = {"SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "n", "FLEET_PORT": str(port), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", DEPLOY / "slurm.sh", workload(tmp_path, duration="300ms")],
        cwd=tmp_path, env=os.environ | more | {"PATH": path},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = read_report(tmp_path / "s3bench-7.json")
    assert (report["status"], [agent["address"] for agent in report["agents"]]) == ("ok", [f"127.0.0.1:{port}"])
