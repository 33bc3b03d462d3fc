"""Uploads in parts on real servers: the same object as by one request, as the vendor's SDK and the server see it."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3bench_tui.stores.outcome import OK, name_of
from tests.servers import faultproxy
from tests.servers.faultproxy_process import Faults
from tests.servers.process import Server
from tests.stores.http_rig import content
from tests.stores.parts_rig import MIB, in_parts, put, rest, write
from tests.stores.test_s3_driver import ODD_KEYS, sdk

pytestmark = pytest.mark.server


@pytest.fixture(params=["moto", "rclone", "rgw"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def bucket(server: Server) -> Iterator[str]:
    name = f"parts-{uuid.uuid4().hex[:12]}"
    sdk(server).create_bucket(Bucket=name)
    yield name


@pytest.mark.parametrize("signing", ["signed", "unsigned"])
def test_the_object_is_the_same(server: Server, bucket: str, signing: str) -> None:
    size = 12 * MIB + 4097
    with in_parts(server=server, bucket=bucket, signing=signing) as driver:
        op = put("dir/large", size)
        requests = write(driver, [op])
    assert (op.outcome, op.transferred) == (OK, size), op.detail
    assert Counter(name for name, _ in requests) == {"create": 1, "part": 3, "complete": 1}
    assert all(not request.outcome for _, request in requests)
    assert sum(request.transferred for _, request in requests) == size
    assert op.dispatch_ns == min(request.dispatch_ns for _, request in requests)
    assert op.done_ns == max(request.done_ns for _, request in requests)
    assert op.dispatch_ns < op.first_byte_ns <= op.done_ns
    assert sdk(server).get_object(Bucket=bucket, Key="dir/large")["Body"].read() == content("dir/large", size)


def test_the_server_counts_the_parts(rgw: Server, moto: Server) -> None:
    for server in (rgw, moto):
        bucket = f"parts-{uuid.uuid4().hex[:12]}"
        sdk(server).create_bucket(Bucket=bucket)
        with in_parts(server=server, bucket=bucket) as driver:
            write(driver, [put("four", 15 * MIB + 1), put("one", 5 * MIB, slot=1), put("single", 6 * MIB, 2, line=1)])
        tags = {key: sdk(server).head_object(Bucket=bucket, Key=key)["ETag"] for key in ("four", "one", "single")}
        assert tags["four"].strip('"').endswith("-4")
        assert "-" not in tags["one"] and "-" not in tags["single"]


def test_keys_of_all_kinds(server: Server, bucket: str) -> None:
    with in_parts(server=server, bucket=bucket, above=0) as driver:
        ops = [put(key, 5000 + number, slot=number) for number, key in enumerate(ODD_KEYS)]
        write(driver, ops)
    assert [(op.key, op.outcome, op.detail) for op in ops] == [(key, OK, "") for key in ODD_KEYS]
    for op in ops:
        assert sdk(server).get_object(Bucket=bucket, Key=op.key)["Body"].read() == content(op.key, op.length)


def test_withdrawn_uploads_leave_nothing(rgw: Server) -> None:
    bucket = f"parts-{uuid.uuid4().hex[:12]}"
    sdk(rgw).create_bucket(Bucket=bucket)
    with in_parts(server=rgw, bucket=bucket, parallel=2) as driver:
        ops = [put(f"k{slot}", 200 * MIB, slot=slot) for slot in range(3)]
        for op in ops:
            driver.submit(op)
        deadline = time.monotonic() + 20
        while len(sdk(rgw).list_multipart_uploads(Bucket=bucket).get("Uploads", ())) < 3:
            assert time.monotonic() < deadline
            driver.wait(10_000_000)
        assert driver.withdraw(time.monotonic_ns() + 10_000_000_000) == []
        assert driver.counters()["uploads_aborted"] == 3
    assert not sdk(rgw).list_multipart_uploads(Bucket=bucket).get("Uploads")
    assert not sdk(rgw).list_objects_v2(Bucket=bucket).get("Contents")


def test_a_cut_connection_fails_the_object_once_and_leaves_nothing(rgw: Server, tmp_path: Path) -> None:
    bucket = f"parts-{uuid.uuid4().hex[:12]}"
    sdk(rgw).create_bucket(Bucket=bucket)
    with (
        faultproxy.serve(tmp_path, rgw, Faults(cut_after=1200)) as proxy,
        in_parts(proxy.endpoint, server=rgw, bucket=bucket, parallel=1) as driver,
    ):
        op = put("cut", 40 * MIB)
        driver.submit(op)
        requests = rest(driver, [op])
    assert name_of(op.outcome) == "reset" and op.detail.startswith("part "), op.detail
    assert op.transferred == 0
    assert Counter(name_of(request.outcome) for _, request in requests)["reset"] == 1
    assert not sdk(rgw).list_multipart_uploads(Bucket=bucket).get("Uploads")
    assert not sdk(rgw).list_objects_v2(Bucket=bucket).get("Contents")
