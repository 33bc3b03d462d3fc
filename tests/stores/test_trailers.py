"""Checksums behind bodies: chunks and trailers as another reader finds them, and as servers take them."""

from __future__ import annotations

import re

import pytest

from s3bench_tui.stores.checksum import in_base64, opener
from s3bench_tui.stores.multipart import Multipart
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions
from s3bench_tui.stores.outcome import OK
from tests.servers.process import Server
from tests.stores import sdk_rig
from tests.stores.http_rig import Peer, answer, content, driving, perform, told
from tests.stores.parts_rig import MIB, in_parts, put, write
from tests.stores.test_checksums import computed, needs
from tests.stores.test_s3_driver import sdk

KIB = 1024
SIZES = [0, 10, 256 * KIB - 1, 256 * KIB, 256 * KIB + 1, 700_000]
TRAILED = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"]


def line(algorithm: str, multipart: Multipart | None = None) -> LineOptions:
    return LineOptions(checksum=algorithm, checksum_trails=True, multipart=multipart)


def unchunked(body: bytes) -> tuple[bytes, dict[str, str]]:
    """What chunks hold, and the fields behind them; fails where they are not as they ought to be."""
    data = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        data, after, body = data + body[:length], body[length : length + 2], body[length + 2 :]
        assert after == b"\r\n"
    assert body.endswith(b"\r\n\r\n")
    fields = (each.split(":", 1) for each in body.decode().removesuffix("\r\n\r\n").split("\r\n"))
    return data, dict(fields)


def fields_of(head: str) -> dict[str, str]:
    return {name.lower(): value for name, value in (each.split(": ", 1) for each in head.split("\r\n")[1:] if each)}


@pytest.mark.parametrize("algorithm", TRAILED)
def test_what_stands_behind_is_the_checksum_of_what_stands_before(algorithm: str) -> None:
    needs(algorithm)
    came: list[tuple[str, bytes]] = []

    def script(peer: Peer) -> None:
        while True:
            head, body = peer.request()
            if not head:
                return
            came.append((head.decode(), body))
            peer.send(answer())

    lines = (line(algorithm), NO_OPTIONS)
    with told(script) as server, driving(server.url, lines=lines) as driver:
        for size in SIZES:
            op = perform(driver, "put", f"k{size}", size)
            assert (op.outcome, op.transferred) == (OK, size), op.detail
            assert perform(driver, "put", f"k{size}", size, entry=1).outcome == OK
    for size, (head, body), (plain, whole) in zip(SIZES, came[::2], came[1::2], strict=True):
        data, trailer = unchunked(body)
        assert data == content(f"k{size}", size) == whole
        expected = opener(algorithm)()
        expected.update(data)
        assert trailer == {f"x-amz-checksum-{algorithm}": in_base64(expected)}
        fields = fields_of(head)
        assert fields["x-amz-content-sha256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        assert fields["x-amz-decoded-content-length"] == str(size)
        assert fields["content-encoding"] == "aws-chunked"
        assert fields["x-amz-trailer"] == f"x-amz-checksum-{algorithm}"
        signed = re.search("SignedHeaders=([^,]*)", head)
        assert signed is not None and {"x-amz-decoded-content-length", "x-amz-trailer"} <= set(signed[1].split(";"))
        assert "chunked" not in plain and "trailer" not in plain


def test_what_breaks_off_in_the_middle_leaves_nothing_behind() -> None:
    """The connection ends within a body of many chunks; the next body on that slot is none of them."""
    came: list[bytes] = []

    def script(peer: Peer) -> None:
        head = peer.head()
        if b"/cut" in head.partition(b"\r\n")[0]:
            peer.body(300_000)
            peer.reset()
            return
        length = re.search(rb"Content-Length: (\d+)", head)
        assert length is not None
        came.append(peer.body(int(length[1])))
        peer.send(answer())

    with told(script) as server, driving(server.url, lines=(line("crc32"), NO_OPTIONS)) as driver:
        assert perform(driver, "put", "cut", 20 * MIB).outcome != OK
        assert perform(driver, "put", "k", 600_000, entry=1).outcome == OK
    assert came == [content("k", 600_000)]


@pytest.mark.server
class TestServers:
    @pytest.mark.parametrize("algorithm", TRAILED)
    @pytest.mark.parametrize("size", [0, 100, 600_000])
    def test_the_vendor_s_client_finds_content_and_checksum(self, moto: Server, algorithm: str, size: int) -> None:
        needs(algorithm)
        bucket, client = sdk_rig.new_bucket(moto), sdk(moto)
        with driving(server=moto, bucket=bucket, lines=(line(algorithm),)) as driver:
            op = perform(driver, "put", "k", size)
            assert op.outcome == OK, op.detail
        kept = client.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        expected = opener(algorithm)()
        expected.update(content("k", size))
        assert kept[f"Checksum{algorithm.upper()}"] == in_base64(expected)
        assert "aws-chunked" not in kept.get("ContentEncoding", "")
        assert client.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["Body"].read() == content("k", size)

    @pytest.mark.parametrize("size", [0, 100, 600_000])
    def test_a_server_that_looks_at_signatures_takes_the_body_out_of_its_chunks(
        self, rclone: Server, size: int
    ) -> None:
        bucket, client = sdk_rig.new_bucket(rclone), sdk(rclone)
        with driving(server=rclone, bucket=bucket, lines=(line("crc32"),)) as driver:
            op = perform(driver, "put", "k", size)
            assert (op.outcome, op.transferred) == (OK, size), op.detail
        assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == content("k", size)

    def test_a_server_from_before_there_were_trailers_refuses_them_in_words(self, rgw: Server) -> None:
        bucket = sdk_rig.new_bucket(rgw)
        with driving(server=rgw, bucket=bucket, lines=(line("crc32"), NO_OPTIONS)) as driver:
            refused = perform(driver, "put", "k", 600_000)
            assert perform(driver, "put", "plain", 10, entry=1).outcome == OK
        assert refused.outcome == 400 and "XAmzContentSHA256Mismatch" in refused.detail

    def test_parts_have_one_each(self, moto: Server) -> None:
        bucket, client = sdk_rig.new_bucket(moto), sdk(moto)
        lines = (line("crc32", Multipart(5 * MIB, 3, 5 * MIB)), NO_OPTIONS)
        with in_parts(server=moto, bucket=bucket, lines=lines) as driver:
            op = put("k", 11 * MIB)
            write(driver, [op])
            assert op.outcome == OK, op.detail
        assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == content("k", 11 * MIB)


def test_an_upload_says_at_its_end_what_stood_behind_each_part() -> None:
    came: list[tuple[str, bytes]] = []

    def script(peer: Peer) -> None:
        while True:
            head, body = peer.request()
            if not head:
                return
            came.append((head.decode(), body))
            if b"uploads=" in head:
                peer.send(
                    answer(b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
                )
            elif head.startswith(b"POST"):
                peer.send(answer(b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>"))
            else:
                peer.send(answer(fields='ETag: "t"\r\n'))

    lines = (line("crc32", Multipart(8192, 1, 8192)), NO_OPTIONS)
    with told(script) as server, in_parts(server.url, lines=lines) as driver:
        op = put("k", 20_000)
        write(driver, [op])
        assert op.outcome == OK, op.detail
    create, *parts, complete = came
    assert "x-amz-checksum-algorithm: CRC32" in create[0] and "trailer" not in (create[0] + complete[0]).lower()
    whole = content("k", 20_000)
    for number, (_, body) in enumerate(parts):
        data, trailer = unchunked(body)
        assert data == whole[number * 8192 : (number + 1) * 8192]
        assert trailer == {"x-amz-checksum-crc32": computed("crc32", data)}
        assert f"<ChecksumCRC32>{trailer['x-amz-checksum-crc32']}</ChecksumCRC32>" in complete[1].decode()
