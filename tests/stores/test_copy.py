"""COPY by the store itself, on real servers: the copy is the source byte for byte, and this client moved nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from s3bench_tui.stores.outcome import OK, name_of
from tests.stores import azure_rig, gcs_rig, http_rig, sdk_rig
from tests.stores.http_rig import answer, content, driving, perform, told
from tests.stores.test_s3_driver import sdk

pytestmark = pytest.mark.server

MIB = 1 << 20
Read = Callable[[str], bytes]
Place = tuple[AbstractContextManager[Any], Read]


def _azure(server: Any, **options: Any) -> Place:
    name = azure_rig.new_name()
    container = azure_rig.sdk(server, name)
    container.create_container()
    return azure_rig.driving(server, name, **options), lambda key: container.download_blob(key).readall()


@pytest.fixture(params=["moto", "rclone", "rgw", "azurite", "fakegcs", "sdk"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A driver over an empty bucket, and another client that reads there."""
    kind = request.param
    server: Any = request.getfixturevalue("rgw" if kind == "sdk" else kind)
    if kind == "azurite":
        yield _azure(server)
    elif kind == "fakegcs":
        bucket = gcs_rig.new_bucket(server)
        yield gcs_rig.driving(server.endpoint, bucket), lambda key: gcs_rig.fetch(server, bucket, key)
    else:
        sdk_rig.use_environment(monkeypatch, server)
        bucket, client = sdk_rig.new_bucket(server), sdk(server)
        opened = (
            sdk_rig.driving(server.endpoint, bucket)
            if kind == "sdk"
            else http_rig.driving(server=server, bucket=bucket)
        )
        yield opened, lambda key: client.get_object(Bucket=bucket, Key=key)["Body"].read()


@pytest.mark.parametrize("size", [0, 4096, 5 * MIB + 7])
@pytest.mark.parametrize("source", ["from/plain", "from/a b+ü&%41?x=1"])
def test_the_copy_is_the_source(place: Place, size: int, source: str) -> None:
    opened, read = place
    with opened as driver:
        assert perform(driver, "put", source, size).outcome == OK
        op = perform(driver, "copy", "to/a copy", size, source=source)
        assert (op.outcome, op.transferred) == (OK, 0), op.detail
    assert read("to/a copy") == content(source, size)


def test_nothing_is_not_copied(place: Place) -> None:
    opened, _ = place
    with opened as driver:
        op = perform(driver, "copy", "to/x", 5, source="from/nothing")
        assert op.outcome == 404, (op.outcome, op.detail)
        assert perform(driver, "put", "k", 10).outcome == OK  # the connection is as good as before


def test_the_source_of_a_blob_shows_credentials_of_its_own(azurite: Any) -> None:
    opened, read = _azure(azurite)
    with opened as driver:
        assert perform(driver, "put", "from", 10).outcome == OK
        refused = perform(driver, "copy", "to", (256 << 20) + 1, source="from")
        assert "256 MiB at most" in refused.detail
        assert perform(driver, "copy", "to", 10, source="from").outcome == OK
    assert read("to") == content("from", 10)


@pytest.mark.parametrize(
    ("body", "outcome", "words"),
    [
        ("<Error><Code>SlowDown</Code><Message>later</Message></Error>", "http_500", "200 SlowDown later"),
        ("<Error><Code>InternalError</Code></Error>", "http_500", "200 InternalError"),
        ("<html/>", "protocol", "cannot be read"),
        ("<CopyObjectResult/>", "ok", ""),
    ],
)
def test_a_copy_may_fail_in_the_body_of_a_200(body: str, outcome: str, words: str) -> None:
    with told(lambda peer: (peer.request(), peer.send(answer(body.encode())))) as server, driving(server.url) as driver:
        op = perform(driver, "copy", "to", 10, source="from")
        assert name_of(op.outcome) == outcome and words in op.detail
