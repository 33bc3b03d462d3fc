"""What is in a bucket of s3://, against servers: listings with odd keys and of many pages, deletes by batches and one by one."""

from __future__ import annotations

import hashlib
import uuid
from base64 import b64encode

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import ListingRefused, ObjectInfo
from tests.servers.process import Server
from tests.stores.s3_answers import Answer, Asked, answering, error, share_models
from tests.stores.test_s3_store import ODD_KEYS, put, store


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    share_models(monkeypatch)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret-key")


# --- listings ---------------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_keys_come_back_as_they_are_page_by_page(moto: Server) -> None:
    opened = store(f"s3://odd-{uuid.uuid4().hex[:12]}/", moto.endpoint)
    opened.make_ready([], create=True)
    put(opened, *ODD_KEYS, "other")
    assert sorted(found.key for found in opened.list("odd/")) == sorted(ODD_KEYS)
    assert set(opened.list("odd/x/")) == {ObjectInfo("odd/x//y", 5)}
    assert list(opened.list("nothing/")) == []
    assert opened.delete([*ODD_KEYS, "never-there"]) == len(ODD_KEYS) + 1
    assert [found.key for found in opened.list("")] == ["other"]


@pytest.mark.server
def test_a_key_of_two_lines(rclone: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rclone.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rclone.secret_key)
    opened = store(f"s3://lines-{uuid.uuid4().hex[:12]}/", rclone.endpoint)
    opened.make_ready([], create=True)
    put(opened, "one\ntwo", "one")
    assert {found.key for found in opened.list("on")} == {"one\ntwo", "one"}
    assert opened.delete(["one\ntwo"]) == 1
    assert [found.key for found in opened.list("")] == ["one"]


def test_a_listing_of_many_pages() -> None:
    pages = {
        None: "<IsTruncated>true</IsTruncated><NextContinuationToken>t/+ 1</NextContinuationToken>",
        "t%2F%2B%201": "<IsTruncated>true</IsTruncated><NextContinuationToken>t2</NextContinuationToken>",
        "t2": "<IsTruncated>false</IsTruncated>",
    }

    def page(asked: Asked) -> Answer:
        token = asked.path.partition("continuation-token=")[2].partition("&")[0] or None
        key = f"<Contents><Key>k-{token}</Key><Size>{len(token or '')}</Size></Contents>"
        return Answer(200, f"<ListBucketResult><Name>buck</Name>{pages[token]}{key}</ListBucketResult>")

    with answering(page) as server:
        found = list(store("s3://buck/", server.endpoint).list("k-"))
    assert found == [ObjectInfo("k-None", 0), ObjectInfo("k-t%2F%2B%201", 11), ObjectInfo("k-t2", 2)]


@pytest.mark.parametrize("following", ["", "<NextContinuationToken>same</NextContinuationToken>"])
def test_a_listing_that_does_not_go_on_is_not_taken_for_whole(following: str) -> None:
    body = f"<ListBucketResult><Name>buck</Name><IsTruncated>true</IsTruncated>{following}</ListBucketResult>"
    with (
        answering(lambda _: Answer(200, body)) as server,
        pytest.raises(ListingRefused, match="does not say how to go"),
    ):
        list(store("s3://buck/", server.endpoint).list(""))


# --- deletes ----------------------------------------------------------------------------------------------------------


def batch_answer(*errors: str) -> Answer:
    said = "".join(f"<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>" for key in errors)
    return Answer(200, f"<DeleteResult>{said}</DeleteResult>")


def test_deletes_go_a_thousand_at_a_time_with_an_md5_that_old_servers_know() -> None:
    with answering(lambda _: batch_answer()) as server:
        assert store("s3://buck/", server.endpoint).delete([f"k{i}" for i in range(2500)]) == 2500
        bodies = sorted(request.body.count(b"<Key>") for request in server.asked)
        assert bodies == [500, 1000, 1000]
        for request in server.asked:
            digest = b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode()
            assert request.headers["content-md5"] == digest
            assert not [name for name in request.headers if name.startswith("x-amz-checksum")]
            assert b"<Quiet>true</Quiet>" in request.body


@pytest.mark.parametrize(
    "refusal",
    [error(501, "NotImplemented"), error(400, "InvalidRequest"), Answer(405), error(411, "MissingContentLength")],
)
def test_without_batches_keys_are_deleted_one_by_one(refusal: Answer) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.method == "POST":
            return refusal
        return error(404, "NoSuchKey") if asked.path.endswith("missing") else Answer(204)

    with answering(answer) as server:
        opened = store("s3://buck/", server.endpoint)
        assert opened.delete(["a b", "missing"]) == 2
        assert opened.delete(["c"]) == 1
        assert [(request.method, request.path) for request in server.asked] == [
            ("POST", "/buck?delete"),
            ("DELETE", "/buck/a%20b"),
            ("DELETE", "/buck/missing"),
            ("DELETE", "/buck/c"),
        ]


def test_what_could_not_be_deleted_is_not_counted_and_nothing_at_all_is_an_error() -> None:
    with answering(lambda _: batch_answer("b")) as server:
        assert store("s3://buck/", server.endpoint).delete(["a", "b", "c"]) == 2
        with pytest.raises(TargetError, match=r"deleting b was refused: AccessDenied: no$"):
            store("s3://buck/", server.endpoint).delete(["b"])
        assert store("s3://buck/", server.endpoint).delete([]) == 0
    with answering(lambda _: error(403, "InvalidAccessKeyId")) as server:
        with pytest.raises(TargetError, match="deleting was refused: InvalidAccessKeyId"):
            store("s3://buck/", server.endpoint).delete(["a"])
        assert len(server.asked) == 1, "a refusal of the credentials says nothing about batches"
