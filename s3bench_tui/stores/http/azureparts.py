"""Azure's way to write a blob in parts, for the HTTP driver: Put Block, and Put Block List.

Nothing opens an upload, and nothing aborts it: the service forgets blocks that no list names, when the blob is written
by others or after a week. What a line asks for goes with the list, which is what makes the blob; a checksum with each block,
and of the list with the list. What is not of an upload is the dialect's with options. Knows no sockets.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from urllib.parse import quote

from s3bench_tui.stores.base import PUT, DriverConfig, Operation
from s3bench_tui.stores.http.azure import AzureHost
from s3bench_tui.stores.http.azureoptions import AzureOptions
from s3bench_tui.stores.http.conditions import PRECONDITION_FAILED
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.multipart import COMPLETE, Request, Upload
from s3bench_tui.stores.http.quoting import quote_key
from s3bench_tui.stores.http.response import Response
from s3bench_tui.stores.outcome import OK


def _new_token() -> str:
    return secrets.token_hex(8)


class AzureParts(AzureOptions):
    """The dialect of Azure where some blobs are written in parts.

    `token` names an upload, so that two that write one blob at a time do not mix their blocks."""

    creates = aborts = in_order = False
    completes = True

    def __init__(self, config: DriverConfig, token: Callable[[], str] = _new_token) -> None:
        super().__init__(config)
        self._token = token

    def begin(self, upload: Upload) -> None:
        """Name the upload and its blocks; the names of all blocks of a blob have one length."""
        upload.id = self._token()
        upload.tags = [
            base64.b64encode(f"{upload.id}-{number:05d}".encode()).decode() for number in range(1, upload.parts + 1)
        ]

    def request(self, op: Operation, host: AzureHost, digest: BodyDigest | None = None) -> bytes:
        """The head of a request, complete, with its body unless that is a PUT's."""
        if not isinstance(op, Request):
            return super().request(op, host, digest)
        blob = f"PUT {host.base}{quote_key(op.key)}?comp="
        rest = f"{self._more}{host.lines}{self._authorization}"
        if op.kind == PUT:
            block = quote(op.upload.tags[op.number - 1], safe="")
            head = f"{blob}block&blockid={block}{rest}Content-Length: {op.length}\r\n\r\n".encode()
            return self._with_checksum(self._sealed(head, PUT), digest)
        body = block_list(op.upload.tags)
        head = f"{blob}blocklist{rest}Content-Length: {len(body)}\r\n\r\n".encode()
        if (listed := self._begin_digest(op)) is not None:
            listed.update(body)
        head = self._with_options(self._sealed(head, PUT), op.upload.op)
        return self._with_checksum(head, listed) + body

    def _learn(self, op: Operation, response: Response) -> None:
        if not isinstance(op, Request):
            super()._learn(op, response)
        elif op.kind == COMPLETE and op.outcome in (OK, PRECONDITION_FAILED):
            self._conditions.learn(op.upload.op, response.status, response.header(b"etag"))

    def _begin_digest(self, op: Operation) -> BodyDigest | None:
        return super()._begin_digest(op.upload.op if isinstance(op, Request) else op)


def block_list(names: list[str]) -> bytes:
    """The request to make one blob of these blocks, in their order."""
    blocks = "".join(f"<Latest>{name}</Latest>" for name in names)
    return f'<?xml version="1.0" encoding="utf-8"?><BlockList>{blocks}</BlockList>'.encode()
