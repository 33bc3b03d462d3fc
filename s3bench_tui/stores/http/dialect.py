"""What the HTTP driver asks of a kind of object store. Knows no sockets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.http.digest import BodyDigest, NewDigest
from s3bench_tui.stores.http.response import Response


class Dialect(Protocol):
    """What a kind of object store says over HTTP."""

    new_digest: NewDigest
    kept_from: int
    """The first kind of operation the body of whose answer tells something. Where that is STAT or less, a STAT is a GET and
    not a HEAD."""

    def host(self, endpoint: Mapping[str, Any]) -> Any:
        """Its own view of an end point, handed back with each request to it."""

    def renew(self, credentials: Mapping[str, str]) -> None: ...

    def request(self, op: Operation, host: Any, digest: BodyDigest | None = None) -> bytes:
        """The first request of an operation; a PUT's body is sent by the driver. ValueError: it cannot be made."""

    def answer(self, op: Operation, host: Any, response: Response) -> bytes | None:
        """Set the operation's outcome from a complete response, or return its next request."""
