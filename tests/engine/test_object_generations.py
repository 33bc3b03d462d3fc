"""Buckets of Google's that keep versions: single ones are read and deleted, and what a run made of them is gone after it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.gcs.store import GcsStore
from s3bench_tui.stores.uri import Uri
from tests.engine.runs import finished
from tests.servers.generations import Generations, serve
from tests.servers.process import Server
from tests.stores import gcs_rig

MIX = [
    {"op": "put", "name": "over", "weight": 4},
    {"op": "put", "name": "new", "path": "new/", "size": 500, "weight": 4},
    {"op": "copy", "path": "copies/", "weight": 2},
    {"op": "get", "name": "old", "versions": True, "weight": 4},
    {"op": "get", "name": "old-new", "path": "new/", "versions": True, "weight": 2},
    {"op": "delete", "name": "prune", "path": "new/", "versions": True, "weight": 2},
]


@pytest.fixture
def kept() -> Iterator[Generations]:
    with serve() as server:
        yield server


def spec(server: Server, **more: Any) -> dict[str, Any]:
    target = {"uri": "gs://bucket/p/", "endpoint": server.endpoint, "anonymous": True, "versioned": True}
    return {
        "target": target,
        "concurrency": 4,
        "processes": 2,
        "stop": {"ops": 300},
        "dataset": {"count": 10, "size": 1000, "prefix": "data/"},
        **more,
    }


def of_objects(server: Generations) -> set[tuple[str, str]]:
    return {each for each in server.kept if "/.s3bench/" not in each[0]}


def test_each_change_is_a_version_and_each_delete_of_one_takes_it(kept: Generations) -> None:
    rows = finished(spec(kept, workload=MIX)).by_entry()
    assert all(row.ops > 0 and not row.errors for row in rows.values()), rows
    assert rows["old"].bytes == rows["old"].ops * 1000 and rows["old-new"].bytes == rows["old-new"].ops * 500
    ops = {name: row.ops for name, row in rows.items() if name != "prepare"}
    assert sum(ops.values()) == 300
    assert len(of_objects(kept)) == 10 + ops["over"] + ops["new"] + ops["copy"] - ops["prune"]


def test_what_others_wrote_is_as_it_was_and_every_object_of_the_data_set_shows_something(kept: Generations) -> None:
    finished(spec(kept, workload=[{"op": "get"}]))
    kept.put("p/data/prepared-00000003.dat", b"x" * 1000)
    kept.put("p/new/obj-of-somebody", b"")
    before = of_objects(kept)
    assert len(before) == 10 + 2
    finished(spec(kept, workload=MIX, cleanup="written"))
    after = of_objects(kept)
    assert before <= after
    data = [f"p/data/prepared-{index:08d}.dat" for index in range(10)]
    for key, generation in after - before:
        assert key in data and kept.shown[key] == generation, "only what its key shows now"
    assert all(kept.shown.get(key) for key in data)


def test_a_data_set_goes_with_all_its_versions(kept: Generations) -> None:
    finished(spec(kept, workload=MIX, cleanup="all"))
    assert not kept.kept and not kept.shown


def test_a_bucket_that_keeps_none_is_refused_before_anything_is_written() -> None:
    with serve(enabled=False) as server:
        target = Target(**spec(server)["target"])
        store = GcsStore(target, Uri("gs", "bucket", "p/"), 10**9, 10**10)
        with pytest.raises(TargetError, match="versions are not enabled for this bucket; enable them"):
            store.probe(writes=True)
        store.close()
        assert not server.kept


@pytest.mark.server
def test_versions_on_the_emulator(fakegcs: Server) -> None:
    """It does not delete single ones, so that reads are what it shows."""
    bucket = gcs_rig.new_bucket(fakegcs)
    body = json.dumps({"versioning": {"enabled": True}}).encode()
    asked = urllib.request.Request(f"{fakegcs.endpoint}/storage/v1/b/{bucket}", body, {"Content-Type": "application/json"}, method="PATCH")  # fmt: skip
    with urllib.request.urlopen(asked, timeout=20):
        pass
    target = {"uri": f"gs://{bucket}/p/", "endpoint": fakegcs.endpoint, "anonymous": True, "versioned": True}
    lines = [{"op": "put", "weight": 1}, {"op": "get", "versions": True, "weight": 2}]
    rows = finished(spec(fakegcs, target=target, workload=lines)).by_entry()
    assert rows["put"].ops > 0 < rows["get"].ops and not rows["put"].errors and not rows["get"].errors
    assert rows["get"].bytes == rows["get"].ops * 1000
