"""The few JSON documents of Google's storage API: pages of a listing, the size of an object, errors.

Servers may be hostile or broken: what is not a whole document of the expected kind is refused, and words meant for
people come out printable. Knows nothing of HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

LISTING = "storage#objects"
BUCKETS = "storage#buckets"
PAGE = {"maxResults": "1000", "fields": "kind,nextPageToken,prefixes,items(name,size)"}
"""What a page of a listing is asked for: as many objects as there may be, and little of each; `kind` shows that the
answer is a listing."""

_TEXT_LIMIT = 1000


def parse_list_page(body: bytes | bytearray) -> tuple[Sequence[dict[str, Any]], int, str | None]:
    """The objects of a page (each with `name` and `size`), how many common prefixes it has, and the token of the next
    page, None on the last.

    ValueError where it is not a whole page.
    """
    page = _document(body)
    items, prefixes, token = page.get("items", []), page.get("prefixes", []), page.get("nextPageToken")
    if page.get("kind") != LISTING or not isinstance(token, str | None):
        raise ValueError("the answer is not a page of a listing")
    if not isinstance(items, list) or not isinstance(prefixes, list):
        raise ValueError("the answer is not a page of a listing")
    return items, len(prefixes), token or None


def parse_level(body: bytes) -> tuple[list[str], list[tuple[str, int | None]], str]:
    """Prefixes, objects with their sizes, and the next page's token (empty on the last) of a listing with a delimiter.

    ValueError where it is not a whole page."""
    items, _, token = parse_list_page(body)
    prefixes = _document(body).get("prefixes", [])
    try:
        return (
            [str(prefix) for prefix in prefixes],
            [(str(item["name"]), int(item["size"])) for item in items],
            token or "",
        )
    except (KeyError, TypeError, ValueError):
        raise ValueError("an object has no name or no size") from None


def parse_buckets(body: bytes) -> tuple[list[str], str]:
    """Names of buckets, and the next page's token (empty on the last); ValueError where it is not a whole page."""
    page = _document(body)
    try:
        if page.get("kind") == BUCKETS:
            return [str(item["name"]) for item in page.get("items", [])], str(page.get("nextPageToken") or "")
    except (KeyError, TypeError):
        pass
    raise ValueError("the answer is not a page of a list of buckets")


def parse_size(body: bytes | bytearray) -> int:
    """The size in an object's metadata, in bytes; ValueError where there is none."""
    size = _document(body).get("size")
    if not isinstance(size, str) or not size.isdecimal() or len(size) > 18:
        raise ValueError("the answer does not tell the object's size")
    return int(size)


def parse_generation(body: bytes | bytearray) -> str:
    """Which version of the object was made, of an answer to an upload or to the last request of a copy; ValueError where it
    does not tell."""
    answer = _document(body)
    made = answer.get("resource", answer)
    generation = made.get("generation") if isinstance(made, dict) else None
    if not isinstance(generation, str) or not generation.isdecimal() or len(generation) > 20:
        raise ValueError("the answer does not tell the object's generation")
    return generation


def parse_rewrite(body: bytes | bytearray) -> str | None:
    """The token with which a copy goes on, None where it is done; ValueError where the answer says neither."""
    answer = _document(body)
    done, token = answer.get("done"), answer.get("rewriteToken")
    if done is True:
        return None
    if done is not False or not isinstance(token, str) or not token:
        raise ValueError("the answer does not tell whether the copy is done")
    return token


def parse_error(body: bytes | bytearray) -> tuple[str, str]:
    """Reason (such as `notFound`) and message of an error, each empty where there is none; takes anything."""
    try:
        error = _document(body)["error"]
        reasons = [each.get("reason") for each in error.get("errors") or ()]
        reason, message = (reasons or [""])[0] or error.get("status", ""), error.get("message", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        text = bytes(body[:_TEXT_LIMIT]).decode(errors="replace")
        return "", "" if text.lstrip().startswith("<") else printable(text)
    return printable(str(reason or "")), printable(str(message or ""))


def printable(text: str) -> str:
    """On one line, without anything that a terminal would obey, and not too long."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))[:_TEXT_LIMIT]


def _document(body: bytes | bytearray) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except RecursionError:
        found = None
    except ValueError as error:
        raise ValueError(f"the answer is cut short or malformed: {error}") from None
    if not isinstance(found, dict):
        raise ValueError("the answer is not a JSON object")
    return found
