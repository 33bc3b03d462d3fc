"""Processes that are killed: a worker, the engine, the program itself, all of them."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.e2e.program import alive, family, kill, read_report, run, run_directory, started, wait_until, workload


def test_a_worker_is_replaced_and_what_it_did_is_kept(tmp_path: Path) -> None:
    path = workload(tmp_path, duration="4s", processes=2)
    with started("--headless", path, "--report", "out.json", cwd=tmp_path) as program:
        program.wait_for("running 1/4 s")
        lost, other = program.workers()
        kill(lost, signal.SIGKILL)
        ended = program.end()
    report = read_report(tmp_path / "out.json")
    assert ended.code == 0
    (event,) = [event for event in report["events"] if event["kind"] == "worker"]
    assert event["data"]["pid"] == lost
    assert "killed by SIGKILL" in event["text"]
    assert event["text"] in ended.err
    by_pid = {worker["pid"]: worker for worker in report["workers"]}
    assert {lost, other} < set(by_pid)
    assert not by_pid[lost]["alive"]
    assert all(worker["ops"] > 100 for worker in report["workers"])
    counted = report["total"]["ops"] + report["drained"]["total"]["ops"]
    assert counted == sum(phase["total"]["ops"] for phase in report["phases"])
    # The lost one's own gauge is a few milliseconds older than its counters, which are exact.
    assert 0 <= counted - sum(worker["ops"] for worker in report["workers"]) < 200


def test_the_engine_is_lost(tmp_path: Path) -> None:
    path = workload(tmp_path, duration="60s")
    with started("--headless", path, "--report", "out.json", "--record", "run.jsonl", cwd=tmp_path) as program:
        program.wait_for("running 1/60 s")
        processes = family(program.process.pid)
        kill(program.engine(), signal.SIGKILL)
        ended = program.end()
    report = read_report(tmp_path / "out.json")
    assert ended.code == 70
    assert "error: the engine process was lost (killed by SIGKILL);" in ended.err
    assert "ENGINE LOST" in ended.out
    assert report["status"] == "engine_lost"
    assert report["total"]["ops"] > 0
    rebuilt = run("--from-recording", "run.jsonl", "--report", "again.json", cwd=tmp_path)
    assert rebuilt.code == 0
    assert read_report(tmp_path / "again.json") == report
    wait_until(lambda: not any(map(alive, processes)))
    assert not any(map(alive, processes))


def test_the_program_is_killed(tmp_path: Path) -> None:
    with started("--headless", workload(tmp_path, duration="60s"), cwd=tmp_path) as program:
        program.wait_for("running")
        processes = family(program.process.pid)
        memory = run_directory(program.engine())
        program.process.kill()
        wait_until(lambda: not any(map(alive, processes)) and not memory.exists())
    assert len(processes) == 2
    assert not any(map(alive, processes))
    assert not memory.exists()


def test_all_are_killed_and_the_next_run_clears_up(tmp_path: Path) -> None:
    with started("--headless", workload(tmp_path, duration="60s"), cwd=tmp_path) as program:
        program.wait_for("running")
        memory = run_directory(program.engine())
        processes = family(program.process.pid)
        for pid in [program.process.pid, *processes]:
            kill(pid, signal.SIGSTOP)  # so that none has time to clear up after another
        for pid in [program.process.pid, *processes]:
            kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(alive, processes)))
    ended = run("--headless", workload(tmp_path), "--no-report", cwd=tmp_path)
    assert ended.code == 0
    assert not memory.exists()
