"""Plain JSON data without secrets: the last guard before anything is written. Knows nothing of what it looks at."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

REDACTED = "(redacted)"

_SECRET_KEY = re.compile(
    r"secret|passw|token|credential|private_key|signature|^(access_key|account_key|key_id|sas|authorization)",
    re.IGNORECASE,
)
_USER_IN_URL = re.compile(r"(?<=://)[^/@\s]+@")
_SIGNED_QUERY = re.compile(
    r"((?:X-Amz-(?:Signature|Credential|Security-Token)|sig|sv|AWSAccessKeyId|Signature)=)[^&\s\"']+", re.IGNORECASE
)


def clean_text(text: str) -> str:
    """The text without user names and passwords in URLs, and without signed queries."""
    if "://" in text:
        text = _USER_IN_URL.sub(f"{REDACTED}@", text)
    return _SIGNED_QUERY.sub(rf"\1{REDACTED}", text) if "=" in text else text


def clean(value: Any) -> Any:
    """A copy in lists, dicts, texts and finite numbers (others become null), with secrets replaced by REDACTED."""
    if isinstance(value, Mapping):
        return {
            str(name): REDACTED
            if item is not None and not isinstance(item, bool) and _SECRET_KEY.search(str(name))
            else clean(item)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(item) for item in value]
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int)):
        return value
    return clean_text(str(value))


def redacted_paths(value: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of all that `clean` replaced."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from redacted_paths(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from redacted_paths(item, f"{path}.{index}" if path else str(index))
    elif isinstance(value, str) and REDACTED in value:
        yield path
