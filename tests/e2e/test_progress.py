"""What is said while a run lasts: on a terminal, without one, and when it is to be quiet."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.e2e.program import PATIENCE_S, command, environment, run, workload

STATES = ("preparing ", "warming up ", "running ", "paused ", "draining ", "ended ")


def test_a_plain_line_a_second_without_a_terminal(tmp_path: Path) -> None:
    ended = run("--headless", workload(tmp_path, duration="2s"), "--no-report", cwd=tmp_path)
    lines = [line for line in ended.err.splitlines() if line.startswith("running ")]
    assert 2 <= len(lines) <= 3
    assert "\r" not in ended.err
    assert "\x1b" not in ended.err + ended.out
    assert "ops/s" in lines[1]
    assert "p99 " in lines[1]


def test_nothing_is_said_where_it_is_to_be_quiet(tmp_path: Path) -> None:
    ended = run("--headless", workload(tmp_path), "--no-report", "--quiet", cwd=tmp_path)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_progress_even_so(tmp_path: Path) -> None:
    ended = run("--headless", workload(tmp_path), "--no-report", "--quiet", "--progress", cwd=tmp_path)
    assert ended.out == ""
    assert ended.err
    said = [line for line in ended.err.splitlines() if not line.startswith(STATES)]
    assert said == []  # a slow machine is seen in more states than a fast one, but nothing else is said


def _at_a_terminal(tmp_path: Path, **more: str) -> str:
    controller, terminal = os.openpty()
    process = subprocess.Popen(
        command("--headless", workload(tmp_path, duration="1500ms"), "--no-report"), cwd=tmp_path,
        env=environment(**({"TERM": "xterm-256color"} | more)), stdin=terminal, stdout=terminal, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    shown = b""
    try:
        while more_shown := os.read(controller, 65536):
            shown += more_shown
    except OSError:
        pass  # Linux says so when the last process has left the terminal
    os.close(controller)
    assert process.wait(PATIENCE_S) == 0
    return shown.decode()


def test_one_line_redrawn_on_a_terminal(tmp_path: Path) -> None:
    shown = _at_a_terminal(tmp_path)
    assert shown.count("\rrunning ") >= 4
    (drawn,) = [line for line in shown.split("\r\n") if "\rrunning " in line]
    assert max(len(part) for part in drawn.split("\r")) < 80
    assert "\x1b[" in shown


def test_no_colour_where_none_is_wanted(tmp_path: Path) -> None:
    shown = _at_a_terminal(tmp_path, NO_COLOR="1")
    assert not {"\x1b[31", "\x1b[32", "\x1b[33"} & {shown[at : at + 5] for at in range(len(shown))}
    assert "\x1b[1;32m" not in shown


def test_a_dumb_terminal_gets_plain_lines(tmp_path: Path) -> None:
    shown = _at_a_terminal(tmp_path, TERM="dumb")
    assert "\x1b" not in shown
    assert "\rrunning" not in shown
    assert re.search(r"running [01]\.\d/1\.5 s", shown), shown
