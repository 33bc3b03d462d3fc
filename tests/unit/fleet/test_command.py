"""What the commands of the fleet need, and what nobody else has to load."""

from __future__ import annotations

import subprocess
import sys

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


def test_the_log_of_grpc_is_silent_unless_it_is_asked_for() -> None:
    chosen, untouched = {"GRPC_VERBOSITY": "debug"}, dict[str, str]()
    installation.require_fleet("agent", chosen)
    installation.require_fleet("agent", untouched)
    assert (chosen["GRPC_VERBOSITY"], untouched["GRPC_VERBOSITY"]) == ("debug", "NONE")


def test_grpc_is_loaded_for_the_fleet_alone() -> None:
    program = (
        "import sys; from s3bench_tui.cli import main; main(['--schema']); "
        "import s3bench_tui.session; assert not {'grpc', 'google.protobuf'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


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
