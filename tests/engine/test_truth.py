"""What a run counted against what the server counted: the same, operation by operation and byte by byte."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import StopRun
from tests.engine.runs import Run, finished, kill, started
from tests.servers import nginx as nginx_server
from tests.servers.nginx import Nginx, Request

METHODS = {"prepare": "PUT", "get": "GET", "part": "GET", "put": "PUT", "stat": "HEAD", "delete": "DELETE"}

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret-key")


def mix(server: Nginx, bucket: str, **changes: Any) -> dict[str, Any]:
    """All that this server can do, over objects that the run makes itself."""
    (server.root / bucket).mkdir()
    return {
        "target": {"uri": f"s3://{bucket}/", "endpoint": server.endpoint, "region": "us-east-1"},
        "duration": "1s", "warmup": "300ms", "concurrency": 8, "processes": 2,
        "dataset": {"count": 60, "size": {"type": "uniform", "min": 20_000, "max": 90_000}, "create": "always"},
        "workload": [
            {"op": "get", "weight": 4},
            {"op": "get", "name": "part", "range": {"size": 5000}, "weight": 3},
            {"op": "stat", "weight": 2},
            {"op": "put", "path": "new/", "size": 10_000, "weight": 3},
            {"op": "delete", "path": "new/", "weight": 2},
        ],
        "errors": {"max_total": None, "max_rate": None},
    } | changes  # fmt: skip


def operations(server: Nginx) -> list[Request]:
    """Requests that are operations: what a run notes of its data set, below `.s3bench/`, is none."""
    return [request for request in server.requests() if "/.s3bench/" not in request.uri]


def seen(server: Nginx) -> Counter[tuple[str, int]]:
    """Requests by method and status; the run's own probes and cleanups (POST, listings) are not operations."""
    return Counter(
        (request.method, request.status)
        for request in operations(server)
        if "list-type" not in request.uri and request.method in METHODS.values() and "-probe-" not in request.uri
    )


def counted(run: Run) -> Counter[tuple[str, int]]:
    """Operations of all phases, by method and status as the server has it; success is 0."""
    counts: Counter[tuple[str, int]] = Counter()
    for name, row in run.by_entry().items():
        counts[METHODS[name], 0] += row.ops
        for error, count in row.errors.items():
            # A connection that the server closes without an answer (444 in its log) is a reset here.
            counts[METHODS[name], 444 if error == "reset" else int(error.removeprefix("http_"))] += count
    return +counts


def with_success_as_0(counts: Counter[tuple[str, int]]) -> Counter[tuple[str, int]]:
    merged: Counter[tuple[str, int]] = Counter()
    for (method, status), count in counts.items():
        merged[method, 0 if 200 <= status < 300 else status] += count
    return merged


def assert_bytes_agree(run: Run, server: Nginx) -> None:
    got = sum(request.sent_bytes for request in operations(server) if request.method == "GET" and request.status < 300)
    put = sum(
        request.received_bytes for request in operations(server) if request.method == "PUT" and request.status < 300
    )
    rows = run.by_entry()
    assert rows["get"].bytes + rows["part"].bytes == got
    assert rows["put"].bytes + rows["prepare"].bytes == put


def test_a_mix_over_several_workers_is_counted_as_the_server_counts_it(nginx: Nginx) -> None:
    run = finished(mix(nginx, "plain", processes=3), probe=False)
    assert run.end.status == "ok"
    assert not run.row().errors
    assert run.censored == 0
    assert counted(run) == with_success_as_0(seen(nginx))
    assert_bytes_agree(run, nginx)
    assert run.by_entry("prepare")["prepare"].ops == 60
    assert run.row("warmup").ops > 0
    # The report's total is the measured part alone, and its operations add up to it.
    report = run.report
    assert report["total"]["ops"] == run.row("measured").ops == sum(op["ops"] for op in report["ops"].values())
    assert report["total"]["bytes"] == run.row("measured").bytes
    assert report["measured_s"] == 1.0
    # Everything that succeeded has its latency, and no other operation has one.
    for name, row in run.by_entry().items():
        assert row.service.n == row.ops, name
        assert row.ttfb.n == row.ops, name


def test_injected_errors_are_counted_by_class_and_are_no_throughput(tmp_path: Path) -> None:
    with nginx_server.serve(tmp_path, error_share=0.06, close_share=0.03) as server:
        # The data set is there already: it has to be, since preparing it allows no failure.
        spec = mix(server, "faulty", dataset={"count": 60, "size": 30_000, "create": "never"})
        for index in range(60):
            (server.root / "faulty" / f"prepared-{index:08d}.dat").write_bytes(bytes(30_000))
        server.forget()
        run = finished(spec | {"errors": {"max_total": 0, "ignore": [503, "reset"]}}, probe=False)
        assert run.end.status == "ok"
        errors = run.row().errors
        assert set(errors) == {"http_503", "reset"}
        assert counted(run) == with_success_as_0(seen(server))
        rows = run.by_entry()
        good = [request for request in operations(server) if request.method == "GET" and request.status < 300]
        assert rows["get"].bytes + rows["part"].bytes == sum(request.sent_bytes for request in good)
        assert all(row.service.n == row.ops for row in rows.values())
        assert run.report["total"]["failed"] == run.row("measured").failed > 0


def test_a_run_stopped_in_its_middle_is_drained_and_complete(nginx: Nginx) -> None:
    with started(mix(nginx, "stopped", duration="30s"), probe=False) as run:
        run.measuring(0.4)
        run.engine.send(StopRun(reason="interrupted"))
        run.finish()
    assert run.end.status == "interrupted"
    assert run.censored == 0
    assert counted(run) == with_success_as_0(seen(nginx))
    assert_bytes_agree(run, nginx)


def test_what_was_in_flight_at_an_immediate_stop_is_told_as_censored(nginx: Nginx) -> None:
    with started(mix(nginx, "cut", duration="30s"), probe=False) as run:
        run.measuring(0.4)
        run.engine.send(StopRun(now=True))
        run.finish()
    assert run.end.status == "stopped"
    # The server answered what the run counted, and of what was censored as much as it came to.
    server = seen(nginx)
    assert 0 <= sum(server.values()) - sum(counted(run).values()) <= run.censored <= 8
    for method in ("GET", "PUT", "HEAD", "DELETE"):
        assert counted(run)[method, 0] <= sum(count for (its, _), count in server.items() if its == method)


def test_nothing_completed_is_lost_with_a_killed_worker(nginx: Nginx) -> None:
    with started(mix(nginx, "killed", duration="2s"), probe=False) as run:
        run.measuring(0.4)
        kill(run.worker_pids()[0])
        run.finish()
    assert run.end.status == "ok"
    [lost] = [event for event in run.events("worker") if "SIGKILL" in event.text]
    assert lost.data["in_flight"] <= 4
    # Statistics live in shared memory: only what the dead worker had in flight, at most its four slots, is unknown.
    # It may have been answered and not yet seen.
    unknown = sum(seen(nginx).values()) - sum(counted(run).values())
    assert 0 <= unknown <= 4
    assert run.row().failed == 0
    # It was killed between two instructions: at most one operation may stand in a counter and not in a histogram.
    assert 0 <= run.row().ops - run.row().service.n <= 1


def test_in_open_loop_every_arrival_is_accounted_for(nginx: Nginx) -> None:
    spec = mix(nginx, "open", load={"model": "open", "rate": 400, "max_in_flight": 4}, warmup=0)
    run = finished(spec, probe=False)
    assert run.end.status == "ok"
    assert counted(run) == with_success_as_0(seen(nginx))
    arrivals = run.report["arrivals"]
    done = run.row("measured", "drain")
    assert arrivals["offered"] == done.ops + done.failed + arrivals["dropped"] + run.censored
    assert run.by_entry("prepare")["prepare"].ops == 60
