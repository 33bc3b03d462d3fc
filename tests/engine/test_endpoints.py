"""Several end points of one target: each is counted as its own server counted, also one that dies or is slow."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import Interval, StopRun
from s3bench_tui.report import record
from s3bench_tui.report.build import build
from s3bench_tui.stats.tally import merged
from tests.engine.runs import Run, finished, started
from tests.servers import delay as delay_server
from tests.servers import delay_process
from tests.servers import nginx as nginx_server
from tests.servers.delay_process import Delay
from tests.servers.nginx import Nginx
from tests.servers.process import Server, free_port, stop
from tests.stores import gcs_rig
from tests.stores.test_s3_driver import sdk

pytestmark = pytest.mark.server

METHODS = {"get": "GET", "stat": "HEAD", "put": "PUT"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret-key")


@contextmanager
def nginxes(directory: Path, count: int = 3) -> Iterator[list[Nginx]]:
    """So many servers, each with the same 60 objects of 20 kB."""
    with ExitStack() as stack:
        servers = []
        for number in range(count):
            (directory / str(number)).mkdir()
            server = stack.enter_context(nginx_server.serve(directory / str(number)))
            (server.root / "b").mkdir()
            for index in range(60):
                (server.root / "b" / f"prepared-{index:08d}.dat").write_bytes(bytes(20_000))
            servers.append(server)
        yield servers


def spec(*urls: str, **changes: Any) -> dict[str, Any]:
    target = {"uri": "s3://b/", "endpoint": list(urls), "region": "us-east-1"} | changes.pop("target", {})
    return {
        "target": target, "concurrency": 8, "processes": 2, "stop": {"ops": 3000},
        "dataset": {"count": 60, "size": 20_000, "create": "never"},
        "workload": [
            {"op": "get", "weight": 6},
            {"op": "stat", "weight": 2},
            {"op": "put", "path": "new/", "size": 9_000, "weight": 2},
        ],
        "errors": {"max_total": None, "max_rate": None},
    } | changes  # fmt: skip


def endpoints_of(run: Run) -> list[Mapping[str, Any]]:
    report = run.report
    assert build(map(record.decode, map(record.encode, run.records))).as_dict() == report
    [target] = report["targets"]
    endpoints: list[Mapping[str, Any]] = target["endpoints"]
    for name in ("ops", "bytes", "failed"):
        assert sum(endpoint["total"][name] for endpoint in endpoints) == target["total"][name] == report["total"][name]
    for op, figures in report["ops"].items():
        assert sum(endpoint["ops"][op]["service_ns"]["n"] for endpoint in endpoints) == figures["service_ns"]["n"]
    return endpoints


def assert_as_logged(endpoint: Mapping[str, Any], server: Nginx) -> None:
    """Operations and bytes of each kind, exactly."""
    assert endpoint["url"] == server.endpoint
    requests = [request for request in server.requests() if request.status < 300]
    for op, method in METHODS.items():
        its = [request for request in requests if request.method == method]
        moved = sum(request.sent_bytes if op == "get" else request.received_bytes for request in its)
        assert (endpoint["ops"][op]["ops"], endpoint["ops"][op]["bytes"]) == (len(its), moved), op


@pytest.mark.parametrize("balance", ["round_robin", "least_in_flight"])
def test_each_is_counted_as_its_server_counts_it(tmp_path: Path, balance: str) -> None:
    with nginxes(tmp_path) as servers:
        run = finished(spec(*(server.endpoint for server in servers), target={"balance": balance}), probe=False)
        endpoints = endpoints_of(run)
        for endpoint, server in zip(endpoints, servers, strict=True):
            assert_as_logged(endpoint, server)
    assert run.report["total"]["failed"] == 0
    assert run.report["total"]["ops"] == 3000
    if balance == "round_robin":
        assert all(
            abs(endpoint["total"]["ops"] - 1000) <= 2 for endpoint in endpoints
        )  # one more or less by each worker


def test_in_open_loop_too(tmp_path: Path) -> None:
    load = {"model": "open", "rate": 1500}
    with nginxes(tmp_path, 2) as servers:
        run = finished(spec(*(server.endpoint for server in servers), load=load, stop={"ops": 1200}), probe=False)
        for endpoint, server in zip(endpoints_of(run), servers, strict=True):
            assert_as_logged(endpoint, server)
            assert endpoint["ops"]["get"]["response_ns"]["n"] == endpoint["ops"]["get"]["ops"]


def test_one_that_is_killed_is_left_out_and_all_is_counted(tmp_path: Path) -> None:
    with nginxes(tmp_path) as servers:
        with started(spec(*(server.endpoint for server in servers), stop={"ops": 6000}), probe=False) as run:
            run.measuring(0.2)
            # It answers what it has begun, so that its log tells of all that it answered.
            os.kill(servers[1].pid, signal.SIGQUIT)
            run.finish()
        endpoints = endpoints_of(run)
        for number in (0, 2):
            assert_as_logged(endpoints[number], servers[number])
            assert endpoints[number]["total"]["failed"] == 0
    logged = nginx_server.logged(servers[1].log)
    dead = endpoints[1]
    assert dead["total"]["ops"] == len(logged) > 0
    assert dead["total"]["bytes"] == sum(request.sent_bytes + request.received_bytes for request in logged)
    # Each connection breaks once, and a slot finds no other; afterwards one operation a second of each worker tries.
    assert set(dead["total"]["errors"]) <= {"reset", "connect"}
    assert 0 < dead["total"]["errors"]["connect"] <= 8 + 2 * (run.report["measured_s"] + 1)
    assert run.report["total"]["ops"] == 6000
    [event] = run.events("server")
    assert event.text.startswith(f"{servers[1].endpoint} gives no connection (127.0.0.1: Connection refused)")
    assert not event.data["alive"]


def test_one_that_comes_later_is_taken_in(tmp_path: Path) -> None:
    with delay_server.serve(tmp_path, Delay("constant", 2_000_000)) as first:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        changes: dict[str, Any] = {"stop": {}, "duration": "20s", "workload": [{"op": "get", "path": "k"}]}
        with started(spec(first.endpoint, url, dataset=None, **changes), probe=False) as run:
            run.wait_for(lambda: run.events("server"))
            command = [sys.executable, str(delay_server.PROCESS), str(port), '{"kind": "constant"}', "1024", "1"]
            late = subprocess.Popen(command)
            try:
                run.wait_for(lambda: len(run.events("server")) == 2)
                run.watch(0.5)
                run.engine.send(StopRun())
                run.finish()
                with urllib.request.urlopen(url + delay_process.REPORT_PATH.decode(), timeout=30) as answer:
                    served = len(json.load(answer))
            finally:
                stop(late)
    refused, taken = run.events("server")
    assert (refused.data["alive"], taken.data["alive"]) == (False, True)
    assert taken.text == f"{url} takes connections again"
    by_endpoint = merged(*(interval.tally for interval in run.of(Interval)))
    assert sum(row.ops for key, row in by_endpoint.items() if key.endpoint == 1) == served > 10


@pytest.mark.parametrize("balance", ["round_robin", "least_in_flight"])
def test_least_in_flight_sends_less_to_a_slow_one(tmp_path: Path, balance: str) -> None:
    with ExitStack() as stack:
        urls, served = [], []
        for number, delay_ns in enumerate((2_000_000, 20_000_000)):
            (tmp_path / str(number)).mkdir()
            server = stack.enter_context(delay_server.serve(tmp_path / str(number), Delay("constant", delay_ns)))
            urls.append(server.endpoint)
            served.append(server.served)
        run = finished(
            spec(
                *urls, target={"balance": balance, "anonymous": True}, stop={"ops": 400},
                workload=[{"op": "get", "path": "k"}], dataset=None,
            ),
            probe=False,
        )  # fmt: skip
        fast, slow = endpoints_of(run)
        assert [fast["total"]["ops"], slow["total"]["ops"]] == [len(one()) for one in served]
    assert fast["ops"]["get"]["service_ns"]["min"] < 20_000_000 <= slow["ops"]["get"]["service_ns"]["min"]
    if balance == "least_in_flight":
        assert slow["total"]["ops"] < fast["total"]["ops"] / 2
    else:
        assert abs(slow["total"]["ops"] - fast["total"]["ops"]) <= 2


def test_objects_in_parts_and_verified_reads_go_over_all(rclone: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rclone.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rclone.secret_key)
    sdk(rclone).create_bucket(Bucket="endpoints")
    part = 5 << 20
    run = finished(
        {
            "target": {"uri": "s3://endpoints/x/", "endpoint": [rclone.endpoint, rclone.endpoint], "region": "us-east-1"},
            "concurrency": 4, "processes": 1, "stop": {"ops": 30},
            "dataset": {"count": 4, "size": "100KiB"},
            "workload": [
                {"op": "get", "verify": "checksum"},
                {"op": "put", "path": "new/", "size": 2 * part, "multipart": {"part_size": part, "parallel": 2, "threshold": 0}},
            ],
        }
    )  # fmt: skip
    first, second = endpoints_of(run)
    report = run.report
    puts = report["ops"]["put"]["ops"]
    assert report["total"]["failed"] == 0
    for name, wanted in (("put.part", 2 * puts), ("put.create", puts), ("put.complete", puts)):
        assert first["requests"][name]["ops"] + second["requests"][name]["ops"] == wanted
        assert min(first["requests"][name]["ops"], second["requests"][name]["ops"]) > 0
    # Reads of all phases, each counted once although two drivers made them.
    assert report["targets"][0]["counters"]["verified"] == run.by_entry()["get"].ops


def test_through_the_sdk_each_is_counted_too(tmp_path: Path) -> None:
    reads = [{"op": "get", "weight": 3}, {"op": "stat"}]
    with nginxes(tmp_path, 2) as servers:
        urls = [server.endpoint for server in servers]
        run = finished(spec(*urls, target={"client": "sdk"}, stop={"ops": 200}, workload=reads), probe=False)
        for endpoint, server in zip(endpoints_of(run), servers, strict=True):
            seen = server.counts()
            assert endpoint["ops"]["get"]["ops"] == seen["GET", 200].requests > 0
            assert endpoint["ops"]["get"]["bytes"] == seen["GET", 200].sent_bytes
            assert endpoint["ops"]["stat"]["ops"] == seen["HEAD", 200].requests > 0


def test_walks_by_page_on_google_s_api_go_over_all(fakegcs: Server) -> None:
    bucket = gcs_rig.new_bucket(fakegcs)
    run = finished(
        {
            "target": {"uri": f"gs://{bucket}/", "endpoint": [fakegcs.endpoint] * 3, "anonymous": True},
            "concurrency": 4, "processes": 1, "stop": {"ops": 120}, "dataset": {"count": 20, "size": 1000},
            "workload": [{"op": "get"}, {"op": "stat"}, {"op": "list", "max_keys": 6}],
        }
    )  # fmt: skip
    endpoints = endpoints_of(run)
    assert run.report["total"]["failed"] == 0
    assert min(endpoint["total"]["ops"] for endpoint in endpoints) == 40
    # 20 keys are pages of 6, 6, 6 and 2, around and around.
    listed = run.report["ops"]["list"]
    assert 4 <= listed["items"] / listed["pages"] <= 6
