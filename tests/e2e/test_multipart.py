"""Whole runs that write in parts: figures against what the server has and saw, and nothing half done left at it."""

from __future__ import annotations

import re
import signal
import uuid
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.stores.base import is_own
from tests.e2e.program import alive, family, kill, read_report, run, started, wait_until, workload
from tests.servers import moto as moto_server
from tests.servers.process import Server
from tests.stores.http_rig import content
from tests.stores.parts_rig import MIB
from tests.stores.test_s3_driver import sdk

pytestmark = pytest.mark.server


def environment(server: Server) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}


def new_bucket(server: Server) -> str:
    name = f"parts-{uuid.uuid4().hex[:12]}"
    sdk(server).create_bucket(Bucket=name)
    return name


def keys(server: Server, bucket: str) -> dict[str, str]:
    """ETags by key."""
    found = sdk(server).list_objects_v2(Bucket=bucket).get("Contents", ())
    return {each["Key"]: each["ETag"].strip('"') for each in found}


def uploads(server: Server, bucket: str) -> list[Any]:
    return list(sdk(server).list_multipart_uploads(Bucket=bucket).get("Uploads", ()))


def spec(server: Server, bucket: str, **changes: Any) -> dict[str, Any]:
    return {
        "target": {"uri": f"s3://{bucket}/x/", "endpoint": server.endpoint, "region": server.region},
        "dataset": None,
        "concurrency": 3,
        "workload": [
            {"op": "put", "path": "out/", "size": "17MiB", "multipart": {"part_size": "5MiB", "parallel": 2}},
            {"op": "put", "name": "small", "path": "small/", "size": 4096, "multipart": "5MiB"},
        ],
    } | changes


THRESHOLDS = ["put.part.p50 < 60s", "put.complete.errors == 0"]


def test_the_report_counts_what_the_server_saw(tmp_path: Path) -> None:
    """The server's own log of requests is the truth."""
    with moto_server.serve(tmp_path) as server:
        bucket = new_bucket(server)
        path = workload(
            tmp_path, **spec(server, bucket, duration=None, stop={"ops": 24}, processes=2, thresholds=THRESHOLDS)
        )
        ended = run("--headless", path, "--report", "out.json", "--tsv", "out.tsv", cwd=tmp_path, **environment(server))
        assert ended.code == 0, ended.err
        report = read_report(tmp_path / "out.json")
        objects = keys(server, bucket)
        log = (tmp_path / "moto.log").read_text()
    requests = report["requests"]
    seen = {
        "put.part": len(re.findall(r"PUT /\S+\?partNumber=\d+&uploadId=\S+ HTTP/1.1\S* 200", log)),
        "put.create": len(re.findall(r"POST /\S+\?uploads=? HTTP/1.1\S* 200", log)),
        "put.complete": len(re.findall(r"POST /\S+\?uploadId=\S+ HTTP/1.1\S* 200", log)),
    }
    assert {name: figures["ops"] for name, figures in requests.items()} == seen
    table = [line.split("\t") for line in (tmp_path / "out.tsv").read_text().splitlines()]
    assert {row[0]: int(row[-1]) for row in table if row[0].startswith("put.")} == seen
    assert [row["passed"] for row in report["thresholds"]] == [True] * 2
    large = [tag for key, tag in objects.items() if "/out/" in key]
    assert report["entries"]["put"]["ops"] == len(large) == seen["put.complete"]
    assert seen["put.part"] == 4 * len(large) and all(tag.endswith("-4") for tag in large)
    assert requests["put.part"]["bytes"] == report["entries"]["put"]["bytes"] == len(large) * 17 * MIB
    assert report["total"]["ops"] == report["entries"]["put"]["ops"] + report["entries"]["small"]["ops"] == 24
    assert report["total"]["bytes"] == len(large) * 17 * MIB + report["entries"]["small"]["bytes"]
    assert all(figures["failed"] == 0 for figures in requests.values())
    rows = [line.split()[0] for line in ended.out.splitlines() if line.strip()]
    assert rows[rows.index("part") :][:3] == ["part", "create", "complete"]


def test_objects_in_parts_are_those_of_one_request(rgw: Server, tmp_path: Path) -> None:
    """The data set that was made in parts is found again, and is what one request would have written."""
    bucket = new_bucket(rgw)
    dataset = {"count": 3, "size": "11MiB", "multipart": {"part_size": "5MiB"}}
    changes = spec(rgw, bucket, duration="1s", dataset=dataset, workload=[{"op": "get"}], seed=1)
    for there in (0, 3):
        path = workload(tmp_path, **changes)
        ended = run("--headless", path, "--report", "out.json", cwd=tmp_path, **environment(rgw))
        assert ended.code == 0, ended.err
        assert f"{there} of 3 objects are there" in ended.err
    assert read_report(tmp_path / "out.json")["total"]["failed"] == 0
    made = {key: tag for key, tag in keys(rgw, bucket).items() if not is_own(key)}
    assert len(made) == 3
    for key, tag in made.items():
        assert tag.endswith("-3")
        assert sdk(rgw).get_object(Bucket=bucket, Key=key)["Body"].read() == content(key, 11 * MIB)


ENDLESS: dict[str, Any] = {
    "workload": [{"op": "put", "path": "out/", "size": "2GiB", "multipart": {"part_size": "5MiB", "parallel": 2}}],
    "duration": "60s",
    "drain": "1s",
}


def test_an_end_at_once_leaves_nothing_half_done(rgw: Server, tmp_path: Path) -> None:
    bucket = new_bucket(rgw)
    path = workload(tmp_path, **spec(rgw, bucket, **ENDLESS))
    with started("--headless", path, "--report", "out.json", cwd=tmp_path, **environment(rgw)) as program:
        wait_until(lambda: len(uploads(rgw, bucket)) == 3)
        program.process.send_signal(signal.SIGINT)
        program.wait_for("once more to end at once")
        program.process.send_signal(signal.SIGINT)
        ended = program.end()
    assert ended.code == 130, ended.err
    assert read_report(tmp_path / "out.json")["censored"]["put"]["n"] == 3
    assert not uploads(rgw, bucket) and not keys(rgw, bucket)


def test_a_killed_worker_s_uploads_are_aborted_by_the_run(rgw: Server, tmp_path: Path) -> None:
    bucket = new_bucket(rgw)
    theirs = sdk(rgw).create_multipart_upload(Bucket=bucket, Key="x/out/somebody-else")["UploadId"]
    path = workload(tmp_path, **spec(rgw, bucket, **(ENDLESS | {"duration": "4s"})))
    with started("--headless", path, "--report", "out.json", cwd=tmp_path, **environment(rgw)) as program:
        wait_until(lambda: len(uploads(rgw, bucket)) == 4)
        kill(program.workers()[0], signal.SIGKILL)
        ended = program.end()
    assert ended.code == 0, ended.err
    assert [upload["UploadId"] for upload in uploads(rgw, bucket)] == [theirs], "only this run's were aborted"
    notes = [event["text"] for event in read_report(tmp_path / "out.json")["events"]]
    assert "s3: 3 uploads left half done, and aborted now" in notes


def test_a_killed_engine_leaves_the_workers_to_abort(rgw: Server, tmp_path: Path) -> None:
    bucket = new_bucket(rgw)
    path = workload(tmp_path, **spec(rgw, bucket, **ENDLESS))
    with started("--headless", path, "--report", "out.json", cwd=tmp_path, **environment(rgw)) as program:
        wait_until(lambda: len(uploads(rgw, bucket)) == 3)
        processes = family(program.process.pid)
        kill(program.engine(), signal.SIGKILL)
        program.end()
        wait_until(lambda: not any(map(alive, processes)))
    assert not uploads(rgw, bucket)
