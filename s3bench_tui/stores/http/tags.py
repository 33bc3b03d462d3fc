"""An object's tags as the XML that stores have in common; each has another name for its root. Knows nothing of HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterable

from s3bench_tui.stores.http.markup import check, start_of

_escapes = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


class TagDocument:
    """The document of one kind of store; `namespace` is an attribute that its root carries in requests, or nothing."""

    __slots__ = ("_close", "_name", "_open", "_start")

    def __init__(self, root: str, namespace: str = "") -> None:
        self._name = root
        self._open = f'<?xml version="1.0" encoding="UTF-8"?><{root}{namespace}><TagSet>'
        self._close = f"</TagSet></{root}>"
        self._start: re.Pattern[bytes] = start_of(root.encode())

    def write(self, tags: Iterable[tuple[str, str]]) -> bytes:
        """Of these names and values, which XML can hold."""
        items = (
            f"<Tag><Key>{name.translate(_escapes)}</Key><Value>{value.translate(_escapes)}</Value></Tag>"
            for name, value in tags
        )
        return f"{self._open}{''.join(items)}{self._close}".encode()

    def check(self, body: bytes | bytearray) -> None:
        """ValueError where it is not such a document, whole and well-formed."""
        check(body, self._start, self._name)
