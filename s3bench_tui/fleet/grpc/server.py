"""An agent's listening side: a gRPC server that demands what its protection says. Knows nothing of the services on it."""

from __future__ import annotations

import hmac
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from s3bench_tui.errors import ConfigError, Problem, S3BenchError
from s3bench_tui.fleet.grpc.address import Address
from s3bench_tui.fleet.grpc.security import Protection

MESSAGE_BYTES = 4 << 20
"""The largest message that either end takes."""
_CALLS = 16
"""Calls at the same time; more are refused by gRPC with RESOURCE_EXHAUSTED."""
_LET_GO_S = 5.0

_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_metadata_size", 16 << 10),
    ("grpc.max_concurrent_streams", _CALLS),
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 10_000),
)


class Server:
    """Listens from when it is made. A context manager: leaving it ends calls, at once those that do not end soon."""

    def __init__(
        self,
        address: Address,
        protection: Protection,
        services: Sequence[grpc.GenericRpcHandler],
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        """ConfigError where the address must not be listened on like this, S3BenchError where it cannot be. `tell` is
        given a line for each call that is refused at the door."""
        protection.check_listening(address.host)
        _refuse_taken(address)
        guards: list[grpc.ServerInterceptor] = [_TokenGuard(protection.token, tell)] if protection.token else []
        self._threads = ThreadPoolExecutor(_CALLS, thread_name_prefix="agent")
        self._server = grpc.server(
            self._threads,
            handlers=list(services),
            interceptors=guards,
            options=_OPTIONS,
            maximum_concurrent_rpcs=_CALLS,
        )
        try:
            port = self._bound(str(address), protection)
        except RuntimeError:
            raise S3BenchError(f"cannot listen on {address}; is it taken by now?") from None
        self.address = Address(address.host, port)
        """With the port that was taken where 0 was asked for."""
        self._server.start()

    def _bound(self, address: str, protection: Protection) -> int:
        certificate = protection.certificate
        if certificate is None:
            return self._server.add_insecure_port(address)
        credentials = grpc.ssl_server_credentials(
            [(certificate.key, certificate.chain)],
            root_certificates=protection.client_ca or None,
            require_client_auth=bool(protection.client_ca),
        )
        return self._server.add_secure_port(address, credentials)

    def close(self, grace_s: float = _LET_GO_S) -> None:
        """Take no more calls; those that are on have so long to end."""
        self._server.stop(grace_s).wait(grace_s + 1.0)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _TokenGuard(grpc.ServerInterceptor):
    """Lets calls through that carry the token; the others end before anything of them is read."""

    def __init__(self, token: str, tell: Callable[[str], None]) -> None:
        self._wanted = f"Bearer {token}".encode()
        self._tell = tell

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Any], handler_call_details: grpc.HandlerCallDetails
    ) -> Any:
        shown = dict(handler_call_details.invocation_metadata or ()).get("authorization", "")
        given = shown if isinstance(shown, bytes) else shown.encode("utf-8", "surrogateescape")
        if hmac.compare_digest(given, self._wanted):
            return continuation(handler_call_details)
        return self._refusal("wrong token" if given else "no token")

    def _refusal(self, what: str) -> Any:
        def refuse(requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[bytes]:
            self._tell(f"{caller(context)} refused: {what}")
            context.abort(
                grpc.StatusCode.UNAUTHENTICATED, f"{what}: this agent wants the token that it was started with"
            )
            yield b""

        return grpc.stream_stream_rpc_method_handler(refuse)


def caller(context: grpc.ServicerContext) -> str:
    """Who calls: `ipv4:127.0.0.1:5000` as `127.0.0.1:5000`."""
    peer = str(context.peer())
    kind, _, address = peer.partition(":")
    return address.replace("%5B", "[").replace("%5D", "]") if kind in ("ipv4", "ipv6") else peer


def _refuse_taken(address: Address) -> None:
    """Say why an address cannot be listened on: gRPC itself only says that it cannot."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise ConfigError([Problem(f"cannot listen on {address}: {said}", "Give another with --listen")]) from None
