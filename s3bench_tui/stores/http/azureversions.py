"""Azure's requests where an account keeps versions: single ones are read and deleted, and what each change made is learnt.

What a version is called stands in `Operation.version_id`. Knows no sockets.
"""

from __future__ import annotations

from urllib.parse import quote

from s3bench_tui.stores.base import COPY, DELETE, GET, PUT, DriverConfig, Operation
from s3bench_tui.stores.http.azure import AzureHost
from s3bench_tui.stores.http.azureoptions import AzureOptions
from s3bench_tui.stores.http.digest import BodyDigest
from s3bench_tui.stores.http.quoting import quote_key
from s3bench_tui.stores.http.response import Response

_METHODS = {GET: "GET", DELETE: "DELETE"}


class AzureVersions(AzureOptions):
    """The dialect of Azure with options, over an account that keeps versions."""

    def __init__(self, config: DriverConfig) -> None:
        super().__init__(config)
        self._single = [line.versions for line in config.lines]

    def request(self, op: Operation, host: AzureHost, digest: BodyDigest | None = None) -> bytes:
        """The head of an operation's first request, complete, with its body unless that is a PUT's."""
        if not self._single[op.entry]:
            return super().request(op, host, digest)
        version = f"{host.base}{quote_key(op.key)}?versionid={quote(op.version_id, safe='')}"
        rest = f"{self._more}{host.lines}{self._authorization}\r\n"
        return self._sealed(f"{_METHODS[op.kind]} {version}{rest}".encode(), op.kind)

    def answer(self, op: Operation, host: AzureHost, response: Response) -> bytes | None:
        """Read a complete response into `op`; returns the next request where the operation needs one more."""
        more = super().answer(op, host, response)
        if op.kind in (PUT, COPY):
            op.version_id = (response.header(b"x-ms-version-id") or b"").decode("latin-1")
        elif op.kind == DELETE:
            op.version_id = ""  # a delete makes none, and leaves no marker
        return more
