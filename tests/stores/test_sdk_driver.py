"""The driver over boto3 on real servers: the same operations end as they do with the lean driver."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.outcome import OK, name_of
from tests.servers import rclone as rclone_server
from tests.servers.certificates import Certificates
from tests.servers.process import Server
from tests.stores import http_rig, s3_answers, sdk_rig
from tests.stores.http_rig import content, operation
from tests.stores.sdk_rig import new_bucket, raw_client

pytestmark = pytest.mark.server

MIB = 1 << 20
LEAN_AND_SDK = ("lean", "sdk")


def perform(driver: Any, kind: str, *args: Any, **fields: Any) -> Any:
    return http_rig.perform(cast(HttpDriver, driver), kind, *args, **fields)


def finish(driver: Any, ops: list[Any]) -> None:
    http_rig.finish(cast(HttpDriver, driver), ops)


@pytest.fixture(autouse=True)
def shared_models(monkeypatch: pytest.MonkeyPatch) -> None:
    s3_answers.share_models(monkeypatch)


@pytest.fixture(params=["moto", "rclone"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Server:
    found: Server = request.getfixturevalue(request.param)
    sdk_rig.use_environment(monkeypatch, found)
    return found


@pytest.fixture
def bucket(server: Server) -> str:
    return new_bucket(server)


def test_a_slot_writes_objects_of_different_sizes(server: Server, bucket: str) -> None:
    with sdk_rig.driving(server.endpoint, bucket) as driver:
        for size in (5000, 0, 100, 5000, 9000):
            assert perform(driver, "put", f"of {size}", size).outcome == OK
    for size in (0, 100, 5000, 9000):
        read = raw_client(server).get_object(Bucket=bucket, Key=f"of {size}")["Body"].read()
        assert read == content(f"of {size}", size)


def test_both_clients_see_the_same(server: Server, bucket: str) -> None:
    raw_client(server).put_object(Bucket=bucket, Key="a b+ü", Body=bytes(100_000))
    seen = {}
    for client in LEAN_AND_SDK:
        with sdk_rig.driving(server.endpoint, bucket, client) as driver:
            seen[client] = [
                (
                    kind,
                    op.outcome,
                    op.transferred,
                    op.items,
                    op.pages,
                    op.outcome != OK or kind != "get" or op.first_byte_ns > 0,
                )
                for kind, args in (
                    ("get", ("a b+ü", 100_000)),
                    ("get", ("a b+ü",)),
                    ("get", ("a b+ü", 1000, 99_000)),
                    ("get", ("a b+ü", 99_999)),  # it is longer
                    ("get", ("a b+ü", 100_001)),  # it is shorter
                    ("get", ("a b+ü", 10, 200_000)),  # behind the end
                    ("get", ("a b+ü", 10, 99_995)),  # across the end
                    ("stat", ("a b+ü",)),
                    ("list", ("a",)),
                    ("list", ("none/",)),
                    ("get", ("no such key", 1)),
                    ("stat", ("no such key",)),
                    ("put", ("other", 5000)),
                    ("delete", ("other",)),
                )
                for op in [perform(driver, kind, *args)]
            ]
    assert seen["sdk"] == seen["lean"]
    assert [name_of(outcome) for _, outcome, *_ in seen["sdk"]][3:7] == [
        "integrity",
        "integrity",
        "http_416",
        "integrity",
    ]


def test_list_of_several_pages_and_deletes_by_the_batch(rclone: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch, rclone)
    server, bucket = rclone, new_bucket(rclone)
    keys = [f"many/{index:04d} &" for index in range(1005)]
    with sdk_rig.driving(server.endpoint, bucket, "lean", slots=16) as lean:
        for start in range(0, len(keys), 16):
            ops = [operation("put", key, 0, slot=slot) for slot, key in enumerate(keys[start : start + 16])]
            for op in ops:
                lean.submit(op)
            finish(lean, ops)
    with sdk_rig.driving(server.endpoint, bucket) as driver:
        listed = perform(driver, "list", "many/")
        assert (listed.outcome, listed.items, listed.pages) == (OK, 1005, 2), listed.detail
        for start in (0, 1000):
            batch = perform(driver, "delete", keys=keys[start : start + 1000])
            assert (batch.outcome, batch.items) == (OK, len(keys[start : start + 1000])), batch.detail
        assert driver.counters()["retries"] == 0  # two pages are two requests
    assert "Contents" not in raw_client(server).list_objects_v2(Bucket=bucket)


def test_more_in_flight_than_it_was_opened_for(server: Server, bucket: str) -> None:
    with sdk_rig.driving(server.endpoint, bucket, slots=2) as driver:
        assert driver.counters()["pool_connections"] == 10
        ops = [operation("put", f"key{slot}", 4096, slot=slot) for slot in range(12)]
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
        assert {(op.outcome, op.transferred) for op in ops} == {(OK, 4096)}
        assert driver.counters() == {"retries": 0, "pool_connections": 15, "clients": 1}


def test_high_slot_numbers_need_no_room(server: Server, bucket: str) -> None:
    """In open loop every arrival that waits has a number, and few of them are in flight."""
    with sdk_rig.driving(server.endpoint, bucket, slots=2) as driver:
        for slot in (500, 3, 800):
            assert perform(driver, "put", f"key{slot}", 4096, slot=slot).outcome == OK
        assert driver.counters() == {"retries": 0, "pool_connections": 10, "clients": 1}


def test_what_the_server_says_is_in_the_detail(server: Server, bucket: str) -> None:
    with sdk_rig.driving(server.endpoint, bucket) as driver:
        got = perform(driver, "get", "no such key", 100)
        assert got.detail.startswith("404 NoSuchKey ")
        assert "(request id " in got.detail or server.access_key == "test-access-key"  # moto names none
        assert perform(driver, "stat", "no such key").detail.startswith("404 Not Found")
    with sdk_rig.driving(server.endpoint, "there-is-no-such-bucket") as driver:
        for kind in ("get", "put", "list"):
            op = perform(driver, kind, "key", 100)
            assert (op.outcome, op.detail[:16]) == (404, "404 NoSuchBucket")
            assert op.transferred == op.items == 0


def test_wrong_and_renewed_credentials(rclone: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch, rclone)
    bucket = new_bucket(rclone)
    good = {"access_key": rclone.access_key, "secret_key": rclone.secret_key}
    with sdk_rig.driving(rclone.endpoint, bucket) as driver:
        outcomes = []
        for keys in (good, {**good, "secret_key": "not-the-secret"}, good):
            driver.renew(keys)
            put = perform(driver, "put", "key", 5000)
            outcomes.append(put.outcome)
            assert "not-the-secret" not in put.detail
        assert outcomes == [OK, 403, OK]


def test_https(certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with rclone_server.serve(tmp_path, certificate=certificates.good) as server:
        sdk_rig.use_environment(monkeypatch, server, AWS_REQUEST_CHECKSUM_CALCULATION="when_required")
        trusted = {"ca_file": str(certificates.ca_file)}
        with sdk_rig.driving(server.endpoint, "b", tls=trusted) as driver:
            assert name_of(perform(driver, "get", "key").outcome) == "http_404"
        with sdk_rig.driving(server.endpoint, "b", tls={"insecure": True}) as driver:
            assert name_of(perform(driver, "get", "key").outcome) == "http_404"
        with sdk_rig.driving(server.endpoint, "b") as driver:
            refused = perform(driver, "get", "key")
            assert name_of(refused.outcome) == "tls"
            assert "CERTIFICATE_VERIFY_FAILED" in refused.detail
