"""The S3 data plane on real servers: what it writes the vendor's SDK reads with equal bytes, and the other way round."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from s3bench_tui.stores.outcome import OK, PARTIAL, name_of
from tests.servers.process import Server
from tests.stores.http_rig import content, driving, finish, operation, perform

pytestmark = pytest.mark.server

MIB = 1 << 20
ODD_KEYS = [
    "plain",
    "a b",
    "a+b",
    "a%20b",
    "100%",
    "ünïcödé/日本/🪣",
    "quotes'\"`",
    "amp&eq=?semi;colon:,@$!*()",
    "tilde~^|[]{}<>\\",
    "#hash?query=1&x",
    "dots.../...x",
    "e\u0301 not normalised",
]


def sdk(server: Server) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name=server.region,
        config=Config(
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1},
            read_timeout=20,
            response_checksum_validation="when_required",
            request_checksum_calculation="when_required",
        ),
    )


@pytest.fixture(params=["moto", "rclone", "rgw"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def bucket(server: Server) -> Iterator[str]:
    name = f"driver-{uuid.uuid4().hex[:12]}"
    sdk(server).create_bucket(Bucket=name)
    yield name


@pytest.mark.parametrize("signing", ["signed", "unsigned"])
@pytest.mark.parametrize("size", [0, 1, 4096, 300_001, 5 * MIB + 7])
def test_put_and_get(server: Server, bucket: str, size: int, signing: str) -> None:
    with driving(server=server, bucket=bucket, signing=signing) as driver:
        put = perform(driver, "put", "dir/object", size)
        assert (put.outcome, put.transferred) == (OK, size), put.detail
        got = perform(driver, "get", "dir/object", size)
        assert (got.outcome, got.transferred) == (OK, size), got.detail
        assert (got.first_byte_ns > 0) == (size > 0)
        stat = perform(driver, "stat", "dir/object")
        assert (stat.outcome, stat.length) == (OK, size), stat.detail
    assert sdk(server).get_object(Bucket=bucket, Key="dir/object")["Body"].read() == content("dir/object", size)


@pytest.mark.parametrize("receive", ["discard", "copy"])
def test_objects_of_the_sdk(server: Server, bucket: str, receive: str) -> None:
    sdk(server).put_object(Bucket=bucket, Key="big", Body=bytes(9 * MIB))
    with driving(server=server, bucket=bucket, receive=receive) as driver:
        ops = [operation("get", "big", 9 * MIB, slot=slot) for slot in range(3)]
        ops.append(operation("get", "big", slot=3))  # of unknown length
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
        assert [(op.outcome, op.transferred) for op in ops] == [(OK, 9 * MIB)] * 4
        short = perform(driver, "get", "big", 9 * MIB + 1)
        assert name_of(short.outcome) == "integrity"


def test_batched_delete_of_odd_keys(server: Server, bucket: str) -> None:
    s3 = sdk(server)
    for key in ODD_KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    with driving(server=server, bucket=bucket) as driver:
        op = perform(driver, "delete", keys=[*ODD_KEYS, "never there"])
        assert op.outcome in (OK, PARTIAL), op.detail
        assert perform(driver, "list", "").items == 0
        unspeakable = perform(driver, "delete", keys=["\x00"])
        assert name_of(unspeakable.outcome) == "client"
        assert perform(driver, "list", "").outcome == OK


@pytest.mark.parametrize("name", ["rclone", "rgw"])
@pytest.mark.parametrize("signing", ["signed", "unsigned"])
def test_wrong_secret(name: str, signing: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(name)
    keys = {"access_key": server.access_key, "secret_key": "not-the-secret"}
    with driving(server=server, credentials=keys, signing=signing) as driver:
        for kind, size in (("get", 100), ("put", 5000), ("put", 3 * MIB), ("list", -1), ("delete", -1)):
            op = perform(driver, kind, "key", size)
            assert op.outcome == 403, op.detail
            assert op.transferred == 0
            assert op.detail.startswith("403 SignatureDoesNotMatch")
            assert "not-the-secret" not in op.detail
            assert (name != "rgw") or "(request id tx" in op.detail
        assert perform(driver, "stat", "key").outcome == 403


@pytest.mark.parametrize("name", ["rclone", "rgw"])
def test_unknown_access_key(name: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(name)
    keys = {"access_key": "somebody-else", "secret_key": server.secret_key}
    with driving(server=server, credentials=keys) as driver:
        op = perform(driver, "get", "key")
        assert (op.outcome, op.detail[:22]) == (403, "403 InvalidAccessKeyId")


def test_anonymous(rgw: Server) -> None:
    name = f"public-{uuid.uuid4().hex[:12]}"
    s3 = sdk(rgw)
    s3.create_bucket(Bucket=name, ACL="public-read")
    s3.put_object(Bucket=name, Key="open", Body=b"abc", ACL="public-read")
    s3.put_object(Bucket=name, Key="closed", Body=b"abc")
    with driving(server=rgw, bucket=name, signing="none") as driver:
        assert perform(driver, "get", "open", 3).outcome == OK
        assert perform(driver, "list", "").items == 2
        closed = perform(driver, "get", "closed", 3)
        assert (closed.outcome, closed.detail[:16]) == (403, "403 AccessDenied")
        assert perform(driver, "put", "new", 3).outcome == 403


def test_session_token_that_the_server_does_not_know(rgw: Server) -> None:
    keys = {"access_key": rgw.access_key, "secret_key": rgw.secret_key, "token": "an expired token"}
    with driving(server=rgw, credentials=keys) as driver:
        op = perform(driver, "get", "key")
        assert 400 <= op.outcome < 500
        assert op.detail.startswith(f"{op.outcome} ")
        assert "an expired token" not in op.detail


@pytest.mark.parametrize("signing", ["signed", "unsigned"])
def test_credentials_are_renewed_while_running(rgw: Server, signing: str) -> None:
    name = f"renewed-{uuid.uuid4().hex[:12]}"
    sdk(rgw).create_bucket(Bucket=name)
    good = {"access_key": rgw.access_key, "secret_key": rgw.secret_key}
    with driving(server=rgw, bucket=name, signing=signing) as driver:
        outcomes = []
        for keys in (good, {**good, "secret_key": "wrong"}, good):
            driver.renew(keys)
            ops = [operation("put", f"key{slot}", 5000, slot=slot) for slot in range(4)]
            for op in ops:
                driver.submit(op)
            finish(driver, ops)
            outcomes.append({op.outcome for op in ops})
        assert outcomes == [{OK}, {403}, {OK}]


def test_signed_payload_is_verified_by_the_server(rgw: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"verified-{uuid.uuid4().hex[:12]}"
    sdk(rgw).create_bucket(Bucket=name)
    with driving(server=rgw, bucket=name, signing="signed") as driver:
        assert perform(driver, "put", "key", MIB).outcome == OK
        monkeypatch.setattr("s3bench_tui.stores.http.digest.BodyDigest.sha256", "0" * 64)
        refused = perform(driver, "put", "key", MIB)
        assert refused.outcome == 400
        assert "XAmzContentSHA256Mismatch" in refused.detail


def test_moto_closes_each_connection(moto: Server) -> None:
    name = f"closing-{uuid.uuid4().hex[:12]}"
    sdk(moto).create_bucket(Bucket=name)
    with driving(server=moto, bucket=name) as driver:
        ops = [operation("put", f"key{slot}", 100, slot=slot) for slot in range(8)]
        for _ in range(3):
            for op in ops:
                driver.submit(op)
            finish(driver, ops)
            assert {op.outcome for op in ops} == {OK}
        assert driver.counters()["connects"] == 24
        assert driver.counters()["connections"] == 0
