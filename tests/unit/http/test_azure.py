"""Azure's listings and batches as bytes: read where they are whole, refused where they are not, whatever a server sends."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3bench_tui.stores.base import DELETE, GET, LIST, PUT, DriverConfig, Operation
from s3bench_tui.stores.http.azure import AzureDialect, parse_list_page
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.outcome import OK, PARTIAL, name_of

HEAD = b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://acc.blob.core.windows.net/" ContainerName="box">'
BLOB = b"<Blob><Name>a &amp; b</Name><Properties><Content-Length>5</Content-Length></Properties></Blob>"
PREFIX = b"<BlobPrefix><Name>dir/</Name></BlobPrefix>"
SAS = "sv=1&sig=secret%2Fwords"


def page(blobs: bytes, marker: bytes = b"<NextMarker />") -> bytes:
    return HEAD + b"<Prefix>x</Prefix><Blobs>" + blobs + b"</Blobs>" + marker + b"</EnumerationResults>"


def dialect(**credentials: str) -> AzureDialect:
    return AzureDialect(DriverConfig("az", "box", {}, credentials))


def host(made: AzureDialect) -> Any:
    return made.host({"scheme": "http", "host_header": "h:1", "base_path": "/acc/box"})


def operation(kind: int, key: str = "", **fields: Any) -> Operation:
    op = Operation(0)
    op.kind, op.key = kind, key
    for name, value in fields.items():
        setattr(op, name, value)
    return op


def response(status: str, body: bytes = b"", fields: str = "") -> Response:
    data = bytearray(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body)
    made = Response()
    made.start(False, True)
    assert made.feed(data, len(data)) and not made.outcome
    return made


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (page(b""), (0, "")),
        (page(BLOB + PREFIX + BLOB), (3, "")),
        (page(BLOB, b"<NextMarker/>"), (1, "")),
        (page(BLOB, b"<NextMarker></NextMarker>"), (1, "")),
        (page(b"", b"<NextMarker>2!84!a&amp;b--</NextMarker>"), (0, "2!84!a&b--")),
        (page(BLOB).removeprefix(b"\xef\xbb\xbf"), (1, "")),
    ],
)
def test_pages_are_read(body: bytes, found: tuple[int, str]) -> None:
    assert parse_list_page(body) == found


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not a EnumerationResults document"),
        (b"<html></html>", "not a EnumerationResults document"),
        (page(BLOB, b""), "does not say whether there is more"),
        (page(BLOB, b"<NextMarker/><NextMarker>a</NextMarker>"), "does not say whether there is more"),
        (page(BLOB)[:-5], "cut short or malformed"),
        (page(b"<!-- <Blob> -->"), "a part that no store sends"),
        (b"<!DOCTYPE x>" + page(BLOB), "not a EnumerationResults document"),
        (page(b"<![CDATA[<Blob>]]>"), "a part that no store sends"),
    ],
)
def test_what_is_no_whole_page_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_list_page(body)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")), max_size=5), st.text("!-a&<>é", max_size=9))  # fmt: skip
def test_pages_are_read_as_by_a_parser_of_xml(names: list[str], marker: str) -> None:
    root = ElementTree.Element("EnumerationResults")
    blobs = ElementTree.SubElement(root, "Blobs")
    for name in names:
        ElementTree.SubElement(ElementTree.SubElement(blobs, "Blob"), "Name").text = name
    ElementTree.SubElement(root, "NextMarker").text = marker
    assert parse_list_page(ElementTree.tostring(root, "utf-8", xml_declaration=True)) == (len(names), marker)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page_or_refused(body: bytes) -> None:
    for candidate in (body, HEAD + body, page(body)):
        try:
            parse_list_page(candidate)
        except ValueError:
            continue


def test_the_marker_goes_into_the_next_request() -> None:
    made = dialect(sas=SAS)
    op = operation(LIST, "a b/")
    first = made.request(op, host(made))
    query = b"comp=list&maxresults=5000&prefix=a%20b%2F&restype=container&" + SAS.encode()
    assert first.startswith(b"GET /acc/box?" + query + b" HTTP/1.1\r\nHost: h:1\r\n")
    following = made.answer(op, host(made), response("200 OK", page(BLOB, b"<NextMarker>2!4!b&amp;-</NextMarker>")))
    assert following is not None and b"comp=list&marker=2%214%21b%26-&maxresults" in following
    assert made.answer(op, host(made), response("200 OK", page(BLOB))) is None
    assert (op.outcome, op.items, op.pages) == (OK, 2, 2)


def test_a_listing_that_cannot_be_read_fails() -> None:
    made = dialect(sas=SAS)
    op = operation(LIST)
    assert made.answer(op, host(made), response("200 OK", b"<html/>")) is None
    assert name_of(op.outcome) == "protocol"


def test_who_shows_what() -> None:
    op = operation(GET, "k", offset=5, length=10)
    for credentials, path, line in (
        ({"sas": SAS}, f"/acc/box/k?{SAS}", ""),
        ({"bearer": "token"}, "/acc/box/k", "Authorization: Bearer token\r\n"),
        ({}, "/acc/box/k", ""),
    ):
        made = dialect(**credentials)
        expected = f"GET {path} HTTP/1.1\r\nHost: h:1\r\nx-ms-version: 2021-12-02\r\n{line}Range: bytes=5-14\r\n\r\n"
        assert made.request(op, host(made)).decode() == expected


def test_a_put_is_a_block_blob() -> None:
    made = dialect(sas=SAS)
    head = made.request(operation(PUT, "a/ü", length=7), host(made)).decode()
    assert head.startswith(f"PUT /acc/box/a/%C3%BC?{SAS} HTTP/1.1\r\n")
    assert head.endswith("\r\nx-ms-blob-type: BlockBlob\r\nContent-Length: 7\r\n\r\n")


def part(status: str, *fields: str) -> str:
    lines = "".join(f"{field}\r\n" for field in fields)
    return (
        f"--batchresponse_1\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\nHTTP/1.1 {status}\r\n{lines}\r\n"
    )


@pytest.mark.parametrize(
    ("parts", "outcome", "items", "words"),
    [
        ([part("202 Accepted"), part("202 Accepted", "x-ms-version: 1")], "ok", 2, ""),
        ([part("202 Accepted"), part("404 Not there", "x-ms-error-code: BlobNotFound") + "<Error/>"], "partial", 1, "1 of 2 blobs were not deleted; one of them: 404 BlobNotFound"),
        ([part("500 Alas"), part("503 Alas")], "partial", 0, "2 of 2 blobs were not deleted; one of them: 500"),
        ([part("202 Accepted")], "protocol", 0, "2 deletes were asked for in one request, and 1 were answered"),
        ([part("202 A"), part("202 A"), part("202 A")], "protocol", 0, "2 deletes were asked for in one request, and 3 were answered"),
        (["", ""], "protocol", 0, "2 deletes were asked for in one request, and 0 were answered"),
    ],
)  # fmt: skip
def test_each_answer_of_a_batch_counts(parts: list[str], outcome: str, items: int, words: str) -> None:
    made = dialect(sas=SAS)
    op = operation(DELETE, keys=["a", "b"])
    request = made.request(op, host(made)).decode()
    assert request.count(f"DELETE /acc/box/a?{SAS} HTTP/1.1\r\nContent-Length: 0\r\n\r\n") == 1
    body = "".join(parts) + "--batchresponse_1--"
    assert made.answer(op, host(made), response("202 Accepted", body.encode())) is None
    assert (name_of(op.outcome), op.items, op.detail) == (outcome, items, words)


def test_a_batch_over_bearer_tokens_shows_one_in_each_part() -> None:
    made = dialect(bearer="token")
    request = made.request(operation(DELETE, keys=["a", "b"]), host(made)).decode()
    assert request.count("Authorization: Bearer token\r\n") == 3
    head, _, body = request.partition("\r\n\r\n")
    assert f"Content-Length: {len(body)}" in head


def test_a_failure_in_an_earlier_request_of_a_batch_is_kept() -> None:
    made = dialect(sas=SAS)
    op = operation(DELETE, keys=[f"k{i}" for i in range(257)])
    first = part("404 No") + part("202 Yes") * 255
    assert made.answer(op, host(made), response("202 Accepted", first.encode())) is not None
    assert made.answer(op, host(made), response("202 Accepted", part("202 Yes").encode())) is None
    assert (op.outcome, op.items, op.pages) == (PARTIAL, 256, 2)


def test_a_batch_of_hostile_lines_is_read_in_a_moment() -> None:
    made = dialect(sas=SAS)
    op = operation(DELETE, keys=["a"])
    made.answer(op, host(made), response("202 Accepted", b"HTTP/1.1 200 x\r\n" * 500_000))
    assert name_of(op.outcome) in ("protocol", "ok")


@pytest.mark.parametrize("secret", [SAS, "secret%2Fwords", "secret/words"])
def test_a_secret_that_a_server_repeats_is_not_passed_on(secret: str) -> None:
    made = dialect(sas=SAS)
    op = operation(GET, "k")
    body = f"<Error><Code>InvalidUri</Code><Message>at {secret} here\nRequestId:R\nTime:T</Message></Error>"
    made.answer(op, host(made), response("400 Bad", body.replace("&", "&amp;").encode(), "x-ms-request-id: R\r\n"))
    assert (op.outcome, op.detail) == (400, "400 InvalidUri at *** here (request id R)")


def test_a_shorter_answer_than_asked_for_is_found() -> None:
    made = dialect(sas=SAS)
    op = operation(GET, "k", length=10)
    made.answer(op, host(made), response("200 OK", b"12345"))
    assert (name_of(op.outcome), op.transferred) == ("integrity", 0)
