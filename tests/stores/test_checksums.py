"""Checksums of what is put: as others compute them, sent where the server looks for them, and compared by servers."""

from __future__ import annotations

import base64
import importlib
import sys
from typing import Any

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.checksum import in_base64, opener
from s3bench_tui.stores.multipart import Multipart
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions
from s3bench_tui.stores.outcome import OK
from tests.servers.azurite import Azurite
from tests.servers.process import Server
from tests.stores import azure_rig, gcs_rig, sdk_rig
from tests.stores.http_rig import Peer, answer, content, driving, perform, told
from tests.stores.parts_rig import MIB, in_parts, put, write
from tests.stores.test_s3_driver import sdk

WORD = b"123456789"
KNOWN = {
    "crc32": "cbf43926",
    "crc32c": "e3069283",
    "crc64nvme": "ae8b14860a799888",
    "md5": "25f9e794323b453885f5181f1b624d0b",
    "sha1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "sha256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
}
"""The check values that their definitions publish."""

_POLYNOMIALS = {"crc32": (32, 0xEDB88320), "crc32c": (32, 0x82F63B78), "crc64nvme": (64, 0x9A6C9329AC4BC9B5)}


def computed(algorithm: str, data: bytes) -> str:
    """The checksum in Base64, bit by bit as its definition says, for those that have such a definition."""
    if algorithm not in _POLYNOMIALS:
        return base64.b64encode(getattr(importlib.import_module("hashlib"), algorithm)(data).digest()).decode()
    width, polynomial = _POLYNOMIALS[algorithm]
    register = (1 << width) - 1
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (polynomial if register & 1 else 0)
    register ^= (1 << width) - 1
    return base64.b64encode(register.to_bytes(width // 8, "big")).decode()


def needs(algorithm: str) -> None:
    if algorithm in ("crc32c", "crc64nvme"):
        pytest.importorskip("awscrt", reason="the extra `checksums` is not installed")


@pytest.mark.parametrize("algorithm", KNOWN)
def test_the_published_value_comes_out_whole_and_in_pieces(algorithm: str) -> None:
    needs(algorithm)
    new = opener(algorithm)
    for cuts in ((9,), (0, 9), (4, 5), (1, 1, 7)):
        checksum, rest = new(), memoryview(WORD)
        for cut in cuts:
            checksum.update(rest[:cut])
            rest = rest[cut:]
        assert checksum.digest().hex() == KNOWN[algorithm]
        assert in_base64(checksum) == computed(algorithm, WORD)


@pytest.mark.parametrize("algorithm", ["crc32c", "crc64nvme"])
def test_what_is_not_installed_is_said(algorithm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "awscrt.checksums", None)
    with pytest.raises(TargetError, match=rf"{algorithm} needs the package awscrt.*\[checksums\]"):
        opener(algorithm)
    opener("crc32")


@pytest.mark.parametrize("algorithm", KNOWN)
@pytest.mark.parametrize("signing", ["signed", "unsigned"])
@pytest.mark.parametrize("size", [0, 10, 300_000])
def test_what_is_sent_is_the_checksum_of_what_is_sent(algorithm: str, signing: str, size: int) -> None:
    needs(algorithm)
    if size > 1000 and algorithm in _POLYNOMIALS:
        size = 256 * 1024 + 4096 + 1  # more than a window; bit by bit it takes its time
    came: list[tuple[str, bytes]] = []

    def script(peer: Peer) -> None:
        while True:
            head, body = peer.request()
            if not head:
                return
            came.append((head.decode(), body))
            peer.send(answer())

    lines = (LineOptions(checksum=algorithm), NO_OPTIONS)
    with told(script) as server, driving(server.url, signing=signing, lines=lines) as driver:
        assert perform(driver, "put", "k", size).outcome == OK
        assert perform(driver, "put", "k", size, entry=1).outcome == OK
    (head, body), (plain, plain_body) = came
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    name = "content-md5" if algorithm == "md5" else f"x-amz-checksum-{algorithm}"
    assert body == content("k", size) == plain_body
    assert fields[name] == computed(algorithm, body)
    signed = head.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert name in signed
    assert fields.get("x-amz-sdk-checksum-algorithm") == (None if algorithm == "md5" else algorithm.upper())
    assert "checksum" not in plain.lower() and "md5" not in plain.lower()
    assert (fields["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD") == (signing == "unsigned")


def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every checksum is of something else."""
    monkeypatch.setattr("s3bench_tui.stores.http.digest.in_base64", lambda *_: base64.b64encode(bytes(16)).decode())


@pytest.mark.server
class TestServers:
    @pytest.mark.parametrize("algorithm", ["crc32", "crc32c", "crc64nvme", "sha256"])
    @pytest.mark.parametrize("size", [100, 300_000])
    def test_the_vendor_s_client_finds_the_content_right(self, moto: Server, algorithm: str, size: int) -> None:
        """It computes the checksum itself of what it reads; this server keeps the one that came, and compares nothing."""
        needs(algorithm)
        bucket, client = sdk_rig.new_bucket(moto), sdk(moto)
        with driving(server=moto, bucket=bucket, lines=(LineOptions(checksum=algorithm),)) as driver:
            assert perform(driver, "put", "k", size).outcome == OK
        kept = client.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        checksum = opener(algorithm)()
        checksum.update(content("k", size))
        assert kept[f"Checksum{algorithm.upper()}"] == in_base64(checksum)
        assert client.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["Body"].read() == content("k", size)

    @pytest.mark.parametrize("size", [100, 300_000])
    def test_a_wrong_one_is_refused(self, rgw: Server, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
        bucket = sdk_rig.new_bucket(rgw)
        with driving(server=rgw, bucket=bucket, lines=(LineOptions(checksum="md5"),)) as driver:
            assert perform(driver, "put", "right", size).outcome == OK
            wrong(monkeypatch)
            refused = perform(driver, "put", "wrong", size)
        assert refused.outcome == 400 and "BadDigest" in refused.detail
        assert [found["Key"] for found in sdk(rgw).list_objects_v2(Bucket=bucket)["Contents"]] == ["right"]

    def test_a_wrong_one_is_refused_by_azure(self, azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
        name = azure_rig.new_name()
        container = azure_rig.sdk(azurite, name)
        container.create_container()
        with azure_rig.driving(azurite, name, lines=(LineOptions(checksum="md5"),)) as driver:
            assert perform(driver, "put", "right", 300_000).outcome == OK
            wrong(monkeypatch)
            refused = perform(driver, "put", "wrong", 300_000)
        assert refused.outcome == 400, refused.detail
        assert [blob.name for blob in container.list_blobs()] == ["right"]

    def test_google_s_emulator_takes_them(self, fakegcs: Server) -> None:
        """It compares nothing: what is sent is looked at elsewhere."""
        bucket = gcs_rig.new_bucket(fakegcs)
        with gcs_rig.driving(fakegcs.endpoint, bucket, lines=(LineOptions(checksum="md5"),)) as driver:
            assert perform(driver, "put", "k", 300_000).outcome == OK
        assert gcs_rig.fetch(fakegcs, bucket, "k") == content("k", 300_000)

    def test_parts_have_one_each(self, moto: Server) -> None:
        needs("crc32c")
        bucket, client = sdk_rig.new_bucket(moto), sdk(moto)
        lines = (LineOptions(multipart=Multipart(5 * MIB, 3, 5 * MIB), checksum="crc32c"), NO_OPTIONS)
        with in_parts(server=moto, bucket=bucket, lines=lines) as driver:
            op = put("k", 11 * MIB)
            write(driver, [op])
            assert op.outcome == OK, op.detail
        assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == content("k", 11 * MIB)


@pytest.mark.parametrize("size", [0, 10, 256 * 1024 + 1])
def test_google_and_azure_are_told_in_their_own_words(size: int) -> None:
    needs("crc32c")
    came: list[tuple[str, bytes]] = []

    def script(peer: Peer) -> None:
        while True:
            head, body = peer.request()
            if not head:
                return
            came.append((head.decode(), body))
            peer.send(answer(b'{"size": "1"}'))

    lines = tuple(LineOptions(checksum=algorithm) for algorithm in ("crc32c", "md5"))
    with told(script) as server, gcs_rig.driving(server.url, "bucket", lines=lines) as driver:
        for entry in (0, 1):
            assert perform(driver, "put", "k", size, entry=entry).outcome == OK
    lines = tuple(LineOptions(checksum=algorithm) for algorithm in ("crc64nvme", "md5"))
    with told(script) as server:
        place = Server(server.url, 0, "account", base64.b64encode(b"key").decode())
        with azure_rig.driving(place, "box", lines=lines) as driver:
            for entry in (0, 1):
                assert perform(driver, "put", "k", size, entry=entry).outcome == OK
    body = content("k", size)
    assert all(each == body for _, each in came)
    backwards = base64.b64encode(base64.b64decode(computed("crc64nvme", body))[::-1]).decode()
    expected = (
        f"x-goog-hash: crc32c={computed('crc32c', body)}",
        f"x-goog-hash: md5={computed('md5', body)}",
        f"x-ms-content-crc64: {backwards}",
        f"Content-MD5: {computed('md5', body)}",
    )
    for (head, _), words in zip(came, expected, strict=True):
        assert f"\r\n{words}\r\n" in head + "\r\n"


def test_an_upload_says_them_with_each_part_and_at_the_end() -> None:
    needs("crc64nvme")
    came: list[tuple[str, bytes]] = []

    def script(peer: Peer) -> None:
        while True:
            head, body = peer.request()
            if not head:
                return
            came.append((head.decode(), body))
            said: dict[str, Any] = {"body": b""}
            if b"uploads=" in head:
                said["body"] = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
            elif head.startswith(b"POST"):
                said["body"] = b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>"
            else:
                said["fields"] = 'ETag: "t"\r\n'
            peer.send(answer(**said))

    lines = (LineOptions(multipart=Multipart(8192, 1, 8192), checksum="crc64nvme"), NO_OPTIONS)
    with told(script) as server, in_parts(server.url, lines=lines) as driver:
        op = put("k", 20_000)
        write(driver, [op])
        assert op.outcome == OK, op.detail
    create, *parts, complete = came
    assert "x-amz-checksum-algorithm: CRC64NVME\r\n" in create[0] + "\r\n"
    whole = content("k", 20_000)
    sums = [computed("crc64nvme", whole[start : start + 8192]) for start in range(0, 20_000, 8192)]
    assert [body for _, body in parts] == [whole[start : start + 8192] for start in range(0, 20_000, 8192)]
    for (head, _), value in zip(parts, sums, strict=True):
        assert f"\r\nx-amz-checksum-crc64nvme: {value}\r\n" in head
    for number, value in enumerate(sums, start=1):
        said = f'<PartNumber>{number}</PartNumber><ETag>"t"</ETag><ChecksumCRC64NVME>{value}</ChecksumCRC64NVME></Part>'
        assert said in complete[1].decode()
