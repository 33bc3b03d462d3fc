"""Google's way to write an object in parts, for the HTTP driver: a resumable upload.

A session is opened by a request of its own and has a URI, to which the parts go one after another; the last one ends
it. What is not of an upload is the dialect's with options. Knows no sockets.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from s3bench_tui.stores.base import PUT, Operation
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.gcs import GcsHost, quote_name, server_words
from s3bench_tui.stores.http.gcsoptions import GENERIC_TYPE, GcsOptions
from s3bench_tui.stores.http.multipart import ABORT, CREATE, Request, Upload
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.outcome import PROTOCOL

GONE = (404, 410, 499)
"""Statuses that say that there is no such session any more; the last is the answer to an abort."""

_MORE = 308
"""The answer to a part that is not the last."""

_kept = re.compile(rb"bytes=0-([0-9]{1,18})").fullmatch


class GcsParts(GcsOptions):
    """The dialect of Google where some objects are written in parts."""

    creates = aborts = in_order = True
    completes = False

    def begin(self, upload: Upload) -> None:
        """Nothing is needed before the server has named the session."""

    def _begin_digest(self, op: Operation) -> BodyDigest | None:
        return None if isinstance(op, Request) else super()._begin_digest(op)

    def request(self, op: Operation, host: GcsHost, digest: BodyDigest | None = None) -> bytes:
        """The head of a request, complete, with its body unless that is a PUT's."""
        if not isinstance(op, Request):
            return super().request(op, host, digest)
        if op.kind == CREATE:
            return self._sealed(self._open(op, host), PUT)
        if op.kind == ABORT:
            return f"DELETE {op.upload.id}{host.lines}Content-Length: 0\r\n\r\n".encode()
        span = f"Content-Range: bytes {op.base}-{op.base + op.length - 1}/{op.upload.op.length}\r\n"
        part = f"PUT {op.upload.id}{host.lines}{span}Content-Length: {op.length}\r\n\r\n".encode()
        return self._with_key(part, PUT)

    def _open(self, op: Request, host: GcsHost) -> bytes:
        line = self._lines[op.upload.op.entry]
        condition = "&ifGenerationMatch=0" if line.if_none_match == "*" else ""
        return (
            f"POST {host.sessions}{quote_name(op.key)}{condition}{host.lines}"
            f"X-Upload-Content-Type: {line.content_type or GENERIC_TYPE}\r\n"
            f"X-Upload-Content-Length: {op.upload.op.length}\r\nContent-Length: 0\r\n\r\n"
        ).encode()

    def answer(self, op: Operation, host: GcsHost, response: Response) -> bytes | None:
        """Read a complete response into the operation, or into the upload that the request belongs to."""
        if not isinstance(op, Request):
            return super().answer(op, host, response)
        status = response.status
        if response.outcome:
            op.outcome, op.detail = response.outcome, response.broken
        elif op.kind == ABORT and (status in GONE or 200 <= status < 300):
            pass
        elif status >= 300 and (op.kind in (CREATE, ABORT) or status != _MORE):
            op.outcome, op.detail = status, server_words(response)
        else:
            try:
                self._take(op, response)
            except ValueError as error:
                op.outcome, op.detail = PROTOCOL, str(error)
        return None

    @staticmethod
    def _take(op: Request, response: Response) -> None:
        if op.kind == CREATE:
            op.upload.id = session_of(response.header(b"location"))
            return
        if (response.status == _MORE) != (op.number < op.upload.parts):
            ended = "the end of" if response.status != _MORE else "more of"
            raise ValueError(f"the server takes the part for {ended} the object (status {response.status})")
        if response.status == _MORE:
            found = _kept(response.header(b"range") or b"")
            kept = int(found[1]) + 1 if found else 0
            if kept != op.base + op.length:
                raise ValueError(f"the server kept {kept} of {op.base + op.length} bytes so far")
        op.transferred = op.length


def session_of(location: bytes | None) -> str:
    """Path and query of a session, as they stand in requests to it; ValueError where this is no URI of one."""
    text = (location or b"").decode("latin-1")
    parts = urlsplit(text) if re.fullmatch(r"[!-~]+", text) else urlsplit("")
    if not parts.path.startswith("/") or "upload_id=" not in parts.query:
        raise ValueError("the answer does not name the upload")
    return f"{parts.path}?{parts.query}"
