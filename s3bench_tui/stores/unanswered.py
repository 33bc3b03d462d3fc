"""Why no answer came from a server, in words: names, routes, ports, TLS, time-outs.

Takes apart whatever an HTTP client raised, by the exceptions that led to it. Knows no store and no SDK.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator

from s3bench_tui.units import format_duration

_CERTIFICATE = {
    9: "is not valid yet; check this machine's clock",
    10: "has expired; renew it",
    18: "is self-signed; name it, or the CA that signed it, under `tls: {ca_file: ...}`",
    19: "is signed by a CA that is not trusted here; name that CA under `tls: {ca_file: ...}`",
    20: "is signed by a CA that is not trusted here; name that CA under `tls: {ca_file: ...}`",
    21: "is signed by a CA that is not trusted here; name that CA under `tls: {ca_file: ...}`",
}
_OTHER_NAME = (62, 64)
"""OpenSSL's checks of a host's name and of its address."""
_ANYWAY = " (or `tls: {insecure: true}`, which accepts any)"
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
_NO_CONNECTION = ("ConnectTimeoutError", "ConnectTimeout", "ServiceRequestTimeoutError")
_NO_ANSWER = ("ReadTimeoutError", "ReadTimeout", "ServiceResponseTimeoutError")
_ENDED = ("BadStatusLine", "RemoteDisconnected", "ConnectionResetError", "ProtocolError")


def reason(
    error: BaseException, doing: str, url: str, connect_timeout_ns: int, operation_timeout_ns: int, name_advice: str
) -> str:
    """What ended `doing` (as in "listing the bucket") at this end point before an answer came, and what to do.

    `name_advice`: what to check where the host name is not known. Empty where the exceptions tell nothing of it.
    """
    causes = list(causes_of(error))
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            return f"the host name is not known ({cause.strerror}); {name_advice}"
        if words := _tls_words(cause):
            return words
    for cause in causes:
        if isinstance(cause, ConnectionRefusedError):
            return f"the connection was refused; check that the server runs and listens there{_proxies(url)}"
        if isinstance(cause, OSError) and cause.errno and not isinstance(cause, (TimeoutError, ConnectionError)):
            return f"there is no way to the server ({os.strerror(cause.errno)}){_proxies(url)}"
    names = {type(cause).__name__ for cause in causes}
    if names.intersection(_NO_CONNECTION):
        return f"no connection within {format_duration(connect_timeout_ns)}; check host, port and firewall, or raise connect_timeout{_proxies(url)}"
    if names.intersection(_NO_ANSWER):
        return f"{doing} had no answer within {format_duration(operation_timeout_ns)}; check that the server speaks HTTP there, or raise operation_timeout"
    if names.intersection(_ENDED):
        https = url.startswith("https://")
        hint = "check the server's log" if https else "if the port speaks TLS, write https:// for the end point"
        return f"{doing} failed: the server ended the connection without an HTTP answer; {hint}"
    return ""


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that led to it."""
    following: BaseException | None = error
    while following is not None:
        yield following
        kept = getattr(following, "inner_exception", None)  # where an SDK raises outside of its `except`
        following = kept or following.__cause__ or following.__context__


def _tls_words(cause: BaseException) -> str:
    # urllib3 has a check of the name of its own.
    if type(cause).__name__ == "CertificateError" or getattr(cause, "verify_code", 0) in _OTHER_NAME:
        return f"the server's certificate is for another name; write one that it holds as the end point{_ANYWAY}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        fault = _CERTIFICATE.get(
            cause.verify_code, f"is not accepted ({cause.verify_message}); name its CA under `tls: {{ca_file: ...}}`"
        )
        return f"the server's certificate {fault}{_ANYWAY}"
    if isinstance(cause, ssl.SSLError) and cause.reason in _NOT_TLS:
        return "the port does not speak TLS; write http:// for the end point"
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed ({cause.reason or 'no reason given'}); check that the port speaks TLS 1.2 or later"
    return ""


def _proxies(url: str) -> str:
    variable = "HTTPS_PROXY" if url.startswith("https://") else "HTTP_PROXY"
    set_here = os.environ.get(variable) or os.environ.get(variable.lower())
    return f" ({variable} is set, but loads do not go through proxies)" if set_here else ""
