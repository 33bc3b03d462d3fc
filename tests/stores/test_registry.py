"""The registry: every scheme has its module, and a worker loads nothing heavy with it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores import registry
from s3bench_tui.stores.base import DriverConfig
from s3bench_tui.stores.multipart import AbortsUploads
from s3bench_tui.stores.uri import FORMS

HEAVY = {"pydantic", "boto3", "botocore", "asyncio", "rich", "textual", "psutil", "s3bench_tui.spec.model.workload"}


def test_schemes_are_those_of_the_uris() -> None:
    assert set(registry.MODULES) == set(FORMS)


@pytest.mark.parametrize("scheme", ["null", "file", "direct"])
def test_a_driver_loads_nothing_heavy(scheme: str, tmp_path: Path) -> None:
    program = f"""
import json, sys
from s3bench_tui.stores.base import DriverConfig
from s3bench_tui.stores.registry import open_driver
open_driver(DriverConfig({scheme!r}, {str(tmp_path)!r}), None).close()
print(json.dumps(sorted(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30).stdout
    assert not HEAVY & set(json.loads(out))


def test_open_store_gives_the_drivers_configuration(tmp_path: Path) -> None:
    store = registry.open_store(Target(uri=f"file://{tmp_path}/", fsync=True), 1, 2)
    config = store.driver_config()
    assert (config.scheme, config.root, config.operation_timeout_ns) == ("file", str(tmp_path), 2)
    assert config.options["fsync"] is True
    assert json.loads(json.dumps(dict(config.options))) == dict(config.options)


@pytest.mark.parametrize(("uri", "finds"), [("s3://bucket/", True), ("gs://bucket/", False)])
def test_where_uploads_can_be_left_half_done_they_are_aborted(uri: str, finds: bool) -> None:
    store = registry.open_store(Target(uri=uri, anonymous=True), 1, 2)
    assert isinstance(store, AbortsUploads), "the engine would pass it over"
    assert store.finds_uploads is finds


def test_open_store_refuses_a_wrong_uri() -> None:
    with pytest.raises(ValueError, match="did you mean file"):
        registry.open_store(Target(uri="fil:///x"), 1, 2)


def test_rates_are_split_over_workers() -> None:
    config = DriverConfig("null", "", {"ops_per_s": 1000.0, "bytes_per_s": None, "error_rate": 0.5})
    assert registry.for_worker(config, 0.25, 7).options == {
        "ops_per_s": 250.0,
        "bytes_per_s": None,
        "error_rate": 0.5,
        "seed": 7,
    }
