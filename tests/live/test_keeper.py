"""Runs that outlive their screens: real processes, killed and left in every way that happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import (
    Change,
    Event,
    Interval,
    PhaseClosed,
    PhaseOpened,
    RunEnded,
    RunStarted,
    Snapshot,
    StopRun,
)
from s3bench_tui.errors import ConfigError
from s3bench_tui.live.door import Began, Finished
from s3bench_tui.live.launch import launch
from s3bench_tui.live.places import Place, keepers
from s3bench_tui.live.seat import Seat
from s3bench_tui.live.wire import packed
from s3bench_tui.report import record
from s3bench_tui.report.build import build
from s3bench_tui.report.record import encode
from tests.e2e.program import PATIENCE_S, alive, children, environment, family, read_report, wait_until
from tests.live.seats import Sitter, text

pytestmark = pytest.mark.usefixtures("temporary", "folder")

RECORDS = (RunStarted, PhaseOpened, PhaseClosed, Interval, Event, RunEnded)


def sit(place: Place | None = None, **options: Any) -> Sitter:
    return Sitter(Seat(place or launch(), **options))


def keeper_pid() -> int:
    [(_, about)] = keepers()
    return about.pid


def gone() -> bool:
    return keepers() == []


def check_results(finished: Finished, words: list[Any]) -> dict[str, Any]:
    """What a seat was told, what was recorded and what is reported are the same run."""
    report = read_report(Path(finished.report_path))
    recorded = list(record.read(Path(finished.recording_path)))
    assert [encode(word) for word in words if isinstance(word, RECORDS)] == [encode(each) for each in recorded]
    assert build(recorded).as_dict() == report
    return report


def test_one_run(folder: Path) -> None:
    screen = sit()
    screen.door.start(text(), "")
    finished = screen.finish()
    report = check_results(finished, screen.words)
    assert isinstance(screen.words[0], Began)
    assert any(isinstance(word, Snapshot) for word in screen.words)
    assert (finished.status, finished.exit_code, finished.error) == ("ok", 0, "")
    assert report["status"] == "ok"
    assert Path(finished.report_path).parent == folder / "results"
    assert "results/s3bench-gets-" in finished.summary
    assert max(map(len, finished.summary.splitlines())) <= 80
    screen.door.close()
    wait_until(gone)
    assert gone()


def test_three_runs_one_after_another() -> None:
    screen = sit()
    paths = set()
    for number in range(3):
        screen.door.start(text(name=f"run {number}", duration="200ms"), "")
        finished = screen.finish()
        assert check_results(finished, screen.run)["name"] == f"run {number}"
        paths |= {finished.report_path, finished.recording_path}
    assert len(paths) == 6
    screen.door.close()


def test_results_go_where_the_workload_says(folder: Path) -> None:
    screen = sit()
    outputs = {"report": "mine.json", "tsv": "mine.tsv", "perf_log": {"path": "perf.tsv"}, "op_log": "ops.tsv"}
    screen.door.start(text(outputs=outputs), "")
    finished = screen.finish()
    assert (finished.status, finished.exit_code, finished.error) == ("ok", 0, "")
    assert finished.report_path == str(folder / "mine.json")
    assert finished.recording_path == str(folder / "mine.jsonl")
    report = read_report(folder / "mine.json")
    assert build(record.read(folder / "mine.jsonl")).as_dict() == report
    operations = (folder / "ops.tsv").read_text().splitlines()[1:]
    assert len(operations) == report["total"]["ops"] + report["drained"]["total"]["ops"]
    assert not (folder / "results").exists()
    assert all(name in finished.summary for name in ("mine.tsv", "perf.tsv", "ops.tsv"))

    screen.door.start(text(outputs={"results_dir": "all"}), "")
    finished = screen.finish()
    assert check_results(finished, screen.run)["status"] == "ok"
    place = Path(finished.report_path).parent
    assert place.parent == folder / "all"
    assert "measuring" in (place / "console_log.txt").read_text()
    assert (place / "config.yaml").read_text() == text(outputs={"results_dir": "all"})

    screen.door.start(text(outputs={"tsv": "no/such/place.tsv"}), "")
    assert "does not exist" in screen.finish().error
    screen.door.close()


def test_it_goes_on_without_its_screen(folder: Path) -> None:
    """The screen is another process, which is killed; one that comes back has the history, and the run is whole."""
    program = (
        "import sys, time\n"
        "from s3bench_tui.live.launch import launch\n"
        "from s3bench_tui.live.seat import Seat\n"
        "seat = Seat(launch())\n"
        "seat.start(sys.argv[1], '')\n"
        "time.sleep(60)\n"
    )
    workload = text(duration="3s")
    killed = subprocess.Popen([sys.executable, "-c", program, workload], env=environment())
    try:
        wait_until(lambda: any(about.running for _, about in keepers()))
        first = sit(keepers()[0][0])
        first.until_kind(Interval)
        first.door.close()
    finally:
        killed.kill()
        killed.wait(PATIENCE_S)
    [(place, about)] = keepers()
    assert about.running and about.run_name == "gets"
    assert Path(about.directory) == folder
    second = sit(place)
    finished = second.finish()
    assert isinstance(second.words[0], Began)
    assert check_results(finished, second.words)["measured_s"] == pytest.approx(3.0, abs=0.5)
    second.door.close()
    wait_until(lambda: not alive(about.pid))
    assert not alive(about.pid)


def test_it_ends_by_itself_when_nobody_comes_back() -> None:
    screen = sit()
    screen.door.start(text(duration="1s"), "")
    screen.until_kind(RunStarted)
    pid = keeper_pid()
    screen.door.close()
    wait_until(lambda: not alive(pid))
    assert not alive(pid)
    [report] = Path("results").glob("*.json")
    [recording] = Path("results").glob("*.jsonl")
    assert read_report(report)["status"] == "ok"
    assert build(record.read(recording)).as_dict() == read_report(report)


def test_what_is_turned_is_in_the_report() -> None:
    screen = sit()
    screen.door.start(text(duration="60s"), "")
    screen.until(lambda word: isinstance(word, Snapshot) and word.state == "running")
    screen.door.send(Change(concurrency=8))
    screen.until(lambda word: isinstance(word, PhaseOpened) and word.phase.settings.concurrency == 8)
    screen.door.send(Change(paused=True))
    screen.until(lambda word: isinstance(word, PhaseOpened) and word.phase.kind == "paused")
    screen.door.send(StopRun())
    finished = screen.finish()
    phases = check_results(finished, screen.words)["phases"]
    kinds = [(phase["kind"], phase["settings"]["concurrency"]) for phase in phases]
    assert kinds == [("measured", 4), ("measured", 8), ("paused", 8), ("drain", 8)]
    assert (finished.status, finished.exit_code) == ("stopped", 0)
    screen.door.close()


def test_a_second_screen_watches_and_cannot_steer() -> None:
    screen = sit()
    screen.door.start(text(duration="60s"), "")
    screen.until_kind(Snapshot)
    watcher = sit(keepers()[0][0], can_steer=False)
    watcher.until_kind(Snapshot)
    watcher.door._wire.put(packed(StopRun(now=True)))  # past its own refusal
    watcher.until_kind(Interval)
    screen.door.send(StopRun(now=True, reason="stopped by the other"))
    for each in (watcher, screen):
        assert each.finish().status == "stopped"
    ended = [word for word in watcher.words if isinstance(word, RunEnded)]
    assert [word.reason for word in ended] == ["stopped by the other"]
    watcher.door.close()
    screen.door.close()


def test_one_that_does_not_read_holds_nobody_up() -> None:
    screen = sit()
    frozen = sit(keepers()[0][0])
    many = [{"op": "get", "name": f"get-{number}"} for number in range(8)]
    screen.door.start(text(duration="3s", workload=many), "")
    finished = screen.finish()
    assert len([word for word in screen.words if isinstance(word, Snapshot)]) > 6
    check_results(finished, screen.words)
    assert check_results(frozen.finish(), frozen.words)["status"] == "ok"
    for each in (screen, frozen):
        each.door.close()


def test_stopped_before_it_began() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE_S)
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        target = {"uri": "s3://bucket/", "endpoint": endpoint, "region": "r", "anonymous": True}
        screen = sit()
        screen.door.start(text(target=target, dataset=None, workload=[{"op": "stat", "path": "key"}]), "")
        asked, _ = silent.accept()
        screen.door.send(StopRun())
        finished = screen.finish()
        asked.close()
    assert (finished.status, finished.exit_code) == ("interrupted", 130)
    assert "before it began" in finished.error
    assert finished.report_path == ""
    screen.door.start(text(duration="100ms"), "")
    assert screen.finish().status == "ok"
    screen.door.close()


def test_an_engine_that_does_not_answer_is_given_up() -> None:
    screen = sit()
    screen.door.start(text(duration="60s"), "")
    screen.until_kind(Interval)
    [engine] = children(keeper_pid())
    os.kill(engine, signal.SIGSTOP)
    for _ in range(2):
        screen.door.send(StopRun(now=True))
    finished = screen.finish()
    assert (finished.status, finished.exit_code) == ("engine_lost", 70)
    assert check_results(finished, screen.words)["status"] == "engine_lost"
    wait_until(lambda: not alive(engine))
    assert not alive(engine)
    screen.door.close()


def test_a_lost_engine_is_said() -> None:
    screen = sit()
    screen.door.start(text(duration="60s"), "")
    screen.until_kind(Interval)
    [engine] = children(keeper_pid())
    os.kill(engine, signal.SIGKILL)
    finished = screen.finish()
    assert (finished.status, finished.exit_code) == ("engine_lost", 70)
    assert "engine process was lost" in finished.error
    screen.door.close()


def test_a_killed_keeper_leaves_what_was_recorded_and_no_process() -> None:
    screen = sit()
    screen.door.start(text(duration="60s"), "")
    screen.until_kind(Interval)
    pid = keeper_pid()
    processes = family(pid)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EOFError, match="log"):
        screen.until_kind(Finished)
    screen.door.close()
    wait_until(lambda: not any(map(alive, processes)))
    assert len(processes) >= 2
    assert not any(map(alive, processes))
    [recording] = Path("results").glob("*.jsonl")
    report = build(record.read(recording))
    assert report.status == "engine_lost"
    assert report.series
    assert gone()


def test_a_signal_ends_the_run_in_good_order() -> None:
    screen = sit()
    screen.door.start(text(duration="60s"), "")
    screen.until_kind(Interval)
    pid = keeper_pid()
    os.kill(pid, signal.SIGTERM)
    finished = screen.finish()
    assert (finished.status, finished.exit_code) == ("interrupted", 130)
    wait_until(lambda: not alive(pid))
    assert not alive(pid)
    screen.door.close()


def test_a_workload_that_is_wrong_is_refused_at_once() -> None:
    screen = sit()
    with pytest.raises(ConfigError, match=r"file\.yaml:2"):
        screen.door.start("target: null://x/\nduration: soon\nworkload: [{op: get, path: k}]\n", "file.yaml")
    screen.door.close()


def test_a_place_for_results_that_cannot_be(folder: Path) -> None:
    (folder / "results").write_text("mine")
    screen = sit()
    screen.door.start(text(), "")
    finished = screen.finish()
    assert (finished.status, finished.exit_code) == ("failed", 2)
    assert "cannot make this directory" in finished.error
    assert isinstance(screen.words[0], Began)
    (folder / "results").unlink()
    screen.door.start(text(duration="100ms"), "")
    assert screen.finish().status == "ok"
    screen.door.close()


def test_a_target_that_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
    target = {"uri": "s3://bucket/", "endpoint": endpoint, "region": "r", "anonymous": True}
    screen = sit()
    screen.door.start(text(target=target, dataset=None, workload=[{"op": "stat", "path": "key"}]), "")
    finished = screen.finish()
    assert (finished.status, finished.exit_code) == ("failed", 3)
    assert endpoint in finished.error
    assert "Traceback" not in finished.error
    assert not Path("results").exists()
    screen.door.close()
