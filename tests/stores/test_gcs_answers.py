"""The data plane of gs:// against servers that answer as told: what it sends, and what it makes of every answer."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from s3bench_tui.stores.outcome import OK, name_of
from tests.stores.gcs_rig import driving, page, refusal
from tests.stores.http_rig import Peer, answer, answering, content, finish, forever, operation, perform, told

TOKEN = "ya29.a-token-of-mine"


def recording(requests: list[tuple[str, bytes]], body: bytes = b"{}") -> Callable[[Peer], None]:
    """A script that notes head and body of each request."""

    def script(peer: Peer) -> None:
        while (request := peer.request())[0]:
            requests.append((request[0].decode(), request[1]))
            peer.send(answer(body))

    return script


def test_what_is_sent() -> None:
    requests: list[tuple[str, bytes]] = []
    script = recording(requests, b'{"kind": "storage#objects", "size": "10"}')
    with told(script) as server, driving(f"{server.url}/base", "bu.ck", TOKEN) as driver:
        for op in (
            operation("get", "a/b c", 41), operation("get", "k", 41, 5), operation("put", "a/ü", 10),
            operation("stat", "k"), operation("list", "p q/"), operation("delete", "k"),
        ):  # fmt: skip
            driver.submit(op)
            finish(driver, [op])
        host = f" HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {TOKEN}\r\n"
    objects = "/base/storage/v1/b/bu.ck/o"
    listing = "maxResults=1000&fields=kind%2CnextPageToken%2Cprefixes%2Citems%28name%2Csize%29"
    upload = "Content-Type: application/octet-stream\r\nContent-Length: 10\r\n"
    assert requests == [
        (f"GET {objects}/a%2Fb%20c?alt=media{host}"[:-2], b""),
        (f"GET {objects}/k?alt=media{host}Range: bytes=5-45", b""),
        (
            f"POST /base/upload/storage/v1/b/bu.ck/o?uploadType=media&fields=size&name=a%2F%C3%BC{host}{upload}"[:-2],
            content("a/ü", 10),
        ),
        (f"GET {objects}/k?fields=size{host}"[:-2], b""),
        (f"GET {objects}?prefix=p%20q%2F&{listing}{host}"[:-2], b""),
        (f"DELETE {objects}/k{host}"[:-2], b""),
    ]


def test_nothing_is_shown_where_anonymous() -> None:
    requests: list[tuple[str, bytes]] = []
    with told(recording(requests)) as server, driving(server.url) as driver:
        perform(driver, "get", "k")
    assert "authorization" not in requests[0][0].lower()


def test_tokens_are_renewed_while_running() -> None:
    requests: list[tuple[str, bytes]] = []
    with told(recording(requests)) as server, driving(server.url, token="old-token") as driver:
        for slot in range(2):
            perform(driver, "get", "k", slot=slot)
        driver.renew({"token": "new-token"})
        for slot in range(3):
            perform(driver, "get", "k", slot=slot)
    shown = [head.rpartition("Bearer ")[2].partition("\r\n")[0] for head, _ in requests]
    assert shown == ["old-token"] * 2 + ["new-token"] * 3


def test_an_expired_token() -> None:
    body = refusal(401, "authError", "Invalid Credentials").encode()
    response = answer(body, "401 Unauthorized", "X-GUploader-UploadID: UP42\r\n")
    with told(forever(response)) as server, driving(server.url, token=TOKEN) as driver:
        for kind, size in (("get", 100), ("put", 5000), ("stat", -1), ("list", -1), ("delete", -1)):
            op = perform(driver, kind, "key", size)
            assert (op.outcome, op.transferred) == (401, 0)
            assert op.detail == "401 authError Invalid Credentials (request id UP42)"
        assert driver.counters()["connects"] == 1, "a refusal is no reason to connect again"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"No such object: bucket/key", "404 No such object: bucket/key"),
        (b"<html>nothing here</html>", "404"),
        (refusal(404, "Not Found", "Not Found").encode(), "404 Not Found"),
        (b"x" * 5000, f"404 {'x' * 496}"),
    ],
)
def test_words_of_a_refusal(body: bytes, detail: str) -> None:
    with told(forever(answer(body, "404 Not Found"))) as server, driving(server.url) as driver:
        assert perform(driver, "get", "key").detail == detail


def test_the_request_id_of_a_refusal_with_many_words() -> None:
    body = refusal(400, "invalid", "word " * 500).encode()
    response = answer(body, "400 Bad Request", f"X-GUploader-UploadID: {'U' * 150}\r\n")
    with told(forever(response)) as server, driving(server.url) as driver:
        detail = perform(driver, "get", "key").detail
    assert detail.startswith("400 invalid word word ")
    assert detail.endswith(f"(request id {'U' * 150})")
    assert len(detail) <= 500


def test_pages_are_followed() -> None:
    pages = (page("a", "b", token="t/1 &"), page(token="t2"), page("c"))
    requests: list[bytes] = []

    def script(peer: Peer) -> None:
        for body in pages:
            requests.append(peer.head())
            peer.send(answer(body.encode()))

    with told(script) as server, driving(server.url) as driver:
        op = perform(driver, "list", "p")
    assert (op.outcome, op.items, op.pages) == (OK, 3, 3)
    assert [b"&pageToken=t%2F1%20%26 HTTP" in head for head in requests] == [False, True, False]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"<html></html>", page("a").encode()[:-1], b'{"size": 5}', b"[" * 100_000]
)
def test_answers_that_are_none(body: bytes) -> None:
    with told(forever(answer(body))) as server, driving(server.url) as driver:
        for kind in ("list", "stat"):
            op = perform(driver, kind, "key")
            assert (name_of(op.outcome), op.items) == ("protocol", 0)
            assert op.detail.startswith("the answer cannot be read: ")


def test_chunked_json() -> None:
    body = json.dumps({"size": "77"}).encode()
    response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    with told(forever(response)) as server, driving(server.url) as driver:
        assert perform(driver, "stat", "key").length == 77
        assert perform(driver, "put", "key", 5).outcome == OK
        assert driver.counters()["connects"] == 1


def test_a_part_for_a_whole_and_a_whole_for_a_part() -> None:
    part = answer(b"abcd", "206 Partial Content", "Content-Range: bytes 0-3/9\r\n")
    with told(answering(part, answer(b"abcd"))) as server, driving(server.url) as driver:
        for offset in (-1, 0):
            op = perform(driver, "get", "key", 4, offset)
            assert (name_of(op.outcome), op.transferred) == ("protocol", 0)
            assert "was asked for, and" in op.detail


def test_more_or_less_than_was_asked_for() -> None:
    with told(forever(answer(b"abcd"))) as server, driving(server.url) as driver:
        for length, outcome in ((4, "ok"), (-1, "ok"), (3, "integrity"), (5, "integrity")):
            op = perform(driver, "get", "key", length)
            assert (name_of(op.outcome), op.transferred) == (outcome, 4 if outcome == "ok" else 0)


@pytest.mark.parametrize("key", ["", ".", "..", "\ud800"])
def test_keys_that_no_object_can_have(key: str) -> None:
    requests: list[tuple[str, bytes]] = []
    with told(recording(requests)) as server, driving(server.url) as driver:
        for kind in ("get", "put", "stat", "delete"):
            assert name_of(perform(driver, kind, key, 10).outcome) == "client"
        batch = perform(driver, "delete", keys=["a", "b"])
        assert (name_of(batch.outcome), "several keys" in batch.detail) == ("client", True)
    assert requests == []


def test_a_large_copy_goes_on_until_it_is_done() -> None:
    asked: list[str] = []

    def script(peer: Peer) -> None:
        for body in (b'{"done": false, "rewriteToken": "t/1"}', b'{"done": true}', b'{"done": false}'):
            asked.append(peer.request()[0].decode())
            peer.send(answer(body))

    with told(script) as server, driving(server.url, "bu.ck", TOKEN) as driver:
        op = perform(driver, "copy", "to/x", 10, source="from/y z")
        assert (op.outcome, op.transferred) == (OK, 0), op.detail
        assert name_of(perform(driver, "copy", "to/x", 10, source="k").outcome) == "protocol"
    first, second, _ = asked
    path = "/storage/v1/b/bu.ck/o/from%2Fy%20z/rewriteTo/b/bu.ck/o/to%2Fx?fields=kind,done,rewriteToken"
    assert first.startswith(f"POST {path} HTTP/1.1\r\n") and second.startswith(
        f"POST {path}&rewriteToken=t%2F1 HTTP/1.1\r\n"
    )
    assert all("Content-Length: 0" in each and f"Bearer {TOKEN}" in each for each in asked)
