"""S3's requests where a bucket keeps versions: single ones are read and deleted, and what each change made is learnt.

What a version is called stands in `Operation.version_id`. Knows no sockets.
"""

from __future__ import annotations

from s3bench_tui.stores.base import COPY, DELETE, GET, PUT, DriverConfig, Operation
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.quoting import canonical_query, quote_key
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.http.s3options import OptionsHost, S3Options

_METHODS = {GET: "GET", DELETE: "DELETE"}


class S3Versions(S3Options):
    """The dialect of S3 with options, over a bucket that keeps versions."""

    def __init__(self, config: DriverConfig) -> None:
        super().__init__(config)
        self._single = [line.versions for line in config.lines]

    def request(self, op: Operation, host: OptionsHost, digest: BodyDigest | None = None) -> bytes:  # type: ignore[override]  # as in S3Options
        """The head of an operation's first request, complete, with its body unless that is a PUT's."""
        if not self._single[op.entry]:
            return super().request(op, host, digest)
        own = host.by_line[op.entry][op.kind]
        query = canonical_query([("versionId", op.version_id)])
        return f"{own.sign(_METHODS[op.kind], own.base + quote_key(op.key), query, self._empty_hash)}\r\n".encode()

    def answer(self, op: Operation, host: OptionsHost, response: Response) -> bytes | None:  # type: ignore[override]  # likewise
        """Read a complete response into `op`; returns the next request where the operation needs one more."""
        more = super().answer(op, host, response)
        if op.kind in (PUT, COPY, DELETE):
            op.version_id = (response.header(b"x-amz-version-id") or b"").decode("latin-1")
        return more
