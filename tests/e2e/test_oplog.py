"""The op-log of a run against its report, and against the server's own log: every operation stands there, once."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest

from s3bench_tui.report import hdr
from s3bench_tui.stats.histogram import Histogram
from tests.e2e.program import read_report, run, started, workload
from tests.servers.nginx import Nginx
from tests.unit.report.test_oplog import rows

KEYS = {"AWS_ACCESS_KEY_ID": "test-access-key", "AWS_SECRET_ACCESS_KEY": "test-secret-key"}


def test_its_service_times_are_those_of_the_report(tmp_path: Path) -> None:
    path = workload(
        tmp_path,
        target={"uri": "null://test/", "null": {"latency": {"type": "exponential", "mean": "1ms"}, "error_rate": 0.02}},
        workload=[{"op": "get", "weight": 3}, {"op": "put", "path": "new/", "size": 100}],
        duration=None, stop={"ops": 5000}, processes=2, errors={"max_total": None, "max_rate": None},
    )  # fmt: skip
    ended = run("--headless", path, "--report", "r.json", "--op-log", "ops.tsv.zst", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert "op-log" in ended.out
    report, found = read_report(tmp_path / "r.json"), rows(tmp_path / "ops.tsv.zst")
    for op in ("get", "put"):
        mine = [row for row in found if row["op"] == op.upper()]
        good = [int(row["duration_ns"]) for row in mine if not row["error"]]
        assert hdr.encode(Histogram.of_values(good)) == report["ops"][op]["service_ns"]["hdr"]
        assert Counter(row["error"].split(":")[0] for row in mine if row["error"]) == report["ops"][op]["errors"]
    assert sum(not row["error"] for row in found) == 5000


@pytest.mark.server
@pytest.mark.parametrize("interrupted", [False, True])
def test_it_is_the_servers_own_log(nginx: Nginx, tmp_path: Path, interrupted: bool) -> None:
    bucket = f"oplog-{interrupted}".lower()
    (nginx.root / bucket).mkdir()
    path = workload(
        tmp_path,
        target={"uri": f"s3://{bucket}/", "endpoint": nginx.endpoint, "region": "us-east-1"},
        dataset={"count": 50, "size": "4KiB", "create": "always"}, warmup="200ms", duration="2s", concurrency=8,
        workload=[{"op": "get"}, {"op": "get", "range": {"size": 100}}, {"op": "put", "path": "new/", "size": 10}],
    )  # fmt: skip
    if interrupted:
        with started("--headless", path, "--no-report", "--op-log", "ops.tsv", cwd=tmp_path, **KEYS) as program:
            program.wait_for("running")
            program.process.send_signal(signal.SIGINT)
            assert program.end().code == 130
    else:
        assert run("--headless", path, "--no-report", "--op-log", "ops.tsv", cwd=tmp_path, **KEYS).code == 0
    names = {"GET": "GET", "GET_RANGE": "GET", "PUT": "PUT"}
    mine = Counter((names[row["op"]], row["file"]) for row in rows(tmp_path / "ops.tsv"))
    theirs = Counter(
        (request.method, request.uri.removeprefix(f"/{bucket}/"))
        for request in nginx.requests()
        if request.method in names
        and "?" not in request.uri
        and "-probe-" not in request.uri
        and "/.s3bench/" not in request.uri  # what the run notes of its data set is no operation
        and f"/{bucket}/" in request.uri
    )
    assert mine == theirs
