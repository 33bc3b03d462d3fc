"""How S3 writes keys and query strings in a URL: percent-encoded UTF-8, and never normalised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

_is_plain = re.compile(r"[A-Za-z0-9_.~/\-]*+").fullmatch


def quote_key(key: str) -> str:
    """The key as it stands in a path: `/` stays, `..` and `//` too. ValueError where it is not valid Unicode."""
    return key if _is_plain(key) else quote(key, safe="/~")


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The query string of these names and values, encoded and in the order in which SigV4 signs it."""
    return "&".join(
        f"{name}={value}" for name, value in sorted((quote(n, safe="~"), quote(v, safe="~")) for n, v in pairs)
    )
