"""Ctrl-C once, twice and three times, and the signals that are treated like it."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import termios
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import (
    PATIENCE_S,
    alive,
    command,
    environment,
    family,
    read_report,
    started,
    wait_until,
    workload,
)


def _slow(latency: str) -> dict[str, Any]:
    return {"target": {"uri": "null://test/", "null": {"latency": latency}}, "duration": "60s"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_once_waits_for_operations_in_flight(tmp_path: Path, number: signal.Signals) -> None:
    path = workload(tmp_path, **_slow("1s"))
    with started("--headless", path, "--report", "out.json", cwd=tmp_path) as program:
        program.wait_for("running")
        processes = family(program.process.pid)
        program.process.send_signal(number)
        ended = program.end()
    report = read_report(tmp_path / "out.json")
    assert ended.code == 130
    assert report["status"] == "interrupted"
    assert report["censored"] == {}
    assert report["drained"]["total"]["ops"] == 4
    assert "INTERRUPTED" in ended.out
    assert "once more to end at once" in ended.err
    assert not any(map(alive, processes))


def test_twice_ends_at_once(tmp_path: Path) -> None:
    path = workload(tmp_path, **_slow("50s"))
    with started("--headless", path, "--report", "out.json", cwd=tmp_path) as program:
        program.wait_for("running")
        processes = family(program.process.pid)
        program.process.send_signal(signal.SIGINT)
        program.wait_for("once more to end at once")
        program.process.send_signal(signal.SIGINT)
        ended = program.end()
    report = read_report(tmp_path / "out.json")
    assert ended.code == 130
    assert report["status"] == "interrupted"
    assert report["elapsed_s"] < 20
    assert report["censored"]["get"]["n"] == 4
    assert not any(map(alive, processes))


def test_when_the_load_is_over(tmp_path: Path) -> None:
    """The figures are complete, and a script that runs one file after another ends all the same."""
    path = workload(tmp_path, **{**_slow("2s"), "duration": "500ms"})
    with started("--headless", path, "--report", "out.json", cwd=tmp_path) as program:
        program.wait_for("draining")
        program.process.send_signal(signal.SIGINT)
        ended = program.end()
    report = read_report(tmp_path / "out.json")
    assert ended.code == 130
    assert report["status"] == "interrupted"
    assert report["reason"] == "interrupted, when the load was over"
    assert report["measured_s"] == 0.5
    assert report["drained"]["total"]["ops"] == 4


def test_three_times_leaves_without_the_engine(tmp_path: Path) -> None:
    path = workload(tmp_path, **_slow("50s"))
    with started("--headless", path, "--report", "out.json", cwd=tmp_path) as program:
        program.wait_for("running")
        processes = family(program.process.pid)
        os.kill(program.engine(), signal.SIGSTOP)
        for said in ("once more to end at once", "ending at once", ""):
            program.process.send_signal(signal.SIGINT)
            program.wait_for(said)
        ended = program.end()
    assert ended.code == 130
    assert "Traceback" not in ended.err
    assert read_report(tmp_path / "out.json")["status"] == "engine_lost"
    wait_until(lambda: not any(map(alive, processes)))
    assert not any(map(alive, processes))


def test_before_the_run_has_begun(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE_S)
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        target = {"uri": "s3://bucket/", "endpoint": endpoint, "region": "r", "anonymous": True}
        path = workload(tmp_path, target=target, dataset=None, workload=[{"op": "stat", "path": "key"}])
        with started("--headless", path, "--report", "out.json", cwd=tmp_path) as program:
            asked, _ = silent.accept()
            processes = family(program.process.pid)
            program.process.send_signal(signal.SIGINT)
            ended = program.end()
            asked.close()
    assert ended.code == 130
    assert "there is nothing to report" in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "out.json").exists()
    wait_until(lambda: not any(map(alive, processes)))
    assert not any(map(alive, processes))


def test_ctrl_c_at_a_terminal(tmp_path: Path) -> None:
    controller, terminal = os.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        command("--headless", workload(tmp_path, duration="60s"), "--report", "out.json"), cwd=tmp_path, env=environment(),
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True, preexec_fn=take_terminal,
    )  # fmt: skip
    os.close(terminal)
    shown = b""
    try:
        while True:
            shown += (more := os.read(controller, 65536))
            if b"\rrunning" in more:
                os.write(controller, b"\x03")
    except OSError:
        pass  # Linux says so when the last process has left the terminal
    assert process.wait(PATIENCE_S) == 130
    os.close(controller)
    assert b"INTERRUPTED" in shown
    assert read_report(tmp_path / "out.json")["status"] == "interrupted"
