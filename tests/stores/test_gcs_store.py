"""The control plane of gs:// against servers: probe, bucket, listings with odd keys, deletes, and every refusal in words."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.base import ListingRefused, ObjectInfo
from s3bench_tui.stores.gcs.client import GcsClient
from s3bench_tui.stores.gcs.endpoint import Endpoint
from s3bench_tui.stores.gcs.store import GcsStore
from s3bench_tui.stores.uri import parse
from tests.servers import fakegcs as fakegcs_server
from tests.servers.certificates import Certificates
from tests.servers.process import Server, free_port
from tests.stores.gcs_rig import ODD_KEYS, new_bucket, page, refusal, write
from tests.stores.http_rig import told
from tests.stores.s3_answers import Answer, Asked, Listener, answering

TOKEN = "ya29.a-token-of-mine"


class KnownToken:
    """Credentials that are there."""

    source, secrets, project, renewal_error = "service account", frozenset({TOKEN}), "", ""

    def mapping(self) -> dict[str, str]:
        return {"token": TOKEN}


@pytest.fixture(autouse=True)
def closed_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test leaves connections to those that come after it."""
    opened: list[Any] = []
    open_pool = GcsClient._open_pool

    def remembered(client: GcsClient, endpoint: Endpoint) -> Any:
        opened.append(open_pool(client, endpoint))
        return opened[-1]

    monkeypatch.setattr(GcsClient, "_open_pool", remembered)
    yield
    for pool in opened:
        pool.close()


def store(uri: str, endpoint: str | None, **options: Any) -> GcsStore:
    target = Target(uri=uri, endpoint=endpoint, **({"anonymous": True} | options))
    return GcsStore(target, parse(uri), 2 * 10**9, 2 * 10**9)


def with_token(listener: Listener) -> GcsStore:
    opened = store("gs://buck/", listener.endpoint, anonymous=False)
    opened._client.credentials = KnownToken()  # type: ignore[assignment]
    return opened


# --- bucket and probe -------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_a_bucket_is_made_only_when_asked_and_probed(fakegcs: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = store("gs://made/pre/", fakegcs.endpoint)
    for attempt in (lambda: opened.probe(writes=False), lambda: opened.make_ready([], create=False)):
        with pytest.raises(TargetError, match=r"Not Found \(HTTP 404\); create the bucket, or correct its name"):
            attempt()
    with pytest.raises(TargetError, match="write GOOGLE_CLOUD_PROJECT, or create the bucket yourself"):
        opened.make_ready([], create=True)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "mine")
    opened.make_ready(["pre/"], create=True)
    assert opened.created
    write(fakegcs, "made", "pre/mine", b"hello")
    result = opened.probe(writes=True)
    assert list(opened.list("")) == [ObjectInfo("pre/mine", 5)], "the probe leaves nothing behind"
    assert result.summary == f"gs://made at {fakegcs.endpoint}: wrote, read and deleted an object (anonymous)"
    (fact,) = result.facts["endpoints"]
    assert abs(fact.pop("clock_skew_s")) < 2
    assert fact == {
        "endpoint": fakegcs.endpoint, "server": "", "tls": "none", "anonymous": True, "credentials": "anonymous",
        "lists": True,
    }  # fmt: skip
    again = store("gs://made/", fakegcs.endpoint)
    again.make_ready([], create=True)
    assert not again.created
    again.close()


def test_a_probe_cleans_up_after_itself_and_tells_of_skew_and_of_no_listing() -> None:
    written: dict[str, str] = {}

    def answer(asked: Asked) -> Answer:
        parts = urlsplit(asked.path)
        if parts.path.endswith("/o") and asked.method == "GET":
            return Answer(403, refusal(403, "forbidden", "you do not have storage.objects.list access"))
        if asked.method == "POST":
            written[parse_qs(parts.query)["name"][0]] = asked.body.decode("latin-1")
            return Answer(200, "{}", {"Date": formatdate(time.time() - 1200, usegmt=True), "Server": "UploadServer"})
        key = parts.path.rpartition("/")[2]
        if asked.method == "DELETE":
            del written[key]
            return Answer(204, "", {})
        return Answer(
            200, "something else" if broken else written[key].encode("latin-1").decode("utf-8", "surrogateescape")
        )

    with answering(answer) as listener:
        opened = with_token(listener)
        for broken in (True, False):
            if broken:
                with pytest.raises(TargetError, match="came back with other content than was written"):
                    opened.probe(writes=True)
            else:
                result = opened.probe(writes=True)
            assert written == {}
        assert "(service account, does not list, the server's clock differs by 1200 s)" in result.summary
        assert all(asked.headers["authorization"] == f"Bearer {TOKEN}" for asked in listener.asked)
        with pytest.raises(ListingRefused, match=r"storage\.objects\.list access \(HTTP 403\); these credentials"):
            opened.probe(writes=False)
        opened.make_ready([], create=True)
        assert not opened.created


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSALS = [
    (401, refusal(401, "authError", "Invalid Credentials"),
     r"authError: Invalid Credentials \(HTTP 401, request UP42\); the token \(service account\) has expired or is not valid"),
    (403, refusal(403, "forbidden", "x does not have storage.objects.list access."),
     r"forbidden: x does not have storage\.objects\.list access \(HTTP 403, request UP42\); these credentials \(service account\) lack"),
    (404, refusal(404, "notFound", "The specified bucket does not exist."), r"notFound: The specified .*; create the bucket"),
    (429, refusal(429, "rateLimitExceeded", "slower"), r"rateLimitExceeded: slower .*; the server is too busy"),
    (503, refusal(503, "backendError", "busy"), r"backendError: busy .*; the server is too busy"),
    (500, refusal(500, "backendError", "oh"), r"backendError: oh .*; the server is at fault"),
    (400, refusal(400, "required", "Bucket is a requester pays bucket"), r"required: Bucket .*; check the target"),
    (502, "<html>Bad gateway</html>", r"not that of Google's storage API \(HTTP 502, .*; the server is at fault"),
    (404, "<html>nothing</html>", r"not that of Google's storage API .*; something else \(apache\) listens there"),
    (400, "<html>plain HTTP to an HTTPS port</html>", r"the port may speak TLS: write https:// for the end point"),
    (200, "<html>Welcome</html>", r"not that of Google's storage API: the answer is cut short or malformed"),
    (200, '{"kind": "storage#bucket"}', r"not that of Google's storage API: the answer is not a page of a listing"),
    (302, "", r"not that of Google's storage API \(HTTP 302"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "words"), REFUSALS)
def test_refusals_are_one_sentence_each(status: int, body: str, words: str) -> None:
    headers = {"X-GUploader-UploadID": "UP42", "Server": "apache"}
    with answering(lambda _: Answer(status, body, headers)) as listener:
        with pytest.raises(TargetError, match=words) as refused:
            with_token(listener).probe(writes=False)
        assert len(listener.asked) == 1
    assert isinstance(refused.value, ListingRefused) == (status == 403), "the others would serve nothing else, either"
    text = str(refused.value)
    assert text.startswith(f"gs://buck at {listener.endpoint}: listing the bucket ")
    assert TOKEN not in text
    assert "\n" not in text
    assert str(pickle.loads(pickle.dumps(refused.value))) == text, "it can be told to another process"


@pytest.mark.parametrize("status", [401, 403])
def test_a_bucket_that_is_not_public(status: int) -> None:
    body = refusal(status, "required", "Anonymous caller does not have storage.objects.list access")
    with answering(lambda _: Answer(status, body)) as listener:
        opened = store("gs://buck/", listener.endpoint)
        with pytest.raises(ListingRefused, match="the bucket is not public; take `anonymous` away, or grant allUsers"):
            opened.probe(writes=False)


def test_a_server_that_repeats_a_secret() -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(400, refusal(400, "invalid", asked.headers["authorization"]))

    with answering(answer) as listener, pytest.raises(TargetError, match=r"invalid: Bearer \*\*\*"):
        with_token(listener).probe(writes=False)


def test_nobody_answers(certificates: Certificates) -> None:
    with pytest.raises(TargetError, match="the connection was refused; check that the server runs"):
        store("gs://buck/", f"http://127.0.0.1:{free_port()}").probe(writes=False)
    with pytest.raises(TargetError, match=r"the host name is not known .*; check the end point and the DNS"):
        store("gs://buck/", "http://nobody.invalid").probe(writes=False)
    with answering(lambda _: Answer(200, page()), certificates.expired) as listener:
        for url, tls, words in (
            (
                f"https://{listener.address}",
                {"ca_file": str(certificates.ca_file)},
                "certificate has expired; renew it",
            ),
            (f"https://{listener.address}", {}, "signed by a CA that is not trusted here"),
            (listener.endpoint, {}, "if the port speaks TLS, write https://"),
        ):
            with pytest.raises(TargetError, match=words):
                store("gs://buck/", url, tls=tls).probe(writes=False)
        result = store("gs://buck/", f"https://{listener.address}", tls={"insecure": True}).probe(writes=False)
        assert "certificate not verified" in result.summary
    trusting = {"ca_file": str(certificates.ca_file)}
    wrong_name = pytest.raises(TargetError, match=r"certificate is for another name|is not accepted")
    with answering(lambda _: Answer(200, page()), certificates.wrong_name) as listener, wrong_name:
        store("gs://buck/", f"https://{listener.address}", tls=trusting).probe(writes=False)
    no_tls = pytest.raises(TargetError, match="the port does not speak TLS; write http://")
    with answering(lambda _: Answer(200, page())) as listener, no_tls:
        store("gs://buck/", f"https://{listener.address}").probe(writes=False)


def test_an_answer_that_takes_too_long() -> None:
    def late(_: Asked) -> Answer:
        time.sleep(0.5)
        return Answer(200, page())

    target = Target(uri="gs://buck/", anonymous=True)
    with answering(late) as listener:
        target = Target(uri="gs://buck/", endpoint=listener.endpoint, anonymous=True)
        opened = GcsStore(target, parse(target.uri), 10**9, 10**8)
        with pytest.raises(TargetError, match=r"had no answer within 100 ?ms; check that the server speaks HTTP"):
            opened.probe(writes=False)


def test_a_probe_is_not_tried_again() -> None:
    dropped = pytest.raises(TargetError, match="the server ended the connection without an HTTP answer")
    with told(lambda peer: peer.reset()) as server:
        with dropped:
            store("gs://buck/", server.url).probe(writes=False)
        assert server.accepted == 1


def test_an_unusable_ca_file(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"none\.pem is no file of certificate authorities"):
        store("gs://buck/", "https://localhost", tls={"ca_file": str(tmp_path / "none.pem")})


# --- what is in it ----------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_odd_keys_are_listed_and_deleted(fakegcs: Server) -> None:
    bucket = new_bucket(fakegcs)
    for key in ODD_KEYS:
        write(fakegcs, bucket, key, b"hello")
    opened = store(f"gs://{bucket}/", fakegcs.endpoint)
    assert sorted(found.key for found in opened.list("")) == sorted(ODD_KEYS)
    assert [found.key for found in opened.list("a+")] == ["a+b"]
    assert opened.delete([*ODD_KEYS, "never there"]) == len(ODD_KEYS) + 1
    assert list(opened.list("")) == []


def test_every_page_is_read_and_passing_failures_are_tried_again() -> None:
    pages = {"": page("a", "b", token="t/1 &"), "t/1 &": page(token="t2"), "t2": page("c")}
    failures = iter([503, 429])

    def answer(asked: Asked) -> Answer:
        if status := next(failures, 0):
            return Answer(status, refusal(status, "backendError", "busy"))
        return Answer(200, pages[parse_qs(urlsplit(asked.path).query).get("pageToken", [""])[0]])

    with answering(answer) as listener:
        opened = store("gs://buck/", listener.endpoint)
        assert list(opened.list("pre fix/")) == [ObjectInfo("a", 5), ObjectInfo("b", 5), ObjectInfo("c", 5)]
        query = parse_qs(urlsplit(listener.asked[-1].path).query)
        assert (query["prefix"], query["maxResults"]) == (["pre fix/"], ["1000"])
        assert "prefix=pre%20fix%2F&" in listener.asked[-1].path
    odd = pytest.raises(TargetError, match="an object has no name or no size")
    with answering(lambda _: Answer(200, '{"kind": "storage#objects", "items": [{"name": "a"}]}')) as listener, odd:
        list(store("gs://buck/", listener.endpoint).list(""))
    endless = pytest.raises(TargetError, match="does not say how to go on")
    with answering(lambda _: Answer(200, page("a", token="same"))) as listener, endless:
        list(store("gs://buck/", listener.endpoint).list(""))


def test_deletes_that_fail_are_not_counted() -> None:
    def answer(asked: Asked) -> Answer:
        kept = "keep" in asked.path or everything
        return Answer(403, refusal(403, "forbidden", "no")) if kept else Answer(204, "", {})

    with answering(answer) as listener:
        opened = with_token(listener)
        everything = False
        assert opened.delete(["a/1", "keep", "a/2", ".."]) == 2
        paths = {asked.path for asked in listener.asked}
        assert paths == {f"/storage/v1/b/buck/o/{name}" for name in ("a%2F1", "keep", "a%2F2")}, "and never the bucket"
        everything = True
        with pytest.raises(TargetError, match="deleting x was refused: forbidden: no"):
            opened.delete(["x", "y"])


# --- where it is, and what workers get ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "url"), [("127.0.0.1:4443", "http://127.0.0.1:4443"), ("https://fake:1/base/", "https://fake:1/base")]
)
def test_the_emulator_of_the_environment(value: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", value)
    opened = store("gs://buck/", None, anonymous=False)
    assert opened._client.endpoints[0].url == url
    assert opened.driver_config().credentials == {}


def test_what_workers_get() -> None:
    opened = store("gs://buck/pre/", None, receive="copy")
    config = opened.driver_config()
    assert (config.scheme, config.root, config.credentials) == ("gs", "buck", {})
    place = {"scheme": "https", "host": "storage.googleapis.com", "port": 443, "base_path": ""}
    assert json.loads(json.dumps(dict(config.options))) == {
        "endpoints": [{**place, "host_header": "storage.googleapis.com"}],
        "ca_file": None, "insecure": False, "receive": "copy", "balance": "round_robin", "encryption": None, "versioned": False,
    }  # fmt: skip
    assert opened.renewed_credentials() is None
    assert opened.renewal_error == ""


def test_tokens_are_not_sent_where_others_can_read_them() -> None:
    with pytest.raises(TargetError, match="a token sent over http:// can be read on the way; write https://"):
        store("gs://buck/", "http://storage.example.com", anonymous=False)
    for url in ("http://127.0.0.1:1", "http://[::1]:1", "https://storage.example.com"):
        store("gs://buck/", url, anonymous=False).close()


@pytest.mark.parametrize("url", ["host:1", "ftp://host", "http://", "http://u:p@host", "http://host/?q"])
def test_end_points_that_are_none(url: str) -> None:
    with pytest.raises(TargetError, match="the end point"):
        store("gs://buck/", url)


@pytest.mark.server
def test_a_real_server_over_tls(certificates: Certificates, tmp_path: Path) -> None:
    with fakegcs_server.serve(tmp_path, certificate=certificates.good) as server:
        opened = store("gs://made/", server.endpoint, tls={"ca_file": str(certificates.ca_file)})
        with pytest.raises(TargetError, match=re.escape(f"gs://made at {server.endpoint}: listing the bucket was")):
            opened.probe(writes=False)


def test_a_driver_loads_no_client() -> None:
    program = """
import json, sys
from s3bench_tui.stores.base import DriverConfig
from s3bench_tui.stores.registry import open_driver
endpoint = {"scheme": "http", "host": "127.0.0.1", "port": 9, "host_header": "127.0.0.1:9", "base_path": ""}
open_driver(DriverConfig("gs", "b", {"endpoints": [endpoint]}), None).close()
print(json.dumps(sorted(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30).stdout
    assert not {"urllib3", "google", "requests", "botocore", "pydantic", "asyncio"} & set(json.loads(out))
