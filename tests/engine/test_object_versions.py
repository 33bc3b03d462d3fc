"""Buckets that keep versions: single ones are read and deleted, and what a run made of them is gone after it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.runs import finished
from tests.servers.process import Server
from tests.stores import sdk_rig
from tests.stores.test_s3_driver import sdk

pytestmark = pytest.mark.server


def versions(client: Any, bucket: str, notes: bool = False) -> set[tuple[str, str]]:
    """Every version and every marker that is there, those of `notes` of who made a data set only where they are asked for."""
    found: set[tuple[str, str]] = set()
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            found.add((each["Key"], each["VersionId"]))
    return {each for each in found if notes or "/.s3bench/" not in each[0]}


@pytest.fixture(params=["moto", "rgw"])
def versioned(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str, dict[str, Any]]:
    """A client, a bucket that keeps versions, and the beginning of a workload on it."""
    server: Server = request.getfixturevalue(request.param)
    sdk_rig.use_environment(monkeypatch, server)
    bucket, client = sdk_rig.new_bucket(server), sdk(server)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    spec = {
        "target": {"uri": f"s3://{bucket}/p/", "endpoint": server.endpoint, "region": server.region, "versioned": True},
        "duration": "1s",
        "concurrency": 4,
        "processes": 2,
        "dataset": {"count": 10, "size": 1000, "prefix": "data/"},
    }
    return client, bucket, spec


MIX = [
    {"op": "put", "name": "over", "weight": 4},
    {"op": "put", "name": "new", "path": "new/", "size": 500, "weight": 4},
    {"op": "get", "name": "old", "versions": True, "weight": 4},
    {"op": "get", "name": "old-new", "path": "new/", "versions": True, "weight": 2},
    {"op": "delete", "name": "prune", "versions": True, "weight": 2},
    {"op": "delete", "name": "mark", "path": "new/"},
]


def test_versions_of_this_run_are_removed_and_no_others(versioned: tuple[Any, str, dict[str, Any]]) -> None:
    client, bucket, spec = versioned
    finished({**spec, "workload": [{"op": "get"}]})
    client.put_object(Bucket=bucket, Key="p/data/prepared-00000003.dat", Body=b"x" * 1000)
    client.put_object(Bucket=bucket, Key="p/new/obj-of-somebody", Body=b"")
    client.delete_object(Bucket=bucket, Key="p/new/obj-of-somebody")
    before = versions(client, bucket)
    assert len(before) == 10 + 1 + 2
    rows = finished({**spec, "workload": MIX, "cleanup": "written"}).by_entry()
    assert all(row.ops > 0 and not row.errors for row in rows.values()), rows
    assert rows["old"].bytes == rows["old"].ops * 1000 and rows["old-new"].bytes == rows["old-new"].ops * 500
    assert versions(client, bucket) == before


def test_each_put_makes_a_version_and_each_delete_of_one_takes_it(versioned: tuple[Any, str, dict[str, Any]]) -> None:
    client, bucket, spec = versioned
    finished({**spec, "workload": [{"op": "get"}]})
    del spec["duration"]
    ops = {name: row.ops for name, row in finished({**spec, "workload": MIX, "stop": {"ops": 300}}).by_entry().items()}
    assert sum(ops.values()) == 300 and all(ops.values())
    assert len(versions(client, bucket)) == 10 + ops["over"] + ops["new"] + ops["mark"] - ops["prune"]


def test_a_data_set_goes_with_all_its_versions(versioned: tuple[Any, str, dict[str, Any]]) -> None:
    client, bucket, spec = versioned
    finished({**spec, "workload": MIX, "cleanup": "all"})
    assert versions(client, bucket, notes=True) == set()
