"""Google's requests where lines ask for more: conditions on an object's generation, content type, checksum. Knows no sockets."""

from __future__ import annotations

from s3bench_tui.stores.base import GET, PUT, DriverConfig, Operation
from s3bench_tui.stores.http.conditions import MATCH, Conditions, with_line
from s3bench_tui.stores.http.digest import BodyDigest, Field, by_line
from s3bench_tui.stores.http.gcs import GcsDialect, GcsHost
from s3bench_tui.stores.http.response import Response

GENERIC_TYPE = "application/octet-stream"
_GENERIC = f"\r\nContent-Type: {GENERIC_TYPE}\r\n".encode()


def _checksum_field(algorithm: str) -> Field:
    """Where in a head the checksum of a body stands, crc32c or md5."""
    return Field("x-goog-hash", prefix=f"{algorithm}=")


class GcsOptions(GcsDialect):
    """The dialect of Google with options; opened in place of the plain one only where there are any."""

    def __init__(self, config: DriverConfig) -> None:
        super().__init__(config)
        self._lines = config.lines
        self._conditions = Conditions(config.lines)
        self._digests = by_line(config.lines, _checksum_field, signed=False)
        self.new_digest = self._begin_digest if any(self._digests) else None

    def _begin_digest(self, op: Operation) -> BodyDigest | None:
        begin = self._digests[op.entry]
        return begin() if begin is not None else None

    def request(self, op: Operation, host: GcsHost, digest: BodyDigest | None = None) -> bytes:
        """The head of an operation's first request; complete, unless it is a PUT's."""
        request = super().request(op, host, digest)
        if op.kind not in (GET, PUT):
            return request
        line = self._lines[op.entry]
        asked, generation = self._conditions.of(op)
        if asked:
            request = _and(request, f"{'ifGenerationMatch' if asked == MATCH else 'ifGenerationNotMatch'}={generation}")
        if op.kind == PUT and line.if_none_match == "*":
            request = _and(request, "ifGenerationMatch=0")
        if op.kind == PUT and line.content_type:
            request = request.replace(_GENERIC, f"\r\nContent-Type: {line.content_type}\r\n".encode(), 1)
        if digest is not None:
            for name, value in digest.fields:
                request = with_line(request, f"{name}: {value}")
        return request

    def answer(self, op: Operation, host: GcsHost, response: Response) -> bytes | None:
        """Read a complete response into `op`; returns the next request where the operation needs one more."""
        more = super().answer(op, host, response)
        if op.kind == GET and not response.outcome:
            self._conditions.learn(op, response.status, response.header(b"x-goog-generation"))
        return more


def _and(request: bytes, parameter: str) -> bytes:
    """The request with one more parameter behind those of its query."""
    return request.replace(b" HTTP/1.1\r\n", f"&{parameter} HTTP/1.1\r\n".encode(), 1)
