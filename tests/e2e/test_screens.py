"""The whole program in a real terminal: set up, run, steer, stop, look at what came of it, leave; and come back."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import Interval
from s3bench_tui.live.places import keepers
from s3bench_tui.report import record
from s3bench_tui.report.build import build
from tests.e2e.program import PATIENCE_S, alive, read_report, run, wait_until, workload
from tests.e2e.terminal import ALTERNATE_OFF, ALTERNATE_ON, Terminal, terminal

pytestmark = pytest.mark.usefixtures("temporary")
MIX: dict[str, Any] = {
    "name": "mix",
    "duration": "60s",
    "workload": [{"op": "get", "weight": 60}, {"op": "stat", "weight": 40}],
}


def reports(folder: Path) -> list[dict[str, Any]]:
    """All that were written, the oldest first; each is what its recording says."""
    found = sorted((folder / "results").glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in found:
        assert build(record.read(path.with_suffix(".jsonl"))).as_dict() == read_report(path)
    return [read_report(path) for path in found]


def wait_for_phases(shown: Terminal, folder: Path, *kinds: str) -> None:
    """Until the recording has these phases, while the screen is looked at."""

    def recorded() -> list[str]:
        assert shown.screen
        lines = "".join(path.read_text() for path in (folder / "results").glob("*.jsonl")).splitlines()
        opened = (json.loads(line) for line in lines if line.startswith('{"record":"phase_opened"'))
        return [line["phase"]["kind"] for line in opened]

    wait_until(lambda: recorded() == list(kinds))
    assert recorded() == list(kinds), shown.screen


def settings(report: dict[str, Any]) -> list[tuple[str, int, float]]:
    """Kind, slots and weight of get of each phase."""
    return [
        (each["kind"], each["settings"]["concurrency"], each["settings"]["weights"]["get"]) for each in report["phases"]
    ]


def assert_restored(shown: Terminal, before: list[Any]) -> None:
    assert shown.settings() == before
    assert shown.raw.count(ALTERNATE_ON) == shown.raw.count(ALTERNATE_OFF) == 1
    assert shown.raw.rfind(b"\x1b[?25h") > shown.raw.rfind(b"\x1b[?25l"), "the cursor is shown"
    for reported in (b"1000", b"1003", b"1006", b"2004"):
        assert shown.raw.rfind(b"\x1b[?" + reported + b"l") >= shown.raw.rfind(b"\x1b[?" + reported + b"h")


def after_the_screens(shown: Terminal) -> str:
    return shown.raw.rpartition(ALTERNATE_OFF)[2].decode()


def test_set_up_run_steer_stop_and_leave(tmp_path: Path) -> None:
    with terminal(workload(tmp_path, **MIX), cwd=tmp_path) as shown:
        before = shown.settings()
        shown.wait_for("F2 SETUP", "null://test/", "can run")
        shown.press("ctrl+r")
        shown.wait_for("F3 LIVE", "RUN")
        wait_for_phases(shown, tmp_path, "measured")
        shown.press("right")
        wait_for_phases(shown, tmp_path, "measured", "measured")
        shown.press("down", "right")
        wait_for_phases(shown, tmp_path, "measured", "measured", "measured")
        shown.press("space")
        shown.wait_for("PAUSED")
        wait_for_phases(shown, tmp_path, *["measured"] * 3, "paused")
        shown.press("space")
        wait_for_phases(shown, tmp_path, *["measured"] * 3, "paused", "measured")
        shown.press("s")
        shown.wait_for("F4 RESULTS", "mix")
        shown.press("ctrl+q")
        assert shown.end() == 0
        assert_restored(shown, before)
    assert "results/s3bench-mix-" in after_the_screens(shown)
    assert "Traceback" not in shown.raw.decode()
    [report] = reports(tmp_path)
    assert report["status"] == "stopped"
    assert settings(report) == [
        ("measured", 4, 60.0), ("measured", 5, 60.0), ("measured", 5, 61.0), ("paused", 5, 61.0), ("measured", 5, 61.0),
        ("drain", 5, 61.0),
    ]  # fmt: skip
    wait_until(lambda: not keepers())
    assert keepers() == []


def intervals(folder: Path) -> list[Interval]:
    """Those that the recording has so far."""
    [recording] = (folder / "results").glob("*.jsonl")
    return [each for each in record.read(recording) if isinstance(each, Interval)]


def test_a_slow_line_and_a_window_that_is_dragged_hold_nothing_up(tmp_path: Path) -> None:
    exported = {"COLUMNS": "80", "LINES": "24"}  # as by a shell, long ago
    with terminal(workload(tmp_path, **MIX), cwd=tmp_path, more=exported) as shown:
        shown.wait_for("can run")
        shown.press("ctrl+r")
        shown.wait_for("F3 LIVE", "RUN")
        wait_for_phases(shown, tmp_path, "measured")
        for columns, rows in ((80, 24), (60, 18), (200, 50), (80, 24)):
            shown.resize(columns, rows)
            shown.wait_for("80x24" if rows < 24 else "F3 LIVE")
        seen = len(intervals(tmp_path))
        until = time.monotonic() + PATIENCE_S
        while len(intervals(tmp_path)) < seen + 3:  # as over a line of 9600 baud
            assert time.monotonic() < until, "the run stood still"
            shown.read(0.1, at_most=96)
            time.sleep(0.1)
        shown.resize(120, 36)
        shown.wait_for("F3 LIVE", "Operations", "What limits this run", "ctrl+p more")
        shown.press("s")
        shown.wait_for("F4 RESULTS", "Runs  results/")
        told = intervals(tmp_path)
        starts, ends = [each.start_s for each in told[1:]], [each.end_s for each in told[:-1]]
        assert starts == pytest.approx(ends, abs=1e-3), "no second is missing"
        shown.press("ctrl+q")
        assert shown.end() == 0
    [report] = reports(tmp_path)
    assert report["status"] == "stopped"


def test_three_runs_in_one_session(tmp_path: Path) -> None:
    with terminal(workload(tmp_path, **MIX | {"duration": "1s"}), cwd=tmp_path) as shown:
        shown.wait_for("can run")

        def reported() -> int:
            assert shown.screen
            return len(list((tmp_path / "results").glob("*.json")))

        for number in range(3):
            shown.press("f2")
            shown.wait_for("F2 SETUP")
            shown.press("ctrl+r")
            while reported() == number:
                shown.read(0.1)
            shown.wait_for("F4 RESULTS")
        shown.press("ctrl+q")
        assert shown.end() == 0
    assert [report["status"] for report in reports(tmp_path)] == ["ok"] * 3


def test_it_opens_on_a_quickstart(tmp_path: Path) -> None:
    with terminal(cwd=tmp_path) as shown:
        shown.wait_for("F2 SETUP", "quickstart", "file://", "can run")
        shown.press("ctrl+r")
        shown.wait_for("F4 RESULTS")
        shown.press("ctrl+q")
        assert shown.end() == 0
    [report] = reports(tmp_path)
    assert (report["name"], report["status"]) == ("quickstart", "ok")


def test_a_killed_screen_and_one_that_comes_back(tmp_path: Path) -> None:
    with terminal(workload(tmp_path, **MIX), cwd=tmp_path) as shown:
        shown.wait_for("can run")
        shown.press("ctrl+r")
        shown.wait_for("F3 LIVE", "RUN")
        wait_for_phases(shown, tmp_path, "measured")
        shown.press("right")
        wait_for_phases(shown, tmp_path, "measured", "measured")
        os.kill(shown.process.pid, signal.SIGKILL)
        shown.process.wait(PATIENCE_S)
    [(_, about)] = keepers()
    assert about.running
    listed = run("attach", "--list", cwd=tmp_path)
    assert "mix" in listed.out and str(tmp_path) in listed.out
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with terminal("attach", cwd=elsewhere, size=(80, 24)) as back:
        before = back.settings()
        back.wait_for("F3 LIVE", "mix")
        wait_until(lambda: "/60" in back.screen or "01:00" in back.screen)
        back.press("s")
        back.wait_for("F4 RESULTS")
        back.press("ctrl+q")
        assert back.end() == 0
        assert_restored(back, before)
    [report] = reports(tmp_path)
    assert settings(report) == [("measured", 4, 60.0), ("measured", 5, 60.0), ("drain", 5, 60.0)]
    wait_until(lambda: not alive(about.pid))
    assert not alive(about.pid)


def test_the_terminal_goes_away(tmp_path: Path) -> None:
    with terminal(workload(tmp_path, **MIX | {"duration": "4s"}), cwd=tmp_path) as shown:
        shown.wait_for("can run")
        shown.press("ctrl+r")
        shown.wait_for("F3 LIVE", "RUN")
        wait_for_phases(shown, tmp_path, "measured")
        shown.hang_up()
        shown.process.wait(PATIENCE_S)
    [(_, about)] = keepers()
    wait_until(lambda: not alive(about.pid))
    [report] = reports(tmp_path)
    assert report["status"] == "ok"
    assert report["measured_s"] == pytest.approx(4.0, abs=0.5)


def test_detached_and_told_how_to_come_back(tmp_path: Path) -> None:
    with terminal(workload(tmp_path, **MIX), cwd=tmp_path) as shown:
        before = shown.settings()
        shown.wait_for("can run")
        shown.press("ctrl+r")
        shown.wait_for("F3 LIVE", "RUN")
        wait_for_phases(shown, tmp_path, "measured")
        shown.press("ctrl+q")
        shown.wait_for("leave it running")
        shown.press("d")
        assert shown.end() == 0
        assert_restored(shown, before)
    assert "mix goes on; to come back to it: s3bench-tui attach 1" in after_the_screens(shown)
    [(_, about)] = keepers()
    assert about.running and about.seats == 0


def test_asked_to_end_it_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with terminal(workload(tmp_path, **MIX), cwd=tmp_path) as shown:
        before = shown.settings()
        shown.wait_for("can run")
        os.kill(shown.process.pid, signal.SIGTERM)
        shown.end()
        assert_restored(shown, before)


def test_a_recording_is_played(tmp_path: Path) -> None:
    path = workload(tmp_path, **MIX | {"duration": "2s"})
    assert run("--headless", path, "--no-report", "--record", "mix.jsonl", cwd=tmp_path).code == 0
    with terminal("view", "mix.jsonl", "--speed", "2", cwd=tmp_path) as shown:
        before = shown.settings()
        shown.wait_for("F3 LIVE", "mix")
        shown.wait_for("OK")
        shown.press("ctrl+q")
        assert shown.end() == 0
        assert_restored(shown, before)
    assert not (tmp_path / "results").exists()
    assert keepers() == []


def test_nothing_to_attach_to(tmp_path: Path) -> None:
    ended = run("attach", cwd=tmp_path)
    assert ended.code == 2
    assert "nothing is running that one could attach to" in ended.err
    assert run("attach", "--list", cwd=tmp_path).out == "nothing is running\n"


def test_a_session_saved_as_a_schedule_replays_without_a_screen(tmp_path: Path) -> None:
    workload(tmp_path, **MIX)
    with terminal("workload.yaml", cwd=tmp_path) as shown:
        shown.wait_for("can run")
        shown.press("ctrl+r")
        shown.wait_for("F3 LIVE", "RUN")
        wait_for_phases(shown, tmp_path, "measured")
        shown.press("right")
        wait_for_phases(shown, tmp_path, *["measured"] * 2)
        shown.press("down", "right")
        wait_for_phases(shown, tmp_path, *["measured"] * 3)
        shown.press("space")
        shown.wait_for("PAUSED")
        shown.press("space")
        wait_for_phases(shown, tmp_path, *["measured"] * 3, "paused", "measured")
        shown.press("s")
        shown.wait_for("F4 RESULTS", "mix")
        shown.press("f3")
        shown.wait_for("F3 LIVE")
        shown.press("ctrl+s")
        shown.wait_for("Keep what was tuned")
        shown.press("down")
        shown.wait_for("workload-schedule.yaml")
        saved = tmp_path / "workload-schedule.yaml"
        for _ in range(60):  # the first enter goes on to the name, a later one saves
            if not saved.exists():
                shown.press("enter")
                shown.read(0.5)
        shown.wait_for("Saved workload-schedule.yaml")
        shown.press("ctrl+q")
        assert shown.end() == 0
    [played] = reports(tmp_path)
    ended = run("--headless", saved, "--report", "replayed.json", cwd=tmp_path)
    assert ended.code == 0, ended.err
    replayed = read_report(tmp_path / "replayed.json")
    assert settings(replayed) == settings(played)
    assert [each["kind"] for each in replayed["phases"]] == [*["measured"] * 3, "paused", "measured", "drain"]
    for again, before in zip(replayed["phases"][:-1], played["phases"][:-1], strict=True):
        assert again["duration_s"] == pytest.approx(before["duration_s"], abs=1.0), again
