"""The JSON of Google's storage API: pages, sizes and errors, whole or hostile."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3bench_tui.stores.http.gcs import quote_name
from s3bench_tui.stores.http.gcsjson import parse_error, parse_list_page, parse_size

DEEP = b"[" * 100_000
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "errors", "message", "reason", "status", "kind", "items", "size", "nextPageToken"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def test_pages() -> None:
    page = b'{"kind": "storage#objects", "nextPageToken": "t", "items": [{"name": "a", "size": "5"}]}'
    assert parse_list_page(page) == ([{"name": "a", "size": "5"}], 0, "t")
    assert parse_list_page(b'{"kind": "storage#objects"}') == ([], 0, None)
    level = b'{"kind": "storage#objects", "prefixes": ["a/", "b/"], "items": [{"name": "c", "size": "5"}]}'
    assert parse_list_page(level) == ([{"name": "c", "size": "5"}], 2, None)
    assert parse_list_page(bytearray(b'{"kind": "storage#objects", "nextPageToken": ""}')) == ([], 0, None)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "cut short or malformed"),
        (b'{"kind": "storage#objects", "items": [', "cut short or malformed"),
        (b"\xff", "cut short or malformed"),
        (b"[]", "not a JSON object"),
        (DEEP, "not a JSON object"),
        (b'{"items": []}', "not a page of a listing"),
        (b'{"kind": "storage#objects", "items": {}}', "not a page of a listing"),
        (b'{"kind": "storage#objects", "prefixes": "a/"}', "not a page of a listing"),
        (b'{"kind": "storage#objects", "nextPageToken": 5}', "not a page of a listing"),
    ],
)
def test_no_pages(body: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_list_page(body)


def test_sizes() -> None:
    assert parse_size(b'{"size": "0"}') == 0
    assert parse_size(b'{"size": "5497558138880", "name": "x"}') == 5 << 40
    for wrong in (b"{}", b'{"size": 5}', b'{"size": "-1"}', b'{"size": ""}', b'{"size": "%s"}' % (b"9" * 19)):
        with pytest.raises(ValueError, match="does not tell the object's size"):
            parse_size(wrong)


@pytest.mark.parametrize(
    ("body", "reason", "message"),
    [
        (
            b'{"error": {"code": 404, "message": "No such object", "errors": [{"reason": "notFound"}]}}',
            "notFound", "No such object",
        ),
        (b'{"error": {"code": 401, "message": "bad", "status": "UNAUTHENTICATED"}}', "UNAUTHENTICATED", "bad"),
        (b"No such object: b/k", "", "No such object: b/k"),
        (b"two\nlines \x1b[31mred", "", "two lines ?[31mred"),
        (b'{"error": {"message": "bell \\u0007"}}', "", "bell ?"),
        (b"<html>a page</html>", "", ""),
        (b"", "", ""),
    ],
)  # fmt: skip
def test_errors(body: bytes, reason: str, message: str) -> None:
    assert parse_error(body) == (reason, message)


@given(anything.map(lambda found: json.dumps(found).encode()) | st.binary(max_size=40))
def test_nothing_but_a_value_error_comes_of_anything(body: bytes) -> None:
    reason, message = parse_error(body)
    assert f"{reason}{message}".isprintable()
    for parse in (parse_list_page, parse_size):
        try:
            parse(body)
        except ValueError as error:
            assert str(error).startswith("the answer ")


def test_names_are_one_segment_of_a_path() -> None:
    assert quote_name("a/b") == "a%2Fb"
    assert quote_name("a b/%2F/~é") == "a%20b%2F%252F%2F~%C3%A9"
    assert quote_name("...") == "..."
    for key in ("", ".", ".."):
        with pytest.raises(ValueError, match="cannot be the name of an object"):
            quote_name(key)
