"""Verified reads beside overwrites on real servers of every kind, with objects in parts and over TLS: nothing is found amiss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import read_report, run, workload
from tests.servers.azurite import ACCOUNT, Azurite
from tests.servers.certificates import Certificates
from tests.servers.nginx import Nginx
from tests.servers.process import Server
from tests.stores.azure_rig import new_name, sdk
from tests.stores.gcs_rig import new_bucket

pytestmark = pytest.mark.server


def verified(directory: Path, target: dict[str, Any], dataset: dict[str, Any], **environ: str) -> None:
    changes = {
        "target": target, "processes": 2, "concurrency": 6, "duration": "1500ms", "cleanup": "all",
        "dataset": {"count": 8, "size": "300KiB", "prefix": "data/"} | dataset,
        "workload": [
            {"op": "get", "weight": 3, "verify": "checksum"},
            {"op": "get", "name": "part", "range": {"size": 70_001, "align": 1}, "verify": "checksum"},
            {"op": "put"},
        ],
    }  # fmt: skip
    ended = run("--headless", workload(directory, **changes), "--report", "out.json", cwd=directory, **environ)
    assert ended.code == 0, ended.err
    report = read_report(directory / "out.json")
    assert report["total"]["failed"] == 0
    figures = report["entries"]
    assert min(figures[name]["ops"] for name in ("get", "part", "put")) > 0
    counters = report["targets"][0]["counters"]
    assert counters["verified"] >= figures["get"]["ops"] + figures["part"]["ops"]
    assert "verified" in ended.out


def test_gs(fakegcs: Server, tmp_path: Path) -> None:
    verified(tmp_path, {"uri": f"gs://{new_bucket(fakegcs)}/"}, {}, STORAGE_EMULATOR_HOST=fakegcs.endpoint)


def test_az(azurite: Azurite, tmp_path: Path) -> None:
    box = new_name()
    sdk(azurite, box).create_container()
    verified(tmp_path, {"uri": f"az://{ACCOUNT}/{box}/", "endpoint": azurite.endpoint}, {}, **azurite.env())


def test_az_in_parts(azurite: Azurite, tmp_path: Path) -> None:
    box = new_name()
    sdk(azurite, box).create_container()
    target = {"uri": f"az://{ACCOUNT}/{box}/", "endpoint": azurite.endpoint}
    verified(
        tmp_path,
        target,
        {"count": 3, "size": "1MiB", "multipart": {"part_size": "256KiB", "parallel": 2}},
        **azurite.env(),
    )


def test_s3_over_tls(nginx: Nginx, certificates: Certificates, tmp_path: Path) -> None:
    (nginx.root / "tls").mkdir(exist_ok=True)
    target = {"uri": "s3://tls/", "endpoint": nginx.tls_endpoint, "region": "us-east-1", "anonymous": True, "tls": {"ca_file": str(certificates.ca_file)}}  # fmt: skip
    changes = {"create": "always", "size": "2MiB", "count": 3}
    spec = {
        "target": target, "processes": 1, "concurrency": 3, "duration": "1s", "dataset": changes,
        "workload": [{"op": "get", "verify": "checksum"}],
    }  # fmt: skip
    ended = run("--headless", workload(tmp_path, **spec), "--no-probe", "--report", "out.json", cwd=tmp_path)
    assert ended.code == 0, ended.err
    report = read_report(tmp_path / "out.json")
    counters = report["targets"][0]["counters"]
    assert report["total"]["failed"] == 0
    assert counters["verified_bytes"] == counters["verified"] * (2 << 20) > 0
