"""S3's multipart uploads for the HTTP driver: CreateMultipartUpload, UploadPart, Complete- and AbortMultipartUpload.

What is not of an upload is the plain dialect's. Knows no sockets, and not which part comes when.
"""

from __future__ import annotations

import hashlib

from s3bench_tui.stores.base import PUT, Operation
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.multipart import ABORT, COMPLETE, CREATE, Request, Upload
from s3bench_tui.stores.http.quoting import canonical_query, quote_key
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.http.s3 import FAILED_LATE, S3Dialect, S3Host, put_head
from s3bench_tui.stores.http.s3xml import complete_body, is_error, parse_completed, parse_upload_id, part_sum
from s3bench_tui.stores.outcome import PROTOCOL

NO_SUCH_UPLOAD = 404


class S3Parts(S3Dialect):
    """The dialect of S3 where some objects are written in parts."""

    creates = completes = aborts = True
    in_order = False

    def begin(self, upload: Upload) -> None:
        """Nothing is needed before the server has named the upload."""

    def place(self, op: Request, host: S3Host) -> S3Host:
        """The host that signs this request of an upload."""
        return host

    def request(self, op: Operation, host: S3Host, digest: BodyDigest | None = None) -> bytes:
        """The head of a request, complete, with its body unless that is a PUT's."""
        if not isinstance(op, Request):
            return super().request(op, host, digest)
        host = self.place(op, host)
        path = host.base + quote_key(op.key)
        if op.kind == CREATE:
            return f"{host.sign('POST', path, 'uploads=', self._empty_hash)}Content-Length: 0\r\n\r\n".encode()
        upload = ("uploadId", op.upload.id)
        if op.kind == PUT:
            op.digest = digest
            query = canonical_query([("partNumber", str(op.number)), upload])
            return put_head(host, path, query, digest, op.length)
        query = canonical_query([upload])
        if op.kind == ABORT:
            return f"{host.sign('DELETE', path, query, self._empty_hash)}\r\n".encode()
        body = complete_body(op.upload.tags, op.upload.sums)
        head = host.sign("POST", path, query, hashlib.sha256(body).hexdigest())
        return f"{head}Content-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def answer(self, op: Operation, host: S3Host, response: Response) -> bytes | None:
        """Read a complete response into the operation, or into the upload that the request belongs to."""
        if not isinstance(op, Request):
            return super().answer(op, host, response)
        if response.outcome:
            op.outcome, op.detail = response.outcome, response.broken
        elif not 200 <= response.status < 300 and not (op.kind == ABORT and response.status == NO_SUCH_UPLOAD):
            op.outcome, op.detail = response.status, self._server_words(response)
        else:
            self._read(op, response)
        return None

    def _read(self, op: Request, response: Response) -> None:
        try:
            if op.kind == CREATE:
                op.upload.id = parse_upload_id(bytes(response.body))
            elif op.kind == PUT:
                op.upload.tags[op.number - 1] = _tag(response)
                if op.digest is not None:
                    op.upload.sums[op.number - 1] = "".join(part_sum(*field) for field in op.digest.fields)
                op.transferred = op.length
            elif op.kind == COMPLETE:
                if is_error(bytes(response.body)):
                    op.outcome = FAILED_LATE
                    op.detail = self._server_words(response)
                else:
                    parse_completed(bytes(response.body))
        except ValueError as error:
            op.outcome = PROTOCOL
            op.detail = f"the answer cannot be read: {error}"


def _tag(response: Response) -> str:
    tag = response.header(b"etag")
    if not tag:
        raise ValueError("the part has no ETag")
    return tag.decode("latin-1")
