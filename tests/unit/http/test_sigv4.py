"""Our signatures against botocore's own signer, with its clock stopped."""

from __future__ import annotations

import datetime
import hashlib
from types import SimpleNamespace
from unittest import mock

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.stores.http.quoting import canonical_query, quote_key
from s3bench_tui.stores.http.sigv4 import EMPTY_SHA256, UNSIGNED_PAYLOAD, Signer

NOON = datetime.datetime(2026, 11, 22, 12, 0, 0, tzinfo=datetime.UTC).timestamp()
ACCESS, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def headers_of(head: str) -> dict[str, str]:
    """The headers of a request head, by lower-case name; every line must be whole and every name stand once."""
    assert head.endswith("\r\n")
    lines = [line.partition(": ") for line in head[:-2].split("\r\n")[1:]]
    headers = {name.lower(): value for name, _, value in lines}
    assert len(headers) == len(lines)
    assert all(separator for _, separator, _ in lines)
    return headers


def signed_by_botocore(
    method: str,
    url: str,
    now: float,
    region: str,
    token: str | None,
    headers: dict[str, str],
    body: bytes | None,
    service: str = "s3",
) -> dict[str, str]:
    """The headers that botocore sends with this request; without a body its payload is unsigned."""
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    request.context["client_config"] = SimpleNamespace(s3={"payload_signing_enabled": body is not None})
    request.context["payload_signing_enabled"] = body is not None
    moment = datetime.datetime.fromtimestamp(int(now), tz=datetime.UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        S3SigV4Auth(Credentials(ACCESS, SECRET, token), service, region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def keys() -> st.SearchStrategy[str]:
    odd = st.sampled_from(
        [
            "a b",
            "a+b",
            "%41",
            "100%",
            "//",
            "..",
            "../x",
            "~",
            "\xe9",
            "日本",
            "\U0001f600",
            "a?b#c",
            "&=",
            "'\"<>",
            "\t",
            "-_.~",
            "*",
            "a:b@c,d;e!$()[]",
        ]
    )
    plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    return st.lists(odd | plain, min_size=1, max_size=4).map("/".join)


TIMES = st.floats(0, 4_000_000_000)
REGIONS = st.sampled_from(["us-east-1", "eu-central-1", "", "my-region_2"])
HOSTS = st.sampled_from(["127.0.0.1:9000", "bucket.s3.amazonaws.com", "[::1]:8080"])
TOKENS = st.none() | st.text(st.sampled_from("abcXYZ019+/="), min_size=1, max_size=400)
METHODS = st.sampled_from(["GET", "PUT", "HEAD", "POST", "DELETE"])
QUERIES = st.dictionaries(
    st.sampled_from(["list-type", "prefix", "delimiter", "continuation-token", "delete", "max-keys", "a b", "\xe9", "A", "a", "a-"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=5,
)  # fmt: skip
EXTRA = st.dictionaries(
    st.sampled_from(["x-amz-acl", "x-amz-meta-a", "X-Amz-Meta-B", "x-amz-storage-class", "x-amz-checksum-crc32", "x-amz-a", "content-md5", "x-amz-z"]),
    st.text(st.sampled_from("abc  019/+=\t"), min_size=1, max_size=12), max_size=4,
)  # fmt: skip


@settings(deadline=None, database=None, max_examples=300)
@given(
    METHODS,
    HOSTS,
    keys(),
    QUERIES,
    TIMES,
    REGIONS,
    TOKENS,
    st.none() | st.binary(max_size=50),
    EXTRA,
    st.integers(0, 4),
)
def test_signature_is_that_of_botocore(
    method: str,
    host: str,
    key: str,
    query: dict[str, str],
    now: float,
    region: str,
    token: str | None,
    body: bytes | None,
    extra: dict[str, str],
    lasting: int,
) -> None:
    """Whether headers are those of all requests to a host (`lasting` of them), or of one request."""
    path, written = f"/bucket/{quote_key(key)}", canonical_query(query.items())
    url = f"http://{host}{path}{'?' + written if written else ''}"
    theirs = signed_by_botocore(method, url, now, region, token, dict(extra), body)
    signing = Signer(ACCESS, SECRET, token, region, clock=lambda: now).for_host(host, list(extra.items())[:lasting])
    payload = UNSIGNED_PAYLOAD if body is None else hashlib.sha256(body).hexdigest()
    head = signing.sign(method, path, written, payload, list(extra.items())[lasting:])
    ours = headers_of(head)
    assert head.startswith(f"{method} {path}{'?' + written if written else ''} HTTP/1.1\r\nHost: {host}\r\n")
    assert ours.pop("host") == host
    assert ours == {
        name: " ".join(value.split()) if name != "authorization" else value for name, value in theirs.items()
    }


def test_the_two_ways_of_signing_agree() -> None:
    """The prepared way and the way for headers of one's own, on what both can do."""
    signing = Signer(ACCESS, SECRET, "token", "us-east-1", clock=lambda: NOON).for_host("h")
    fast = headers_of(signing.sign("GET", "/b/k", "a=b", EMPTY_SHA256))
    slow = headers_of(signing._sign_slowly("GET", "/b/k", "a=b", EMPTY_SHA256, ()))
    assert fast == slow


def test_known_signature() -> None:
    """The example of the S3 documentation: a GET of the first ten bytes, with the range signed."""
    now = datetime.datetime(2013, 5, 24, tzinfo=datetime.UTC).timestamp()
    signer = Signer(
        "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None, "us-east-1", clock=lambda: now
    )
    head = signer.for_host("examplebucket.s3.amazonaws.com").sign(
        "GET", "/test.txt", "", EMPTY_SHA256, [("range", "bytes=0-9")]
    )
    assert headers_of(head)["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def expected(now: float, token: str | None = None) -> str:
    return signed_by_botocore("GET", "http://h/b/k", now, "us-east-1", token, {}, None)["authorization"]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def test_signature_follows_the_clock() -> None:
    clock = Clock()
    signing = Signer(ACCESS, SECRET, None, "us-east-1", clock=clock).for_host("h")
    for step in (0, 0.4, 0.999, 1.0, 0.5, 3600, 86400 * 30, -5, -86400):
        clock.now += step
        assert headers_of(signing.sign("GET", "/b/k"))["authorization"] == expected(clock.now)


def test_what_holds_for_a_second_is_made_once_a_second() -> None:
    clock = Clock()
    signer = Signer(ACCESS, SECRET, None, "us-east-1", clock=clock)
    signing = signer.for_host("h")
    with mock.patch.object(signer, "signing_key", wraps=signer.signing_key) as made:
        for _ in range(10):
            signing.sign("GET", "/b/k")
            clock.now += 0.15
    assert made.call_count == 2


def test_offset_corrects_the_clock_at_once() -> None:
    signer = Signer(ACCESS, SECRET, None, "us-east-1", clock=lambda: NOON)
    signing = signer.for_host("h")
    signing.sign("GET", "/b/k")
    for offset_s in (900.0, -3600.5, 0.0):
        signer.offset_s = offset_s
        assert signer.offset_s == offset_s
        assert headers_of(signing.sign("GET", "/b/k"))["authorization"] == expected(NOON + offset_s)


def test_new_credentials_hold_at_once_for_every_host() -> None:
    signer = Signer("old", "old", None, "us-east-1", clock=lambda: NOON)
    hosts = [signer.for_host("h"), signer.for_host("h")]
    before = [host.sign("GET", "/b/k") for host in hosts]
    signer.use(ACCESS, SECRET, "token")
    for host, old in zip(hosts, before, strict=True):
        assert "Credential=old/" in old
        headers = headers_of(host.sign("GET", "/b/k"))
        assert headers["authorization"] == expected(NOON, "token")
        assert headers["x-amz-security-token"] == "token"


def test_without_credentials_nothing_is_signed() -> None:
    signing = Signer("", "", None, "us-east-1").for_host("h:1")
    assert signing.sign("GET", "/b/k") == "GET /b/k HTTP/1.1\r\nHost: h:1\r\n"
    assert signing.sign("GET", "/b", "list-type=2", extra=[("x-amz-acl", "private")]) == (
        "GET /b?list-type=2 HTTP/1.1\r\nHost: h:1\r\nx-amz-acl: private\r\n"
    )


def test_headers_of_a_host_are_sent_without_credentials_too() -> None:
    signing = Signer("", "", None, "us-east-1").for_host("h:1", [("If-None-Match", "*")])
    assert signing.sign("PUT", "/b/k") == "PUT /b/k HTTP/1.1\r\nHost: h:1\r\nif-none-match: *\r\n"


def test_secrets_are_not_shown() -> None:
    signer = Signer(ACCESS, SECRET, "the-token", "us-east-1")
    shown = repr(signer) + repr(signer.for_host("h"))
    assert SECRET not in shown and "the-token" not in shown


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\rb"])
def test_header_values_cannot_end_the_line(value: str) -> None:
    head = Signer(ACCESS, SECRET, None, "us-east-1").for_host("h").sign("PUT", "/b/k", extra=[("x-amz-meta-a", value)])
    assert "\n" not in head.replace("\r\n", "") and "\r" not in head.replace("\r\n", "")
    assert "x-injected" not in headers_of(head)
