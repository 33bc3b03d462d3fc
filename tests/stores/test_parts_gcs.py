"""Resumable uploads: on a real server the same object as by one request; and every answer that ends them badly."""

from __future__ import annotations

import threading
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest

from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.gcs.store import GcsStore
from s3bench_tui.stores.http.multipart import MultipartDriver
from s3bench_tui.stores.multipart import Multipart
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions
from s3bench_tui.stores.outcome import OK, name_of
from s3bench_tui.stores.uri import parse
from tests.servers import fakegcs as fakegcs_server
from tests.servers.process import Server
from tests.stores.gcs_rig import ODD_KEYS, driving, fetch, new_bucket, refusal
from tests.stores.http_rig import MS, Peer, answer, content, told
from tests.stores.parts_rig import put, write

KIB = 1 << 10
PART = 256 * KIB
SESSION = "/upload/storage/v1/b/bucket/o?uploadType=resumable&name=k&upload_id=a-b_1"


def lines(above: int = PART, **more: str) -> list[LineOptions]:
    return [LineOptions(multipart=Multipart(PART, 1, above), **more), NO_OPTIONS]  # type: ignore[arg-type]  # strings


@pytest.mark.server
def test_the_object_is_the_same(fakegcs: Server) -> None:
    bucket = new_bucket(fakegcs)
    size = 5 * PART + 4097
    with driving(fakegcs.endpoint, bucket, lines=lines()) as driver:
        assert isinstance(driver, MultipartDriver)
        ops = [put("dir/large", size), put("even", 2 * PART, slot=1)]
        small = put("small", PART, slot=2)
        requests = write(driver, [*ops, small])
        assert driver.counters()["connects"] == 3, "one part after another goes over the slot's own connection"
    assert [(op.outcome, op.detail) for op in (*ops, small)] == [(OK, "")] * 3
    assert Counter(name for name, _ in requests) == {"create": 2, "part": 5 + 1, "complete": 2}
    assert sum(request.transferred for _, request in requests) == size + 2 * PART
    assert sorted(request.transferred for name, request in requests if name == "complete") == [4097, PART]
    for op in ops:
        assert fetch(fakegcs, bucket, op.key) == content(op.key, op.length)
        assert op.transferred == op.length and op.dispatch_ns < op.first_byte_ns <= op.done_ns


@pytest.mark.server
def test_keys_of_all_kinds(fakegcs: Server) -> None:
    bucket = new_bucket(fakegcs)
    with driving(fakegcs.endpoint, bucket, lines=lines(above=0)) as driver:
        ops = [put(key, 5000 + number, slot=number) for number, key in enumerate(ODD_KEYS)]
        requests = write(cast(MultipartDriver, driver), ops)
    assert [(op.key, op.outcome, op.detail) for op in ops] == [(key, OK, "") for key in ODD_KEYS]
    assert Counter(name for name, _ in requests) == {"create": len(ops), "complete": len(ops)}
    assert all(fetch(fakegcs, bucket, op.key) == content(op.key, op.length) for op in ops)


@pytest.mark.server
def test_withdrawn_uploads_are_aborted_at_the_server(tmp_path: Path) -> None:
    with fakegcs_server.serve(tmp_path, logging=True) as server:
        bucket = new_bucket(server)
        with driving(server.endpoint, bucket, lines=lines()) as driver:
            parts = cast(MultipartDriver, driver)
            for slot in range(3):
                parts.submit(put(f"k{slot}", 4000 * PART, slot=slot))
            deadline_ns = parts._clock() + 20_000 * MS
            while sum(path.startswith("/upload") for _, path, _ in fakegcs_server.logged(tmp_path)) < 9:
                assert parts._clock() < deadline_ns
                parts.wait(10 * MS)
            assert parts.withdraw(parts._clock() + 20_000 * MS) == []
            assert parts.counters()["uploads_aborted"] == 3
    log = fakegcs_server.logged(tmp_path)
    opened = [path for method, path, _ in log if method == "POST" and "resumable" in path]
    aborted = [path for method, path, status in log if (method, status) == ("DELETE", 499)]
    assert len(opened) == len(set(aborted)) == 3


@pytest.mark.server
def test_the_control_plane_aborts_what_it_is_told_of(fakegcs: Server) -> None:
    bucket = new_bucket(fakegcs)
    url = f"{fakegcs.endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&name=k"
    with urllib.request.urlopen(urllib.request.Request(url, b"", method="POST"), timeout=20) as opened:
        session = urlsplit(opened.headers["Location"])
    target = Target(uri=f"gs://{bucket}/", endpoint=fakegcs.endpoint, anonymous=True)
    store = GcsStore(target, parse(target.uri), 5_000 * MS, 20_000 * MS)
    assert store.abort_uploads([("k", f"{session.path}?{session.query}")], ["k"]) == 1
    store.close()


class Google:
    """Plays the server of one resumable upload and keeps what it was asked; `answers` replaces an answer (None: it hangs up)."""

    def __init__(self, **answers: Callable[[int], bytes | None]) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.heads: list[str] = []
        self.body = b""

    def __call__(self, peer: Peer) -> None:
        while (request := peer.request())[0]:
            head, body = request[0].decode(), request[1]
            method = head.split()[0]
            kind = {"POST": "create", "DELETE": "abort"}.get(method, "part")
            with self._lock:
                self.seen[kind] += 1
                self.heads.append(head)
                number = self.seen[kind]
            usual = answer(status="499 Client Closed Request")
            if kind == "create":
                usual = answer(fields=f"Location: http://elsewhere:1{SESSION}\r\n")
            elif kind == "part":
                self.body += body
                first, last, size = map(int, _field(head, "Content-Range").removeprefix("bytes ").replace("/", "-").split("-"))  # fmt: skip
                assert last - first + 1 == len(body)
                usual = kept(last) if last + 1 < size else answer(b'{"size": "1"}')
            said = self._answers[kind](number) if kind in self._answers else usual
            if said is None:
                return
            peer.send(said)


def _field(head: str, name: str) -> str:
    return next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.startswith(f"{name}: "))


def kept(last: int) -> bytes:
    return answer(status="308 Resume Incomplete", fields=f"Range: bytes=0-{last}\r\n")


def test_the_requests_are_those_of_the_protocol() -> None:
    server = Google()
    with (
        told(server) as at,
        driving(at.url, token="shown", lines=lines(if_none_match="*", content_type="x/y")) as driver,
    ):
        op = put("k", 2 * PART + 5)
        write(cast(MultipartDriver, driver), [op])
    assert op.outcome == OK, op.detail
    assert server.body == content("k", op.length)
    starts = [head.split(" HTTP/1.1")[0] for head in server.heads]
    assert starts == [
        "POST /upload/storage/v1/b/bucket/o?uploadType=resumable&fields=size&name=k&ifGenerationMatch=0",
        *[f"PUT {SESSION}"] * 3,
    ]
    assert all(_field(head, "Authorization") == "Bearer shown" for head in server.heads)
    assert (_field(server.heads[0], "X-Upload-Content-Length"), _field(server.heads[0], "Content-Length")) == (
        "524293",
        "0",
    )
    assert _field(server.heads[0], "X-Upload-Content-Type") == "x/y"
    assert [_field(head, "Content-Range") for head in server.heads[1:]] == [
        "bytes 0-262143/524293",
        "bytes 262144-524287/524293",
        "bytes 524288-524292/524293",
    ]


def refused(_: int) -> bytes:
    return answer(refusal(503, "backendError", "try again").encode(), "503 Service Unavailable")


BAD = {
    "a refused session": (
        {"create": refused}, "http_503", "opening the upload: 503 backendError try again", {"create": 1},
    ),
    "a session without a name": (
        {"create": lambda _: answer()}, "protocol", "opening the upload: the answer does not name the upload", {"create": 1},
    ),
    "a name that could not stand in a request": (
        {"create": lambda _: answer(fields="Location: http://x/a b?upload_id=1\r\n")},
        "protocol", "opening the upload: the answer does not name the upload", {"create": 1},
    ),
    "a refused part": (
        {"part": lambda number: kept(PART - 1) if number == 1 else refused(number)},
        "http_503", "part 2 of 3: 503 backendError try again", {"create": 1, "part": 2, "abort": 1},
    ),
    "a part that is kept in part": (
        {"part": lambda _: kept(99)},
        "protocol", "part 1 of 3: the server kept 100 of 262144 bytes so far", {"create": 1, "part": 1, "abort": 1},
    ),
    "a part that is not kept": (
        {"part": lambda _: answer(status="308 Resume Incomplete")},
        "protocol", "part 1 of 3: the server kept 0 of 262144 bytes so far", {"create": 1, "part": 1, "abort": 1},
    ),
    "an end too early": (
        {"part": lambda _: answer(b"{}")},
        "protocol", "part 1 of 3: the server takes the part for the end of the object (status 200)", {"create": 1, "part": 1, "abort": 1},
    ),
    "an end that is none": (
        {"part": lambda number: kept(number * PART - 1)},
        "protocol", "part 3 of 3: the server takes the part for more of the object (status 308)", {"create": 1, "part": 3, "abort": 1},
    ),
    "a refused end": (
        {"part": lambda number: kept(number * PART - 1) if number < 3 else refused(number)},
        "http_503", "part 3 of 3: 503 backendError try again", {"create": 1, "part": 3, "abort": 1},
    ),
    "a connection that ends": (
        {"part": lambda _: None},
        "reset", "part 1 of 3: the connection was closed before the response began", {"create": 1, "part": 1, "abort": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_whatever_fails_fails_the_object_once(case: str) -> None:
    answers, outcome, words, seen = BAD[case]
    server = Google(**answers)  # type: ignore[arg-type]  # each of them is a function of a number
    with told(server) as at, driving(at.url, lines=lines()) as driver:
        op = put("k", 3 * PART)
        requests = write(cast(MultipartDriver, driver), [op])
        assert cast(MultipartDriver, driver).withdraw(0) == []
    assert (name_of(op.outcome), op.detail, op.transferred) == (outcome, words, 0)
    assert server.seen == seen
    assert [bool(request.outcome) for _, request in requests].count(True) == 1


@pytest.mark.parametrize(("status", "left"), [("404 Not Found", 0), ("204 No Content", 0), ("403 Forbidden", 1)])
def test_what_could_not_be_aborted_is_told(status: str, left: int) -> None:
    server = Google(part=refused, abort=lambda _: answer(status=status))
    with told(server) as at, driving(at.url, lines=lines()) as driver:
        write(cast(MultipartDriver, driver), [put("k", 3 * PART)])
        assert cast(MultipartDriver, driver).withdraw(0) == [("k", SESSION)] * left


@pytest.mark.server
def test_a_checksum_of_another_line_leaves_parts_alone(fakegcs: Server) -> None:
    bucket = new_bucket(fakegcs)
    beside = [lines()[0], LineOptions(checksum="md5")]
    with driving(fakegcs.endpoint, bucket, lines=beside) as driver:
        ops = [put("large", 2 * PART), put("summed", 5000, slot=1, line=1)]
        write(cast(MultipartDriver, driver), ops)
    assert [(op.outcome, op.detail) for op in ops] == [(OK, "")] * 2
    assert fetch(fakegcs, bucket, "large") == content("large", 2 * PART)
