"""Uploads in parts with what lines and targets ask of each request, on real servers, looked at with the vendor's client."""

from __future__ import annotations

import base64
import os
from dataclasses import replace

import pytest

from s3bench_tui.stores.multipart import Multipart
from s3bench_tui.stores.options import NO_OPTIONS
from s3bench_tui.stores.outcome import OK
from tests.servers.process import Server
from tests.stores import sdk_rig
from tests.stores.http_rig import content, perform
from tests.stores.parts_rig import MIB, in_parts, put, write
from tests.stores.test_request_options import RICH
from tests.stores.test_s3_driver import sdk

pytestmark = pytest.mark.server

PARTS = Multipart(5 * MIB, 3, 5 * MIB)
SIZE = 11 * MIB


@pytest.mark.parametrize("name", ["moto", "rgw"])
@pytest.mark.parametrize("signing", ["signed", "unsigned"])
def test_what_a_put_says_is_kept(request: pytest.FixtureRequest, name: str, signing: str) -> None:
    server: Server = request.getfixturevalue(name)
    bucket, client = sdk_rig.new_bucket(server), sdk(server)
    lines = (replace(RICH, multipart=PARTS), NO_OPTIONS)
    with in_parts(server=server, bucket=bucket, signing=signing, lines=lines) as driver:
        op = put("rich/object", SIZE)
        write(driver, [op])
        assert op.outcome == OK, op.detail
        assert perform(driver, "get", "rich/object", SIZE).outcome == OK
    found = client.head_object(Bucket=bucket, Key="rich/object")
    assert found["ETag"].strip('"').endswith("-3")
    assert found["Metadata"] == {"colour": "blue and green", "n-1": "2"}
    assert (found["ContentType"], found["CacheControl"]) == ("text/x-test; charset=utf-8", "max-age=60, public")
    if name == "moto":  # this gateway forgets the tags of uploads in parts, the vendor's client's too
        tags = client.get_object_tagging(Bucket=bucket, Key="rich/object")["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "storage + more/x", "a b": "="}
    assert client.get_object(Bucket=bucket, Key="rich/object")["Body"].read() == content("rich/object", SIZE)


def test_a_customer_s_key_goes_with_every_part(rgw: Server) -> None:
    bucket, client, key = sdk_rig.new_bucket(rgw), sdk(rgw), os.urandom(32)
    credentials = {
        "access_key": rgw.access_key,
        "secret_key": rgw.secret_key,
        "customer_key": base64.b64encode(key).decode(),
    }
    lines = (replace(NO_OPTIONS, multipart=PARTS), NO_OPTIONS)
    with in_parts(
        server=rgw, bucket=bucket, credentials=credentials, encryption={"type": "sse-c"}, lines=lines
    ) as driver:
        op = put("k", SIZE)
        write(driver, [op])
        assert op.outcome == OK, op.detail
        assert perform(driver, "get", "k", SIZE).outcome == OK
    with pytest.raises(client.exceptions.ClientError):
        client.get_object(Bucket=bucket, Key="k")
    sealed = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}
    assert client.get_object(Bucket=bucket, Key="k", **sealed)["Body"].read() == content("k", SIZE)
