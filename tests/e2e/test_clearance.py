"""Clean-up in a later process on object stores: what was noted goes, and the note; all else stays."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from tests.e2e.program import run, workload
from tests.servers.azurite import ACCOUNT, Azurite
from tests.servers.process import Server
from tests.stores.azure_rig import new_name, sdk

pytestmark = pytest.mark.server

DATASET = {"count": 40, "size": 100, "prefix": "data/", "shards": 4}


def test_s3(rclone: Server, tmp_path: Path) -> None:
    client = boto3.client(
        "s3", endpoint_url=rclone.endpoint, region_name="us-east-1", aws_access_key_id=rclone.access_key,
        aws_secret_access_key=rclone.secret_key, config=Config(request_checksum_calculation="when_required"),
    )  # fmt: skip
    client.create_bucket(Bucket="clearance")

    def keys() -> list[str]:
        return [found["Key"] for found in client.list_objects_v2(Bucket="clearance").get("Contents", ())]

    client.put_object(Bucket="clearance", Key="data/00/mine", Body=b"mine")
    target = {"uri": "s3://clearance/", "endpoint": rclone.endpoint, "region": "us-east-1"}
    path = workload(tmp_path, target=target, dataset=DATASET)
    made = run("--headless", path, "--prepare-only", cwd=tmp_path, **rclone.env())
    assert made.code == 0, made.err
    assert len(keys()) == 42
    sound = run("--headless", path, "--verify", cwd=tmp_path, **rclone.env())
    assert "40 of 40 objects are there" in sound.out
    client.put_object(Bucket="clearance", Key="data/03/prepared-00000003.dat", Body=b"mine")
    ended = run("--headless", path, "--cleanup-only", cwd=tmp_path, **rclone.env())
    assert (ended.code, "39 objects deleted" in ended.out) == (0, True), ended.err
    assert keys() == ["data/00/mine", "data/03/prepared-00000003.dat"]


def test_az(azurite: Azurite, tmp_path: Path) -> None:
    box = new_name()
    sdk(azurite, box).create_container()
    target = {"uri": f"az://{ACCOUNT}/{box}/bench/", "endpoint": azurite.endpoint}
    path = workload(tmp_path, target=target, dataset=DATASET)
    assert run("--headless", path, "--prepare-only", cwd=tmp_path, **azurite.env()).code == 0
    assert len(list(sdk(azurite, box).list_blob_names())) == 41
    ended = run("--headless", path, "--cleanup-only", cwd=tmp_path, **azurite.env())
    assert (ended.code, ended.out) == (0, "az: data set dataset: 40 objects deleted\n"), ended.err
    assert list(sdk(azurite, box).list_blob_names()) == []
