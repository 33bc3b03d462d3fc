"""Runs that give tags and ask for them: what lies there afterwards is what the lines say, and every form of the report counts them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.program import read_report, run, workload
from tests.servers.azurite import ACCOUNT, Azurite
from tests.servers.process import Server
from tests.stores import azure_rig, sdk_rig
from tests.stores.test_s3_driver import sdk

pytestmark = pytest.mark.server

LINES = [
    {"op": "tag", "name": "first", "tags": {"which": "first"}, "keys": "sequential"},
    {"op": "tag", "name": "second", "tags": {"which": "second", "more": "x y"}},
    {"op": "get_tags"},
]
ASKED = {"first": {"which": "first"}, "second": {"which": "second", "more": "x y"}}


def test_every_object_has_the_tags_of_a_line(rgw: Server, tmp_path: Path) -> None:
    bucket = sdk_rig.new_bucket(rgw)
    file = workload(
        tmp_path,
        target={"uri": f"s3://{bucket}/", "endpoint": rgw.endpoint, "region": rgw.region},
        dataset={"count": 8, "size": 100},
        workload=LINES,
        stop={"ops": 120},
        duration="60s",
        concurrency=1,  # the gateway aborts one of two changes to the tags of an object at a time: 409
        outputs={"op_log": "ops.tsv", "tsv": "table.tsv", "perf_log": {"path": "perf.tsv"}},
    )
    environ = {"AWS_ACCESS_KEY_ID": rgw.access_key, "AWS_SECRET_ACCESS_KEY": rgw.secret_key}
    ended = run("--headless", file, "--report", "out.json", cwd=tmp_path, **environ)
    assert ended.code == 0, ended.err
    report = read_report(tmp_path / "out.json")
    assert report["total"]["failed"] == 0
    tagged, asked = report["ops"]["tag"], report["ops"]["get_tags"]
    assert tagged["ops"] == report["entries"]["first"]["ops"] + report["entries"]["second"]["ops"] > 0
    assert asked["ops"] > 0
    assert tagged["bytes"] == asked["bytes"] == 0
    client = sdk(rgw)
    for index in range(8):
        tags = client.get_object_tagging(Bucket=bucket, Key=f"prepared-{index:08d}.dat")["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} in ASKED.values()
    told = Counter(row.split("\t")[2] for row in (tmp_path / "ops.tsv").read_text().splitlines()[1:])
    assert told["TAG"] >= tagged["ops"] and told["GET_TAGS"] >= asked["ops"]
    (everything,) = [row for row in (tmp_path / "table.tsv").read_text().splitlines() if row.startswith("META\tALL")]
    assert int(everything.split("\t")[-1]) == tagged["ops"] + asked["ops"]
    names, *rows = [row.split("\t") for row in (tmp_path / "perf.tsv").read_text().splitlines()]
    counted = sum(int(row[names.index("meta_ops")]) for row in rows if row[names.index("stage")] == "workload")
    assert counted == tagged["ops"] + asked["ops"]


def test_blobs_have_them_too(azurite: Azurite, tmp_path: Path) -> None:
    box = azure_rig.new_name()
    container = azure_rig.sdk(azurite, box)
    container.create_container()
    file = workload(
        tmp_path,
        target={"uri": f"az://{ACCOUNT}/{box}/", "endpoint": azurite.endpoint},
        dataset={"count": 4, "size": 100},
        workload=LINES,
        stop={"ops": 60},
        duration="60s",
        concurrency=2,
    )
    ended = run("--headless", file, "--report", "out.json", cwd=tmp_path, **azurite.env())
    assert ended.code == 0, ended.err
    report = read_report(tmp_path / "out.json")
    assert report["total"]["failed"] == 0
    assert report["ops"]["tag"]["ops"] > 0 < report["ops"]["get_tags"]["ops"]
    for index in range(4):
        assert container.get_blob_client(f"prepared-{index:08d}.dat").get_blob_tags() in ASKED.values()
