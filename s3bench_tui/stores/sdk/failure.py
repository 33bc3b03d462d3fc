"""What an SDK raised during an operation, as an outcome and a line of detail. Sends nothing, knows no driver and no vendor."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from s3bench_tui.stores.outcome import CLIENT, RESET, TIMEOUT, TLS
from s3bench_tui.stores.unanswered import causes_of

DETAIL_LIMIT = 500


def unanswered(error: Exception, outcomes: Mapping[str, int]) -> tuple[int, str]:
    """The outcome, by the name of what the SDK raised or of what led to it, and the words; no answer came."""
    causes = list(causes_of(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return TLS, _line(error)
    for cause in causes:
        for kind in type(cause).__mro__:
            if kind.__name__ in outcomes:
                return outcomes[kind.__name__], _line(error)
    for cause in causes:
        if isinstance(cause, TimeoutError):
            return TIMEOUT, _line(error)
        if isinstance(cause, ConnectionError):
            return RESET, _line(error)
    return CLIENT, _line(error)


def refused(status: int, code: str, message: str, request_id: str) -> str:
    """The server's words with its code and request id."""
    words = [str(status), "" if code == str(status) else code, message]
    said = _clean(" ".join(word for word in words if word))
    return f"{said} (request id {request_id})"[:DETAIL_LIMIT] if request_id else said[:DETAIL_LIMIT]


def _line(error: Exception) -> str:
    """The SDK's words, and those of the system where they led to them."""
    words = _clean(str(error)) or type(error).__name__
    system = next((cause.strerror for cause in causes_of(error) if isinstance(cause, OSError) and cause.strerror), "")
    return (f"{words} ({system})" if system and system not in words else words)[:DETAIL_LIMIT]


def _clean(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
