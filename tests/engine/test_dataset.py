"""The data set and what a run leaves: made once, mended where it has gaps, never anybody else's; cleaned up on demand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from s3bench_tui.engine.messages import StopRun
from s3bench_tui.errors import S3BenchError, TargetError
from tests.engine.runs import finished, forget, null, objects, started
from tests.servers.nginx import Nginx
from tests.servers.process import Server


def spec(root: Path, **changes: Any) -> dict[str, Any]:
    return {
        "target": f"file://{root}/", "duration": "300ms", "concurrency": 4, "processes": 2,
        "dataset": {"count": 50, "size": 1000, "prefix": "data/"}, "workload": [{"op": "get"}],
    } | changes  # fmt: skip


WHOLE = {f"data/prepared-{index:08d}.dat": 1000 for index in range(50)}


def test_a_data_set_is_made_once_and_used_again(tmp_path: Path) -> None:
    first = finished(spec(tmp_path))
    assert objects(tmp_path) == WHOLE
    assert first.by_entry("prepare")["prepare"].ops == 50
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.dat")}
    second = finished(spec(tmp_path))
    assert [phase.kind for phase in second.phases] == ["measured", "drain"]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.dat")} == stamps
    assert any("50 of 50 objects are there" in event.text for event in second.events("info"))


def test_gaps_are_filled_and_nothing_else_is_written(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.dat")}
    for index in (0, 7, 8, 9, 30, 49):
        (tmp_path / f"data/prepared-{index:08d}.dat").unlink()
    (tmp_path / "data" / "prepared-x.dat").write_bytes(b"not of the data set")
    run = finished(spec(tmp_path, processes=3))
    assert run.by_entry("prepare")["prepare"].ops == 6
    assert objects(tmp_path) == WHOLE | {"data/prepared-x.dat": 19}
    same = [path for path in stamps if path.stat().st_mtime_ns == stamps[path]]
    assert len(same) == 44


def test_objects_of_another_size_are_somebody_else_s(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    (tmp_path / "data/prepared-00000031.dat").write_bytes(bytes(999))
    before = objects(tmp_path)
    with started(spec(tmp_path)) as run:
        run.finish()
    assert isinstance(run.engine.error, TargetError)
    assert "prepared-00000031.dat has 999 bytes" in str(run.engine.error)
    assert objects(tmp_path) == before


@pytest.mark.parametrize("cleanup", ["none", "written", "all"])
def test_cleanup_leaves_what_was_there_before(tmp_path: Path, cleanup: str) -> None:
    finished(spec(tmp_path, dataset={"count": 20, "size": 1000, "prefix": "data/"}))
    forget(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_bytes(b"mine")
    before = objects(tmp_path)
    workload = [
        {"op": "get"}, {"op": "put", "path": "out/", "size": 10}, {"op": "put", "name": "more", "path": "out/more/", "size": 5},
        {"op": "delete", "path": "out/", "weight": 0.5},
    ]  # fmt: skip
    run = finished(spec(tmp_path, workload=workload, cleanup=cleanup))
    assert run.row().failed == 0
    puts = run.by_entry()["put"].ops + run.by_entry()["more"].ops
    deletes = run.by_entry()["delete"].ops
    assert puts > deletes > 0
    after = objects(tmp_path)
    created = {name for name in WHOLE if name not in before}
    if cleanup == "none":
        assert len(after) == len(before) + 30 + puts - deletes
        assert run.end.cleaned_up == {}
    elif cleanup == "written":
        assert set(after) == set(before) | created
    else:
        assert after == before


@pytest.mark.parametrize("now", [False, True], ids=["drained", "at once"])
def test_a_stopped_run_cleans_up_too(tmp_path: Path, now: bool) -> None:
    workload = [
        {"op": "put", "path": "out/", "size": 10},
        {"op": "get"},
        {"op": "delete", "path": "out/", "weight": 0.3},
    ]
    with started(spec(tmp_path, workload=workload, cleanup="all", duration="60s")) as run:
        run.measuring(0.3)
        run.engine.send(StopRun(now=now))
        run.finish()
    assert run.engine.error is None
    assert run.by_entry()["put"].ops > 0
    assert objects(tmp_path) == {}


def test_deletes_of_the_data_set_take_each_object_once(tmp_path: Path) -> None:
    run = finished(spec(tmp_path, workload=[{"op": "delete"}], stop={"each_key": "once"}, duration=None, processes=3))
    assert run.by_entry("measured")["delete"].ops == 50
    assert run.row().failed == 0
    assert objects(tmp_path) == {}


def test_a_data_set_that_was_there_before_is_not_deleted(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    forget(tmp_path)
    with started(spec(tmp_path, workload=[{"op": "delete"}])) as run:
        run.finish()
    assert isinstance(run.engine.error, TargetError)
    assert objects(tmp_path) == WHOLE


def test_a_data_set_that_cannot_be_made_is_an_error_and_not_a_measurement() -> None:
    with started(spec(Path("/proc/nowhere"), errors={"max_total": None, "max_rate": None})) as run:
        run.finish()
    assert isinstance(run.engine.error, S3BenchError)


def test_rewrites_keep_the_data_set_as_it_is(tmp_path: Path) -> None:
    # A file that is rewritten in place is short for a moment, which a reader at the same time sees.
    target = {"uri": f"file://{tmp_path}/", "write": "rename"}
    run = finished(spec(tmp_path, target=target, workload=[{"op": "put"}, {"op": "get"}]))
    assert run.row().failed == 0
    assert run.by_entry()["put"].ops > 0
    assert objects(tmp_path) == WHOLE


def test_ranges_lie_within_the_objects(tmp_path: Path) -> None:
    sizes = {"type": "list", "sizes": [{"size": 0}, {"size": 1}, {"size": 999}, {"size": 1000}, {"size": 5000}]}
    workload = [
        {"op": "get", "range": {"size": 1000}}, {"op": "get", "name": "next", "range": {"size": 700, "offset": "sequential"}},
        {"op": "get", "name": "head", "range": {"size": 10, "offset": 0}},
    ]  # fmt: skip
    run = finished(spec(tmp_path, dataset={"count": 100, "size": sizes, "prefix": "data/"}, workload=workload))
    assert run.row().failed == 0
    rows = run.by_entry("measured", "drain")
    assert rows["head"].bytes <= 10 * rows["head"].ops
    assert 0 < rows["get"].bytes < 1000 * rows["get"].ops


@pytest.mark.server
def test_a_store_without_listing_is_asked_for_each_object(nginx: Nginx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret-key")
    bucket = nginx.root / "silent"
    bucket.mkdir()
    for index in range(20):
        (bucket / f"prepared-{index:08d}.dat").write_bytes(bytes(1000))
    target = {"uri": "s3://silent/", "endpoint": nginx.endpoint, "region": "us-east-1"}
    run = finished(spec(bucket, target=target, dataset={"count": 50, "size": 1000}), probe=False)
    [note] = [event.text for event in run.events("info") if "asked for" in event.text]
    assert "50 objects" in note
    requests = Counter((request.method, request.status) for request in nginx.requests())
    assert requests["HEAD", 404] == 30
    assert requests["HEAD", 200] == 20
    assert requests["PUT", 201] == 30
    assert requests["PUT", 204] == 0
    assert run.row().failed == 0
    assert len(objects(bucket)) == 50


@pytest.mark.server
def test_a_bucket_is_as_it_was_after_cleanup(rclone: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rclone.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rclone.secret_key)
    client = boto3.client(
        "s3", endpoint_url=rclone.endpoint, region_name="us-east-1", config=Config(request_checksum_calculation="when_required"),
    )  # fmt: skip
    client.create_bucket(Bucket="engine-cleanup")
    for key in ("mine", "out/mine", "data/other"):
        client.put_object(Bucket="engine-cleanup", Key=key, Body=b"mine")
    target = {"uri": "s3://engine-cleanup/", "endpoint": rclone.endpoint, "region": "us-east-1"}
    workload = [
        {"op": "get"},
        {"op": "put", "path": "out/", "size": 100},
        {"op": "delete", "path": "out/", "weight": 0.5},
    ]
    run = finished(spec(Path("/"), target=target, workload=workload, cleanup="all"))
    assert run.row().failed == 0
    assert run.by_entry("prepare")["prepare"].ops == 50
    listed = client.list_objects_v2(Bucket="engine-cleanup")
    assert [found["Key"] for found in listed["Contents"]] == ["data/other", "mine", "out/mine"]
    assert run.end.cleaned_up["dataset"] == 50


def test_a_store_that_has_everything_needs_no_preparation() -> None:
    run = finished(spec(Path("/"), target=null()))
    assert [phase.kind for phase in run.phases] == ["measured", "drain"]
