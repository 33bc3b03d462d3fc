"""Where credentials of az:// come from, what leaves of them, and how they are renewed; and how end points are written."""

from __future__ import annotations

import base64
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.azure.credentials import LIFE_S, RENEW_BEFORE_S, Credentials
from s3bench_tui.stores.azure.endpoint import endpoint_of
from s3bench_tui.stores.http.sas import container_sas

KEY = base64.b64encode(b"secret-secret-secret").decode()
OTHER = base64.b64encode(b"another-another").decode()
SAS = "sv=2021-12-02&se=2027-01-15T08%3A10%3A00Z&sr=c&sp=rl&sig=abc%2Fdef%3D"
NOW_S = 1_800_000_000
"""Fri, 15 Jan 2027 08:00:00 GMT."""


class Clock:
    now_s = float(NOW_S)

    def __call__(self) -> float:
        return self.now_s


def credentials(environ: Mapping[str, str], clock: Any = lambda: float(NOW_S), **options: Any) -> Credentials:
    return Credentials("acc", "box", options.get("anonymous", False), clock, environ)


def identity(monkeypatch: pytest.MonkeyPatch, get_token: Any) -> None:
    """Install a chain of sign-ins that answers so."""
    chain = SimpleNamespace(get_token=get_token)
    monkeypatch.setitem(sys.modules, "azure.identity", SimpleNamespace(DefaultAzureCredential=lambda: chain))  # type: ignore[arg-type]


def refused(environ: Mapping[str, str]) -> str:
    with pytest.raises(TargetError) as failed:
        credentials(environ).mapping()
    assert not [secret for secret in (KEY, "abc%2Fdef", "abc/def", "rubbish") if secret in str(failed.value)]
    return str(failed.value)


@pytest.mark.parametrize(
    ("environ", "key", "source"),
    [
        ({"AZURE_STORAGE_KEY": KEY}, KEY, "AZURE_STORAGE_KEY"),
        ({"AZURE_STORAGE_KEY": KEY, "AZURE_STORAGE_ACCOUNT": "acc"}, KEY, "AZURE_STORAGE_KEY"),
        ({"AZURE_STORAGE_KEY": KEY, "AZURE_STORAGE_SAS_TOKEN": SAS}, KEY, "AZURE_STORAGE_KEY"),
        ({"AZURE_STORAGE_CONNECTION_STRING": f"AccountName=acc;AccountKey={KEY}", "AZURE_STORAGE_KEY": OTHER}, KEY, "AZURE_STORAGE_CONNECTION_STRING"),
        ({"AZURE_STORAGE_CONNECTION_STRING": f" accountname = acc ; accountkey = {KEY} ;; "}, KEY, "AZURE_STORAGE_CONNECTION_STRING"),
        ({"AZURE_STORAGE_CONNECTION_STRING": f"AccountName=other;AccountKey={OTHER}", "AZURE_STORAGE_KEY": KEY}, KEY, "AZURE_STORAGE_KEY"),
    ],
)  # fmt: skip
def test_an_account_key_becomes_a_signature_for_the_container(environ: dict[str, str], key: str, source: str) -> None:
    found = credentials(environ)
    assert (found.kind, found.source) == ("account key", source)
    assert found.mapping() == {"sas": container_sas("acc", key, "box", NOW_S + LIFE_S)}
    assert key in found.secrets


@pytest.mark.parametrize(
    "environ",
    [
        {"AZURE_STORAGE_SAS_TOKEN": SAS},
        {"AZURE_STORAGE_SAS_TOKEN": f"?{SAS}", "AZURE_STORAGE_ACCOUNT": "acc"},
        {"AZURE_STORAGE_CONNECTION_STRING": f"BlobEndpoint=https://acc.blob.core.windows.net;SharedAccessSignature={SAS}"},
        {"AZURE_STORAGE_CONNECTION_STRING": f"AccountName=acc;AccountKey={KEY};SharedAccessSignature={SAS}"},
    ],
)  # fmt: skip
def test_a_signature_is_shown_as_it_is(environ: dict[str, str]) -> None:
    found = credentials(environ)
    assert (found.kind, found.mapping()) == ("shared access signature", {"sas": SAS})
    assert {"abc%2Fdef%3D", "abc/def="} <= found.secrets


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        (f"AccountName=acc;AccountKey={KEY}", "https://acc.blob.core.windows.net"),
        (f"DefaultEndpointsProtocol=http;AccountName=acc;AccountKey={KEY};EndpointSuffix=core.chinacloudapi.cn", "http://acc.blob.core.chinacloudapi.cn"),
        (f"AccountName=acc;AccountKey={KEY};BlobEndpoint=http://10.0.0.1:1/acc", "http://10.0.0.1:1/acc"),
    ],
)  # fmt: skip
def test_a_connection_string_names_its_end_point(text: str, endpoint: str) -> None:
    assert credentials({"AZURE_STORAGE_CONNECTION_STRING": text}).endpoint == endpoint


def test_the_emulator_has_a_short_name() -> None:
    environ = {"AZURE_STORAGE_CONNECTION_STRING": "UseDevelopmentStorage=true"}
    found = Credentials("devstoreaccount1", "box", False, lambda: float(NOW_S), environ)
    assert (found.kind, found.endpoint) == ("account key", "http://127.0.0.1:10000/devstoreaccount1")


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"AZURE_STORAGE_KEY": "rubbish"}, "AZURE_STORAGE_KEY holds no account key: the account key is not Base64; copy one of the account's two keys"),
        ({"AZURE_STORAGE_SAS_TOKEN": "rubbish"}, "AZURE_STORAGE_SAS_TOKEN cannot be used: it is no shared access signature, which is a query such as sv=...&se=...&sig=...; copy it anew"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "rubbish"}, "AZURE_STORAGE_CONNECTION_STRING cannot be read: it is not made of Name=value; copy it from the account's access keys"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=acc"}, "AZURE_STORAGE_CONNECTION_STRING holds neither an AccountKey nor a SharedAccessSignature; copy it anew"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_and_not_repeated(environ: dict[str, str], text: str) -> None:
    assert refused(environ) == text


LOOKED = (
    "no credentials for the account acc: looked at AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY and "
    "AZURE_STORAGE_SAS_TOKEN{}; set one of these, or `anonymous: true` for a public container; "
)
INSTALL = "for a sign-in (az login, a managed identity, a service principal) install the package azure-identity (pip install azure-identity)"


@pytest.mark.parametrize(
    ("environ", "elsewhere"),
    [
        ({}, ""),
        ({"AZURE_STORAGE_KEY": KEY, "AZURE_STORAGE_ACCOUNT": "other"}, " (AZURE_STORAGE_ACCOUNT names the account other)"),
        ({"AZURE_STORAGE_CONNECTION_STRING": f"AccountName=other;AccountKey={KEY}"}, " (AZURE_STORAGE_CONNECTION_STRING is for the account other)"),
    ],
)  # fmt: skip
def test_without_any_a_user_reads_what_was_looked_at(
    environ: dict[str, str], elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    assert refused(environ) == LOOKED.format(elsewhere) + INSTALL


def test_a_sign_in_that_fails_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.core.exceptions import ClientAuthenticationError

    def get_token(scope: str) -> Any:
        raise ClientAuthenticationError("No source has a token.\nSource 1: ...\nSource 2: ...")

    identity(monkeypatch, get_token)
    assert refused({}) == f"{LOOKED.format('')}and no sign-in works: No source has a token; sign in (az login)"


def test_anonymous_looks_at_nothing() -> None:
    found = credentials({"AZURE_STORAGE_CONNECTION_STRING": "rubbish"}, anonymous=True)
    assert (found.kind, found.source, found.mapping(), found.renewed()) == ("anonymous", "anonymous", {}, None)


# --- renewal ------------------------------------------------------------------------------------------------------


def test_a_signature_made_here_is_renewed_long_before_its_end() -> None:
    clock = Clock()
    found = credentials({"AZURE_STORAGE_KEY": KEY}, clock)
    first = found.mapping()
    clock.now_s += LIFE_S - RENEW_BEFORE_S - 1
    assert found.renewed() is None
    assert found.mapping() == first
    clock.now_s += 2
    renewed = found.renewed()
    assert renewed == {"sas": container_sas("acc", KEY, "box", int(clock.now_s) + LIFE_S)}
    assert found.mapping() == renewed
    assert found.renewed() is None
    assert found.renewal_error == ""


def test_a_given_signature_cannot_be_renewed_and_says_so_before_its_end() -> None:
    clock = Clock()
    found = credentials({"AZURE_STORAGE_SAS_TOKEN": SAS}, clock)
    found.mapping()
    assert (found.renewed(), found.renewal_error) == (None, "")
    clock.now_s += 301
    assert found.renewed() is None
    assert found.renewal_error == (
        "the shared access signature of AZURE_STORAGE_SAS_TOKEN expires at 2027-01-15 08:10:00 UTC; it cannot be renewed "
        "while the load runs"
    )
    clock.now_s += 300
    assert found.ending() == "expired at 2027-01-15 08:10:00 UTC"


def test_a_token_is_renewed_and_a_failure_is_kept_until_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = Clock(), 0
    answers: list[Any] = [("first", 3600), ("first", 3600), OSError("no route\nat all"), ("second", 7200)]

    def get_token(scope: str) -> Any:
        nonlocal asked
        asked += 1
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(token=answer[0], expires_on=NOW_S + answer[1])

    identity(monkeypatch, get_token)
    found = credentials({}, clock)
    assert (found.kind, found.source, found.mapping()) == ("bearer token", "azure-identity", {"bearer": "first"})
    assert found.renewed() is None and asked == 1
    clock.now_s += 3301
    assert found.renewed() is None, "the source has no other one yet"
    assert found.renewed() is None and asked == 2, "it is not asked at each look"
    clock.now_s += 61
    assert found.renewed() is None
    assert found.renewal_error.endswith("and no sign-in works: no route; sign in (az login)")
    clock.now_s += 61
    assert found.renewed() == {"bearer": "second"} == found.mapping()
    assert found.renewal_error == ""
    assert {"first", "second"} <= found.secrets


# --- end points ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host_header", "path"),
    [
        ("https://acc.blob.core.windows.net", "acc.blob.core.windows.net", ""),
        ("https://acc.blob.core.windows.net:443/", "acc.blob.core.windows.net", ""),
        ("https://blobs.example.com:8443", "blobs.example.com:8443", ""),
        ("http://127.0.0.1:10000", "127.0.0.1:10000", "/acc"),
        ("http://127.0.0.1:10000/acc/", "127.0.0.1:10000", "/acc"),
        ("http://localhost:80", "localhost", "/acc"),
        ("https://[::1]:10000", "[::1]:10000", "/acc"),
        ("http://azurite:10000/devstoreaccount1", "azurite:10000", "/devstoreaccount1"),
    ],
)
def test_end_points_are_taken_apart(url: str, host_header: str, path: str) -> None:
    endpoint = endpoint_of(url, "acc")
    assert (endpoint.host_header, endpoint.base_path) == (host_header, path)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://user:secret@host", "carries a user name or password"),
        ("https://host/?sv=1&sig=secret", "goes into AZURE_STORAGE_SAS_TOKEN"),
        ("host:10000", "has no scheme; write https://host:10000"),
        ("ftp://host", "is not HTTP; write https://host"),
        ("https://", "names no server"),
        ("https://host:99999", "names no server"),
        ("https://ho st", "names no server"),
    ],
)
def test_end_points_written_wrong_are_refused(url: str, words: str) -> None:
    with pytest.raises(TargetError, match=words.replace("?", r"\?")) as failed:
        endpoint_of(url, "acc")
    assert "secret" not in str(failed.value)
