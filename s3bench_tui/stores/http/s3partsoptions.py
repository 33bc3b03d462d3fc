"""S3's multipart uploads where lines or the target ask for more: each field stands in the request of an upload that takes it.

What the object is told (metadata, tags, class, encryption) goes with the request that opens the upload, a customer's own
key with each of them, a checksum with each part and all of them again with the one that completes it, and the condition that there is no such object with the one that completes it. Knows no sockets.
"""

from __future__ import annotations

from dataclasses import replace

from s3bench_tui.stores.base import GET, KINDS, PUT, DriverConfig, Operation
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.multipart import ABORT, COMPLETE, CREATE, Request
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

_PLACES = {kind: len(KINDS) + place for place, kind in enumerate((CREATE, PUT, COMPLETE, ABORT))}
"""Where among a line's hosts those of its uploads' requests stand: behind those of its operations."""


class S3PartsOptions(S3Parts, S3Options):  # type: ignore[misc]  # hosts of another kind, which `place` tells apart
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

    def _begin_digest(self, op: Operation) -> BodyDigest | None:
        begin = self._digests[op.upload.op.entry if isinstance(op, Request) else op.entry]
        return begin() if begin is not None else None
