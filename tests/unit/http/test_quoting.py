"""Keys and queries in URLs: exact, reversible, and as botocore writes them."""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.stores.http.quoting import canonical_query, quote_key

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("key", "quoted"),
    [
        ("data/object-1_x.bin~", "data/object-1_x.bin~"),
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("100%", "100%25"),
        ("%2F", "%252F"),
        ("//a//../b/./", "//a//../b/./"),
        ("?x=1&y#z", "%3Fx%3D1%26y%23z"),
        ("\xe9", "%C3%A9"),
        ("\u65e5\u672c", "%E6%97%A5%E6%9C%AC"),
        ("\U0001f600", "%F0%9F%98%80"),
        ("line\r\nbreak", "line%0D%0Abreak"),
        ("plain\n", "plain%0A"),
        ("", ""),
    ],
)
def test_keys_as_s3_wants_them(key: str, quoted: str) -> None:
    assert quote_key(key) == quoted


@settings(deadline=None, database=None)
@given(TEXT)
def test_every_key_comes_back(key: str) -> None:
    quoted = quote_key(key)
    assert unquote(quoted, errors="strict") == key
    assert quoted == quote(key, safe="/~")
    assert quoted.isascii() and not set(quoted) & set(" ?#\r\n\t")


def test_a_key_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(ValueError):
        quote_key("a\udc80")


@settings(deadline=None, database=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=6))
def test_query_is_in_the_order_that_botocore_signs(pairs: list[tuple[str, str]]) -> None:
    signer = S3SigV4Auth(Credentials("a", "s"), "s3", "r")
    assert canonical_query(pairs) == signer._canonical_query_string_params(pairs)
    request = AWSRequest(method="GET", url=f"http://h/?{canonical_query(pairs)}")
    assert canonical_query(pairs) == signer.canonical_query_string(request)
