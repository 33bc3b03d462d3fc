"""What a user reads when an s3:// target fails: who said what, and what to do."""

from __future__ import annotations

import re
import socket
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.base import ListingRefused
from s3bench_tui.stores.s3.store import S3Store
from s3bench_tui.stores.uri import parse
from tests.servers.certificates import Certificates
from tests.stores.s3_answers import Answer, Asked, answering, error, listing, share_models

SECRET = "s3cr3t-s3cr3t-s3cr3t"
NOW_S = 1_800_000_000.0
"""Fri, 15 Jan 2027 08:00:00 GMT."""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    share_models(monkeypatch)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def store(endpoint: str, operation_timeout_ns: int = 2 * 10**9, **options: Any) -> S3Store:
    target = Target(uri="s3://buck/pre/", endpoint=endpoint, **options)
    return S3Store(target, parse(target.uri), 10**9, operation_timeout_ns, clock=lambda: NOW_S)


def said(endpoint: str, writes: bool = False, **options: Any) -> str:
    """The words of a probe's failure, without the place that each begins with."""
    opened = store(endpoint, **options)
    with pytest.raises(TargetError) as refused:
        opened.probe(writes)
    opened.close()
    place, text = re.fullmatch(r"(s3://buck at https?://[^ ]+/buck): (.*)", str(refused.value), re.DOTALL).groups()  # type: ignore[union-attr]
    assert SECRET not in str(refused.value)
    assert place == f"s3://buck at {endpoint}/buck"
    return str(text)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (error(403, "InvalidAccessKeyId"), "listing pre/ was refused: InvalidAccessKeyId: words of the server (HTTP 403, request REQ42); this server does not know the access key (env); check the profile or AWS_ACCESS_KEY_ID, and that the end point is the one they are for"),
        (error(403, "SignatureDoesNotMatch"), "listing pre/ was refused: SignatureDoesNotMatch: words of the server (HTTP 403, request REQ42); the secret key (env) does not belong to the access key, or something on the way changes requests (a proxy that rewrites Host or path)"),
        (error(400, "ExpiredToken"), "listing pre/ was refused: ExpiredToken: words of the server (HTTP 400, request REQ42); the session token (env) has expired; get new credentials (for example aws sso login) and start again"),
        (error(404, "NoSuchBucket"), "listing pre/ was refused: NoSuchBucket: words of the server (HTTP 404, request REQ42); create the bucket, or correct its name in the target"),
        (error(403, "AccessDenied"), "listing pre/ was refused: AccessDenied: words of the server (HTTP 403, request REQ42); these credentials (env) lack the permission; grant it, or for end points that only serve objects run with --no-probe"),
        (error(403, "RequestTimeTooSkewed", Date="Fri, 15 Jan 2027 08:20:00 GMT"), "listing pre/ was refused: RequestTimeTooSkewed: words of the server (HTTP 403, request REQ42); the clocks differ by 20m00s, the server's is ahead; set this machine's clock (NTP)"),
        (error(403, "RequestTimeTooSkewed", Date="Fri, 15 Jan 2027 07:59:00 GMT"), "listing pre/ was refused: RequestTimeTooSkewed: words of the server (HTTP 403, request REQ42); the clocks differ by 59.5 s, the server's is behind; set this machine's clock (NTP)"),
        (error(301, "PermanentRedirect", x_amz_bucket_region="eu-west-3"), "listing pre/ was refused: PermanentRedirect: words of the server (HTTP 301, request REQ42); the bucket is in region eu-west-3, but requests are signed for us-east-1; write `region: eu-west-3`"),
        (error(301, "PermanentRedirect"), "listing pre/ was refused: PermanentRedirect: words of the server (HTTP 301, request REQ42); the bucket is not served here for region us-east-1; set `region` (and `endpoint`) to where it is"),
        (error(400, "AuthorizationHeaderMalformed", "expecting 'lab-1'", "<Region>lab-1</Region>"), "listing pre/ was refused: AuthorizationHeaderMalformed: expecting 'lab-1' (HTTP 400, request REQ42); the bucket is in region lab-1, but requests are signed for us-east-1; write `region: lab-1`"),
        (error(503, "SlowDown"), "listing pre/ was refused: SlowDown: words of the server (HTTP 503, request REQ42); the server is too busy; try again later"),
        (error(500, "InternalError"), "listing pre/ was refused: InternalError: words of the server (HTTP 500, request REQ42); the server is at fault; look into its log"),
        (error(418, "Teapot", f"\x9b31m {SECRET}\n"), "listing pre/ was refused: Teapot: 31m *** (HTTP 418, request REQ42); check the target and its options"),
        (Answer(405), "listing pre/ was refused: 405: Method Not Allowed (HTTP 405); the server does not know this request; for end points that only serve objects run with --no-probe"),
        (Answer(404, "<h1>no</h1>", {"Content-Type": "text/html", "Server": "web/1"}), "listing pre/ failed: the answer is not S3's (HTTP 404, text/html); something else (web/1) listens there; write the end point of the S3 API, not of a console or a web page"),
        (Answer(302, "", {"Content-Type": "text/html", "Location": "/login"}), "listing pre/ failed: the answer is not S3's (HTTP 302, text/html); it sends elsewhere; write the end point that serves the S3 API itself, not its console or a web page"),
        (Answer(400, "Client sent an HTTP request to an HTTPS server.\n", {"Content-Type": "text/plain"}), "listing pre/ failed: the answer is not S3's (HTTP 400, text/plain); the port may speak TLS: write https:// for the end point"),
        (Answer(200, "<!doctype html><p>Console<br>", {"Content-Type": "text/html"}), "listing pre/ failed: the answer is not S3's (text/html); something else listens there; write the end point of the S3 API, not of a console or a web page"),
        (Answer(200, "<html><body/></html>", {"Content-Type": "text/html"}), "listing pre/ failed: the answer is not S3's"),
        (Answer(200, ""), "listing pre/ failed: the answer is not S3's"),
    ],
)  # fmt: skip
def test_what_the_server_says_is_passed_on_with_advice(answer: Answer, text: str) -> None:
    with answering(lambda _: answer) as server:
        assert said(server.endpoint) == text
        assert len(server.asked) == 1, "a probe asks once"


@pytest.mark.parametrize("answer", [error(403, "AccessDenied"), error(403, "AccessDenied", x_amz_bucket_region="us-east-1"), error(405, "MethodNotAllowed"), error(501, "NotImplemented"), Answer(404), Answer(400), Answer(302), Answer(200, "<p>", {"Content-Type": "text/html"}), Answer(200, "<html/>"), Answer(403)])  # fmt: skip
def test_a_server_without_listings_is_told_from_one_that_fails(answer: Answer) -> None:
    with answering(lambda _: answer) as server, pytest.raises(ListingRefused, match=r"^s3://buck at http://"):
        list(store(server.endpoint).list("pre/"))


@pytest.mark.parametrize("answer", [error(403, "InvalidAccessKeyId"), error(403, "SignatureDoesNotMatch"), error(404, "NoSuchBucket"), error(400, "ExpiredToken"), error(301, "PermanentRedirect", x_amz_bucket_region="x-1"), error(403, "AccessDenied", x_amz_bucket_region="x-1")])  # fmt: skip
def test_what_no_request_would_survive_is_not_about_listings(answer: Answer) -> None:
    with answering(lambda _: answer) as server, pytest.raises(TargetError) as refused:
        list(store(server.endpoint).list("pre/"))
    assert type(refused.value) is TargetError


def test_a_bucket_elsewhere_is_told_even_if_it_answers() -> None:
    with answering(lambda _: listing(x_amz_bucket_region="eu-west-3")) as server:
        assert said(server.endpoint) == (
            "the bucket is in region eu-west-3, but requests are signed for us-east-1; write `region: eu-west-3`"
        )
        assert store(server.endpoint, region="eu-west-3").probe(False).facts["region"] == "eu-west-3"


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        refused = "the connection was refused; check that the server runs and listens there"
        assert said(endpoint) == refused
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        assert said(endpoint) == f"{refused} (HTTP_PROXY is set, but loads do not go through proxies)"


def test_nobody_knows_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert said("http://nowhere.invalid:9000") == (
        "the host name is not known (Name or service not known); check the end point, the region and the DNS"
    )


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def test_no_answer_in_time(silent: str) -> None:
    assert said(f"http://{silent}", operation_timeout_ns=50_000_000) == (
        "listing pre/ had no answer within 50.0 ms; check that the server speaks HTTP there, or raise operation_timeout"
    )


def test_a_server_that_hangs_up() -> None:
    def hang_up(_: Asked) -> Answer:
        raise ConnectionAbortedError

    with answering(hang_up) as server:
        assert said(server.endpoint) == (
            "listing pre/ failed: the server ended the connection without an HTTP answer; "
            "if the port speaks TLS, write https:// for the end point"
        )


def test_plain_http_where_tls_is_spoken(certificates: Certificates) -> None:
    with answering(lambda _: listing(), certificates.good) as server:
        assert said(server.endpoint).endswith("if the port speaks TLS, write https:// for the end point")


def test_tls_where_plain_http_is_spoken() -> None:
    with answering(lambda _: listing()) as server:
        for tls in ({}, {"insecure": True}):
            words = said(f"https://{server.address}", tls=tls)
            assert words == "the port does not speak TLS; write http:// for the end point"


def test_certificates(certificates: Certificates) -> None:
    trusted = {"ca_file": str(certificates.ca_file)}
    with answering(lambda _: listing(), certificates.good) as server:
        endpoint = f"https://{server.address}"
        unknown_ca = said(endpoint)
        facts = store(endpoint, tls=trusted).probe(False).facts["endpoints"]
        assert [fact["tls"] for fact in facts] == ["verified"]
    anyway = " (or `tls: {insecure: true}`, which accepts any)"
    assert unknown_ca == (
        "the server's certificate is signed by a CA that is not trusted here; "
        "name that CA under `tls: {ca_file: ...}`" + anyway
    )
    with answering(lambda _: listing(), certificates.wrong_name) as server:
        by_address = said(f"https://{server.address}", tls=trusted)
        by_name = said(f"https://{server.address.replace('127.0.0.1', 'localhost')}", tls=trusted)
    other_name = "the server's certificate is for another name; write one that it holds as the end point" + anyway
    assert (by_address, by_name) == (other_name, other_name)
    with answering(lambda _: listing(), certificates.expired) as server:
        expired = said(f"https://{server.address}", tls=trusted)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            accepted = store(f"https://{server.address}", tls={"insecure": True}).probe(False)
    assert expired == "the server's certificate has expired; renew it" + anyway
    assert accepted.facts["endpoints"][0]["tls"] == "not verified"
    assert "certificate not verified" in accepted.summary
