"""Runs whose lines have options, and copies: what the report counts is what lies there afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine.runs import finished
from tests.servers.process import Server
from tests.stores import sdk_rig
from tests.stores.test_s3_driver import sdk


def spec(root: Path, **changes: Any) -> dict[str, Any]:
    return {
        "target": f"file://{root}/", "duration": "400ms", "concurrency": 4, "processes": 2,
        "dataset": {"count": 20, "size": 1000, "prefix": "data/"},
    } | changes  # fmt: skip


def below(root: Path, folder: str) -> list[Path]:
    return [path for path in (root / folder).rglob("*") if path.is_file()]


def test_copies_are_new_objects_that_this_run_made(tmp_path: Path) -> None:
    lines = [{"op": "copy", "path": "copies/"}]
    run = finished(spec(tmp_path, workload=lines))
    row = run.by_entry()["copy"]
    made = below(tmp_path, "copies")
    assert row.ops == len(made) > 20
    assert row.bytes == 0, "this client moved nothing"
    originals = {path.read_bytes() for path in below(tmp_path, "data")}
    assert all(path.read_bytes() in originals for path in made)


def test_copies_are_deleted_like_puts_and_cleaned_up(tmp_path: Path) -> None:
    lines = [{"op": "copy", "path": "copies/", "weight": 3}, {"op": "delete", "path": "copies/", "weight": 1}]
    run = finished(spec(tmp_path, workload=lines))
    rows = run.by_entry()
    assert rows["copy"].ops - rows["delete"].ops == len(below(tmp_path, "copies")) > 0
    assert rows["delete"].ops > 0
    run = finished(spec(tmp_path, workload=[{"op": "copy", "path": "more/"}], cleanup="written"))
    assert run.by_entry()["copy"].ops > 0
    assert not below(tmp_path, "more") and len(below(tmp_path, "data")) == 20


def test_each_object_is_copied_once(tmp_path: Path) -> None:
    lines = [{"op": "copy", "path": "copies/", "keys": "once"}]
    run = finished(spec(tmp_path, workload=lines, stop={"each_key": "once"}))
    assert run.by_entry()["copy"].ops == 20
    assert {path.read_bytes() for path in below(tmp_path, "copies")} == {
        path.read_bytes() for path in below(tmp_path, "data")
    }


def test_pages_and_levels_are_counted(tmp_path: Path) -> None:
    lines = [
        {"op": "list", "name": "page", "max_keys": 8},
        {"op": "list", "name": "level", "path": "", "delimiter": "/"},
    ]
    rows = finished(spec(tmp_path, workload=lines, concurrency=1, processes=1)).by_entry()
    page = rows["page"]
    assert page.pages == page.ops > 0
    walks, rest = divmod(page.ops, 3)  # 8, 8, 4
    assert page.items == walks * 20 + rest * 8
    assert rows["level"].items == rows["level"].ops, "the one folder"


def test_what_is_not_there_is_the_success_of_a_miss(tmp_path: Path) -> None:
    lines = [
        {"op": "get", "name": "get-missing", "keys": "missing"},
        {"op": "stat", "name": "stat-missing", "keys": "missing"},
        {"op": "stat", "name": "one", "path": "nothing/here", "expect": 404},
        {"op": "get"},
    ]
    run = finished(spec(tmp_path, workload=lines))
    rows = run.by_entry()
    assert all(row.ops > 0 and not row.errors for row in rows.values())
    assert rows["get-missing"].bytes == 0
    assert rows["get"].bytes == rows["get"].ops * 1000


def test_what_is_there_is_the_failure_of_a_miss(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"x")
    lines = [{"op": "get", "path": "there", "expect": 404}]
    run = finished(spec(tmp_path, workload=lines, errors={"max_total": None, "max_rate": None}))
    row = run.by_entry()["get"]
    assert row.ops == 0 and row.bytes == 0
    assert set(row.errors) == {"unexpected"}
    assert any("it succeeded, and the line expects 404" in event.text for event in run.events("error"))


def test_writes_that_lose_are_the_success_that_is_measured(tmp_path: Path) -> None:
    lines = [
        {"op": "put", "name": "taken", "if_none_match": "*", "expect": 412},
        {"op": "put", "name": "free", "path": "new/", "size": 100, "if_none_match": "*"},
    ]
    finished(spec(tmp_path, workload=[{"op": "get"}]))
    before = {path: path.read_bytes() for path in below(tmp_path, "data")}
    rows = finished(spec(tmp_path, workload=lines)).by_entry()
    assert all(row.ops > 0 and not row.errors for row in rows.values())
    assert rows["taken"].bytes == 0
    assert rows["free"].ops == len(below(tmp_path, "new"))
    assert {path: path.read_bytes() for path in below(tmp_path, "data")} == before


@pytest.mark.server
def test_misses_and_refusals_over_http(moto: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch, moto)
    bucket = sdk_rig.new_bucket(moto)
    lines = [
        {"op": "get", "name": "get-missing", "keys": "missing"},
        {"op": "stat", "name": "stat-missing", "keys": "missing"},
        {"op": "get", "name": "one", "path": "nothing/here", "expect": 404},
        {"op": "put", "name": "taken", "if_none_match": "*", "expect": 412},
        {"op": "put", "name": "free", "path": "new/", "size": 100, "if_none_match": "*"},
        {"op": "get"},
    ]
    target = {"uri": f"s3://{bucket}/", "endpoint": moto.endpoint, "region": "us-east-1"}
    rows = finished(
        {
            "target": target,
            "duration": "1s",
            "concurrency": 2,
            "dataset": {"count": 10, "size": 1000},
            "workload": lines,
        }
    ).by_entry()
    assert all(row.ops > 0 and not row.errors for row in rows.values())
    assert [rows[name].bytes for name in ("get-missing", "stat-missing", "one", "taken")] == [0, 0, 0, 0]
    assert rows["get"].bytes == rows["get"].ops * 1000
    found = sdk(moto).list_objects_v2(Bucket=bucket, MaxKeys=1000)
    kept = [each["Key"] for each in found["Contents"] if each["Key"].startswith("new/")]
    assert len(kept) >= rows["free"].ops, "warm-up and drain write, too"
