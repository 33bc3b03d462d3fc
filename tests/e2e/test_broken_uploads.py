"""Uploads in parts that break in every way, on each kind of store: counted as the log in front of the store has them, and
nothing half done is left behind it."""

from __future__ import annotations

import re
import signal
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.program import kill, read_report, run, started, wait_until, workload
from tests.e2e.test_gcs import names_in
from tests.e2e.test_multipart import environment, keys, uploads
from tests.servers import fakegcs as fakegcs_server
from tests.servers import nginx
from tests.servers.azurite import Azurite
from tests.servers.nginx import Request
from tests.servers.process import Server
from tests.stores import azure_rig, gcs_rig
from tests.stores.test_s3_driver import sdk

pytestmark = pytest.mark.server

MIB = 1 << 20
KIB = 1 << 10


@dataclass(frozen=True, slots=True)
class Store:
    """A store behind nginx: how it is written to, which request of an upload is which, and what is there in the end."""

    server: Server
    uri: str
    part: int
    kind: Callable[[Request], str]
    objects: Callable[[], set[str]]
    half_done: Callable[[], int]
    good: frozenset[int]
    environment: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def s3(rgw: Server) -> Store:
    bucket = f"broken-{uuid.uuid4().hex[:12]}"
    sdk(rgw).create_bucket(Bucket=bucket)

    def kind(request: Request) -> str:
        if "partNumber=" in request.uri:
            return "part"
        return {("POST", True): "create", ("POST", False): "complete"}.get(
            (request.method, "?uploads" in request.uri), ""
        )

    return Store(
        rgw, f"s3://{bucket}/", 5 * MIB, kind, lambda: set(keys(rgw, bucket)), lambda: len(uploads(rgw, bucket)),
        frozenset((200,)), environment(rgw), {"region": rgw.region},
    )  # fmt: skip


@pytest.fixture
def az(azurite: Azurite) -> Store:
    box = azure_rig.new_name()
    client = azure_rig.sdk(azurite, box)
    client.create_container()

    def kind(request: Request) -> str:
        return "part" if "comp=block&" in request.uri else "complete" if "comp=blocklist" in request.uri else ""

    return Store(
        azurite, f"az://{azurite.access_key}/{box}/", 256 * KIB, kind, lambda: {blob.name for blob in client.list_blobs()},
        lambda: 0, frozenset((201,)), azurite.env(),
    )  # fmt: skip


@pytest.fixture
def gs(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "google").mkdir()
    with fakegcs_server.serve(tmp_path / "google", logging=True) as server:
        bucket = gcs_rig.new_bucket(server)

        def kind(request: Request) -> str:
            if request.method == "POST":
                return "create" if "uploadType=resumable" in request.uri else ""
            return "part" if request.method == "PUT" and request.received_bytes == 256 * KIB else "complete" * (request.method == "PUT")  # fmt: skip

        def half_done() -> int:
            log = fakegcs_server.logged(tmp_path / "google")
            opened = sum(method == "POST" and "resumable" in path and status == 200 for method, path, status in log)
            aborted = {path for method, path, status in log if (method, status) == ("DELETE", 499)}
            ended = {path for method, path, status in log if (method, status) == ("PUT", 200)}
            return opened - len(aborted | ended)

        yield Store(
            server, f"gs://{bucket}/", 256 * KIB, kind, lambda: set(names_in(server, bucket)), half_done,
            frozenset((200, 308)), options={"anonymous": True},
        )  # fmt: skip


def endless(store: Store) -> dict[str, Any]:
    line = {"op": "put", "path": "out/", "size": "2GiB", "multipart": {"part_size": store.part}}
    return {"dataset": None, "concurrency": 3, "workload": [line], "duration": "60s", "drain": "1s"}


@pytest.mark.parametrize("name", ["s3", "az", "gs"])
def test_refused_and_dropped_requests(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    """Every seventh request is refused or its connection is closed, those that abort too."""
    store: Store = request.getfixturevalue(name)
    ops = 16 if name == "s3" else 60
    line = {"op": "put", "path": "out/", "size": 2 * store.part + 1, "multipart": {"part_size": store.part}}
    (tmp_path / "front").mkdir()
    with nginx.serve(
        tmp_path / "front", behind=store.server, error_share=0.1, close_share=0.05, faulty="out(/|%2F)"
    ) as front:
        target = {"uri": store.uri, "endpoint": front.endpoint, **store.options}
        path = workload(
            tmp_path, target=target, dataset=None, duration=None, stop={"ops": ops}, processes=2, concurrency=4, workload=[line],
            errors={"max_total": None, "max_rate": None},
        )  # fmt: skip
        ended = run("--headless", path, "--report", "out.json", cwd=tmp_path, **store.environment)
        assert ended.code == 0, ended.err
        seen = [(store.kind(each), each.status) for each in front.requests() if "out" in each.uri]
    report = read_report(tmp_path / "out.json")
    counted = {name.removeprefix("put."): figures for name, figures in report["requests"].items()}
    assert set(counted) == {kind for kind, _ in seen} - {""}
    for kind, figures in counted.items():
        statuses = Counter(status for each, status in seen if each == kind)
        assert figures["ops"] == sum(statuses[status] for status in store.good), kind
        assert figures["failed"] == statuses[503] + statuses[444] == statuses.total() - figures["ops"], kind
        assert set(figures["errors"]) <= {"http_503", "reset"} and figures["errors"].get("http_503", 0) <= statuses[503]
    put = report["entries"]["put"]
    assert put["ops"] == counted["complete"]["ops"] == len(store.objects())
    assert put["bytes"] == put["ops"] * (2 * store.part + 1)
    assert 0 < put["failed"] <= sum(figures["failed"] for figures in counted.values())
    assert report["errors"] and store.half_done() == 0


def test_a_time_out_in_mid_upload(s3: Store, tmp_path: Path) -> None:
    """All that was begun is drained, so that it has timed out however slow the machine is."""
    ending = {"duration": "1s", "drain": "30s", "operation_timeout": "500ms"}
    path = workload(
        tmp_path, target={"uri": s3.uri, "endpoint": s3.server.endpoint, **s3.options},
        **(endless(s3) | ending | {"errors": {"max_total": None, "max_rate": None}}),
    )  # fmt: skip
    ended = run("--headless", path, "--report", "out.json", cwd=tmp_path, **s3.environment)
    assert ended.code == 0, ended.err
    report = read_report(tmp_path / "out.json")
    total, drained = report["total"], report["drained"]["total"]
    assert (total["ops"] + drained["ops"], {*total["errors"], *drained["errors"]}) == (0, {"timeout"})
    assert "the object was not written within 0.5 s" in str(report["events"])
    assert s3.half_done() == 0 and not s3.objects()


def test_a_killed_worker_s_sessions_are_told_of_where_nothing_lists_them(gs: Store, tmp_path: Path) -> None:
    target = {"uri": gs.uri, "endpoint": gs.server.endpoint, **gs.options}
    path = workload(tmp_path, target=target, **(endless(gs) | {"duration": "3s"}))
    with started("--headless", path, "--report", "out.json", cwd=tmp_path) as program:
        wait_until(lambda: gs.half_done() == 3)
        kill(program.workers()[0], signal.SIGKILL)
        ended = program.end()
    assert ended.code == 0, ended.err
    notes = [event["text"] for event in read_report(tmp_path / "out.json")["events"]]
    assert any(
        re.match(r"gs: a lost worker may have left uploads half done; the store lists none", note) for note in notes
    )
    assert gs.half_done() == 3, "those of the lost worker alone"
    assert not [name for name in gs.objects() if quote(name).startswith("out/")]


@pytest.mark.parametrize("name", ["az"])
def test_an_end_at_once_leaves_no_blob(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    store: Store = request.getfixturevalue(name)
    (tmp_path / "front").mkdir()
    with nginx.serve(tmp_path / "front", behind=store.server) as front:
        target = {"uri": store.uri, "endpoint": front.endpoint}
        path = workload(tmp_path, target=target, **endless(store))
        with started("--headless", path, "--report", "out.json", cwd=tmp_path, **store.environment) as program:
            wait_until(lambda: len(nginx.logged(front.log)) > 12)
            program.process.send_signal(signal.SIGINT)
            program.wait_for("once more to end at once")
            program.process.send_signal(signal.SIGINT)
            assert program.end().code == 130
        kinds = Counter(store.kind(each) for each in front.requests())
    assert kinds["part"] > 0 == kinds["complete"]
    assert read_report(tmp_path / "out.json")["censored"]["put"]["n"] == 3
    assert not store.objects()
