"""Encryption with keys of the customer's, of Google's key management, and by scopes of Azure: what requests say about it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Encryption, Target
from s3bench_tui.stores.gcs.store import GcsStore
from s3bench_tui.stores.multipart import Multipart
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions
from s3bench_tui.stores.outcome import OK
from s3bench_tui.stores.uri import Uri
from tests.servers import azurite as azurite_server
from tests.servers.azurite import ACCOUNT, Azurite
from tests.servers.process import Server
from tests.stores import azure_rig, gcs_rig
from tests.stores.http_rig import Peer, answer, content, perform, told
from tests.stores.parts_rig import put, write

KEY = base64.b64encode(bytes(range(32))).decode()
DIGEST = base64.b64encode(hashlib.sha256(bytes(range(32))).digest()).decode()
KMS = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
ALWAYS = (NO_OPTIONS,)


def shown(prefix: str) -> dict[str, str]:
    return {f"{prefix}key": KEY, f"{prefix}key-sha256": DIGEST, f"{prefix}algorithm": "AES256"}


GOOGLE, SOURCE, AZURE = shown("x-goog-encryption-"), shown("x-goog-copy-source-encryption-"), shown("x-ms-encryption-")


def said(head: str) -> dict[str, str]:
    """The fields about encryption."""
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    return {name: value for name, value in fields.items() if "encryption" in name}


def listening(came: list[str], said_back: Callable[[str], bytes]) -> Callable[[Peer], None]:
    def script(peer: Peer) -> None:
        while (head := peer.request()[0].decode()) != "":
            came.append(head)
            peer.send(said_back(head))

    return script


def google(head: str) -> bytes:
    if "uploadType=resumable" in head and head.startswith("POST"):
        return answer(fields="Location: http://h/upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id=1\r\n")
    if head.startswith("PUT"):
        whole = "bytes 4096-5999/6000" in head
        return answer(b"{}") if whole else answer(b"", "308 Resume Incomplete", "Range: bytes=0-4095\r\n")
    if "rewriteToken=more" in head:
        return answer(b'{"kind": "storage#rewriteResponse", "done": true}')
    if "rewriteTo" in head:
        return answer(b'{"kind": "storage#rewriteResponse", "done": false, "rewriteToken": "more"}')
    return answer(b'{"size": "5"}')


def test_google_is_shown_the_key_wherever_content_is_touched() -> None:
    came: list[str] = []
    with (
        told(listening(came, google)) as server,
        gcs_rig.driving(server.url, customer_key=KEY, lines=ALWAYS, encryption={"type": "sse-c"}) as driver,
    ):
        for kind in ("put", "get", "stat", "delete"):
            assert perform(driver, kind, "k", 13 if kind == "get" else 5).outcome == OK
        assert perform(driver, "copy", "k", 5, source="s").outcome == OK
    heads = dict(zip(("put", "get", "stat", "delete", "copy", "goes on"), map(said, came), strict=True))
    assert heads["put"] == heads["get"] == GOOGLE
    assert heads["stat"] == heads["delete"] == {}
    assert heads["copy"] == heads["goes on"] == GOOGLE | SOURCE


def test_google_is_told_which_of_its_keys_it_is() -> None:
    came: list[str] = []
    encryption = {"type": "sse-kms", "kms_key_id": KMS}
    with (
        told(listening(came, google)) as server,
        gcs_rig.driving(server.url, lines=ALWAYS, encryption=encryption) as driver,
    ):
        for kind in ("put", "get", "copy"):
            assert perform(driver, kind, "k", 13 if kind == "get" else 5, source="s").outcome == OK
    put, get, copy, more = (head.split("\r\n")[0] for head in came)
    name = "projects%2Fp%2Flocations%2Fl%2FkeyRings%2Fr%2FcryptoKeys%2Fk"
    assert f"&kmsKeyName={name} HTTP" in put and "kms" not in get
    assert f"&destinationKmsKeyName={name} HTTP" in copy and f"&destinationKmsKeyName={name} HTTP" in more
    assert not any(said(head) for head in came)


def test_a_resumable_upload_shows_the_key_with_each_request() -> None:
    came: list[str] = []
    lines = (LineOptions(multipart=Multipart(4096, 1, 4096)), NO_OPTIONS)
    with (
        told(listening(came, google)) as server,
        gcs_rig.driving(server.url, customer_key=KEY, lines=lines, encryption={"type": "sse-c"}) as driver,
    ):
        op = put("k", 6000)
        write(driver, [op])  # type: ignore[arg-type]  # it writes in parts
        assert op.outcome == OK, op.detail
    assert [said(head) for head in came] == [GOOGLE] * 3


def azure(head: str) -> bytes:
    if "x-ms-copy-source" in head:
        return answer(status="202 Accepted", fields="x-ms-copy-status: success\r\n")
    if head.startswith("HEAD"):
        return b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    return answer(b"hello" if head.startswith("GET") else b"")


def of_azure(came: list[str], encryption: dict[str, str], key: str) -> None:
    with told(listening(came, azure)) as server:
        place = Server(server.url, 0, "account", base64.b64encode(b"key").decode())
        shown = {"sas": "sv=1&sig=x"} | ({"customer_key": key} if key else {})
        with azure_rig.driving(place, "box", credentials=shown, lines=ALWAYS, encryption=encryption) as driver:
            for kind in ("put", "get", "stat", "delete", "copy"):
                op = perform(driver, kind, "k", 5, source="s")
                assert op.outcome == OK, op.detail
        lines = (LineOptions(multipart=Multipart(4096, 1, 4096)), NO_OPTIONS)
        with azure_rig.driving(place, "box", credentials=shown, lines=lines, encryption=encryption) as driver:
            op = put("k", 6000)
            write(driver, [op])  # type: ignore[arg-type]  # likewise
            assert op.outcome == OK, op.detail


def test_azure_is_shown_the_key_wherever_content_is_touched() -> None:
    came: list[str] = []
    of_azure(came, {"type": "sse-c"}, KEY)
    put_, get, stat, delete, copy, *upload = map(said, came)
    assert put_ == get == stat == AZURE
    assert delete == copy == {}, "copies are refused beforehand"
    assert upload == [AZURE] * 3, "two blocks, and their list"


def test_azure_is_told_the_scope_of_what_is_made() -> None:
    came: list[str] = []
    of_azure(came, {"type": "scope", "scope": "my-scope"}, "")
    scope = {"x-ms-encryption-scope": "my-scope"}
    assert list(map(said, came)) == [scope, {}, {}, {}, scope, scope, scope, scope]


def test_google_s_control_plane_does_as_the_load_does(monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[str] = []
    monkeypatch.setenv("MY_KEY", KEY)
    with told(listening(came, google)) as server:
        for encryption in (Encryption(type="sse-c", key_env="MY_KEY"), Encryption(type="sse-kms", kms_key_id=KMS)):
            target = Target(uri="gs://bucket/", endpoint=server.url, anonymous=True, encryption=encryption)
            store = GcsStore(target, Uri("gs", "bucket", ""), 10**9, 10**10)
            store.write("k", b"x")
            store.read("k")
            assert store.driver_config().options["encryption"]["type"] == encryption.type
            store.close()
    fields = [{name.lower(): value for name, value in said(head).items()} for head in came]
    assert fields == [GOOGLE, GOOGLE, {}, {}]
    assert "kmsKeyName=projects%2Fp" in came[2] and "kms" not in came[0] + came[1] + came[3]


@pytest.mark.server
class TestServers:
    """None of them keeps anything sealed: one says what it was shown, the others pass over it."""

    def test_what_azurite_does_not_do_it_names(self, azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
        box = azure_rig.new_name()
        azure_rig.sdk(azurite, box).create_container()
        credentials = {"sas": azure_rig.sas(azurite, box), "customer_key": KEY}
        with azure_rig.driving(
            azurite, box, credentials=credentials, lines=ALWAYS, encryption={"type": "sse-c"}
        ) as driver:
            op = perform(driver, "put", "k", 5)
        assert "FeatureNotSupported" in op.detail and "x-ms-encryption-key" in op.detail and KEY not in op.detail
        monkeypatch.setenv("MY_KEY", KEY)
        monkeypatch.setenv("AZURE_STORAGE_KEY", azurite.secret_key)
        sealed = azure_rig.store(
            azurite.endpoint, f"{ACCOUNT}/{box}", encryption=Encryption(type="sse-c", key_env="MY_KEY")
        )
        with pytest.raises(TargetError, match="must be used over HTTPS") as raised:
            sealed.write("k", b"x")
        assert KEY not in str(raised.value)
        sealed.close()
        scoped = azure_rig.store(
            azurite.endpoint, f"{ACCOUNT}/{box}", encryption=Encryption(type="scope", scope="my-scope")
        )
        scoped.write("k", b"x")
        assert scoped.read("k") == b"x"
        scoped.close()

    def test_a_loose_azurite_keeps_the_content(self, tmp_path: Path) -> None:
        with azurite_server.serve(tmp_path, loose=True) as azurite:
            box = azure_rig.new_name()
            container = azure_rig.sdk(azurite, box)
            container.create_container()
            credentials = {"sas": azure_rig.sas(azurite, box), "customer_key": KEY}
            with azure_rig.driving(
                azurite, box, credentials=credentials, lines=ALWAYS, encryption={"type": "sse-c"}
            ) as driver:
                for kind in ("put", "get", "stat"):
                    op = perform(driver, kind, "k", 300_000)
                    assert op.outcome == OK, op.detail
            assert container.download_blob("k").readall() == content("k", 300_000)
