"""What lines and targets ask of each request, on real servers: looked at with the vendor's own client."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest

from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import OK
from tests.servers.azurite import Azurite
from tests.servers.process import Server
from tests.stores import azure_rig, gcs_rig, sdk_rig
from tests.stores.http_rig import Peer, answer, content, driving, perform, told
from tests.stores.test_s3_driver import sdk

pytestmark = pytest.mark.server

RICH = LineOptions(
    metadata=(("colour", "blue and green"), ("n-1", "2")),
    tags=(("team", "storage + more/x"), ("a b", "=")),
    storage_class="STANDARD",
    content_type="text/x-test; charset=utf-8",
    cache_control="max-age=60, public",
)


@pytest.mark.parametrize("name", ["moto", "rgw"])
@pytest.mark.parametrize("signing", ["signed", "unsigned"])
def test_what_a_put_says_is_kept(request: pytest.FixtureRequest, name: str, signing: str) -> None:
    server: Server = request.getfixturevalue(name)
    bucket, client = sdk_rig.new_bucket(server), sdk(server)
    with driving(server=server, bucket=bucket, signing=signing, lines=(RICH, LineOptions())) as driver:
        for _ in range(2):
            assert perform(driver, "put", "rich/object", 300_000).outcome == OK
        assert perform(driver, "put", "plain", 10, entry=1).outcome == OK
        got = perform(driver, "get", "rich/object", 300_000)
        assert (got.outcome, got.transferred) == (OK, 300_000), got.detail
    found = client.head_object(Bucket=bucket, Key="rich/object")
    assert found["Metadata"] == {"colour": "blue and green", "n-1": "2"}
    assert (found["ContentType"], found["CacheControl"]) == ("text/x-test; charset=utf-8", "max-age=60, public")
    tags = client.get_object_tagging(Bucket=bucket, Key="rich/object")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "storage + more/x", "a b": "="}
    assert client.head_object(Bucket=bucket, Key="plain")["Metadata"] == {}


def test_the_sdk_says_the_same(rgw: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch, rgw)
    bucket = sdk_rig.new_bucket(rgw)
    with sdk_rig.driving(rgw.endpoint, bucket, lines=(RICH,)) as driver:
        op = perform(driver, "put", "k", 10)  # type: ignore[arg-type]  # any driver will do
        assert op.outcome == OK, op.detail
    found = sdk(rgw).head_object(Bucket=bucket, Key="k")
    assert found["Metadata"] == {"colour": "blue and green", "n-1": "2"}
    assert found["ContentType"] == "text/x-test; charset=utf-8"


@pytest.mark.parametrize("name", ["moto", "rgw"])
def test_only_new_objects_are_made(request: pytest.FixtureRequest, name: str) -> None:
    server: Server = request.getfixturevalue(name)
    bucket = sdk_rig.new_bucket(server)
    with driving(server=server, bucket=bucket, lines=(LineOptions(if_none_match="*"),)) as driver:
        assert perform(driver, "put", "k", 10).outcome == OK
        assert perform(driver, "put", "k", 20).outcome == 412
    assert sdk(server).head_object(Bucket=bucket, Key="k")["ContentLength"] == 10


CONDITIONAL = (LineOptions(if_none_match="etag"), LineOptions(if_match="etag"), LineOptions())


def conditional_reads(driver: Any, change: Any) -> None:
    """Over an object of 10 bytes that `change` makes one of 20."""
    first = perform(driver, "get", "k", entry=0)
    assert (first.outcome, first.transferred) == (OK, 10), first.detail
    same = perform(driver, "get", "k", entry=0)
    assert (same.outcome, same.transferred) == (OK, 0), same.detail
    assert perform(driver, "get", "k", entry=1).transferred == 10
    assert perform(driver, "get", "k", entry=2).transferred == 10
    change()
    assert perform(driver, "get", "k", entry=1).outcome == 412
    assert perform(driver, "get", "k", entry=1).transferred == 20  # what refused is forgotten
    assert perform(driver, "get", "k", entry=0).transferred == 0
    change()


@pytest.mark.parametrize("name", ["moto", "rgw"])
def test_reads_hold_to_the_version_that_was_seen(request: pytest.FixtureRequest, name: str) -> None:
    server: Server = request.getfixturevalue(name)
    bucket, client = sdk_rig.new_bucket(server), sdk(server)
    client.put_object(Bucket=bucket, Key="k", Body=bytes(10))
    with driving(server=server, bucket=bucket, lines=CONDITIONAL) as driver:
        conditional_reads(driver, lambda: client.put_object(Bucket=bucket, Key="k", Body=os.urandom(20)))


@pytest.mark.parametrize("name", ["moto", "azurite"])
def test_writes_hold_to_the_version_that_was_seen(request: pytest.FixtureRequest, name: str) -> None:
    lines = (LineOptions(if_match="etag"),)
    if name == "moto":  # the gateway of Ceph 16 compares with the quotes of the field, and so never finds it right
        server: Server = request.getfixturevalue("moto")
        bucket, client = sdk_rig.new_bucket(server), sdk(server)
        with driving(server=server, bucket=bucket, lines=lines) as driver:
            conditional_writes(driver, lambda: client.put_object(Bucket=bucket, Key="k", Body=os.urandom(20)))
        return
    azurite: Azurite = request.getfixturevalue("azurite")
    box = azure_rig.new_name()
    container = azure_rig.sdk(azurite, box)
    container.create_container()
    with azure_rig.driving(azurite, box, lines=lines) as driver:
        conditional_writes(driver, lambda: container.upload_blob("k", os.urandom(20), overwrite=True))


def conditional_writes(driver: Any, change: Any) -> None:
    for length in (10, 11):  # the first knows of nothing; the second is over what the first has made
        assert perform(driver, "put", "k", length).outcome == OK
    change()
    assert perform(driver, "put", "k", 12).outcome == 412
    assert perform(driver, "put", "k", 13).outcome == OK, "what refused is forgotten"


def test_google_s_generations() -> None:
    """The emulator knows no such conditions, so what is sent is looked at."""
    asked: list[str] = []

    def script(peer: Peer) -> None:
        for status, fields in (("200 OK", ""), ("200 OK", "x-goog-generation: 17\r\n"), ("304 Not Modified", "")):
            head, _ = peer.request()
            asked.append(head.decode())
            peer.send(answer(b"" if status.startswith("304") else b"{}", status, fields))

    lines = (LineOptions(if_none_match="*", content_type="text/x-test"), LineOptions(if_none_match="etag"))
    with told(script) as server, gcs_rig.driving(server.url, "bucket", lines=lines) as driver:
        assert perform(driver, "put", "new", 10).outcome == OK
        assert perform(driver, "get", "k", entry=1).transferred == 2
        same = perform(driver, "get", "k", entry=1)
        assert (same.outcome, same.transferred) == (OK, 0)
    put, first, second = asked
    assert "?uploadType=media&fields=size&name=new&ifGenerationMatch=0 HTTP/1.1\r\n" in put
    assert put.count("Content-Type:") == 1 and "\r\nContent-Type: text/x-test\r\n" in put
    assert "ifGeneration" not in first and "/o/k?alt=media&ifGenerationNotMatch=17 HTTP/1.1\r\n" in second


def test_azure_s_conditions_and_fields(azurite: Azurite) -> None:
    name = azure_rig.new_name()
    container = azure_rig.sdk(azurite, name)
    container.create_container()
    container.upload_blob("k", bytes(10))
    with azure_rig.driving(azurite, name, lines=CONDITIONAL) as driver:
        conditional_reads(driver, lambda: container.upload_blob("k", os.urandom(20), overwrite=True))
    rich = LineOptions(
        if_none_match="*",
        metadata=(("colour", "blue"),),
        storage_class="Cool",
        content_type="text/x-test",
        cache_control="no-cache",
    )
    with azure_rig.driving(azurite, name, lines=(rich,)) as driver:
        assert perform(driver, "put", "rich", 10).outcome == OK
        assert perform(driver, "put", "rich", 10).outcome == 409
    found = container.get_blob_client("rich").get_blob_properties()
    assert (found.metadata, found.blob_tier) == ({"colour": "blue"}, "Cool")
    settings = found.content_settings
    assert (settings.content_type, settings.cache_control) == ("text/x-test", "no-cache")


class TestEncryption:
    KEY = base64.b64encode(bytes(range(32))).decode()

    def test_by_the_customer_s_key(self, rgw: Server) -> None:
        bucket, client = sdk_rig.new_bucket(rgw), sdk(rgw)
        keys = {"access_key": rgw.access_key, "secret_key": rgw.secret_key, "customer_key": self.KEY}
        sealed: dict[str, Any] = {"encryption": {"type": "sse-c"}, "lines": (LineOptions(),), "credentials": keys}
        with driving(server=rgw, bucket=bucket, **sealed) as driver:
            for kind in ("put", "get", "stat"):
                op = perform(driver, kind, "k", 10)
                assert op.outcome == OK, (kind, op.detail)
        key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": bytes(range(32))}
        assert client.get_object(Bucket=bucket, Key="k", **key)["Body"].read() == content("k", 10)
        with driving(server=rgw, bucket=bucket) as driver:
            assert perform(driver, "get", "k", 10).outcome == 400, "without the key"

    def test_a_copy_shows_the_key_for_both_ends(self) -> None:
        asked: list[str] = []

        def script(peer: Peer) -> None:
            asked.append(peer.request()[0].decode())
            peer.send(answer(b"<CopyObjectResult/>"))

        keys = {"access_key": "a", "secret_key": "b", "customer_key": self.KEY}
        sealed: dict[str, Any] = {"encryption": {"type": "sse-c"}, "lines": (LineOptions(),), "credentials": keys}
        with told(script) as server, driving(server.url, **sealed) as driver:
            assert perform(driver, "copy", "to", 10, source="from").outcome == OK
        names = {line.partition(":")[0] for line in asked[0].split("\r\n")}
        for start in ("x-amz-server-side", "x-amz-copy-source-server-side"):
            assert {f"{start}-encryption-customer-{part}" for part in ("algorithm", "key", "key-md5")} <= names
        signed = asked[0].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        assert {name for name in names if name.startswith("x-amz-")} <= set(signed)

    @pytest.mark.parametrize(
        ("encryption", "found"),
        [
            ({"type": "sse-s3"}, ("AES256", None)),
            ({"type": "sse-kms", "kms_key_id": "alias/mine"}, ("aws:kms", "alias/mine")),
        ],
    )
    def test_by_the_service_s_keys(self, moto: Server, encryption: dict[str, str], found: tuple[str, str]) -> None:
        bucket, client = sdk_rig.new_bucket(moto), sdk(moto)
        with driving(server=moto, bucket=bucket, encryption=encryption, lines=(LineOptions(),)) as driver:
            assert perform(driver, "put", "k", 10).outcome == OK
            assert perform(driver, "get", "k", 10).outcome == OK
        head = client.head_object(Bucket=bucket, Key="k")
        assert (head["ServerSideEncryption"], head.get("SSEKMSKeyId")) == found
