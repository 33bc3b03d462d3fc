"""Where a request went and as whom: what a sentence about it needs, and what must not stand in one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from s3bench_tui.errors import TargetError

_signed = re.compile(r"\bsig=[^&\s\"']+")
_LONGEST = 900
_A_WORD = 3
"""Secrets up to this length are parts of words, and taking them out would spoil these."""


@dataclass(frozen=True, slots=True)
class Place:
    """One end point of one target."""

    target: str
    url: str
    """Of the end point, without keys and query."""
    source: str = ""
    """Where the credentials were found."""
    kind: str = ""
    """Of the credentials, where the vendor has several; see azure_credentials."""
    ending: str = ""
    """When they end, where that is known: `expired at ...`."""
    region: str = ""
    connect_timeout_ns: int = 0
    operation_timeout_ns: int = 0
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    def error(self, text: str) -> TargetError:
        """`text` as this target's error."""
        return TargetError(f"{self.target} at {self.url}: {self.clean(text)}")

    def clean(self, text: str) -> str:
        """Fit for a terminal: one line, no control characters, no secrets."""
        for secret in sorted(self.secrets, key=len, reverse=True):  # the whole before its parts
            text = text.replace(secret, "***") if len(secret) > _A_WORD else text
        text = _signed.sub("sig=***", text)
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST]


def skew_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """How far the server's clock is ahead of this machine's (to a second: that is all it tells); None if unknown.

    Of the headers of an answer, by lower-case name."""
    try:
        return round(parsedate_to_datetime(headers["date"]).timestamp() + 0.5 - now_s, 1)
    except (KeyError, ValueError):
        return None
