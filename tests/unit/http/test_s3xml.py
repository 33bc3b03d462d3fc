"""S3's documents: exact where they are well formed, refused where they are not, harmless where they are hostile."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.stores.http.s3xml import (
    delete_body,
    parse_copied,
    parse_delete_result,
    parse_error,
    parse_list_page,
)

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
LEGAL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\ufffe", "\uffff"])
    | st.sampled_from("\t\n\r<>&'\"")
)


def escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
        .replace("\r", "&#xD;")
    )


def page(keys: list[str], token: str | None) -> bytes:
    contents = "".join(
        f"<Contents><Key>{escaped(key)}</Key><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>" for key in keys
    )
    following = (
        f"<IsTruncated>true</IsTruncated><NextContinuationToken>{escaped(token)}</NextContinuationToken>"
        if token
        else "<IsTruncated>false</IsTruncated>"
    )
    return f"{DECLARATION}<ListBucketResult {NAMESPACE}><Name>b</Name><Prefix></Prefix>{following}{contents}</ListBucketResult>".encode()


@settings(deadline=None, database=None)
@given(st.lists(LEGAL, max_size=5), st.none() | LEGAL.filter(bool))
def test_pages_are_counted_and_followed(keys: list[str], token: str | None) -> None:
    assert parse_list_page(page(keys, token)) == (len(keys), token)
    assert parse_list_page(bytearray(page(keys, token))) == (len(keys), token)


def test_common_prefixes_count() -> None:
    prefixes = b"".join(b"<CommonPrefixes><Prefix>%c/</Prefix></CommonPrefixes>" % letter for letter in b"abc")
    assert parse_list_page(page(["x"], "t").replace(b"</ListBucketResult>", prefixes + b"</ListBucketResult>")) == (
        4,
        "t",
    )


def test_keys_that_look_like_tags_do_not_count() -> None:
    keys = [
        "<Contents>",
        "</Contents><Contents>",
        "<IsTruncated>true</IsTruncated>",
        "&lt;Contents&gt;",
        "<!--",
        "<?x?>",
    ]
    assert parse_list_page(page(keys, "next&more<>")) == (6, "next&more<>")


def test_page_without_declaration_or_namespace() -> None:
    assert parse_list_page(b"  \n<ListBucketResult><IsTruncated> false </IsTruncated></ListBucketResult>\n") == (
        0,
        None,
    )
    assert parse_list_page(b"\xef\xbb\xbf" + page(["a"], None)) == (1, None)


def test_every_truncation_is_seen() -> None:
    whole = page(["a", "b"], "t")
    for end in range(len(whole)):
        with pytest.raises(ValueError):
            parse_list_page(whole[:end])


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
MALFORMED = {
    "empty": b"",
    "html": b"<html><body>no</body></html>",
    "other root": b"<Error><Code>InternalError</Code></Error>",
    "root with a longer name": b"<ListBucketResults><IsTruncated>false</IsTruncated></ListBucketResults>",
    "entity bomb": page(["a"], None).replace(b"?>\n", b"?>" + BOMB.encode()).replace(b"<Key>a", b"<Key>&b;"),
    "doctype": page([], None).replace(b"?>\n", b"?><!DOCTYPE x>"),
    "external entity": page([], None).replace(b"?>\n", b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
    "comment": page(["a"], None).replace(b"<Name>", b"<!-- <Contents> --><Name>"),
    "cdata": page(["a"], None).replace(b"<Name>", b"<![CDATA[<Contents>]]><Name>"),
    "instruction": page(["a"], None).replace(b"<Name>", b"<?x <Contents> ?><Name>"),
    "unknown entity": page(["a"], None).replace(b"<Key>a", b"<Key>&nbsp;"),
    "tags crossed": page(["a"], None).replace(b"</Key><ETag>", b"<ETag></Key>"),
    "tag left open": page(["a"], None).replace(b"</Contents>", b""),
    "control character": page(["a"], None).replace(b"<Key>a", b"<Key>\x00"),
    "no UTF-8": page(["a"], None).replace(b"<Key>a", b"<Key>\xff"),
    "two documents": page([], None) + page([], None),
    "truncated unsaid": page([], None).replace(b"<IsTruncated>false</IsTruncated>", b""),
    "truncated unclear": page([], None).replace(b"false", b"maybe"),
    "truncated twice": page([], None).replace(b"</ListBucketResult>", b"<IsTruncated>true</IsTruncated></ListBucketResult>"),
    "token missing": page([], None).replace(b"false", b"true"),
    "token empty": page([], "x").replace(b"Token>x<", b"Token><"),
    "token twice": page([], "x").replace(b"<Name>", b"<NextContinuationToken>y</NextContinuationToken><Name>"),
    "token no character": page([], "x").replace(b"Token>x<", b"Token>&#0;<"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_page_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        parse_list_page(MALFORMED[name])


def test_error_is_read() -> None:
    body = f"{DECLARATION}<Error><Code>NoSuchKey</Code><Message>It&apos;s &lt;not&gt; there</Message><Key>k</Key><RequestId>R1</RequestId></Error>"
    assert parse_error(body.encode()) == ("NoSuchKey", "It's <not> there", "R1")
    assert parse_error(b'<Error xmlns="x"><Code a="b">SlowDown</Code></Error>') == ("SlowDown", "", "")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b"upstream\r\n  is gone", "upstream is gone"),
        (b"<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway"),
        (b"\xff\xfe\x1b[31mred\x07", "\ufffd\ufffd?[31mred?"),
        (b"<Error><Message>a\x1b]0;b\x07\n c</Message></Error>", "a?]0;b? c"),
        (b"<Error><Message>&#27;[2J &#xFFFFFF; &#x110000;</Message></Error>", "&#27;[2J &#xFFFFFF; &#x110000;"),
        (b"<Error><Message>&#27;[2J</Message></Error>", "?[2J"),
        (b"x" * 5000, "x" * 1000),
    ],
)
def test_error_that_is_none_gives_what_can_be_shown(body: bytes, message: str) -> None:
    assert parse_error(body) == ("", message, "")


@settings(deadline=None, database=None)
@given(
    st.binary()
    | st.text().map(
        lambda text: f"<Error><Code>{text}</Code><Message>&{text};</Message></Error>".encode(errors="replace")
    )
)
def test_error_takes_anything_and_shows_only_text(body: bytes) -> None:
    for part in parse_error(body):
        assert part.isprintable()


@settings(deadline=None, database=None)
@given(st.lists(LEGAL, max_size=5))
def test_delete_request_says_exactly_the_keys(keys: list[str]) -> None:
    root = ET.fromstring(delete_body(keys))
    space = "{http://s3.amazonaws.com/doc/2006-03-01/}"
    assert [element.text or "" for element in root.iter(f"{space}Key")] == keys
    assert root.findtext(f"{space}Quiet") == "true"


@pytest.mark.parametrize("key", ["a\x00", "\x1b", "\x0b", "\ufffe", "\uffff", "\ud800", "\x1f"])
def test_key_that_xml_cannot_hold_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="XML cannot hold"):
        delete_body(["fine", key])


def test_delete_result_is_read() -> None:
    body = (
        f"{DECLARATION}<DeleteResult {NAMESPACE}><Deleted><Key>a</Key></Deleted><Deleted><Key>&lt;Deleted&gt;</Key></Deleted>"
        "<Error><Key>b&amp;c</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        "<Error>\n<Code>InternalError</Code>\n<Message>no\nluck</Message><Key>d</Key><VersionId/></Error></DeleteResult>"
    ).encode()
    assert parse_delete_result(body) == (
        2,
        [("b&c", "AccessDenied", "Access Denied"), ("d", "InternalError", "no luck")],
    )


@pytest.mark.parametrize(
    "body",
    [
        f"<DeleteResult {NAMESPACE}/>",
        "<DeleteResult></DeleteResult>",
        f"{DECLARATION}\n<DeleteResult {NAMESPACE}>\n</DeleteResult>\n",
    ],
)
def test_quiet_result_without_failures(body: str) -> None:
    assert parse_delete_result(body.encode()) == (0, [])


@pytest.mark.parametrize(
    "body", ["", "<Error><Code>InternalError</Code></Error>", "<DeleteResult>", "<DeleteResult><Error></DeleteResult>"]
)
def test_malformed_delete_result_is_refused(body: str) -> None:
    with pytest.raises(ValueError):
        parse_delete_result(body.encode())


def test_a_copy_says_in_its_body_how_it_went() -> None:
    parse_copied(f"\n {DECLARATION}<CopyObjectResult {NAMESPACE}><ETag>x</ETag></CopyObjectResult>".encode())
    for body in (b"", b"<CopyObjectResult>", b"<Error><Code>x</Code></Error>", b"<html/>"):
        with pytest.raises(ValueError, match="document"):
            parse_copied(body)
