"""Tags as operations of their own: what is given is there, for the vendor's own client to see; what comes is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from s3bench_tui.stores.options import NO_OPTIONS, LineOptions
from s3bench_tui.stores.outcome import OK, PROTOCOL
from tests.servers.azurite import Azurite
from tests.servers.process import Server
from tests.stores import azure_rig, sdk_rig
from tests.stores.http_rig import answer, answering, driving, perform, told
from tests.stores.test_s3_driver import sdk

ODD = {"team": "storage + more/x", "a b": "=", "rest": "a.b:c_d-e@f"}
XML = {"a<b": "\"x\" & 'y' ü"}
PLAIN = {"team": "storage + more/x", "a b": "="}


def line(tags: dict[str, str]) -> LineOptions:
    return LineOptions(tags=tuple(tags.items()))


def tagged(driver: Any, key: str) -> None:
    """Gives the object the tags of line 0, then those of line 1; line 2 asks for them."""
    assert perform(driver, "put", key, 10, entry=2).outcome == OK
    for entry in (0, 1):
        given = perform(driver, "tag", key, entry=entry)
        assert (given.outcome, given.transferred, given.items) == (OK, 0, 0), given.detail
        came = perform(driver, "get_tags", key, entry=2)
        assert (came.outcome, came.transferred, came.items) == (OK, 0, 0), came.detail
        assert came.first_byte_ns
    for kind, entry in (("tag", 0), ("get_tags", 2)):
        missing = perform(driver, kind, "not there", entry=entry)
        assert missing.outcome == 404
        assert "NoSuchKey" in missing.detail or "BlobNotFound" in missing.detail or "404" in missing.detail


@pytest.mark.server
class TestServers:
    @pytest.mark.parametrize("name", ["moto", "rgw"])
    @pytest.mark.parametrize("signing", ["signed", "unsigned"])
    def test_objects_have_the_tags_that_they_were_given(
        self, request: pytest.FixtureRequest, name: str, signing: str
    ) -> None:
        server: Server = request.getfixturevalue(name)
        bucket, client = sdk_rig.new_bucket(server), sdk(server)
        later = XML if name == "rgw" else {**PLAIN, "empty": ""}  # moto takes those letters alone that the vendor does
        lines = (line(ODD), line(later), NO_OPTIONS)
        with driving(server=server, bucket=bucket, signing=signing, lines=lines) as driver:
            tagged(driver, "below/ü+k")
            found = client.get_object_tagging(Bucket=bucket, Key="below/ü+k")["TagSet"]
            assert {tag["Key"]: tag["Value"] for tag in found} == later, "in place of the earlier ones"

    def test_the_sdk_gives_them_too(self, rgw: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        sdk_rig.use_environment(monkeypatch, rgw)
        bucket = sdk_rig.new_bucket(rgw)
        with sdk_rig.driving(rgw.endpoint, bucket, lines=(line(ODD), line(XML), NO_OPTIONS)) as driver:
            assert perform(driver, "put", "k", 10, entry=2).outcome == OK  # type: ignore[arg-type]  # any driver will do
            for kind, entry in (("tag", 0), ("get_tags", 2)):
                op = perform(driver, kind, "k", entry=entry)  # type: ignore[arg-type]
                assert op.outcome == OK, op.detail
            assert perform(driver, "get_tags", "missing", entry=2).outcome == 404  # type: ignore[arg-type]
        found = sdk(rgw).get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in found} == ODD

    def test_blobs_have_the_tags_that_they_were_given(self, azurite: Azurite) -> None:
        name = azure_rig.new_name()
        container = azure_rig.sdk(azurite, name)
        container.create_container()
        lines = (line(PLAIN), line({"other": "x"}), NO_OPTIONS, line(PLAIN))
        with azure_rig.driving(azurite, name, lines=lines) as driver:
            tagged(driver, "below/ü+k")
            assert container.get_blob_client("below/ü+k").get_blob_tags() == {"other": "x"}
            assert perform(driver, "put", "with", 10, entry=3).outcome == OK
            assert container.get_blob_client("with").get_blob_tags() == PLAIN

    def test_azure_s_sdk_gives_them_too(self, azurite: Azurite) -> None:
        name = azure_rig.new_name()
        container = azure_rig.sdk(azurite, name)
        container.create_container()
        container.upload_blob("k", b"0123456789")
        lines = (line(PLAIN), NO_OPTIONS)
        with azure_rig.driving(azurite, name, lines=lines, client="sdk", insecure=False, ca_file=None) as driver:
            driver.prewarm(1, 0)
            for kind, entry in (("tag", 0), ("get_tags", 1)):
                op = perform(driver, kind, "k", entry=entry)
                assert op.outcome == OK, op.detail
        assert container.get_blob_client("k").get_blob_tags() == PLAIN


@pytest.mark.parametrize("body", [b"", b"<Tagging><TagSet>", b"<Other/>", b"<html></html>"])
def test_what_is_no_answer_is_a_failure(body: bytes) -> None:
    with told(answering(answer(body))) as server, driving(server.url) as driver:
        op = perform(driver, "get_tags")
    assert op.outcome == PROTOCOL
    assert op.detail.startswith("the tags cannot be read: ")


def test_a_token_without_the_right_is_refused_in_words() -> None:
    body = b"<Error><Code>AccessDenied</Code><Message>no s3:PutObjectTagging</Message></Error>"
    with told(answering(answer(body, "403 Forbidden"))) as server, driving(server.url, lines=(line(ODD),)) as driver:
        op = perform(driver, "tag")
    assert (op.outcome, op.detail) == (403, "403 AccessDenied no s3:PutObjectTagging")
