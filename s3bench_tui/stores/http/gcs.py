"""Google Cloud Storage's requests and answers for the HTTP driver: the JSON API, with OAuth tokens that others fetch.

Knows no sockets. Only the fast half of the API; the rest is the control plane's, in stores.gcs.store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from s3bench_tui.stores.base import COPY, DELETE, GET, LIST, PUT, STAT, DriverConfig, Operation
from s3bench_tui.stores.http.digest import BodyDigest, NewDigest
from s3bench_tui.stores.http.gcsjson import PAGE, parse_error, parse_list_page, parse_rewrite, parse_size
from s3bench_tui.stores.http.quoting import quote_key
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.outcome import INTEGRITY, PROTOCOL
from s3bench_tui.stores.pages import Pages

_DETAIL_LIMIT = 500
_NO_NAMES = frozenset(("", ".", ".."))
"""They would make another path of that of an object: the bucket's own."""


def quote_name(key: str) -> str:
    """The key as one segment of a path; ValueError where it cannot be an object's name."""
    if key in _NO_NAMES:
        raise ValueError(f"{key!r} cannot be the name of an object here")
    return quote_key(key).replace("/", "%2F")


class GcsHost:
    """One end point as this API sees it: what stands before a key, and the lines that end the head of every request."""

    __slots__ = ("_host_header", "lines", "objects", "sessions", "uploads")

    def __init__(self, endpoint: Mapping[str, Any], bucket: str, token: str) -> None:
        path = f"storage/v1/b/{quote(bucket, safe='')}/o"
        self.objects = f"{endpoint['base_path']}/{path}"
        uploads = f"{endpoint['base_path']}/upload/{path}?uploadType="
        self.uploads, self.sessions = f"{uploads}media&fields=size&name=", f"{uploads}resumable&fields=size&name="
        self._host_header = endpoint["host_header"]
        self.use(token)

    def use(self, token: str) -> None:
        """Show this token from now on; none where it is empty."""
        shown = f"Authorization: Bearer {token}\r\n" if token else ""
        self.lines = f" HTTP/1.1\r\nHost: {self._host_header}\r\n{shown}"


class GcsDialect:
    """Builds requests and reads responses of one bucket."""

    new_digest: NewDigest = None
    kept_from = STAT

    def __init__(self, config: DriverConfig) -> None:
        self._bucket = config.root
        self._token = config.credentials.get("token", "")
        self._pages = Pages(config.lines)
        self._hosts: list[GcsHost] = []

    def host(self, endpoint: Mapping[str, Any]) -> GcsHost:
        """What an address of this end point needs for its requests."""
        self._hosts.append(GcsHost(endpoint, self._bucket, self._token))
        return self._hosts[-1]

    def renew(self, credentials: Mapping[str, str]) -> None:
        """Show this `token` from now on."""
        self._token = credentials["token"]
        for host in self._hosts:
            host.use(self._token)

    def request(self, op: Operation, host: GcsHost, digest: BodyDigest | None = None) -> bytes:
        """The head of an operation's first request; complete, unless it is a PUT's."""
        kind = op.kind
        if kind == LIST:
            return self._list(op, host, self._pages.first(op))
        if op.keys:
            raise ValueError("Google's storage API does not delete several keys in one request; leave `batch` away")
        key = quote_name(op.key)
        if kind == GET:
            if op.offset >= 0:
                span = f"Range: bytes={op.offset}-{op.offset + op.length - 1}\r\n"
                return f"GET {host.objects}/{key}?alt=media{host.lines}{span}\r\n".encode()
            return f"GET {host.objects}/{key}?alt=media{host.lines}\r\n".encode()
        if kind == PUT:
            body = f"Content-Type: application/octet-stream\r\nContent-Length: {op.length}\r\n"
            return f"POST {host.uploads}{key}{host.lines}{body}\r\n".encode()
        if kind == STAT:
            return f"GET {host.objects}/{key}?fields=size{host.lines}\r\n".encode()
        if kind == COPY:
            return self._copy(op, host, None)
        return f"DELETE {host.objects}/{key}{host.lines}\r\n".encode()

    def answer(self, op: Operation, host: GcsHost, response: Response) -> bytes | None:
        """Read a complete response into `op`; returns the next request where the operation needs one more."""
        status = response.status
        if response.outcome:
            op.outcome = response.outcome
            op.detail = response.broken
        elif status >= 300:
            op.outcome = status
            op.detail = server_words(response)
            if op.kind == LIST:
                self._pages.forget(op)
        elif op.kind == GET:
            self._check(op, response)
        elif op.kind == PUT:
            op.transferred = op.length
        elif op.kind != DELETE:
            return self._read(op, host, response)
        return None

    @staticmethod
    def _check(op: Operation, response: Response) -> None:
        """A GET is right where it gave as much as was asked for, and a range where one was."""
        ranged, got = op.offset >= 0, response.body_bytes
        if (response.status == 206) != ranged:
            asked, came = ("a range", "the whole object") if ranged else ("the whole object", "a part")
            op.outcome = PROTOCOL
            op.detail = f"{asked} was asked for, and {came} came (status {response.status})"
        elif got != op.length >= 0:
            op.outcome = INTEGRITY
            op.detail = f"{got} bytes came where {op.length} were expected"
        else:
            op.transferred = got

    def _read(self, op: Operation, host: GcsHost, response: Response) -> bytes | None:
        """The JSON of a STAT, of a COPY, or of a page of a LIST."""
        try:
            if op.kind == COPY:
                rest = parse_rewrite(response.body)
                return None if rest is None else self._copy(op, host, rest)
            if op.kind == STAT:
                op.length = parse_size(response.body)
                return None
            items, prefixes, token = parse_list_page(response.body)
        except ValueError as error:
            op.outcome = PROTOCOL
            op.detail = f"the answer cannot be read: {error}"
            return None
        op.items += len(items) + prefixes
        op.pages += 1
        token = self._pages.following(op, token)
        return None if token is None else self._list(op, host, token)

    def _copy(self, op: Operation, host: GcsHost, token: str | None) -> bytes:
        """A large object is copied in several requests, each of which says how the next one goes on."""
        path = (
            f"{host.objects}/{quote_name(op.source)}/rewriteTo/b/{quote(self._bucket, safe='')}/o/{quote_name(op.key)}"
        )
        following = f"&rewriteToken={quote(token, safe='')}" if token is not None else ""
        return f"POST {path}?fields=kind,done,rewriteToken{following}{host.lines}Content-Length: 0\r\n\r\n".encode()

    def _list(self, op: Operation, host: GcsHost, token: str | None) -> bytes:
        options = self._pages.options(op)
        page = {**PAGE, "maxResults": str(options.max_keys)} if options.max_keys else PAGE
        if options.delimiter:
            page = {**page, "delimiter": options.delimiter}
        following = f"&pageToken={quote(token, safe='')}" if token is not None else ""
        query = f"?prefix={quote(op.key, safe='')}&{urlencode(page)}{following}"
        return f"GET {host.objects}{query}{host.lines}\r\n".encode()


def server_words(response: Response) -> str:
    """What the server said of a failure, with its request id."""
    reason, message = parse_error(response.body)
    words = " ".join(part for part in (str(response.status), reason, message if message != reason else "") if part)
    request_id = (response.header(b"x-guploader-uploadid") or b"").decode("latin-1")
    return (f"{words[: _DETAIL_LIMIT - 200]} (request id {request_id})" if request_id else words)[:_DETAIL_LIMIT]
