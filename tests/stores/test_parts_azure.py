"""Block lists on a real server: the same blob as by one request, as the vendor's SDK sees it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.multipart import MultipartDriver
from s3bench_tui.stores.multipart import Multipart
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions
from s3bench_tui.stores.outcome import OK, name_of
from tests.servers import azurite as azurite_server
from tests.servers.azurite import Azurite
from tests.servers.certificates import Certificates
from tests.stores.azure_rig import driving, new_name, sdk, token
from tests.stores.http_rig import Peer, answer, content, perform, told
from tests.stores.parts_rig import MIB, put, write
from tests.stores.test_request_options import RICH

pytestmark = pytest.mark.server


def lines(part: int = MIB, parallel: int = 3) -> list[LineOptions]:
    return [LineOptions(multipart=Multipart(part, parallel, part)), NO_OPTIONS]


def test_the_blob_is_the_same(azurite: Azurite) -> None:
    box = new_name()
    client = sdk(azurite, box)
    client.create_container()
    keys = ["dir/large", "ünï cödé?&=+%20", "rewritten"]
    with driving(azurite, box, lines=lines()) as driver:
        assert isinstance(driver, MultipartDriver)
        ops = [put(key, 5 * MIB + 4097 + slot, slot=slot) for slot, key in enumerate(keys)]
        again = put("rewritten", 2 * MIB + 1, slot=2)
        again.version = 7
        small = put("small", MIB, slot=4)
        requests = write(driver, [*ops, small])
        write(driver, [again])
        assert driver.withdraw(0) == []
    assert [(op.outcome, op.detail) for op in (*ops, again, small)] == [(OK, "")] * 5
    assert Counter(name for name, _ in requests) == {"part": 18, "complete": 3}
    for op in ops[:2]:
        assert client.download_blob(op.key).readall() == content(op.key, op.length)
        blocks, pending = client.get_blob_client(op.key).get_block_list("all")
        assert [block["size"] for block in blocks] == [MIB] * 5 + [op.length - 5 * MIB] and not pending
    assert client.download_blob("rewritten").readall() == content("rewritten", 2 * MIB + 1, version=7)
    assert not client.get_blob_client("small").get_block_list("committed")[0], "one request makes no blocks"


def test_one_blob_written_twice_at_a_time_is_one_or_the_other(azurite: Azurite) -> None:
    box = new_name()
    client = sdk(azurite, box)
    client.create_container()
    with driving(azurite, box, lines=lines()) as driver:
        ops = [put("same", 4 * MIB, slot=slot) for slot in range(2)]
        for op in ops:
            op.version = op.slot
        write(cast(MultipartDriver, driver), ops)
    won = [op for op in ops if op.outcome == OK]
    assert won
    assert client.download_blob("same").readall() in [content("same", 4 * MIB, op.version) for op in won]


def test_a_refusal_is_told_without_the_signature(azurite: Azurite) -> None:
    box = new_name()
    with driving(azurite, box, lines=lines()) as driver:
        op = put("k", 4 * MIB)
        requests = write(cast(MultipartDriver, driver), [op])
    assert name_of(op.outcome) == "http_404" and "ContainerNotFound" in op.detail, op.detail
    assert op.detail.startswith("part ") and "sig=" not in op.detail
    assert Counter(name for name, _ in requests) == {"part": 3}, "no list of blocks is sent after a failure"


def test_with_a_bearer_token_over_tls(certificates: Certificates, tmp_path: Path) -> None:
    with azurite_server.serve(tmp_path, certificate=certificates.good) as server:
        box = new_name()
        trusting = {"ca_file": str(certificates.ca_file)}
        vendor = sdk(server, box)
        vendor._config.transport.connection_config.verify = str(certificates.ca_file)  # type: ignore[attr-defined]
        vendor.create_container()
        with driving(server, box, credentials={"bearer": token()}, lines=lines(), **trusting) as driver:
            op = put("k", 4 * MIB)
            write(cast(MultipartDriver, driver), [op])
    assert op.outcome == OK, op.detail


def test_what_a_line_asks_for_goes_with_the_list(azurite: Azurite) -> None:
    box = new_name()
    client = sdk(azurite, box)
    client.create_container()
    rich = replace(
        RICH, metadata=(("colour", "blue and green"),), storage_class="Cool", checksum="md5", if_none_match="*",
        multipart=Multipart(MIB, 3, MIB),
    )  # fmt: skip
    with driving(azurite, box, lines=[rich, NO_OPTIONS]) as driver:
        first, second = put("rich", 3 * MIB + 5), put("rich", 3 * MIB + 5, slot=1)
        write(cast(MultipartDriver, driver), [first])
        requests = write(cast(MultipartDriver, driver), [second])
        plain = put("plain", MIB, slot=2, line=1)
        write(cast(MultipartDriver, driver), [plain])
    assert (first.outcome, plain.outcome) == (OK, OK), first.detail
    assert name_of(second.outcome) == "http_409" and "BlobAlreadyExists" in second.detail
    assert [name for name, request in requests if request.outcome] == ["complete"]
    blob = client.get_blob_client("rich")
    found = blob.get_blob_properties()
    assert found.metadata == {"colour": "blue and green"} and found.blob_tier == "Cool"
    kept = found.content_settings
    assert (kept.content_type, kept.cache_control) == (RICH.content_type, RICH.cache_control)
    assert blob.get_blob_tags() == dict(RICH.tags)
    assert blob.download_blob().readall() == content("rich", first.length)
    assert not client.get_blob_client("plain").get_blob_properties().metadata


def test_a_version_to_match_is_the_one_that_was_seen_last(azurite: Azurite) -> None:
    box = new_name()
    client = sdk(azurite, box)
    client.create_container()
    line = LineOptions(multipart=Multipart(MIB, 2, MIB), if_match="etag")
    with driving(azurite, box, lines=[line, NO_OPTIONS]) as driver:
        ended = []
        for rewritten in (False, False, True, False):
            if rewritten:
                client.upload_blob("k", b"by somebody else", overwrite=True)
            op = put("k", 2 * MIB + 1)
            write(cast(MultipartDriver, driver), [op])
            ended.append(name_of(op.outcome))
    assert ended == ["ok", "ok", "http_412", "ok"], "one that was refused is forgotten"


def test_a_damaged_block_is_refused(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    box = new_name()
    sdk(azurite, box).create_container()
    monkeypatch.setattr(BodyDigest, "fields", (("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="),))
    line = LineOptions(multipart=Multipart(MIB, 1, MIB), checksum="md5")
    with driving(azurite, box, lines=[line, NO_OPTIONS]) as driver:
        op = put("k", 2 * MIB)
        write(cast(MultipartDriver, driver), [op])
    assert name_of(op.outcome) == "http_400" and op.detail.startswith("part 1 of 2: 400"), op.detail


def test_each_field_stands_in_the_request_that_takes_it() -> None:
    heads: list[str] = []

    def server(peer: Peer) -> None:
        while (request := peer.request())[0]:
            heads.append(request[0].decode())
            peer.send(answer(status="201 Created"))

    line = replace(RICH, checksum="md5", multipart=Multipart(MIB, 1, MIB))
    with told(server) as at, driving(Azurite(at.url, 0), "box", credentials={}, lines=[line, NO_OPTIONS]) as driver:
        op = put("k", MIB + 1)
        write(cast(MultipartDriver, driver), [op])
        assert perform(driver, "put", "plain", 5, entry=1).outcome == OK
    assert op.outcome == OK, op.detail
    fields = ("x-ms-meta-colour", "x-ms-tags", "x-ms-blob-cache-control", "x-ms-access-tier", "Content-MD5")
    assert [[f"\r\n{field}: " in head for field in fields] for head in heads] == [
        [False, False, False, False, True],
        [False, False, False, False, True],
        [True, True, True, True, True],
        [False, False, False, False, False],
    ]
