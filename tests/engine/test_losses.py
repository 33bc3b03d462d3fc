"""Workers, engine and parent that are killed or frozen: what is told, what goes on, and that nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from s3bench_tui.engine.messages import StopRun
from s3bench_tui.errors import EngineError
from tests.engine.runs import finished, is_gone, kill, null, started
from tests.servers.nginx import Nginx
from tests.servers.process import wait_until


def spec(**changes: Any) -> dict[str, Any]:
    return {
        "target": null("2ms"), "duration": "1500ms", "concurrency": 8, "processes": 2,
        "dataset": {"count": 100, "size": 4096}, "workload": [{"op": "get"}],
    } | changes  # fmt: skip


@pytest.mark.parametrize("load", [{"model": "closed"}, {"model": "open", "rate": 800}], ids=["closed", "open"])
def test_a_killed_worker_is_told_of_and_replaced(load: dict[str, Any]) -> None:
    with started(spec(load=load, duration="2500ms")) as run:
        run.measuring(0.3)
        [victim, survivor] = run.worker_pids()
        kill(victim)
        killed = time.monotonic()
        [event] = run.wait_for(lambda: run.events("worker"))
        assert time.monotonic() - killed < 1.0
        assert f"pid {victim}" in event.text
        assert "SIGKILL" in event.text
        run.finish()
        workers = {worker["pid"]: worker for worker in run.report["workers"]}
    assert run.end.status == "ok"
    assert run.report["measured_s"] == pytest.approx(2.5, abs=1e-3)
    assert len(workers) == 3
    assert not workers[victim]["alive"]
    assert workers[survivor]["ops"] > 0
    [successor] = [worker for pid, worker in workers.items() if pid not in (victim, survivor)]
    assert successor["ops"] > 0
    assert successor["index"] == workers[victim]["index"]
    assert run.shared_memory == []


@pytest.mark.server
def test_keys_once_go_on_where_a_killed_worker_was(nginx: Nginx) -> None:
    bucket = nginx.root / "once-killed"
    bucket.mkdir()
    for index in range(1000):
        (bucket / f"prepared-{index:08d}.dat").write_bytes(bytes(100))
    target = {"uri": "s3://once-killed/", "endpoint": nginx.endpoint, "region": "us-east-1", "anonymous": True}
    workload = [{"op": "get", "keys": "once"}]
    load = {"model": "open", "rate": 800, "max_in_flight": 8}
    with started(
        spec(
            target=target, duration=None, stop={"each_key": "once"}, workload=workload, load=load,
            dataset={"count": 1000, "size": 100, "create": "never"},
        ),
        probe=False,
    ) as run:  # fmt: skip
        run.measuring(0.3)
        kill(run.worker_pids()[0])
        run.finish()
    assert run.end.status == "ok"
    seen = Counter(request.uri for request in nginx.requests() if request.method == "GET")
    assert set(seen.values()) == {1}
    # What the dead worker held, in flight or waiting, is not read by another one.
    assert 0 <= 1000 - len(seen) <= 100
    assert 0 <= len(seen) - run.row().ops <= 8


@pytest.mark.server
def test_a_data_set_is_whole_although_a_worker_was_killed_while_it_was_made(nginx: Nginx) -> None:
    (nginx.root / "whole").mkdir()
    target = {"uri": "s3://whole/", "endpoint": nginx.endpoint, "region": "us-east-1", "anonymous": True}
    with started(
        spec(target=target, dataset={"count": 4000, "size": 20_000, "create": "always"}, duration="300ms"), probe=False
    ) as run:
        run.wait_for(lambda: run.opened and len(list((nginx.root / "whole").iterdir())) > 200)
        kill(run.worker_pids()[0])
        run.finish()
    assert run.end.status == "ok"
    assert run.row().failed == 0
    assert len(run.events("worker")) == 1
    sizes = {path.name: path.stat().st_size for path in (nginx.root / "whole").iterdir() if path.is_file()}
    assert sizes == {f"prepared-{index:08d}.dat": 20_000 for index in range(4000)}


def test_a_frozen_worker_does_not_keep_the_run_from_its_end() -> None:
    with started(spec(drain="200ms", duration="1s")) as run:
        run.measuring(0.2)
        [frozen, _] = run.worker_pids()
        os.kill(frozen, signal.SIGSTOP)
        run.finish()
        assert run.engine.error is None
    assert is_gone(frozen)
    assert run.end.status == "ok"
    assert run.report["measured_s"] == pytest.approx(1.0, abs=1e-3)
    [event] = run.events("worker")
    assert f"pid {frozen}" in event.text
    assert "no answer" in event.text
    # All phases are closed, with what the frozen worker had counted until then.
    assert [phase.kind for phase in run.phases] == ["measured", "drain"]
    assert run.shared_memory == []


def test_a_run_that_loses_worker_after_worker_fails_instead_of_going_on_for_ever() -> None:
    with started(spec(duration="60s", processes=2)) as run:
        run.measuring(0.1)
        killed: set[int] = set()
        while not run.engine.ended and len(killed) < 50:
            run.watch(0.05)
            if run.engine.ended:
                break
            for pid in set(run.worker_pids()) - killed:
                kill(pid)
                killed.add(pid)
        run.finish()
        assert run.engine.error is None
    assert run.end.status == "failed"
    assert "SIGKILL" in run.end.reason
    assert len(killed) <= 12


def test_of_a_killed_engine_its_user_is_told_and_nothing_stays(tmp_path: Path) -> None:
    with started(spec(duration="60s")) as run:
        run.measuring(0.2)
        workers = run.worker_pids()
        kill(run.engine_pid)
        wait_until(lambda: all(is_gone(pid) for pid in workers), "the workers to end by themselves", within_s=10)
        run.finish()
        assert isinstance(run.engine.error, EngineError)
        assert "lost" in str(run.engine.error)
        report = run.report
    assert report["status"] == "engine_lost"
    # Nobody could remove its memory; the next run does.
    assert run.shared_memory
    finished(spec(duration="100ms"))
    assert run.shared_memory == []


PARENT = """
import json, sys
from tests.engine.runs import Run
run = Run(json.loads(sys.argv[1]))
run.start()
run.measuring(0.1)
print(json.dumps([run.run_id, run.engine_pid, *run.worker_pids()]), flush=True)
run.finish()
"""


def test_when_the_parent_is_gone_the_run_ends_and_cleans_up() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, json.dumps(spec(duration="60s"))], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    try:
        assert parent.stdout is not None
        run_id, *pids = json.loads(parent.stdout.readline())
    finally:
        parent.kill()
        parent.communicate()
    wait_until(lambda: all(is_gone(pid) for pid in pids), "engine and workers to end", within_s=10)
    assert list(Path("/dev/shm").glob(f"s3bench-{os.getuid()}-{run_id}*")) == []


def test_a_run_that_is_let_go_ends() -> None:
    with started(spec(duration="60s")) as run:
        run.measuring(0.1)
        pids = [run.engine_pid, *run.worker_pids()]
        run.engine.close()
        assert all(is_gone(pid) for pid in pids)
    assert run.shared_memory == []


def test_an_interruption_while_the_workers_start_is_heard() -> None:
    with started(spec(duration="60s")) as run:
        run.engine.send(StopRun(reason="interrupted"))
        run.finish()
    assert run.engine.error is None
    assert run.end.status == "interrupted"
    assert run.shared_memory == []


def test_memory_stays_flat_over_many_operations_and_a_huge_data_set() -> None:
    workload = [{"op": "get"}, {"op": "get", "name": "hot", "keys": "zipf"}, {"op": "put", "path": "new/", "size": 100}]
    with started(
        spec(target=null(), dataset={"count": 10**9, "size": 4096}, workload=workload, duration="60s", processes=1)
    ) as run:
        run.wait_for(lambda: (snapshot := run.engine.latest()) and _ops(snapshot) > 30_000)
        [worker] = run.worker_pids()
        before = psutil.Process(worker).memory_info().rss
        run.wait_for(lambda: (snapshot := run.engine.latest()) and _ops(snapshot) > 330_000)
        after = psutil.Process(worker).memory_info().rss
        run.engine.send(StopRun())
        run.finish()
    # A list of one word for each operation would be 2.4 MB.
    assert after - before < 1_000_000
    assert run.row("measured").ops > 330_000
    assert run.shared_memory == []


def _ops(snapshot: Any) -> int:
    return sum(row.ops for row in snapshot.total.values())
