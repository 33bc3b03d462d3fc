"""S3's multipart uploads where lines or the target ask for more: each field stands in the request of an upload that takes it.

What the object is told (metadata, tags, class, encryption) goes with the request that opens the upload, a customer's own
key with each of them, a checksum with each part and all of them again with the one that completes it, and a condition with
the one that completes it, which is what makes the object. Knows no sockets.
"""

from __future__ import annotations

from dataclasses import replace

from s3bench_tui.stores.base import GET, KINDS, PUT, DriverConfig, Operation
from s3bench_tui.stores.http.conditions import NOT_FOUND, PRECONDITION_FAILED, with_line
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.multipart import ABORT, COMPLETE, CREATE, Request
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.http.s3 import S3Host
from s3bench_tui.stores.http.s3options import (
    OptionsHost,
    S3Options,
    body_fields,
    checksum_named,
    encryption_of,
    put_fields,
)
from s3bench_tui.stores.http.s3parts import S3Parts
from s3bench_tui.stores.http.s3xml import completed_tag
from s3bench_tui.stores.outcome import OK

_PLACES = {kind: len(KINDS) + place for place, kind in enumerate((CREATE, PUT, COMPLETE, ABORT))}
"""Where among a line's hosts those of its uploads' requests stand: behind those of its operations."""


class S3PartsOptions(S3Parts, S3Options):
    """The dialect of S3 with options, where some objects are written in parts."""

    def __init__(self, config: DriverConfig) -> None:
        super().__init__(config)
        sealed = encryption_of(config)
        key = sealed.get(GET, ())
        for line, fields in zip(config.lines, self._fields, strict=True):
            told = sealed.get(PUT, ()) + put_fields(replace(line, if_none_match="", checksum="", checksum_trails=False))
            told += checksum_named("x-amz-checksum-algorithm", line.checksum)
            part = key + body_fields(line)
            condition = (("if-none-match", "*"),) if line.if_none_match == "*" else ()
            fields += [told, part, key + condition, ()]

    def place(self, op: Request, host: OptionsHost) -> S3Host:  # type: ignore[override]  # its host is another one
        """The host that signs this request of an upload with its fields."""
        return host.by_line[op.upload.op.entry][_PLACES[op.kind]]

    def request(self, op: Operation, host: OptionsHost, digest: BodyDigest | None = None) -> bytes:  # type: ignore[override]
        """The head of a request, complete, with its body unless that is a PUT's."""
        request = super().request(op, host, digest)  # type: ignore[arg-type]  # `place` finds the one that signs
        if not isinstance(op, Request) or op.kind != COMPLETE:
            return request
        asked, tag = self._conditions.of(op.upload.op)
        head, end, body = request.partition(b"\r\n\r\n")
        return with_line(head + end, f"If-Match: {tag}") + body if asked else request

    def answer(self, op: Operation, host: OptionsHost, response: Response) -> bytes | None:  # type: ignore[override]
        """Read a complete response into the operation, or into the upload that the request belongs to."""
        more = super().answer(op, host, response)  # type: ignore[arg-type]  # as above
        if isinstance(op, Request) and op.kind == COMPLETE and op.outcome in (OK, NOT_FOUND, PRECONDITION_FAILED):
            tag = completed_tag(response.body) if op.outcome == OK else b""
            self._conditions.learn(op.upload.op, response.status, tag)
        return more

    def _begin_digest(self, op: Operation) -> BodyDigest | None:
        begin = self._digests[op.upload.op.entry if isinstance(op, Request) else op.entry]
        return begin() if begin is not None else None
