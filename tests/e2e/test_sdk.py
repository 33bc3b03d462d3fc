"""Whole runs of the lean client and an SDK side by side on one bucket: figures, retries and CPU of each in the report."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.e2e.program import ROOT, read_report, run
from tests.servers.azurite import Azurite
from tests.servers.process import Server
from tests.stores import azure_rig
from tests.stores.sdk_rig import new_bucket, raw_client

pytestmark = pytest.mark.server


def test_lean_and_sdk_side_by_side(rclone: Server, tmp_path: Path) -> None:
    bucket = new_bucket(rclone)
    shipped = yaml.safe_load((ROOT / "workloads" / "lean-and-sdk.yaml").read_text())
    short = {"duration": "1500ms", "warmup": "500ms", "concurrency": 4, "dataset": {**shipped["dataset"], "count": 50}}
    (tmp_path / "w.yaml").write_text(yaml.safe_dump(shipped | short))
    ended = run("--headless", "w.yaml", "--report", "out.json", cwd=tmp_path, BUCKET=bucket, **rclone.env())
    assert ended.code == 0, ended.err
    assert "through boto3: standard retries, 3 attempts at most" in ended.err
    report = read_report(tmp_path / "out.json")
    assert report["total"]["failed"] == 0
    lean, sdk = report["targets"]
    assert (lean["name"], sdk["name"]) == ("lean", "sdk")
    for target in (lean, sdk):
        for name in ("get", "stat", "put"):
            figures = target["ops"][name]
            assert figures["ops"] > 0
            assert figures["bytes"] == (0 if name == "stat" else figures["ops"] * 4096)
    assert "client" not in lean["probe"]
    assert {name: sdk["probe"][name] for name in ("client", "retry_mode", "max_attempts")} == {
        "client": "sdk", "retry_mode": "standard", "max_attempts": 3,
    }  # fmt: skip
    assert sdk["counters"] == {"retries": 0, "pool_connections": 10, "clients": 1}
    workers = {worker["target"]: worker for worker in report["workers"]}
    assert set(workers) == {0, 1}
    assert all(worker["cpu_s"] > 0 and worker["ops"] > 0 for worker in workers.values())
    assert [target["payload_signing"] for target in report["security"]] == ["unsigned", None]
    left = [found["Key"] for found in raw_client(rclone).list_objects_v2(Bucket=bucket)["Contents"]]
    left = [key for key in left if ".s3bench/" not in key]  # the note of who made the data set
    assert left == [f"s3bench/data/prepared-{index:08d}.dat" for index in range(50)]


def test_lean_and_azures_sdk_side_by_side(azurite: Azurite, tmp_path: Path) -> None:
    box = azure_rig.new_name()
    azure_rig.sdk(azurite, box).create_container()
    place = {"uri": f"az://{azurite.access_key}/{box}/", "endpoint": azurite.endpoint}
    workload = {
        "targets": [{**place, "name": "lean"}, {**place, "name": "sdk", "client": "sdk"}],
        "duration": "1500ms",
        "concurrency": 4,
        "processes": 2,
        "dataset": {"count": 20, "size": 4096, "prefix": "data/"},
        "workload": [{"op": "get", "weight": 70}, {"op": "put", "weight": 30, "path": "out/", "size": 4096}],
        "cleanup": "written",
    }
    (tmp_path / "w.yaml").write_text(yaml.safe_dump(workload))
    ended = run("--headless", "w.yaml", "--report", "out.json", cwd=tmp_path, **azurite.env())
    assert ended.code == 0, ended.err
    assert "through azure-storage-blob: exponential retries, 4 attempts at most" in ended.err
    report = read_report(tmp_path / "out.json")
    assert report["total"]["failed"] == 0
    for target in report["targets"]:
        for name in ("get", "put"):
            assert target["ops"][name]["bytes"] == target["ops"][name]["ops"] * 4096 > 0
    lean, sdk = report["targets"]
    assert "client" not in lean["probe"]
    assert sdk["probe"]["max_attempts"] == 4
    assert sdk["counters"] == {"retries": 0, "pool_connections": 10, "clients": 1}
    left = [blob.name for blob in azure_rig.sdk(azurite, box).list_blobs() if ".s3bench/" not in blob.name]
    assert left == [f"data/prepared-{index:08d}.dat" for index in range(20)]
