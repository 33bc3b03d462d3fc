"""Several targets in one run: each has its own workers, its share of the slots, and the lines that are its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.engine.runs import finished


def spec(directory: Path, **changes: Any) -> dict[str, Any]:
    return {
        "targets": [{"uri": "null://far/", "name": "far", "share": 3}, {"uri": f"file://{directory}/", "name": "near"}],
        "duration": "0.5s", "concurrency": 8, "processes": 2,
        "workload": [
            {"op": "get", "target": "far", "path": "some-object"},
            {"op": "put", "target": "near", "path": "out/", "size": 4096},
        ],
    } | changes  # fmt: skip


def test_a_line_runs_on_its_own_target_only(tmp_path: Path) -> None:
    report = finished(spec(tmp_path)).report
    far, near = report["targets"]
    assert far["ops"]["get"]["ops"] > 0 and near["ops"]["put"]["ops"] > 0
    assert far["ops"]["put"]["ops"] == near["ops"]["get"]["ops"] == 0
    assert report["total"]["ops"] == far["ops"]["get"]["ops"] + near["ops"]["put"]["ops"]
    written = sum(path.is_file() for path in (tmp_path / "out").iterdir())
    phases = sum(phase["ops"]["put"]["ops"] for phase in report["phases"])
    assert written == phases


def test_slots_are_shared_out_among_targets(tmp_path: Path) -> None:
    """null:// with a fixed latency: operations are slots times time over latency."""
    targets = [
        {"uri": "null://a/", "name": "a", "share": 3, "null": {"latency": "10ms"}},
        {"uri": "null://b/", "name": "b", "share": 1, "null": {"latency": "10ms"}},
    ]
    report = finished(spec(tmp_path, targets=targets, workload=[{"op": "get", "path": "x"}], duration="1s")).report
    a, b = (target["ops"]["get"]["ops"] for target in report["targets"])
    assert 2.5 < a / b < 3.5
    assert a <= 600 and b <= 200


def test_only_targets_whose_lines_read_the_data_set_get_one(tmp_path: Path) -> None:
    reads_nothing = tmp_path / "other"
    report = finished(
        spec(
            tmp_path,
            targets=[
                {"uri": f"file://{tmp_path}/", "name": "far"},
                {"uri": f"file://{reads_nothing}/", "name": "near"},
            ],
            dataset={"count": 10, "size": 100, "prefix": "set/"},
            workload=[
                {"op": "get", "target": "far"},
                {"op": "put", "target": "near", "path": "out/", "size": 100},
            ],
        )
    ).report
    assert report["status"] == "ok"
    assert len(list((tmp_path / "set").iterdir())) == 10
    assert not (reads_nothing / "set").exists()


class ObjectsOnly(BaseHTTPRequestHandler):
    """Takes objects, and knows nothing else: no bucket, no listing."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(200)

    def do_GET(self) -> None:
        self._answer(404)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self.asked.append(f"{self.command} {self.path}")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def objects_only() -> Iterator[tuple[str, list[str]]]:
    """Its end point, and what it was asked."""
    asked: list[str] = []
    handler = type("Handler", (ObjectsOnly,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_without_a_probe_only_operations_ask_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with objects_only() as (endpoint, asked):
        target = {"uri": "s3://b/", "endpoint": endpoint, "region": "us-east-1"}
        line = {"op": "put", "path": "out/", "size": 100}
        run = finished({"target": target, "workload": [line], "concurrency": 2, "stop": {"ops": 20}}, probe=False)
    assert run.by_entry()["put"].ops == 20
    assert len(asked) == 20
    assert all(each.startswith("PUT /b/out/") for each in asked)
