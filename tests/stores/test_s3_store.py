"""The control plane of s3:// against servers: bucket and probe."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.base import ListingRefused
from s3bench_tui.stores.s3.store import S3Store
from s3bench_tui.stores.uri import parse
from tests.servers import moto, rclone, rgw
from tests.servers.certificates import Certificates
from tests.servers.process import Server
from tests.stores.s3_answers import Answer, Asked, answering, error, listing, share_models

ODD_KEYS = [
    "odd/a b", "odd/ lead", "odd/a+b", "odd/ü/é", "odd/日本", "odd/100%", "odd/%20", "odd/q?x=1&y=2", "odd/#h", "odd/~t",
    "odd/<&>'\"", "odd/x//y", "odd/p/../q", "odd/./r", "odd//", "odd/tab\t", "odd/return\r", "odd/*",
]  # fmt: skip


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    share_models(monkeypatch)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret-key")


@pytest.fixture(scope="module")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with moto.serve(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="module")
def rclone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with rclone.serve(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture
def rclone_keys(rclone_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    for name, value in rclone_server.env().items():
        if name != "AWS_ENDPOINT_URL":
            monkeypatch.setenv(name, value)
    return rclone_server


def store(uri: str, endpoint: str | tuple[str, ...], **options: Any) -> S3Store:
    return S3Store(Target(uri=uri, endpoint=endpoint, **options), parse(uri), 2 * 10**9, 5 * 10**9)


def put(opened: S3Store, *keys: str) -> None:
    """Write objects of 5 bytes with the store's own client."""
    for key in keys:
        opened._client.ask("put_object", "writing", Key=key, Body=b"hello")


@pytest.mark.server
def test_a_bucket_is_made_only_when_asked_and_probed(rclone_keys: Server) -> None:
    opened = store("s3://made/pre/", rclone_keys.endpoint)
    for attempt in (lambda: opened.probe(writes=False), lambda: opened.make_ready([], create=False)):
        with pytest.raises(
            TargetError, match=r"NoSuchBucket: .*; create the bucket, or correct its name in the target"
        ):
            attempt()
    assert not opened.created
    opened.make_ready(["pre/"], create=True)
    assert opened.created
    put(opened, "pre/mine")
    result = opened.probe(writes=True)
    assert [found.key for found in opened.list("")] == ["pre/mine"], "the probe leaves nothing behind"
    place = f"{rclone_keys.endpoint}/made"
    assert result.summary == (
        f"s3://made at {place}: wrote, read and deleted an object (region us-east-1, path addressing)"
    )
    (fact,) = result.facts["endpoints"]
    assert abs(fact.pop("clock_skew_s")) < 2
    assert fact == {
        "endpoint": place,
        "region": "us-east-1",
        "addressing": "path",
        "server": "AmazonS3",
        "tls": "none",
        "anonymous": False,
        "credentials": "env",
        "lists": True,
    }
    again = store("s3://made/", rclone_keys.endpoint)
    again.make_ready([], create=True)
    assert not again.created
    again.close()


@pytest.mark.server
def test_a_server_that_verifies_signatures_refuses_wrong_keys(
    rclone_keys: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-wrong-secret-of-mine")
    with pytest.raises(TargetError, match=r"SignatureDoesNotMatch.*the secret key \(env\) does not belong") as refused:
        store("s3://made/", rclone_keys.endpoint).probe(writes=True)
    assert "a-wrong-secret-of-mine" not in str(refused.value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody-knows-it")
    with pytest.raises(TargetError, match=r"InvalidAccessKeyId.*does not know the access key \(env\)"):
        store("s3://made/", rclone_keys.endpoint).make_ready([], create=True)


@pytest.mark.server
def test_a_real_server_over_tls(certificates: Certificates, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with rclone.serve(tmp_path, certificate=certificates.good) as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        target = Target(uri="s3://made/", tls={"ca_file": str(certificates.ca_file)})
        opened = S3Store(target, parse(target.uri), 2 * 10**9, 5 * 10**9)
        opened.make_ready([], create=True)
        assert opened.probe(writes=True).facts["endpoints"][0]["tls"] == "verified"
        put(opened, "a", "b")
        assert opened.delete(["a", "b"]) == 2


@pytest.mark.server
def test_a_server_that_verifies_everything(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with rgw.serve(tmp_path) as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        opened = store("s3://all/pre/", server.endpoint, region="of-its-own")
        opened.make_ready([], create=True)
        assert opened.probe(writes=True).facts["region"] == "of-its-own"
        keys = [*ODD_KEYS, "odd/new\nline", "odd/\x01control"]
        put(opened, *keys)
        assert sorted(found.key for found in opened.list("odd/")) == sorted(keys)
        assert opened.delete(keys) == len(keys)
        assert list(opened.list("")) == []


@pytest.mark.server
def test_a_bucket_in_another_region_is_located_there(moto_server: Server) -> None:
    opened = store("s3://located/", moto_server.endpoint, region="eu-west-3")
    opened.make_ready([], create=True)
    answer = opened._client.ask("get_bucket_location", "asking")
    assert answer["LocationConstraint"] == "eu-west-3"


def test_a_server_with_a_region_of_its_own_gets_no_location() -> None:
    asked = iter([error(404, "NoSuchBucket"), error(400, "InvalidLocationConstraint"), Answer()])
    with answering(lambda _: next(asked)) as server:
        opened = store("s3://buck/", server.endpoint, region="lab")
        opened.make_ready([], create=True)
        assert [b"lab" in request.body for request in server.asked] == [False, True, False]
        assert opened.created


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (error(409, "BucketAlreadyExists"), "creating the bucket was refused: BucketAlreadyExists"),
        (error(403, "AccessDenied"), "creating the bucket was refused: AccessDenied"),
    ],
)
def test_a_bucket_that_cannot_be_made(refusal: Answer, words: str) -> None:
    with answering(lambda asked: refusal if asked.method == "PUT" else error(404, "NoSuchBucket")) as server:
        opened = store("s3://buck/", server.endpoint)
        with pytest.raises(TargetError, match=words):
            opened.make_ready([], create=True)
        assert not opened.created


def test_a_bucket_that_somebody_made_in_the_meantime_is_not_ours() -> None:
    mine = error(409, "BucketAlreadyOwnedByYou")
    with answering(lambda asked: mine if asked.method == "PUT" else error(404, "NoSuchBucket")) as server:
        opened = store("s3://buck/", server.endpoint)
        opened.make_ready([], create=True)
        assert not opened.created


def test_only_a_missing_bucket_is_made() -> None:
    with answering(lambda _: error(403, "InvalidAccessKeyId")) as server:
        with pytest.raises(TargetError, match="InvalidAccessKeyId"):
            store("s3://buck/", server.endpoint).make_ready([], create=True)
        assert [request.method for request in server.asked] == ["GET"]
    with answering(lambda _: error(403, "AccessDenied")) as server:
        store("s3://buck/", server.endpoint).make_ready([], create=True)
        assert [request.method for request in server.asked] == ["GET"]


class Bucket:
    """An object store in a dictionary that cannot list."""

    def __init__(self, **refused: Answer) -> None:
        self.objects: dict[str, str] = {}
        self.refused = refused

    def __call__(self, asked: Asked) -> Answer:
        key = unquote(asked.path.partition("?")[0])
        if "list-type" in asked.path:
            return error(403, "AccessDenied")
        if asked.method in self.refused:
            return self.refused[asked.method]
        if asked.method == "PUT":
            self.objects[key] = asked.body.decode(errors="surrogateescape")
        elif asked.method == "GET":
            return Answer(200, self.objects[key]) if key in self.objects else error(404, "NoSuchKey")
        elif asked.method == "DELETE":
            self.objects.pop(key, None)
            return Answer(204)
        return Answer(200)


@pytest.mark.parametrize(
    ("encryption", "written", "read"),
    [
        ({"type": "sse-s3"}, {"": "AES256"}, {}),
        ({"type": "sse-kms", "kms_key_id": "mine"}, {"": "aws:kms", "-aws-kms-key-id": "mine"}, {}),
        (
            {"type": "sse-c", "key_env": "MY_KEY"},
            {"-customer-algorithm": "AES256", "-customer-key": b64encode(bytes(32)).decode()},
            {"-customer-algorithm": "AES256", "-customer-key": b64encode(bytes(32)).decode()},
        ),
    ],
)
def test_the_probe_s_object_is_encrypted_as_the_load_s(
    encryption: dict[str, str], written: dict[str, str], read: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", b64encode(bytes(32)).decode())
    with answering(Bucket()) as server:
        store("s3://buck/pre/", server.endpoint, encryption=encryption).probe(writes=True)
    name = "x-amz-server-side-encryption"
    said = {asked.method: asked.headers for asked in server.asked if "probe" in asked.path}
    for method, wanted in (("PUT", written), ("GET", read), ("DELETE", {})):
        found = {field.removeprefix(name): value for field, value in said[method].items() if field.startswith(name)}
        found.pop("-customer-key-md5", None)
        assert found == wanted, method


def test_what_can_be_written_and_read_need_not_be_listed() -> None:
    bucket = Bucket()
    with answering(bucket) as server:
        opened = store("s3://buck/pre/", server.endpoint)
        with pytest.raises(ListingRefused):
            opened.probe(writes=False)
        result = opened.probe(writes=True)
        keys = {request.path for request in server.asked if request.method == "PUT"}
    assert result.summary.endswith(
        "wrote, read and deleted an object (region us-east-1, path addressing, does not list)"
    )
    assert bucket.objects == {}
    (key,) = keys
    assert key.startswith("/buck/pre/.s3bench-probe-")


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ({"PUT": error(403, "AccessDenied")}, r"writing pre/\.s3bench-probe-\w{16} was refused: AccessDenied"),
        ({"GET": error(403, "AccessDenied")}, r"reading pre/\.s3bench-probe-\w{16} was refused: AccessDenied"),
        ({"GET": Answer(200, "other")}, r"pre/\.s3bench-probe-\w{16} came back with other content than was written"),
        (
            {"DELETE": error(403, "AccessDenied")},
            r"deleting the probe's own pre/\.s3bench-probe-\w{16} \(it is left behind\) was refused: AccessDenied",
        ),
    ],
)
def test_a_failed_probe_cleans_up_and_says_what_failed(refused: dict[str, Answer], words: str) -> None:
    bucket = Bucket(**refused)
    with answering(bucket) as server, pytest.raises(TargetError, match=words):
        store("s3://buck/pre/", server.endpoint).probe(writes=True)
    assert len(bucket.objects) == (1 if "DELETE" in refused else 0)


def test_every_end_point_is_probed() -> None:
    with answering(lambda _: listing()) as good, answering(lambda _: error(503, "SlowDown")) as bad:
        with pytest.raises(TargetError, match=f"at {bad.endpoint}/buck: listing"):
            store("s3://buck/pre/", (good.endpoint, bad.endpoint)).probe(writes=False)
        result = store("s3://buck/", (good.endpoint, good.endpoint)).probe(writes=False)
        assert len(result.facts["endpoints"]) == 2
        assert result.summary.startswith(f"s3://buck at {good.endpoint}/buck, {good.endpoint}/buck: answers (")


def test_anonymous_requests_are_not_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with answering(lambda _: listing()) as server:
        result = store("s3://buck/", server.endpoint, anonymous=True).probe(writes=False)
        assert "authorization" not in server.asked[0].headers
        assert "s3bench-tui/" in server.asked[0].headers["user-agent"]
    assert result.facts["anonymous"] is True
    assert "anonymous" in result.summary


def test_a_clock_that_differs_is_told() -> None:
    with answering(lambda _: listing(Date="Fri, 15 Jan 2027 08:00:30 GMT")) as server:
        target = Target(uri="s3://buck/", endpoint=server.endpoint)
        opened = S3Store(target, parse(target.uri), 10**9, 10**9, clock=lambda: 1_800_000_000.0)
        result = opened.probe(writes=False)
    assert result.facts["endpoints"][0]["clock_skew_s"] == 30.5
    assert "the server's clock differs by 30 s" in result.summary
