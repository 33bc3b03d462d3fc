"""A controller's side: a gRPC channel to one agent, and what went wrong with it in a sentence. Knows no services."""

from __future__ import annotations

import re
from typing import Any

import grpc

from s3bench_tui.fleet.grpc.address import Address
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.grpc.server import MESSAGE_BYTES

CONNECT_TIMEOUT_S = 5.0

_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.enable_http_proxy", 0),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.use_local_subchannel_pool", 1),
)


def open_channel(address: Address, trust: Trust) -> grpc.Channel:
    """A channel on which every call carries the token, if there is one. Connects with the first call."""
    if not trust.tls:
        channel = grpc.insecure_channel(str(address), options=_OPTIONS)
    else:
        own = trust.certificate
        credentials = grpc.ssl_channel_credentials(
            trust.ca or None, own.key if own else None, own.chain if own else None
        )
        named = (("grpc.ssl_target_name_override", trust.domain),) if trust.domain else ()
        channel = grpc.secure_channel(str(address), credentials, options=(*_OPTIONS, *named))
    return grpc.intercept_channel(channel, _Token(trust.token)) if trust.token else channel


class _Token(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Shows the token with every call."""

    def __init__(self, token: str) -> None:
        self._entry = ("authorization", f"Bearer {token}")

    def intercept_unary_unary(
        self, continuation: Any, client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        return continuation(self._shown(client_call_details), request)

    def intercept_unary_stream(
        self, continuation: Any, client_call_details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        return continuation(self._shown(client_call_details), request)

    def intercept_stream_unary(
        self, continuation: Any, client_call_details: grpc.ClientCallDetails, request_iterator: Any
    ) -> Any:
        return continuation(self._shown(client_call_details), request_iterator)

    def intercept_stream_stream(
        self, continuation: Any, client_call_details: grpc.ClientCallDetails, request_iterator: Any
    ) -> Any:
        return continuation(self._shown(client_call_details), request_iterator)

    def _shown(self, details: Any) -> grpc.ClientCallDetails:
        return _Details(details, (*(details.metadata or ()), self._entry))


class _Details(grpc.ClientCallDetails):
    """Those of a call, with other metadata."""

    def __init__(self, details: Any, metadata: tuple[tuple[str, str], ...]) -> None:
        self.method, self.timeout, self.metadata = details.method, details.timeout, metadata
        self.credentials = details.credentials
        self.wait_for_ready = details.wait_for_ready
        self.compression = details.compression


# --- what went wrong ----------------------------------------------------------------------------------------------

_HUNG_UP = "it hung up; it may speak TLS alone, or want a certificate of the controller's (--tls-cert and --tls-key)"
_CONNECTION = (
    ("certificate has expired", "its certificate has expired; make a new one on the agent"),
    ("certificate is not yet valid", "its certificate is not valid yet; compare the clocks of both machines"),
    ("Hostname Verification", "its certificate is for another name; give that name with --agent-domain"),
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is signed by nobody who is trusted here; give its authority with --agent-ca"),
    ("WRONG_VERSION_NUMBER", "it answers without TLS; with --insecure it is asked without"),
    ("CERTIFICATE_REQUIRED", "it wants a certificate of the controller; give one with --tls-cert and --tls-key"),
    ("Connection refused", "nothing listens there; is the agent running?"),
    ("DNS resolution failed", "there is no such host"),
    ("lookup failed", "there is no such host"),
    ("No route to host", "there is no route to that host"),
    ("Network is unreachable", "there is no route to that network"),
    ("imeout", "it does not answer"),
    ("Socket closed", _HUNG_UP),
    ("Connection reset", _HUNG_UP),
)  # fmt: skip


def failure(error: grpc.RpcError, spoken: bool = False) -> str:
    """What to tell of a call that failed: the agent's own words where it said any, or why it was not reached.

    One that has `spoken` in this call was reached: no access is wrong, its connection is gone."""
    code, details = error.code(), _one_line(error.details() or "")
    if code == grpc.StatusCode.UNAVAILABLE and spoken:
        return f"its connection broke off ({details or 'nothing is known of why'}); is the agent still running, and its machine reached?"
    if code == grpc.StatusCode.UNAVAILABLE:
        for sign, meaning in _CONNECTION:
            if sign in details:
                return meaning
        return f"it cannot be reached: {details}"
    if code == grpc.StatusCode.DEADLINE_EXCEEDED:
        return "it did not answer in time"
    if code == grpc.StatusCode.UNIMPLEMENTED:
        return "it speaks another version of the interface; compare the versions of agent and controller"
    return details or str(code.name).lower().replace("_", " ")


def _one_line(text: str) -> str:
    """Without anything that could break a line or steer a terminal, and not longer than a few lines."""
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() or c.isspace() else "?" for c in text)).strip()[:2000]
