"""Google's requests where lines or the target ask for more: conditions on an object's generation, type, checksum, encryption. Knows no sockets."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from s3bench_tui.stores.base import COPY, GET, PUT, DriverConfig, Operation
from s3bench_tui.stores.customer_key import key_fields
from s3bench_tui.stores.http.conditions import MATCH, Conditions, with_line
from s3bench_tui.stores.http.digest import BodyDigest, Field, by_line
from s3bench_tui.stores.http.gcs import GcsDialect, GcsHost
from s3bench_tui.stores.http.response import Response

GENERIC_TYPE = "application/octet-stream"
_GENERIC = f"\r\nContent-Type: {GENERIC_TYPE}\r\n".encode()


def _checksum_field(algorithm: str) -> Field:
    """Where in a head the checksum of a body stands, crc32c or md5."""
    return Field("x-goog-hash", prefix=f"{algorithm}=")


def _key_lines(config: DriverConfig) -> Mapping[int, str]:
    """By kind of operation, how it shows the customer's key: the lines of a head, without the last one's end."""
    key = config.credentials.get("customer_key", "")
    own = [f"{name}: {value}" for name, value in key_fields("x-goog-encryption-", key)]
    source = [f"{name}: {value}" for name, value in key_fields("x-goog-copy-source-encryption-", key)]
    lines = "\r\n".join(own)
    return {GET: lines, PUT: lines, COPY: "\r\n".join(own + source)} if key else {}


def _kms_parameters(config: DriverConfig) -> Mapping[int, str]:
    """By kind of operation, how it names the key of Google's key management."""
    name = quote((config.options.get("encryption") or {}).get("kms_key_id") or "", safe="")
    return {PUT: f"kmsKeyName={name}", COPY: f"destinationKmsKeyName={name}"} if name else {}


class GcsOptions(GcsDialect):
    """The dialect of Google with options; opened in place of the plain one only where there are any."""

    def __init__(self, config: DriverConfig) -> None:
        super().__init__(config)
        self._lines = config.lines
        self._key_lines, self._kms_parameters = _key_lines(config), _kms_parameters(config)
        self._conditions = Conditions(config.lines)
        self._digests = by_line(config.lines, _checksum_field, signed=False)
        self.new_digest = self._begin_digest if any(self._digests) else None

    def _begin_digest(self, op: Operation) -> BodyDigest | None:
        begin = self._digests[op.entry]
        return begin() if begin is not None else None

    def request(self, op: Operation, host: GcsHost, digest: BodyDigest | None = None) -> bytes:
        """The head of an operation's first request; complete, unless it is a PUT's."""
        request = self._sealed(super().request(op, host, digest), op.kind)
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

    def _sealed(self, request: bytes, kind: int) -> bytes:
        """The head of a request with what it says about encryption."""
        parameter = self._kms_parameters.get(kind)
        return self._with_key(_and(request, parameter) if parameter else request, kind)

    def _with_key(self, request: bytes, kind: int) -> bytes:
        lines = self._key_lines.get(kind)
        return with_line(request, lines) if lines else request

    def answer(self, op: Operation, host: GcsHost, response: Response) -> bytes | None:
        """Read a complete response into `op`; returns the next request where the operation needs one more."""
        more = super().answer(op, host, response)
        if more is not None:
            return self._sealed(more, op.kind)
        if op.kind == GET and not response.outcome:
            self._conditions.learn(op, response.status, response.header(b"x-goog-generation"))
        return None


def _and(request: bytes, parameter: str) -> bytes:
    """The request with one more parameter behind those of its query."""
    return request.replace(b" HTTP/1.1\r\n", f"&{parameter} HTTP/1.1\r\n".encode(), 1)
