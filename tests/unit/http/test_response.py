"""The response parser by table: every entry whole, cut at every byte, and byte by byte."""

from __future__ import annotations

import pytest

from s3bench_tui.stores.http import response as module
from s3bench_tui.stores.http.response import HEAD_LIMIT, Response
from s3bench_tui.stores.outcome import OK, PROTOCOL, RESET

OK_3 = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def receive(data: bytes, cuts: list[int], head_only: bool = False, keep_body: bool = True) -> Response:
    """The response after these bytes, cut in pieces, and the end of the connection, through one buffer used again."""
    response = Response()
    response.start(head_only, keep_body)
    buffer = bytearray(b"\r\n0" * 50000)
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        if end > start:
            buffer[: end - start] = data[start:end]
            assert response.feed(buffer, end - start) == response.done
    response.eof()
    assert response.done
    return response


def every_cut(data: bytes) -> list[list[int]]:
    return [[], *([cut] for cut in range(1, len(data))), list(range(1, len(data)))]


GOOD = {
    "content-length": (OK_3, 200, b"abc", True),
    "206": (b"HTTP/1.1 206 Partial Content\r\ncontent-length:3 \t\r\nContent-Range: bytes 0-2/9\r\n\r\nabc", 206, b"abc", True),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, b"", True),
    "empty reason": (b"HTTP/1.1 200 \r\nCONTENT-LENGTH: 0\r\n\r\n", 200, b"", True),
    "other fields": (b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Type: a/b\r\nTE: x\r\nC:\r\nContent-Length: 1\r\nETag: \"e\"\r\nConnection: keep-alive\r\n\r\nx", 200, b"x", True),
    "value of bytes above ASCII": (b"HTTP/1.1 200 \xe9\r\nA: \x80\xff\r\nContent-Length: 0\r\n\r\n", 200, b"", True),
    "same length twice": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 200, b"abc", True),
    "same length as a list": (b"HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc", 200, b"abc", True),
    "100 Continue": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK_3, 200, b"abc", True),
    "several interim responses": (b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 C\r\n\r\n" + OK_3, 200, b"abc", True),
    "204": (b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n", 204, b"", True),
    "204 with a length": (b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, b"", True),
    "304 with the object's length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b"", True),
    "error": (b"HTTP/1.1 503 Slow Down\r\nContent-Length: 3\r\n\r\nabc", 503, b"abc", True),
    "close": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: foo, Close\r\n\r\nabc", 200, b"abc", False),
    "1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, b"abc", False),
    "1.0 that stays": (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: Keep-Alive\r\n\r\nabc", 200, b"abc", True),
    "until close": (b"HTTP/1.1 200 OK\r\n\r\nabc", 200, b"abc", False),
    "until close, nothing": (b"HTTP/1.0 200 OK\r\n\r\n", 200, b"", False),
    "folded field": (b"HTTP/1.1 200 OK\r\nA: b\r\n\t c\r\n \r\nContent-Length: 3\r\n\r\nabc", 200, b"abc", True),
    "folded length": (b"HTTP/1.1 200 OK\r\nContent-Length:\r\n 3\r\n\r\nabc", 200, b"abc", True),
    "chunked": (CHUNKED + b"3\r\nabc\r\n00A\r\n\r\n0123456\n\r\n0\r\n\r\n", 200, b"abc\r\n0123456\n", True),
    "chunked, any case": (b"HTTP/1.1 200 OK\r\ntransfer-ENCODING:\tCHUNKED \r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, b"x", True),
    "chunk extension and space": (CHUNKED + b"1;a=\"b\" ;c\r\nx\r\n1 \t\r\ny\r\n0;z\r\n\r\n", 200, b"xy", True),
    "trailer": (CHUNKED + b"1\r\nx\r\n0\r\nX-Checksum: 1\r\nY: 2\r\n\r\n", 200, b"x", True),
    "chunked, nothing": (CHUNKED + b"0\r\n\r\n", 200, b"", True),
    "chunked and close": (b"HTTP/1.1 404 No\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 404, b"x", False),
}  # fmt: skip

BROKEN = {
    "surplus": (OK_3 + b"d", PROTOCOL),
    "second response": (OK_3 + OK_3, PROTOCOL),
    "surplus after chunks": (CHUNKED + b"0\r\n\r\n\r\n", PROTOCOL),
    "surplus after 204": (b"HTTP/1.1 204 No Content\r\n\r\nx", PROTOCOL),
    "surplus after nothing": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx", PROTOCOL),
    "early close, body": (OK_3[:-1], RESET),
    "early close, no body": (OK_3[:-3], RESET),
    "early close, head": (OK_3[:20], RESET),
    "early close, nothing": (b"", RESET),
    "early close after interim": (b"HTTP/1.1 100 Continue\r\n\r\n", RESET),
    "early close, chunk line": (CHUNKED + b"3", RESET),
    "early close, chunk": (CHUNKED + b"3\r\nab", RESET),
    "early close, after chunk": (CHUNKED + b"3\r\nabc", RESET),
    "early close, between chunks": (CHUNKED + b"3\r\nabc\r\n", RESET),
    "early close, trailer": (CHUNKED + b"0\r\nA: b\r\n", RESET),
    "different lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", PROTOCOL),
    "different lengths as a list": (b"HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\nabc", PROTOCOL),
    "coding beside length": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", PROTOCOL),
    "coding beside the length of all": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", PROTOCOL),
    "coding before the length of all": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", PROTOCOL),
    "coding twice": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", PROTOCOL),
    "coding in 1.0": (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", PROTOCOL),
    "gzip coding": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", PROTOCOL),
    "switching protocols": (b"HTTP/1.1 101 Switching\r\n\r\n" + OK_3, PROTOCOL),
    "interim without end": (b"HTTP/1.1 102 Processing\r\n\r\n" * 65 + OK_3, PROTOCOL),
    "leading empty line": (b"\r\n" + OK_3, PROTOCOL),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", PROTOCOL),
    "TLS alert": (b"\x15\x03\x01\x00\x02\x02\x0a", PROTOCOL),
    "fold of the status line": (b"HTTP/1.1 200 OK\r\n fold\r\nContent-Length: 0\r\n\r\n", PROTOCOL),
    "chunk size missing": (CHUNKED + b"\r\nabc\r\n0\r\n\r\n", PROTOCOL),
    "chunk size negative": (CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n", PROTOCOL),
    "chunk size 0x3": (CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n", PROTOCOL),
    "chunk size with a leading space": (CHUNKED + b" 3\r\nabc\r\n0\r\n\r\n", PROTOCOL),
    "chunk size huge": (CHUNKED + b"f" * 16 + b"\r\nabc\r\n0\r\n\r\n", PROTOCOL),
    "chunk line bare LF": (CHUNKED + b"3\nabc\r\n0\r\n\r\n", PROTOCOL),
    "chunk too long": (CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n", PROTOCOL),
    "chunk too short": (CHUNKED + b"3\r\nab\r\n0\r\n\r\n", PROTOCOL),
    "chunk end bare LF": (CHUNKED + b"3\r\nabc\n0\r\n\r\n", PROTOCOL),
    "trailer malformed": (CHUNKED + b"0\r\nA b\r\n\r\n", PROTOCOL),
    "trailer folds nothing": (CHUNKED + b"0\r\n A: b\r\n\r\n", PROTOCOL),
    "trailer with length": (CHUNKED + b"0\r\nContent-Length: 3\r\n\r\n", PROTOCOL),
}  # fmt: skip
BROKEN |= {
    f"length {value!r}": (b"HTTP/1.1 200 OK\r\nContent-Length: " + value + b"\r\n\r\nabc", PROTOCOL)
    for value in (b"", b"+3", b"-3", b"0x3", b"3.0", b"3 3", b"3;", b"\xb3", b"1_0", b",", b"3,", b"9" * 19, b"03, 3")
}
BROKEN |= {
    f"status line {line!r}": (line + b"\r\nContent-Length: 3\r\n\r\nabc", PROTOCOL)
    for line in (
        b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1  200 OK", b"HTTP/1.1 200OK", b"HTTP/1.1\t200 OK", b"http/1.1 200 OK",
        b"HTTP/2 200 OK", b"HTTP/1.2 200 OK", b"HTTP/0.9 200 OK", b"HTTP/1.1 600 X", b"HTTP/1.1 099 X", b"HTTP/1.1 +20 X",
        b"HTTP/1.1 200 O\x00K", b"HTTP/1.1 200 O\rK", b"HTTP/1.1 200 O\nK", b"HTTP/1.1 200 O\x7fK", b" HTTP/1.1 200 OK", b"",
    )
}  # fmt: skip
BROKEN |= {
    f"field {field!r}": (b"HTTP/1.1 200 OK\r\n" + field + b"\r\nContent-Length: 3\r\n\r\nabc", PROTOCOL)
    for field in (
        b"no colon", b": no name", b"A : b", b"A\t: b", b"A: \x00", b"A: b\rc", b"A: b\nB: c", b"A: \x1b[31m", b"A: \x0b", b"A: \x7f",
        b"A(: b", b"A\xe9: b", b'"A": b', b"Content-Length : 3", b"Content-Length\x00: 3", b"A: b\r\r",
    )
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_good_response(name: str) -> None:
    data, status, body, keep_alive = GOOD[name]
    for cuts in every_cut(data):
        for keep_body in (True, False):
            got = receive(data, cuts, keep_body=keep_body)
            assert (got.broken, got.outcome, got.status, got.body_bytes) == ("", OK, status, len(body)), cuts
            assert got.keep_alive == keep_alive
            assert bytes(got.body) == (body if keep_body or status >= 300 else b"")
            assert got.first_body == bool(body)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_response(name: str) -> None:
    data, outcome = BROKEN[name]
    for cuts in every_cut(data):
        for keep_body in (True, False):
            got = receive(data, cuts, keep_body=keep_body)
            assert got.broken and got.outcome == outcome, cuts
            assert not got.keep_alive
            assert got.needed == 0


def test_head_has_no_body_but_a_length() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\nETag: \"e\"\r\n\r\n"  # fmt: skip
    for cuts in every_cut(data):
        got = receive(data, cuts, head_only=True, keep_body=False)
        assert (got.broken, got.length, got.body_bytes, got.keep_alive) == ("", 4096, 0, True)
    for head in (CHUNKED, b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n"):
        assert receive(head, [], head_only=True).keep_alive
    assert receive(OK_3, [], head_only=True, keep_body=False).outcome == PROTOCOL


def test_bodies_can_be_skipped() -> None:
    response = Response()
    response.start()
    buffer = bytearray(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
    assert not response.feed(buffer, len(buffer))
    assert (response.needed, response.body_bytes, response.first_body) == (997, 3, True)
    assert not response.skip(900)
    assert response.needed == 97
    assert response.skip(97)
    assert (response.broken, response.body_bytes, response.keep_alive) == ("", 1000, True)


def test_only_unwanted_bodies_of_fixed_length_can_be_skipped() -> None:
    for head, keep_body in (
        (OK_3[:-3], True),
        (b"HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\n", False),
        (CHUNKED + b"3\r\n", False),
    ):
        response = Response()
        response.start(keep_body=keep_body)
        assert not response.feed(bytearray(head), len(head))
        assert response.needed == 0


def test_broken_stays_broken() -> None:
    response = Response()
    response.start()
    assert response.feed(bytearray(b"nonsense\r\n\r\n"), 12)
    reason = response.broken
    assert response.feed(bytearray(OK_3), len(OK_3))
    assert response.eof()
    assert (response.broken, response.outcome, response.status) == (reason, PROTOCOL, 0)


def test_bytes_on_an_idle_connection_break_it() -> None:
    response = Response()
    response.start()
    assert response.feed(bytearray(OK_3), len(OK_3)) and response.keep_alive
    assert response.feed(bytearray(b"x"), 1)
    assert response.broken and not response.keep_alive


def test_close_after_a_response_is_no_fault() -> None:
    assert receive(OK_3, []).outcome == OK


@pytest.mark.parametrize("fault", [b"\x00", b"\x1b", b"\x7f", b"\rb", b"\n", b"\r\r"])
@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 O", b"HTTP/1.1 200 OK\r\nA: ", CHUNKED + b"1;", CHUNKED + b"0\r\nA: "]
)
def test_a_fault_is_seen_before_the_rest_comes(start: bytes, fault: bytes) -> None:
    """No server can make us wait for the end of a head that is already wrong."""
    for pieces in (
        [start + b"a" + fault],
        [start, b"a" + fault],
        [start + b"a", fault],
        [start + b"a" + fault[:1], fault[1:]],
    ):
        response = Response()
        response.start()
        for piece in filter(None, pieces):
            response.feed(bytearray(piece), len(piece))
        assert response.done and response.outcome == PROTOCOL


def test_nothing_is_left_of_the_response_before() -> None:
    response = Response()
    fresh = {
        name: getattr(response, name)
        for name in ("status", "length", "body_bytes", "needed", "done", "keep_alive", "broken", "outcome", "silent")
    }
    for data in (
        b"HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nabc",
        OK_3,
        OK_3 + OK_3,
        OK_3[:-1],
        CHUNKED + b"3\r\na",
        b"HTTP/1.1 100 C\r\n\r\nHT",
    ):
        response.feed(bytearray(data), len(data))
        assert not response.silent
        response.start()
        assert {name: getattr(response, name) for name in fresh} == fresh
        assert not response.body and response.header(b"content-length") is None


def test_silence_is_told_from_an_early_end() -> None:
    assert receive(b"", []).outcome == RESET
    response = Response()
    assert response.silent
    response.feed(bytearray(b"H"), 1)
    assert not response.silent
    response.start()
    interim = bytearray(b"HTTP/1.1 100 Continue\r\n\r\n")
    response.feed(interim, len(interim))
    assert not response.silent


def test_one_object_takes_response_after_response() -> None:
    response = Response()
    for name, (data, status, body, _) in GOOD.items():
        response.start(keep_body=True)
        assert response.feed(bytearray(data), len(data)) or response.eof(), name
        assert (response.broken, response.status, bytes(response.body)) == ("", status, body), name
    for name, (data, outcome) in BROKEN.items():
        response.start()
        assert data == b"" or response.feed(bytearray(data), len(data)) or response.eof(), name
        assert data == b"" or response.outcome == outcome, name
        response.start()
        assert response.feed(bytearray(OK_3), len(OK_3)) and not response.broken, name


def test_header_is_found_whatever_its_case() -> None:
    data = b"HTTP/1.1 200 OK\r\nX-Amz-Request-ID:  r1 \r\nx-amz-request-id: r2\r\nContent-Length: 0\r\n\r\n"
    for keep_body in (True, False):
        got = receive(data, [], keep_body=keep_body)
        assert got.header(b"x-amz-request-id") == b"r1"
        assert got.header(b"content-length") == b"0"
        assert got.header(b"etag") is None
    assert Response().header(b"etag") is None


def test_heads_are_bounded() -> None:
    fits = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: " + b"x" * (HEAD_LIMIT - 43) + b"\r\n\r\n"
    assert len(fits) == HEAD_LIMIT
    longer = fits.replace(b"A: ", b"A: x")
    for cuts in ([], [100], [60000], [HEAD_LIMIT - 2], list(range(1000, HEAD_LIMIT, 1000))):
        assert receive(fits, cuts).outcome == OK
        assert receive(fits, cuts, keep_body=False).outcome == OK
        assert receive(longer, cuts).outcome == PROTOCOL
        assert receive(longer, cuts, keep_body=False).outcome == PROTOCOL
    endless = Response()
    endless.start()
    endless.feed(bytearray(b"HTTP/1.1 200 OK\r\nA: "), 20)
    pieces = 0
    while not endless.feed(bytearray(b"x" * 1000), 1000):
        pieces += 1
    assert pieces == (HEAD_LIMIT - 20) // 1000


@pytest.mark.parametrize("start", [CHUNKED + b"1;", CHUNKED + b"0\r\nA: "])
def test_chunk_lines_and_trailers_are_bounded(start: bytes) -> None:
    assert receive(start + b"x" * HEAD_LIMIT, []).outcome == PROTOCOL
    assert receive(start + b"x" * (HEAD_LIMIT // 2), []).outcome == RESET


def test_kept_bodies_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_BODY_LIMIT", 10)
    monkeypatch.setattr(module, "ERROR_BODY_LIMIT", 5)
    for head, tail in (
        (b"HTTP/1.1 %d X\r\nContent-Length: 11\r\n\r\n", b"01234567890"),
        (b"HTTP/1.1 %d X\r\n\r\n", b"01234567890"),
    ):
        for cuts in ([], [len(head) + 3]):
            assert receive(head % 200 + tail, cuts).outcome == PROTOCOL
            assert receive(head % 200 + tail, cuts, keep_body=False).body_bytes == 11
            refused = receive(head % 503 + tail, cuts, keep_body=False)
            assert (refused.outcome, bytes(refused.body), refused.body_bytes) == (OK, b"01234", 11)


USUAL = {
    "nginx": b'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 16:19:23 GMT\r\nContent-Type: application/octet-stream\r\nContent-Length: 4096\r\nLast-Modified: Sun, 22 Nov 2026 16:00:00 GMT\r\nConnection: keep-alive\r\nETag: "6561d2f0-1000"\r\nAccept-Ranges: bytes\r\n\r\n',
    "S3": b'HTTP/1.1 206 Partial Content\r\nx-amz-id-2: eftix/2mki=\r\nx-amz-request-id: 318BC8BC148832E5\r\nDate: Mon, 28 Mar 2016 16:32:00 GMT\r\nETag: "fba9"\r\nContent-Range: bytes 0-9/443\r\nContent-Type: text/plain\r\nContent-Length: 4096\r\nServer: AmazonS3\r\n\r\n',
    "Go": b"HTTP/1.1 200 OK\r\nAccept-Ranges: bytes\r\nContent-Length: 4096\r\nStrict-Transport-Security: max-age=31536000\r\nVary: Origin\r\n\r\n",
    "lower case": b"HTTP/1.1 200 OK\r\ncontent-length: 4096\r\nconnection: Keep-Alive\r\nkeep-alive: timeout=5\r\ntransfer-mode: x\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", USUAL)
def test_usual_heads_take_the_short_way(name: str) -> None:
    found = module._plain_head(bytearray(USUAL[name]))
    assert found is not None and found[2] == b"4096"
    assert module._plain_head(bytearray(b"HTTP/1.1 204 No Content\r\nx-amz-request-id: 1\r\n\r\n")) is not None


@pytest.mark.parametrize("field", [b"Transfer-Encoding: chunked", b"transfer-encoding:chunked", b"TRANSFER-ENCODING: x", b"Connection: close", b"CONNECTION: close", b"Content-Length: 1", b"CONTENT-LENGTH: 1", b"Connection: keep-alive, close"])  # fmt: skip
def test_heads_with_a_surprise_take_the_long_way(field: bytes) -> None:
    for head in USUAL.values():
        assert module._plain_head(bytearray(head[:-2] + field + b"\r\n\r\n")) is None
        assert module._plain_head(bytearray(head.replace(b"\r\n", b"\r\n" + field + b"\r\n", 1))) is None
