"""A whole run on gs://: a data set that is made, loaded, found again, and cleaned up, on a real server."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.program import read_report, run, workload
from tests.servers.process import Server
from tests.stores.gcs_rig import new_bucket

pytestmark = pytest.mark.server


def names_in(server: Server, bucket: str) -> list[str]:
    with urllib.request.urlopen(f"{server.endpoint}/storage/v1/b/{bucket}/o", timeout=20) as answer:
        return [item["name"] for item in json.load(answer).get("items", [])]


def test_a_run_with_a_data_set(fakegcs: Server, tmp_path: Path) -> None:
    bucket = new_bucket(fakegcs)
    changes = {
        "target": f"gs://{bucket}/bench/",
        "dataset": {"count": 40, "size": "16KiB", "prefix": "data/"},
        "processes": 2,
        "workload": [
            {"op": "get", "weight": 4},
            {"op": "get", "name": "ranged", "range": {"size": "1KiB"}},
            {"op": "put", "path": "out/", "size": "2KiB"},
            {"op": "stat"},
            {"op": "list", "path": "data/"},
            {"op": "delete", "path": "out/", "weight": 0.5},
        ],
        "cleanup": "written",
    }
    file = workload(tmp_path, **changes)
    for there in (0, 40):
        ended = run("--headless", file, "--report", "out.json", cwd=tmp_path, STORAGE_EMULATOR_HOST=fakegcs.endpoint)
        assert ended.code == 0, ended.err
        assert f"data set bench/data/: {there} of 40 objects are there" in ended.err
        report = read_report(tmp_path / "out.json")
        assert report["total"]["failed"] == 0
        figures = report["entries"]
        assert all(figures[name]["ops"] > 0 for name in ("get", "ranged", "put", "stat", "list", "delete"))
        assert figures["get"]["bytes"] == figures["get"]["ops"] * 16384
        assert figures["ranged"]["bytes"] == figures["ranged"]["ops"] * 1024
        (target,) = report["targets"]
        assert (target["scheme"], target["probe"]["anonymous"]) == ("gs", True)
        left = [name for name in names_in(fakegcs, bucket) if "/.s3bench/" not in name]
        assert left == [f"bench/data/prepared-{index:08d}.dat" for index in range(40)]


def test_a_bucket_that_is_not_there(fakegcs: Server, tmp_path: Path) -> None:
    target = {"uri": "gs://there-is-none/", "endpoint": fakegcs.endpoint, "anonymous": True}
    ended = run("--headless", workload(tmp_path, target=target), "--report", "out.json", cwd=tmp_path)
    assert ended.code == 3
    assert ended.err.strip().splitlines()[-1].endswith("; create the bucket, or correct its name in the target")
    assert "Traceback" not in ended.err
    assert not (tmp_path / "out.json").exists()


def test_clean_up_in_a_later_process(fakegcs: Server, tmp_path: Path) -> None:
    bucket = new_bucket(fakegcs)
    file = workload(tmp_path, target=f"gs://{bucket}/bench/", dataset={"count": 20, "size": 100, "prefix": "data/"})
    emulator = {"STORAGE_EMULATOR_HOST": fakegcs.endpoint}
    assert run("--headless", file, "--prepare-only", cwd=tmp_path, **emulator).code == 0
    assert len(names_in(fakegcs, bucket)) == 21
    ended = run("--headless", file, "--cleanup-only", cwd=tmp_path, **emulator)
    assert (ended.code, ended.out) == (0, "gs: data set dataset: 20 objects deleted\n"), ended.err
    assert names_in(fakegcs, bucket) == []
