"""What the commands of the fleet need, and what nobody else has to load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from s3bench_tui.cli import main
from s3bench_tui.fleet import installation


@pytest.mark.parametrize("command", [["agent"], ["controller", "--agents", "h1", "ping"]])
def test_the_extra_is_missing(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(installation, "find_spec", lambda name: None)
    assert main(command) == 2
    assert "pip install 's3bench-tui[fleet]'" in capsys.readouterr().err


def test_the_extra_of_dask_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workload = tmp_path / "workload.yaml"
    workload.write_text("target: null://x/\nduration: 1s\nconcurrency: 2\nworkload: [{op: get, path: x}]\n")
    monkeypatch.setattr(installation, "find_spec", lambda name: None)
    assert main(["--headless", str(workload), "--dask", "tcp://h:8786", "--no-report"]) == 2
    assert "pip install 's3bench-tui[dask]'" in capsys.readouterr().err
    assert main(["--headless", str(workload), "--dask", "tcp://h:8786", "--agents", "h:1"]) == 2
    assert "--agents and --dask are two fleets" in capsys.readouterr().err
    assert main(["controller", "--dask", "tcp://h:8786", "recordings"]) == 2
    assert "pip install 's3bench-tui[dask]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tcp://h:8786", "ping"], "--dask is not for ping. A Dask cluster is asked for recordings, and to fetch them"),
        (["xx", "recordings"], "--dask: 'xx' is no Dask cluster. Write tcp://host:8786"),
    ],
)
def test_a_dask_cluster_is_asked_for_recordings_alone(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["controller", "--dask", *words]) == 2
    assert said in capsys.readouterr().err


def test_the_log_of_grpc_is_silent_unless_it_is_asked_for() -> None:
    chosen, untouched = {"GRPC_VERBOSITY": "debug"}, dict[str, str]()
    installation.require_fleet("agent", chosen)
    installation.require_fleet("agent", untouched)
    assert (chosen["GRPC_VERBOSITY"], untouched["GRPC_VERBOSITY"]) == ("debug", "NONE")


_WHAT_A_RUN_LOADS = """
import sys
from s3bench_tui.cli import main
assert main(["--headless", sys.argv[1], "--quiet"]) == 0
assert not {"grpc", "google.protobuf", "distributed"} & set(sys.modules)
print(*sorted(name.removeprefix("s3bench_tui.") for name in sys.modules if name.startswith("s3bench_tui.fleet.")))
"""


def test_a_run_of_one_machine_loads_of_the_fleet_only_how_to_ask_for_one(tmp_path: Path) -> None:
    workload = tmp_path / "workload.yaml"
    workload.write_text("target: null://x/\nduration: 100ms\nprocesses: 1\nworkload: [{op: get, path: x}]\n")
    done = subprocess.run(
        [sys.executable, "-c", _WHAT_A_RUN_LOADS, str(workload)], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.splitlines()[-1].split()
    assert set(loaded) == {f"fleet.{name}" for name in ("access", "arguments", "installation", "opening")}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--insecure", "--agent-ca", "x.pem", "ping"], "--agent-ca is for TLS"),
        (["--insecure", "--agent-domain", "d", "ping"], "--insecure leaves out TLS"),
        (["--tls-cert", "x.pem", "ping"], "go together"),
        (["--insecure", "get", "--uri", "s3://b/", "--jobs", "many"], "--jobs"),
        (["--insecure", "put", "--bucket", "b", "--object-size", "-1"], "--object-size"),
    ],
)
def test_what_a_controller_cannot_do(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["controller", "--agents", "127.0.0.1:1", *words]) == 2
    assert said in capsys.readouterr().err
