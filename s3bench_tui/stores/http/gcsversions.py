"""Google's requests where a bucket keeps versions: single ones are read and deleted, and what each change made is learnt.

A version is a generation, and stands in `Operation.version_id`. Knows no sockets.
"""

from __future__ import annotations

from s3bench_tui.stores.base import COPY, DELETE, GET, PUT, DriverConfig, Operation
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.gcs import GcsHost, quote_name
from s3bench_tui.stores.http.gcsjson import parse_generation
from s3bench_tui.stores.http.gcsoptions import GcsOptions
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.outcome import OK, PROTOCOL

_ASKED = {
    PUT: (b"&fields=size&", b"&fields=size,generation&"),
    COPY: (b"?fields=kind,done,rewriteToken", b"?fields=kind,done,rewriteToken,resource(generation)"),
}
"""What the answer to a change is to tell, and to tell besides."""


class GcsVersions(GcsOptions):
    """The dialect of Google with options, over a bucket that keeps versions."""

    kept_from = PUT

    def __init__(self, config: DriverConfig) -> None:
        super().__init__(config)
        self._single = [line.versions for line in config.lines]

    def request(self, op: Operation, host: GcsHost, digest: BodyDigest | None = None) -> bytes:
        """The head of an operation's first request; complete, unless it is a PUT's."""
        if not self._single[op.entry]:
            return self._telling(super().request(op, host, digest), op)
        version = f"{host.objects}/{quote_name(op.key)}?generation={op.version_id}"
        if op.kind == GET:
            return self._with_key(f"GET {version}&alt=media{host.lines}\r\n".encode(), GET)
        return f"DELETE {version}{host.lines}\r\n".encode()

    def answer(self, op: Operation, host: GcsHost, response: Response) -> bytes | None:
        """Read a complete response into `op`; returns the next request where the operation needs one more."""
        more = super().answer(op, host, response)
        if more is not None:
            return self._telling(more, op)
        if op.kind == DELETE:
            op.version_id = ""  # a delete makes none, and leaves no marker
        elif op.kind in (PUT, COPY) and op.outcome == OK:
            try:
                op.version_id = parse_generation(response.body)
            except ValueError as error:
                op.outcome, op.detail, op.transferred = PROTOCOL, str(error), 0
        return None

    @staticmethod
    def _telling(request: bytes, op: Operation) -> bytes:
        asked = _ASKED.get(op.kind)
        return request.replace(*asked, 1) if asked else request
