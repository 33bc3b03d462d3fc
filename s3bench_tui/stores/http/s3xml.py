"""The few XML documents of S3's data plane: listings, errors and batched deletes.

Servers may be hostile or broken: a document with a DOCTYPE, comments or CDATA, which S3 never sends, is refused, so
that tags can be found by searching, and entities cannot multiply. Knows nothing of HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat

_start_of = {
    root: re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?\s*<" + root + rb"(?:\s[^<>]*)?/?>").match
    for root in (b"ListBucketResult", b"DeleteResult")
}
_find_truncated = re.compile(rb"<IsTruncated>\s*(true|false)\s*</IsTruncated>").findall
_find_token = re.compile(rb"<NextContinuationToken>([^<>]+)</NextContinuationToken>").findall
_find_errors = re.compile(rb"<Error>(.*?)</Error>", re.DOTALL).findall
_reference = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot|apos));")
_named = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_not_in_xml = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search
_escapes = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_TEXT_LIMIT = 1000


def parse_list_page(body: bytes | bytearray) -> tuple[int, str | None]:
    """How many objects a page of ListObjectsV2 holds, and the token of the next page, None on the last.

    ValueError where it is not a whole, well-formed page.
    """
    _check(body, b"ListBucketResult")
    truncated = _find_truncated(body)
    if len(truncated) != 1:
        raise ValueError("the listing does not say whether it is truncated")
    token = None
    if truncated[0] == b"true":
        tokens = _find_token(body)
        if len(tokens) != 1:
            raise ValueError("the listing is truncated, and does not say how it goes on")
        token = _unescaped(tokens[0].decode())
    return body.count(b"<Contents>"), token


def parse_error(body: bytes | bytearray) -> tuple[str, str, str]:
    """Code, message and request id of an error, each empty where there is none; takes anything, printable afterwards."""
    code, message, request_id = (_text(body, name) for name in (b"Code", b"Message", b"RequestId"))
    if not code and not message:
        message = _text(body, b"title") if b"<" in body else _printable(bytes(body[:_TEXT_LIMIT]))
    return code, message, request_id


def delete_body(keys: Iterable[str]) -> bytes:
    """The request to delete these keys, answered with the failures only; ValueError where XML cannot hold a key."""
    parts = ['<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>']
    for key in keys:
        if _not_in_xml(key):
            raise ValueError(f"the key {key!r} has a character that XML cannot hold; delete it on its own")
        parts.append(f"<Object><Key>{key.translate(_escapes)}</Key></Object>")
    parts.append("</Delete>")
    return "".join(parts).encode()


def parse_delete_result(body: bytes | bytearray) -> tuple[int, list[tuple[str, str, str]]]:
    """How many keys are listed as deleted (none where the request was quiet), and key, code and message of each failure.

    ValueError where it is not a whole, well-formed answer.
    """
    _check(body, b"DeleteResult")
    failures = []
    for error in _find_errors(body):
        key = re.search(rb"<Key>([^<]*)</Key>", error)
        failures.append((_unescaped(key[1].decode()) if key else "", _text(error, b"Code"), _text(error, b"Message")))
    return body.count(b"<Deleted>"), failures


def _check(body: bytes | bytearray, root: bytes) -> None:
    """ValueError unless this is a well-formed document of that root, and of elements and text alone."""
    start = _start_of[root](body)
    if start is None:
        raise ValueError(f"the answer is not a {root.decode()} document")
    if body.find(b"<!") >= 0 or body.find(b"<?", start.end()) >= 0:
        raise ValueError(f"the {root.decode()} document has a part that S3 does not send")
    try:
        expat.ParserCreate("utf-8").Parse(body, True)
    except expat.ExpatError as error:
        raise ValueError(f"the {root.decode()} document is cut short or malformed: {error}") from None


def _unescaped(text: str) -> str:
    """With character references resolved; ValueError where one names no character."""

    def character(found: re.Match[str]) -> str:
        if found[3]:
            return _named[found[3]]
        return chr(int(found[1], 16) if found[1] else int(found[2]))

    return _reference.sub(character, text)


def _text(body: bytes | bytearray, name: bytes) -> str:
    """The printable text of the first element of that name, or nothing."""
    found = re.search(rb"<" + name + rb"(?:\s[^<>]*)?>([^<]*)</" + name + rb">", body)
    if found is None:
        return ""
    text = found[1][:_TEXT_LIMIT].decode(errors="replace")
    try:
        return _clean(_unescaped(text))
    except ValueError:
        return _clean(text)


def _printable(text: bytes) -> str:
    return _clean(text.decode(errors="replace"))


def _clean(text: str) -> str:
    """On one line, and without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
