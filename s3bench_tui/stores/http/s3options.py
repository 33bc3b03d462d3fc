"""S3's requests where lines or the target ask for more: conditions, metadata, tags, storage class, encryption.

What does not change from one request to the next is worked into the signed head once a second, as the rest of it is,
by a host of its own for each line and kind. Knows no sockets, and no request that the plain dialect does not know.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from s3bench_tui.stores.base import COPY, GET, KINDS, PUT, STAT, DriverConfig, Operation
from s3bench_tui.stores.http.conditions import MATCH, Conditions, with_line
from s3bench_tui.stores.http.digest import BodyDigest, Field, by_line
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.http.s3 import S3Dialect, S3Host
from s3bench_tui.stores.options import LineOptions

Fields = tuple[tuple[str, str], ...]

BODY_CHECKSUM = "x-amz-sdk-checksum-algorithm"
_SSE = "x-amz-server-side-encryption"
_SOURCE = "x-amz-copy-source-server-side-encryption"


def put_fields(line: LineOptions) -> Fields:
    """What a PUT of this line carries in its head."""
    found = [(f"x-amz-meta-{name}", value) for name, value in line.metadata]
    for name, value in (
        ("if-none-match", line.if_none_match if line.if_none_match == "*" else ""),
        ("x-amz-tagging", urlencode(line.tags, quote_via=quote)),
        ("x-amz-storage-class", line.storage_class),
        ("content-type", line.content_type),
        ("cache-control", line.cache_control),
    ):
        if value:
            found.append((name, value))
    return (*found, *body_fields(line))


def body_fields(line: LineOptions) -> Fields:
    """What stands in the head of a request with a body of this line: which checksum there is, and where."""
    named = checksum_named(BODY_CHECKSUM, line.checksum)
    if not line.checksum_trails:
        return named
    return (*named, ("content-encoding", "aws-chunked"), ("x-amz-trailer", checksum_field(line.checksum).name))


def checksum_field(algorithm: str) -> Field:
    """Where in a request the checksum of a body stands."""
    return Field("content-md5" if algorithm == "md5" else f"x-amz-checksum-{algorithm}")


def checksum_named(field: str, algorithm: str) -> Fields:
    """The field that tells beforehand which checksum comes; MD5 came before there was a choice."""
    return ((field, algorithm.upper()),) if algorithm not in ("", "md5") else ()


def encryption_fields(encryption: Mapping[str, Any], customer_key: str) -> Mapping[int, Fields]:
    """By kind of operation, what it says about encryption; `customer_key` is in Base64, and empty where there is none."""
    if not encryption:
        return {}
    if encryption["type"] == "sse-c":
        digest = hashlib.md5(base64.b64decode(customer_key), usedforsecurity=False).digest()
        parts = (("algorithm", "AES256"), ("key", customer_key), ("key-MD5", base64.b64encode(digest).decode()))
        own = tuple((f"{_SSE}-customer-{name}", value) for name, value in parts)
        source = tuple((f"{_SOURCE}-customer-{name}", value) for name, value in parts)
        return {GET: own, PUT: own, STAT: own, COPY: own + source}
    fields: Fields = ((_SSE, "AES256" if encryption["type"] == "sse-s3" else "aws:kms"),)
    if encryption.get("kms_key_id"):
        fields += ((f"{_SSE}-aws-kms-key-id", encryption["kms_key_id"]),)
    return {PUT: fields, COPY: fields}


def encryption_of(config: DriverConfig) -> Mapping[int, Fields]:
    """By kind of operation, what this target's requests say about encryption."""
    return encryption_fields(config.options.get("encryption") or {}, config.credentials.get("customer_key", ""))


class OptionsHost:
    """One end point: a host for the requests of each line and kind."""

    __slots__ = ("by_line",)

    def __init__(self, by_line: Sequence[Sequence[S3Host]]) -> None:
        self.by_line = by_line


class S3Options(S3Dialect):
    """The dialect of S3 with options; opened in place of the plain one only where there are any."""

    def __init__(self, config: DriverConfig) -> None:
        super().__init__(config)
        sealed = encryption_of(config)
        self._fields = [
            [sealed.get(kind, ()) + (put_fields(line) if kind == PUT else ()) for kind in range(len(KINDS))]
            for line in config.lines
        ]
        self._conditions = Conditions(config.lines)
        self._digests = by_line(config.lines, checksum_field, self._signs_payload)
        self.new_digest = self._begin_digest if any(self._digests) else None

    def host(self, endpoint: Mapping[str, Any]) -> OptionsHost:  # type: ignore[override]  # each dialect has its own
        """What an address of this end point needs for its requests."""
        made: dict[Fields, S3Host] = {}
        for fields in (fields for line in self._fields for fields in line):
            if fields not in made:
                signing = self._signer.for_host(endpoint["host_header"], fields)
                made[fields] = S3Host(signing, endpoint["base_path"])
        return OptionsHost([[made[fields] for fields in line] for line in self._fields])

    def _begin_digest(self, op: Operation) -> BodyDigest | None:
        begin = self._digests[op.entry]
        return begin() if begin is not None else None

    def request(self, op: Operation, host: OptionsHost, digest: BodyDigest | None = None) -> bytes:  # type: ignore[override]
        """The head of an operation's first request, complete, with its body unless that is a PUT's."""
        request = super().request(op, host.by_line[op.entry][op.kind], digest)
        if op.kind not in (GET, PUT):
            return request
        asked, tag = self._conditions.of(op)
        return with_line(request, f"{'If-Match' if asked == MATCH else 'If-None-Match'}: {tag}") if asked else request

    def answer(self, op: Operation, host: OptionsHost, response: Response) -> bytes | None:  # type: ignore[override]
        """Read a complete response into `op`; returns the next request where the operation needs one more."""
        more = super().answer(op, host.by_line[op.entry][op.kind], response)
        if op.kind in (GET, PUT) and not response.outcome:
            self._conditions.learn(op, response.status, response.header(b"etag"))
        return more
