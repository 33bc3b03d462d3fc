"""Uploads in parts against servers that answer as they are told: failures, their words, and what is asked for afterwards."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.multipart import Multipart
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions
from s3bench_tui.stores.outcome import CLIENT, OK, name_of
from tests.stores.http_rig import Peer, answer, content, told
from tests.stores.parts_rig import in_parts, put, rest, write

KIB = 1 << 10
CREATED = b"<InitiateMultipartUploadResult><UploadId>a/b+c=&amp;1</UploadId></InitiateMultipartUploadResult>"
COMPLETED = b"<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>"
FAILED = b"<?xml version='1.0'?>\n<Error><Code>InternalError</Code><Message>try again</Message></Error>"
UPLOAD = "uploadId=a%2Fb%2Bc%3D%261"


def kind_of(line: str) -> str:
    if "?uploads=" in line:
        return "create"
    if line.startswith("DELETE"):
        return "abort"
    return "part" if "partNumber" in line else "complete" if "uploadId" in line else "put"


class Server:
    """Plays S3 and keeps what it was asked: request lines by kind, and parts by number. `answers` replaces an answer."""

    def __init__(self, **answers: Callable[[int], bytes]) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.lines: list[str] = []
        self.heads: dict[str, bytes] = {}
        self.parts: dict[int, bytes] = {}
        self.completed = b""
        self.most_at_once = self._now = 0

    def __call__(self, peer: Peer) -> None:
        while (request := peer.request())[0]:
            head, body = request
            line = head.split(b"\r\n")[0].decode()
            kind = kind_of(line)
            with self._lock:
                self.seen[kind] += 1
                self.lines.append(line)
                self.heads[kind] = head.lower()
                number = self.seen[kind]
            usual = answer()
            if kind == "create":
                usual = answer(CREATED)
            elif kind == "part":
                found = re.search(r"\?partNumber=(\d+)&(\S+) ", line)
                assert found is not None and found[2] == UPLOAD
                number = int(found[1])
                self.parts[number] = body
                usual = answer(fields=f'ETag: "tag<{number}>"\r\n')
            elif kind == "complete":
                self.completed = body
                usual = answer(COMPLETED)
            peer.send(self._answers[kind](number) if kind in self._answers else usual)


def refused(status: str, code: str = "SlowDown") -> bytes:
    return answer(f"<Error><Code>{code}</Code><Message>Please wait</Message></Error>".encode(), status)


def test_every_part_has_its_bytes_and_all_are_named_in_order() -> None:
    server = Server()
    with told(server) as at, in_parts(at.url, part=64 * KIB) as driver:
        op = put("k", 64 * KIB * 5 + 3)
        requests = write(driver, [op])
    assert op.outcome == OK, op.detail
    assert server.seen == {"create": 1, "part": 6, "complete": 1}
    assert b"".join(server.parts[number] for number in range(1, 7)) == content("k", op.length)
    assert server.completed.decode() == (
        '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        + "".join(f'<Part><PartNumber>{n}</PartNumber><ETag>"tag&lt;{n}&gt;"</ETag></Part>' for n in range(1, 7))
        + "</CompleteMultipartUpload>"
    )
    assert sorted(request.transferred for name, request in requests if name == "part") == [3] + [64 * KIB] * 5
    assert requests[0][0] == "create" and requests[-1][0] == "complete"


@pytest.mark.parametrize(("length", "above", "kinds"), [
    (64 * KIB, None, {"put": 1}),
    (64 * KIB + 1, None, {"create": 1, "part": 2, "complete": 1}),
    (64 * KIB + 1, 64 * KIB + 1, {"put": 1}),
    (5, 0, {"create": 1, "part": 1, "complete": 1}),
    (0, 0, {"put": 1}),
])  # fmt: skip
def test_the_threshold(length: int, above: int | None, kinds: dict[str, int]) -> None:
    server = Server()
    with told(server) as at, in_parts(at.url, part=64 * KIB, above=above) as driver:
        write(driver, [put("k", length)])
        assert server.seen == kinds
        write(driver, [put("other", 1 << 20, slot=1, line=1)])
    assert server.seen["put"] == kinds.get("put", 0) + 1, "the other line writes whole objects"


@pytest.mark.parametrize("parallel", [1, 3])
def test_so_many_parts_at_once(parallel: int) -> None:
    gate, lock, now, most = threading.Event(), threading.Lock(), 0, 0

    def part(number: int) -> bytes:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            if now == parallel:
                gate.set()
        assert gate.wait(10)
        with lock:
            now -= 1
        return answer(fields=f"ETag: {number}\r\n")

    with told(Server(part=part)) as at, in_parts(at.url, part=64 * KIB, parallel=parallel) as driver:
        driver.prewarm(2, driver._clock() + 10**10)
        assert driver.counters()["connects"] == 2 * parallel
        op = put("k", 64 * KIB * 9)
        write(driver, [op])
        assert driver.counters()["connects"] == 2 * parallel, "no connection was opened in the load"
    assert (op.outcome, most) == (OK, parallel)


FAILURES = {
    "create": ("http_503", "opening the upload: 503 SlowDown Please wait", 0),
    "part": ("http_503", "part 2 of 4: 503 SlowDown Please wait", 1),
    "complete": ("http_503", "completing the upload: 503 SlowDown Please wait", 1),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_refused_request_fails_the_object_once(kind: str) -> None:
    def answers(number: int) -> bytes:
        return answer(fields="ETag: x\r\n") if kind == "part" and number != 2 else refused("503 Slow")

    outcome, words, aborts = FAILURES[kind]
    server = Server(**{kind: answers})
    with told(server) as at, in_parts(at.url, part=64 * KIB, parallel=1) as driver:
        op = put("k", 64 * KIB * 4)
        requests = write(driver, [op])
        assert driver.counters()["uploads_aborted"] == aborts
    assert (name_of(op.outcome), op.detail, op.transferred) == (outcome, words, 0)
    assert server.seen["abort"] == aborts
    assert [name for name, request in requests if request.outcome] == [kind]
    if kind == "part":
        assert server.seen["part"] == 2, "nothing is begun after a failure"
        assert server.lines[-1] == f"DELETE /bucket/k?{UPLOAD} HTTP/1.1"


def test_a_failure_in_the_body_of_a_200() -> None:
    server = Server(complete=lambda _: answer(FAILED))
    with told(server) as at, in_parts(at.url, part=64 * KIB) as driver:
        op = put("k", 64 * KIB * 2)
        write(driver, [op])
    assert (name_of(op.outcome), op.detail) == ("http_500", "completing the upload: 200 InternalError try again")
    assert server.seen["abort"] == 1


@pytest.mark.parametrize(
    ("kind", "said", "words"),
    [
        ("create", answer(b"<html>"), "opening the upload: the answer cannot be read: the answer is not a"),
        ("create", answer(CREATED.replace(b"UploadId", b"Upload")), "the answer does not name the upload"),
        ("part", answer(), "the part has no ETag"),
        ("complete", answer(), "completing the upload: the answer cannot be read"),
        ("complete", answer(COMPLETED[:-3]), "completing the upload: the answer cannot be read"),
    ],
)
def test_answers_that_are_none(kind: str, said: bytes, words: str) -> None:
    with told(Server(**{kind: lambda _: said})) as at, in_parts(at.url, part=64 * KIB) as driver:
        op = put("k", 64 * KIB * 2)
        write(driver, [op])
    assert name_of(op.outcome) == "protocol" and words in op.detail, op.detail


def test_each_field_stands_in_the_request_that_takes_it() -> None:
    told_all = LineOptions(
        multipart=Multipart(64 * KIB, 2, 64 * KIB), if_none_match="*", metadata=(("a", "b"),), content_type="x/y"
    )
    server = Server()
    with (
        told(server) as at,
        in_parts(at.url, lines=(told_all, NO_OPTIONS), encryption={"type": "sse-s3", "kms_key_id": None}) as driver,
    ):
        op = put("k", 64 * KIB * 2)
        write(driver, [op])
        write(driver, [put("whole", 5, slot=1, line=1)])
    assert op.outcome == OK, op.detail
    fields = (b"x-amz-meta-a: b", b"content-type: x/y", b"if-none-match: *", b"x-amz-server-side-encryption: aes256")
    assert {kind: [field in head for field in fields] for kind, head in server.heads.items()} == {
        "create": [True, True, False, True],
        "part": [False, False, False, False],
        "complete": [False, False, True, False],
        "put": [False, False, False, True],
    }


def test_a_version_to_match_goes_with_what_completes_the_upload() -> None:
    asked: list[str] = []

    def complete(number: int) -> bytes:
        found = re.search(rb"\r\nif-match: ([^\r]*)\r\n", server.heads["complete"] + b"\r\n")
        asked.append(found[1].decode() if found else "")
        if number == 3:
            return refused("412 Precondition Failed", "PreconditionFailed")
        tag = {1: b"&quot;one-2&quot;", 2: b"two-2", 4: b"&#34;four-2&#34;"}.get(number, b"")
        return answer(COMPLETED.replace(b"<ETag>", b"<ETag>" + tag))

    server = Server(complete=complete)
    line = LineOptions(multipart=Multipart(64 * KIB, 2, 64 * KIB), if_match="etag")
    outcomes = []
    with told(server) as at, in_parts(at.url, lines=(line, NO_OPTIONS)) as driver:
        for _ in range(6):
            op = put("k", 64 * KIB * 2)
            write(driver, [op])
            outcomes.append(name_of(op.outcome))
    assert asked == ["", '"one-2"', '"two-2"', "", '"four-2"', ""], "what was refused or not named is forgotten"
    assert outcomes == ["ok", "ok", "http_412", "ok", "ok", "ok"]
    assert server.completed.count(b"<Part>") == 2 and server.seen["abort"] == 1


def test_signs_of_life_before_the_end() -> None:
    with (
        told(Server(complete=lambda _: answer(b"  \n " + COMPLETED))) as at,
        in_parts(at.url, part=64 * KIB) as driver,
    ):
        op = put("k", 64 * KIB * 2)
        write(driver, [op])
    assert op.outcome == OK, op.detail


def test_an_upload_that_is_gone_needs_no_abort() -> None:
    server = Server(part=lambda _: refused("500 No"), abort=lambda _: refused("404 Not Found", "NoSuchUpload"))
    with told(server) as at, in_parts(at.url, part=64 * KIB) as driver:
        write(driver, [put("k", 64 * KIB * 2)])
        assert driver.withdraw(0) == []


def test_what_could_not_be_aborted_is_told() -> None:
    server = Server(part=lambda _: refused("500 No"), abort=lambda _: refused("403 Forbidden", "AccessDenied"))
    with told(server) as at, in_parts(at.url, part=64 * KIB) as driver:
        op = put("k", 64 * KIB * 2)
        write(driver, [op])
        assert name_of(op.outcome) == "http_500", "the abort is no outcome"
        assert driver.withdraw(0) == [("k", "a/b+c=&1")]


def test_the_time_out_is_the_object_s() -> None:
    silent = threading.Event()

    def part(number: int) -> bytes:
        if number == 3:
            silent.wait(10)
        return answer(fields="ETag: x\r\n")

    server = Server(part=part)
    with told(server) as at, in_parts(at.url, part=64 * KIB, parallel=1, timeout_s=0.5) as driver:
        op = put("k", 64 * KIB * 4)
        write(driver, [op])
        silent.set()
    assert name_of(op.outcome) == "timeout"
    assert op.detail == "part 3 of 4: the object was not written within 0.5 s"
    assert server.seen["abort"] == 1


def test_withdrawal_breaks_off_and_aborts() -> None:
    silent = threading.Event()

    def part(_: int) -> bytes:
        silent.wait(10)
        return answer(fields="ETag: x\r\n")

    server = Server(part=part)
    with told(server) as at, in_parts(at.url, part=64 * KIB, parallel=2) as driver:
        op = put("k", 64 * KIB * 4)
        driver.submit(op)
        while server.seen["part"] < 2:
            driver.wait(1_000_000)
        assert driver.withdraw(driver._clock() + 5 * 10**9) == []
        silent.set()
    assert op.outcome == CLIENT and server.seen["abort"] == 1 and server.seen["part"] == 2


def test_a_refused_connection_is_said_as_such() -> None:
    with told(Server()) as at:
        url = at.url
    with in_parts(url, part=64 * KIB) as driver:
        op: Operation = put("k", 64 * KIB * 2)
        driver.submit(op)
        rest(driver, [op])
    assert name_of(op.outcome) == "connect", op.detail
