"""Azure's requests where lines ask for more: conditions, metadata, tags, access tier, content type, checksum, and encryption.
Knows no sockets.

Nothing of a request is signed, so that what a line asks for is put into its head as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from s3bench_tui.stores.base import COPY, GET, PUT, STAT, DriverConfig, Operation
from s3bench_tui.stores.customer_key import key_fields
from s3bench_tui.stores.http.azure import AzureDialect, AzureHost
from s3bench_tui.stores.http.conditions import MATCH, Conditions, with_line
from s3bench_tui.stores.http.digest import BodyDigest, Field, by_line
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.options import LineOptions


def put_lines(line: LineOptions) -> str:
    """What a PUT of this line carries in its head, without the last line's end; empty where it is nothing."""
    found = [f"x-ms-meta-{name}: {value}" for name, value in line.metadata]
    for name, value in (
        ("If-None-Match", line.if_none_match if line.if_none_match == "*" else ""),
        ("x-ms-tags", urlencode(line.tags, quote_via=quote)),
        ("x-ms-access-tier", line.storage_class),
        ("x-ms-blob-content-type", line.content_type),
        ("x-ms-blob-cache-control", line.cache_control),
    ):
        if value:
            found.append(f"{name}: {value}")
    return "\r\n".join(found)


_CHECKSUMS = {"md5": Field("Content-MD5"), "crc64nvme": Field("x-ms-content-crc64", backwards=True)}
"""What the service compares bodies with, and where it looks for that."""


def _sealing(config: DriverConfig) -> Mapping[int, str]:
    """By kind of operation, what it says about encryption: the lines of a head, without the last one's end."""
    said = config.options.get("encryption") or {}
    if said.get("type") == "scope":
        scope = f"x-ms-encryption-scope: {said['scope']}"
        return {PUT: scope, COPY: scope}
    fields = key_fields("x-ms-encryption-", config.credentials.get("customer_key", ""))
    lines = "\r\n".join(f"{name}: {value}" for name, value in fields)
    return {GET: lines, PUT: lines, STAT: lines} if lines else {}


class AzureOptions(AzureDialect):
    """The dialect of Azure with options; opened in place of the plain one only where there are any."""

    def __init__(self, config: DriverConfig) -> None:
        super().__init__(config)
        self._put_lines = [put_lines(line) for line in config.lines]
        self._sealing = _sealing(config)
        self._conditions = Conditions(config.lines)
        self._digests = by_line(config.lines, _CHECKSUMS.__getitem__, signed=False)
        self.new_digest = self._begin_digest if any(self._digests) else None

    def _begin_digest(self, op: Operation) -> BodyDigest | None:
        begin = self._digests[op.entry]
        return begin() if begin is not None else None

    def request(self, op: Operation, host: AzureHost, digest: BodyDigest | None = None) -> bytes:
        """The head of an operation's first request, complete, with its body unless that is a PUT's."""
        request = self._sealed(super().request(op, host, digest), op.kind)
        return self._with_checksum(self._with_options(request, op), digest) if op.kind in (GET, PUT) else request

    def _sealed(self, request: bytes, kind: int) -> bytes:
        """The head of a request with what it says about encryption."""
        lines = self._sealing.get(kind)
        return with_line(request, lines) if lines else request

    def _with_options(self, request: bytes, op: Operation) -> bytes:
        """The head of a GET, or of what makes the blob of a PUT, with what its line asks for."""
        if op.kind == PUT and self._put_lines[op.entry]:
            request = with_line(request, self._put_lines[op.entry])
        asked, tag = self._conditions.of(op)
        return with_line(request, f"{'If-Match' if asked == MATCH else 'If-None-Match'}: {tag}") if asked else request

    @staticmethod
    def _with_checksum(request: bytes, digest: BodyDigest | None) -> bytes:
        for name, value in digest.fields if digest is not None else ():
            request = with_line(request, f"{name}: {value}")
        return request

    def answer(self, op: Operation, host: AzureHost, response: Response) -> bytes | None:
        """Read a complete response into `op`; returns the next request where the operation needs one more."""
        more = super().answer(op, host, response)
        if not response.outcome:
            self._learn(op, response)
        return more

    def _learn(self, op: Operation, response: Response) -> None:
        if op.kind in (GET, PUT):
            self._conditions.learn(op, response.status, response.header(b"etag"))
