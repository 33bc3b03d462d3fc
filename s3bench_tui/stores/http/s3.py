"""S3's requests and answers for the HTTP driver: what stands in a head, and what a response means.

Knows no sockets. Only the fast half of S3; the rest is the control plane's, in stores.s3.store.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from s3bench_tui.stores.base import COPY, DELETE, GET, GET_TAGS, LIST, PUT, STAT, TAG, DriverConfig, Operation
from s3bench_tui.stores.http.body import judge
from s3bench_tui.stores.http.digest import BodyDigest, NewDigest
from s3bench_tui.stores.http.quoting import canonical_query, quote_key
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.http.s3xml import (
    delete_body,
    is_error,
    parse_copied,
    parse_delete_result,
    parse_error,
    parse_list_page,
)
from s3bench_tui.stores.http.sigv4 import EMPTY_SHA256, UNSIGNED_PAYLOAD, Signer, SigningHost
from s3bench_tui.stores.http.tags import TagDocument
from s3bench_tui.stores.outcome import OK, PARTIAL, PROTOCOL
from s3bench_tui.stores.pages import Pages

COPY_LIMIT = 5 << 30
"""The largest object that one request can copy."""

FAILED_LATE = 500
"""What a failure is counted as that is told in the body of a 200, because the answer had begun before it was known."""

TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
"""In place of the hash of a body that comes in chunks, with its checksum behind them."""

_DETAIL_LIMIT = 500
_TAGS = TagDocument("Tagging", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"')


class S3Host:
    """One end point as S3 sees it: how requests to it are signed, and what stands before a key."""

    __slots__ = ("base", "bucket_path", "sign")

    def __init__(self, signing: SigningHost, base_path: str) -> None:
        self.sign = signing.sign
        self.base = f"{base_path}/"
        self.bucket_path = base_path or "/"


def put_head(host: S3Host, path: str, query: str, digest: BodyDigest | None, length: int) -> bytes:
    """The head of a PUT of a body of this length, and perhaps of this digest."""
    if digest is None:
        head = host.sign("PUT", path, query)
    elif digest.trails:
        head = host.sign("PUT", path, query, TRAILER, (("x-amz-decoded-content-length", str(length)),))
        length = digest.sent_bytes(length)
    else:
        head = host.sign("PUT", path, query, digest.sha256 or UNSIGNED_PAYLOAD, digest.fields)
    return f"{head}Content-Length: {length}\r\n\r\n".encode()


class S3Dialect:
    """Builds requests and reads responses; keeps what a LIST of many pages needs between them."""

    kept_from = LIST

    def __init__(self, config: DriverConfig) -> None:
        options = config.options
        keys = config.credentials if options["signing"] != "none" else {}
        self._signer = Signer(
            keys.get("access_key", ""), keys.get("secret_key", ""), keys.get("token") or None, options["region"]
        )
        self._bucket = config.root
        self._pages = Pages(config.lines)
        self._tag_bodies = [_TAGS.write(line.tags) for line in config.lines]
        self._signs_payload = options["signing"] == "signed"
        self._empty_hash = EMPTY_SHA256 if self._signs_payload else UNSIGNED_PAYLOAD
        self.new_digest: NewDigest = (lambda _: BodyDigest(signed=True)) if self._signs_payload else None

    def host(self, endpoint: Mapping[str, Any]) -> S3Host:
        """What an address of this end point needs for its requests."""
        return S3Host(self._signer.for_host(endpoint["host_header"]), endpoint["base_path"])

    def renew(self, credentials: Mapping[str, str]) -> None:
        """Sign with these from now on."""
        self._signer.use(credentials["access_key"], credentials["secret_key"], credentials.get("token") or None)

    def request(self, op: Operation, host: S3Host, digest: BodyDigest | None = None) -> bytes:
        """The head of an operation's first request, complete, with its body unless that is a PUT's."""
        kind = op.kind
        if kind == GET:
            head = host.sign("GET", host.base + quote_key(op.key), "", self._empty_hash)
            if op.offset >= 0:
                return f"{head}Range: bytes={op.offset}-{op.offset + op.length - 1}\r\n\r\n".encode()
            return f"{head}\r\n".encode()
        if kind == PUT:
            return put_head(host, host.base + quote_key(op.key), "", digest, op.length)
        if kind == STAT:
            return f"{host.sign('HEAD', host.base + quote_key(op.key), '', self._empty_hash)}\r\n".encode()
        if kind == LIST:
            return self._list(op, host, self._pages.first(op))
        if kind == COPY:
            return self._copy(op, host)
        if kind == TAG:
            return self._with_body("PUT", host.base + quote_key(op.key), "tagging=", host, self._tag_bodies[op.entry])
        if kind == GET_TAGS:
            return f"{host.sign('GET', host.base + quote_key(op.key), 'tagging=', self._empty_hash)}\r\n".encode()
        if op.keys:
            return self._with_body("POST", host.bucket_path, "delete=", host, delete_body(op.keys))
        return f"{host.sign('DELETE', host.base + quote_key(op.key), '', self._empty_hash)}\r\n".encode()

    def answer(self, op: Operation, host: S3Host, response: Response) -> bytes | None:
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
            self._deleted(op, response)
        elif kind == STAT:
            op.length = response.length
        elif kind == COPY:
            self._copied(op, response)
        elif kind == GET_TAGS:
            self._tags_came(op, response)
        return None

    def _list(self, op: Operation, host: S3Host, token: str | None) -> bytes:
        options = self._pages.options(op)
        pairs = [("list-type", "2"), ("prefix", op.key)]
        if options.max_keys:
            pairs.append(("max-keys", str(options.max_keys)))
        if options.delimiter:
            pairs.append(("delimiter", options.delimiter))
        if token is not None:
            pairs.append(("continuation-token", token))
        return f"{host.sign('GET', host.bucket_path, canonical_query(pairs), self._empty_hash)}\r\n".encode()

    def _page(self, op: Operation, host: S3Host, response: Response) -> bytes | None:
        try:
            count, token = parse_list_page(bytes(response.body))
        except ValueError as error:
            op.outcome = PROTOCOL
            op.detail = f"the listing cannot be read: {error}"
            return None
        op.items += count
        op.pages += 1
        token = self._pages.following(op, token)
        return None if token is None else self._list(op, host, token)

    def _copy(self, op: Operation, host: S3Host) -> bytes:
        if op.length > COPY_LIMIT:
            raise ValueError(
                f"one request can copy {COPY_LIMIT >> 30} GiB at most, and this object has {op.length} bytes"
            )
        source = ("x-amz-copy-source", f"/{self._bucket}/{quote_key(op.source)}")
        head = host.sign("PUT", host.base + quote_key(op.key), "", self._empty_hash, [source])
        return f"{head}Content-Length: 0\r\n\r\n".encode()

    def _copied(self, op: Operation, response: Response) -> None:
        """A copy takes longer than a status may be held back: success and failure both stand in the body of a 200."""
        body = bytes(response.body)
        if is_error(body):
            op.outcome = FAILED_LATE
            op.detail = self._server_words(response)
            return
        try:
            parse_copied(body)
        except ValueError as error:
            op.outcome = PROTOCOL
            op.detail = f"the answer to the copy cannot be read: {error}"

    @staticmethod
    def _tags_came(op: Operation, response: Response) -> None:
        try:
            _TAGS.check(bytes(response.body))
        except ValueError as error:
            op.outcome = PROTOCOL
            op.detail = f"the tags cannot be read: {error}"

    @staticmethod
    def _with_body(method: str, path: str, query: str, host: S3Host, body: bytes) -> bytes:
        """A request whose body is a document, of which every server wants the MD5."""
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        head = host.sign(method, path, query, hashlib.sha256(body).hexdigest())
        return f"{head}Content-MD5: {digest}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def _deleted(self, op: Operation, response: Response) -> None:
        try:
            _, errors = parse_delete_result(bytes(response.body))
        except ValueError as error:
            op.outcome = PROTOCOL
            op.detail = f"the answer to the delete cannot be read: {error}"
            return
        op.items = len(op.keys) - len(errors)
        if errors:
            key, code, message = errors[0]
            op.outcome = PARTIAL
            op.detail = f"{len(errors)} of {len(op.keys)} keys were not deleted; {key}: {code} {message}"[
                :_DETAIL_LIMIT
            ]
        else:
            op.outcome = OK

    @staticmethod
    def _server_words(response: Response) -> str:
        code, message, request_id = parse_error(bytes(response.body))
        request_id = request_id or (response.header(b"x-amz-request-id") or b"").decode("latin-1")
        words = " ".join(part for part in (str(response.status), code, message) if part)
        return f"{words} (request id {request_id})"[:_DETAIL_LIMIT] if request_id else words[:_DETAIL_LIMIT]
