"""What the SDK raised during an operation, as an outcome and a line of detail. Sends nothing, knows no driver."""

from __future__ import annotations

import ssl

from s3bench_tui.stores.outcome import CLIENT, CONNECT, INTEGRITY, PROTOCOL, RESET, TIMEOUT, TLS
from s3bench_tui.stores.s3_failure import code_of, status_of
from s3bench_tui.stores.unanswered import causes_of

DETAIL_LIMIT = 500

_OUTCOMES = {
    "ConnectTimeoutError": CONNECT,
    "EndpointConnectionError": CONNECT,
    "ReadTimeoutError": TIMEOUT,
    "SSLError": TLS,
    "ConnectionClosedError": RESET,
    "IncompleteReadError": RESET,
    "ResponseStreamingError": RESET,
    "ResponseParserError": PROTOCOL,
    "HTTPClientError": PROTOCOL,
    "FlexibleChecksumError": INTEGRITY,
}
"""By the names of the SDK's exceptions, so that no worker loads it to know them."""


def explain(error: Exception) -> tuple[int, str]:
    """The outcome, and the server's words with its code and request id, or the SDK's."""
    status = status_of(error)
    if status:
        return status, _refused(error, status)
    for kind in type(error).__mro__:
        if kind.__name__ in _OUTCOMES:
            return _OUTCOMES[kind.__name__], _line(error)
    if isinstance(error, ssl.SSLError):
        return TLS, _line(error)
    if isinstance(error, TimeoutError):
        return TIMEOUT, _line(error)
    return (RESET if isinstance(error, ConnectionError) else CLIENT), _line(error)


def _refused(error: Exception, status: int) -> str:
    answer = getattr(error, "response", {})
    code = code_of(error)
    words = [str(status), "" if code == str(status) else code, str(answer.get("Error", {}).get("Message") or "")]
    said = _clean(" ".join(word for word in words if word))
    request_id = answer.get("ResponseMetadata", {}).get("RequestId")
    return f"{said} (request id {request_id})"[:DETAIL_LIMIT] if request_id else said[:DETAIL_LIMIT]


def _line(error: Exception) -> str:
    """The SDK's words, and those of the system where they led to them."""
    words = _clean(str(error)) or type(error).__name__
    system = next((cause.strerror for cause in causes_of(error) if isinstance(cause, OSError) and cause.strerror), "")
    return (f"{words} ({system})" if system and system not in words else words)[:DETAIL_LIMIT]


def _clean(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
