"""Signatures for containers, beside those of the vendor's SDK."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import ContainerSasPermissions
from azure.storage.blob._shared_access_signature import BlobSharedAccessSignature
from hypothesis import given as given_any
from hypothesis import strategies as st

from s3bench_tui.stores.http.sas import PERMISSIONS, VERSION, container_sas, expiry_of, given, secrets_of

ALLOWED = ContainerSasPermissions(
    read=True, create=True, write=True, delete=True, delete_previous_version=True, list=True, tag=True
)


def of_the_sdk(account: str, key: str, container: str, expiry_s: int) -> str:
    maker = BlobSharedAccessSignature(account, key)
    maker.x_ms_version = VERSION
    return str(
        maker.generate_container(
            container,
            permission=ALLOWED,
            expiry=datetime.fromtimestamp(expiry_s, UTC),
        )
    )


@given_any(
    st.from_regex(r"[a-z0-9]{3,24}", fullmatch=True),
    st.binary(min_size=1, max_size=64),
    st.from_regex(r"[a-z0-9][a-z0-9-]{2,20}|\$root", fullmatch=True),
    st.integers(0, 4_000_000_000),
)
def test_signatures_are_those_of_the_sdk(account: str, secret: bytes, container: str, expiry_s: int) -> None:
    key = base64.b64encode(secret).decode()
    ours = container_sas(account, key, container, expiry_s)
    theirs = of_the_sdk(account, key, container, expiry_s)
    assert sorted(ours.split("&")) == sorted(theirs.replace("/", "%2F").split("&"))
    assert expiry_of(ours) == expiry_s
    assert given(f"?{ours}") == ours


def test_it_allows_what_a_load_does() -> None:
    assert str(ALLOWED) == PERMISSIONS


@pytest.mark.parametrize("key", ["no key", "AAA", "A===", "clé="])
def test_what_is_no_key_makes_no_signature(key: str) -> None:
    with pytest.raises(ValueError, match="not Base64") as refused:
        container_sas("account", key, "box", 0)
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["?sv=1&sig=a%3D", " sv=1&sig=a%3D\n", "https://acc.blob.core.windows.net/box?sv=1&sig=a%3D", "&sv=1&sig=a%3D&"],
)
def test_a_signature_is_taken_as_it_is_copied(text: str) -> None:
    assert given(text) == "sv=1&sig=a%3D"


@pytest.mark.parametrize("text", ["", "?", "sv=1", "sig=", "sv=1&sig=a b", "sv=1&sig=a\r\nHost: b", "sv=1&sig=é"])
def test_what_is_no_signature_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"^it is no shared access signature") as refused:
        given(text)
    assert len(text) < 6 or text not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("se=2030-01-02T03%3A04%3A05Z", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("sv=1&se=2030-01-02T03:04Z&sp=r", datetime(2030, 1, 2, 3, 4, tzinfo=UTC)),
        ("se=2030-01-02", datetime(2030, 1, 2, tzinfo=UTC)),
        ("si=policy&sse=2030-01-02", None),
        ("se=tomorrow", None),
    ],
)
def test_the_expiry_is_read_where_there_is_one(text: str, moment: datetime | None) -> None:
    assert expiry_of(text) == (moment and (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1))


def test_secrets_are_the_signature_in_either_spelling() -> None:
    assert secrets_of("sv=1&sig=a%2Fb%3D&se=2") == {"sv=1&sig=a%2Fb%3D&se=2", "a%2Fb%3D", "a/b="}
