"""What all XML of object stores has in common: it is proved to be harmless and whole, and its text is read.

Servers may be hostile or broken: a document with a DOCTYPE, comments or CDATA, which no store sends, is refused, so
that tags can be found by searching, and entities cannot multiply. Knows nothing of HTTP, and of no store's documents.
"""

from __future__ import annotations

import re
from xml.parsers import expat

_reference = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot|apos));")
_named = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_TEXT_LIMIT = 1000


def start_of(root: bytes) -> re.Pattern[bytes]:
    """Matches all up to and with the opening tag of a document's root, which has this name."""
    return re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?\s*<" + root + rb"(?:\s[^<>]*)?/?>")


def check(body: bytes | bytearray, start: re.Pattern[bytes], name: str) -> None:
    """ValueError unless this is a well-formed document that begins so, and of elements and text alone."""
    found = start.match(body)
    if found is None:
        raise ValueError(f"the answer is not a {name} document")
    if body.find(b"<!") >= 0 or body.find(b"<?", found.end()) >= 0:
        raise ValueError(f"the {name} document has a part that no store sends")
    try:
        expat.ParserCreate("utf-8").Parse(body, True)
    except expat.ExpatError as error:
        raise ValueError(f"the {name} document is cut short or malformed: {error}") from None


def unescaped(text: str) -> str:
    """With character references resolved; ValueError where one names no character."""

    def character(found: re.Match[str]) -> str:
        if found[3]:
            return _named[found[3]]
        return chr(int(found[1], 16) if found[1] else int(found[2]))

    return _reference.sub(character, text)


def text_of(body: bytes | bytearray, name: bytes) -> str:
    """The printable text of the first element of that name, or nothing."""
    found = re.search(rb"<" + name + rb"(?:\s[^<>]*)?>([^<]*)</" + name + rb">", body)
    if found is None:
        return ""
    text = found[1][:_TEXT_LIMIT].decode(errors="replace")
    try:
        return _clean(unescaped(text))
    except ValueError:
        return _clean(text)


def parse_error(body: bytes | bytearray) -> tuple[str, str, str]:
    """Code, message and request id of an error, each empty where there is none; takes anything, printable afterwards."""
    code, message, request_id = (text_of(body, name) for name in (b"Code", b"Message", b"RequestId"))
    if not code and not message:
        message = (
            text_of(body, b"title") if b"<" in body else _clean(bytes(body[:_TEXT_LIMIT]).decode(errors="replace"))
        )
    return code, message, request_id


def _clean(text: str) -> str:
    """On one line, and without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
