"""Azure Blob Storage's requests and answers for the HTTP driver: what stands in a head, and what a response means.

A request is a path and a shared access signature, or a bearer token in a header: nothing is signed here. Knows no
sockets and no account keys. Only the fast half; the rest is the control plane's, in stores.azure.store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from s3bench_tui.stores.base import COPY, DELETE, GET, GET_TAGS, LIST, PUT, STAT, TAG, DriverConfig, Operation
from s3bench_tui.stores.http.body import judge
from s3bench_tui.stores.http.digest import BodyDigest, NewDigest
from s3bench_tui.stores.http.markup import check, parse_error, start_of, unescaped
from s3bench_tui.stores.http.quoting import canonical_query, quote_key
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.http.sas import VERSION, secrets_of
from s3bench_tui.stores.http.tags import TagDocument
from s3bench_tui.stores.outcome import PARTIAL, PROTOCOL
from s3bench_tui.stores.pages import Pages

PUT_LIMIT = 5000 << 20
"""The largest blob that one request can write."""

COPY_LIMIT = 256 << 20
"""The largest blob that is copied while the request lasts; larger ones the service copies by and by, which nobody can time."""

PAGE = 5000
"""Blobs of a page of a listing: as many as the service gives."""

BATCH_LIMIT = 256
"""Most deletes in one request; the service's own limit."""

_BOUNDARY = "s3bench-deletes"
_DETAIL_LIMIT = 500
_TAGS = TagDocument("Tags")

_listing = start_of(b"EnumerationResults")
_find_markers = re.compile(rb"<NextMarker(?:\s*/>|>([^<>]*)</NextMarker>)").findall
_find_statuses = re.compile(rb"^HTTP/1\.1 ([1-5][0-9][0-9])[^\r\n]*+\r\n((?:[^\r\n]++\r\n)*)", re.MULTILINE).findall
_find_code = re.compile(rb"^x-ms-error-code:\s*(\w+)", re.MULTILINE | re.IGNORECASE).search


def parse_list_page(body: bytes | bytearray) -> tuple[int, str]:
    """How many blobs and prefixes a page of List Blobs holds, and the marker of the next page, empty on the last.

    ValueError where it is not a whole, well-formed page.
    """
    check(body, _listing, "EnumerationResults")
    markers = _find_markers(body)
    if len(markers) != 1:
        raise ValueError("the listing does not say whether there is more")
    return body.count(b"<Blob>") + body.count(b"<BlobPrefix>"), unescaped(markers[0].decode())


class AzureHost:
    """One end point: what stands before a blob's name in its paths and in its URL, and its Host field."""

    __slots__ = ("base", "container", "lines", "url")

    def __init__(self, scheme: str, host_header: str, base_path: str) -> None:
        self.url = f"{scheme}://{host_header}{base_path}/"
        self.container = base_path
        self.base = f"{base_path}/"
        self.lines = f" HTTP/1.1\r\nHost: {host_header}\r\nx-ms-version: {VERSION}\r\n"


class AzureDialect:
    """Builds requests and reads responses; `credentials` hold `sas`, or `bearer`, or nothing (anonymous)."""

    new_digest: NewDigest = None
    kept_from = LIST

    def __init__(self, config: DriverConfig) -> None:
        self._pages = Pages(config.lines)
        self._tag_bodies = [_TAGS.write(line.tags) for line in config.lines]
        self.renew(config.credentials)

    def host(self, endpoint: Mapping[str, Any]) -> AzureHost:
        """What an address of this end point needs for its requests."""
        return AzureHost(endpoint["scheme"], endpoint["host_header"], endpoint["base_path"])

    def renew(self, credentials: Mapping[str, str]) -> None:
        """Show these from the next request on."""
        sas, bearer = credentials.get("sas", ""), credentials.get("bearer", "")
        secrets = secrets_of(sas) if sas else {bearer} - {""}
        self._secrets = sorted(secrets, key=len, reverse=True)  # the whole before its parts
        self._query = f"?{sas}" if sas else ""
        self._more = f"&{sas}" if sas else ""
        self._authorization = f"Authorization: Bearer {bearer}\r\n" if bearer else ""
        self._source_authorization = f"x-ms-copy-source-authorization: Bearer {bearer}\r\n" if bearer else ""

    def request(self, op: Operation, host: AzureHost, digest: BodyDigest | None = None) -> bytes:
        """The head of an operation's first request, complete, with its body unless that is a PUT's.

        ValueError where a blob would be larger than one request can make it."""
        kind = op.kind
        if kind == LIST:
            return self._list(op, host, self._pages.first(op))
        if kind == DELETE and op.keys:
            return self._delete_batch(op, host)
        if kind in (TAG, GET_TAGS):
            return self._tags(op, host)
        rest = f"{host.base}{quote_key(op.key)}{self._query}{host.lines}{self._authorization}"
        if kind == GET:
            if op.offset >= 0:
                return f"GET {rest}Range: bytes={op.offset}-{op.offset + op.length - 1}\r\n\r\n".encode()
            return f"GET {rest}\r\n".encode()
        if kind == PUT:
            if op.length > PUT_LIMIT:
                raise ValueError(
                    f"one request can write {PUT_LIMIT >> 20} MiB at most, and this object has {op.length} bytes; "
                    "write smaller ones, or in parts (multipart: 64MiB)"
                )
            return f"PUT {rest}x-ms-blob-type: BlockBlob\r\nContent-Length: {op.length}\r\n\r\n".encode()
        if kind == COPY:
            return f"PUT {rest}{self._copy_fields(op, host)}Content-Length: 0\r\n\r\n".encode()
        return f"{'HEAD' if kind == STAT else 'DELETE'} {rest}\r\n".encode()

    def answer(self, op: Operation, host: AzureHost, response: Response) -> bytes | None:
        """Read a complete response into `op`; returns the next request where the operation needs one more."""
        status = response.status
        if response.outcome:
            op.outcome = response.outcome
            op.detail = response.broken
            return None
        if status >= 300 or status < 200:
            op.outcome = status
            op.detail = self._server_words(response)
            if op.kind == LIST:
                self._pages.forget(op)
            return None
        kind = op.kind
        if kind == GET:
            judge(op, response)
        elif kind == PUT:
            op.transferred = op.length
        elif kind == LIST:
            return self._page(op, host, response)
        elif kind == DELETE and op.keys:
            return self._deleted(op, host, response)
        elif kind == STAT:
            op.length = response.length
        elif kind == GET_TAGS:
            self._tags_came(op, response)
        elif kind == COPY and (copied := response.header(b"x-ms-copy-status")) != b"success":
            op.outcome = PROTOCOL
            op.detail = (
                f"the copy was to be done when the answer came, and is {(copied or b'not told of').decode('latin-1')}"
            )
        return None

    def _copy_fields(self, op: Operation, host: AzureHost) -> str:
        """The source shows credentials of its own; the copy is done when the answer comes."""
        if op.length > COPY_LIMIT:
            raise ValueError(
                f"one request can copy {COPY_LIMIT >> 20} MiB at most, and this object has {op.length} bytes; copy smaller ones"
            )
        source = f"x-ms-copy-source: {host.url}{quote_key(op.source)}{self._query}\r\n"
        return f"{source}{self._source_authorization}x-ms-requires-sync: true\r\n"

    def _tags(self, op: Operation, host: AzureHost) -> bytes:
        rest = f"{host.base}{quote_key(op.key)}?comp=tags{self._more}{host.lines}{self._authorization}"
        if op.kind == GET_TAGS:
            return f"GET {rest}\r\n".encode()
        body = self._tag_bodies[op.entry]
        fields = f"Content-Type: application/xml; charset=UTF-8\r\nContent-Length: {len(body)}\r\n"
        return f"PUT {rest}{fields}\r\n".encode() + body

    @staticmethod
    def _tags_came(op: Operation, response: Response) -> None:
        try:
            _TAGS.check(bytes(response.body))
        except ValueError as error:
            op.outcome = PROTOCOL
            op.detail = f"the tags cannot be read: {error}"

    def _list(self, op: Operation, host: AzureHost, marker: str | None) -> bytes:
        options = self._pages.options(op)
        size = options.max_keys or PAGE
        pairs = [("restype", "container"), ("comp", "list"), ("maxresults", str(size)), ("prefix", op.key)]
        if options.delimiter:
            pairs.append(("delimiter", options.delimiter))
        if marker:
            pairs.append(("marker", marker))
        query = canonical_query(pairs)
        return f"GET {host.container}?{query}{self._more}{host.lines}{self._authorization}\r\n".encode()

    def _page(self, op: Operation, host: AzureHost, response: Response) -> bytes | None:
        try:
            count, marker = parse_list_page(bytes(response.body))
        except ValueError as error:
            op.outcome = PROTOCOL
            op.detail = f"the listing cannot be read: {error}"
            return None
        op.items += count
        op.pages += 1
        following = self._pages.following(op, marker or None)
        return None if following is None else self._list(op, host, following)

    def _delete_batch(self, op: Operation, host: AzureHost) -> bytes:
        """The next so many deletes of the operation; `op.pages` tells how many requests went before."""
        start = op.pages * BATCH_LIMIT
        parts = [
            f"--{_BOUNDARY}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: {number}\r\n\r\nDELETE {host.base}{quote_key(key)}{self._query} HTTP/1.1\r\n"
            f"{self._authorization}Content-Length: 0\r\n\r\n"
            for number, key in enumerate(op.keys[start : start + BATCH_LIMIT])
        ]
        body = f"{''.join(parts)}--{_BOUNDARY}--\r\n".encode()
        return (
            f"POST {host.container}?restype=container&comp=batch{self._more}{host.lines}{self._authorization}"
            f"Content-Type: multipart/mixed; boundary={_BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def _deleted(self, op: Operation, host: AzureHost, response: Response) -> bytes | None:
        start = op.pages * BATCH_LIMIT
        keys = op.keys[start : start + BATCH_LIMIT]
        answers = _find_statuses(bytes(response.body))
        if len(answers) != len(keys):
            op.outcome = PROTOCOL
            op.detail = f"{len(keys)} deletes were asked for in one request, and {len(answers)} were answered"
            return None
        failed = [(status, fields) for status, fields in answers if not status.startswith(b"2")]
        op.items += len(keys) - len(failed)
        op.pages += 1
        if failed and not op.outcome:
            status, fields = failed[0]
            code = _find_code(fields)
            op.outcome = PARTIAL
            op.detail = f"{len(failed)} of {len(keys)} blobs were not deleted; one of them: {status.decode()}" + (
                f" {code[1].decode()}" if code else ""
            )
        return self._delete_batch(op, host) if op.pages * BATCH_LIMIT < len(op.keys) else None

    def _server_words(self, response: Response) -> str:
        code, message, _ = parse_error(bytes(response.body))
        code = code or (response.header(b"x-ms-error-code") or b"").decode("latin-1")
        request_id = (response.header(b"x-ms-request-id") or b"").decode("latin-1")
        message = message.partition("RequestId:")[0].strip()  # it ends with what stands in the fields, too
        words = " ".join(part for part in (str(response.status), code, message) if part)
        for secret in self._secrets:
            words = words.replace(secret, "***")
        return f"{words[:_DETAIL_LIMIT]} (request id {request_id})" if request_id else words[:_DETAIL_LIMIT]
