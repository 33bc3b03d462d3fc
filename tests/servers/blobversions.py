"""An account of Azure's that keeps versions, as the public documentation of the Blob service has it; Azurite keeps none.

Blobs are written, read, copied, listed and deleted, versions read and deleted by their ids. A delete of a blob leaves its
versions where they are, and the version that a blob shows cannot be deleted by its id. Runs in this process, and looks at
no signature.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.servers.process import Server

Answer = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class BlobVersions(Server):
    """A running one, with all that it keeps."""

    enabled: bool = True
    kept: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """Content by name and version."""
    shown: dict[str, str] = field(default_factory=dict)
    """The version that each blob shows."""
    refused: int = 0
    """Deletes by their ids of versions that their blobs showed."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, name: str, body: bytes) -> str:
        """One more version of this blob, which it shows from now on."""
        with self.lock:
            version = f"2026-01-01T00:00:00.{next(self.numbers):07d}Z"
            if not self.enabled and name in self.shown:
                del self.kept[name, self.shown[name]]
            self.kept[name, version] = body
            self.shown[name] = version
            return version

    def delete(self, name: str, version: str) -> str:
        """The code of the refusal; empty where it was done."""
        with self.lock:
            if not version:
                return "" if self.shown.pop(name, None) else "BlobNotFound"
            if self.shown.get(name) == version:
                self.refused += 1
                return "OperationNotAllowedOnRootBlob"
            return "BlobNotFound" if self.kept.pop((name, version), None) is None else ""


@contextmanager
def serve(enabled: bool = True) -> Iterator[BlobVersions]:
    """Run it on a free port; the account is the first part of the path, the container the second, of any name."""
    kept = BlobVersions("", 0, enabled=enabled)

    class Handler(_Handler):
        place = kept

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    place: BlobVersions

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        name = unquote(parts.path).split("/", 3)[3] if parts.path.count("/") > 2 else ""
        status, fields, answer = self._answer(name, query, body)
        self.send_response(status)
        for field_name, value in {"x-ms-request-id": "r", "Content-Length": str(len(answer)), **fields}.items():
            self.send_header(field_name, value)
        self.end_headers()
        self.wfile.write(answer if self.command != "HEAD" else b"")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815 - names that http.server looks for

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _answer(self, name: str, query: dict[str, str], body: bytes) -> Answer:
        if query.get("comp") == "list":
            return 200, {"Content-Type": "application/xml"}, self._listing(query)
        if not name:
            return _error(501, "NotImplemented")  # batches
        if self.command == "PUT":
            return self._written(name, body)
        if self.command == "DELETE":
            code = self.place.delete(name, query.get("versionid", ""))
            return (202, {}, b"") if not code else _error(404 if code == "BlobNotFound" else 403, code)
        version = query.get("versionid") or self.place.shown.get(name, "")
        content = self.place.kept.get((name, version))
        if content is None:
            return _error(404, "BlobNotFound")
        told = {"x-ms-version-id": version, "ETag": f'"{version}"', "x-ms-blob-type": "BlockBlob"}
        told["Last-Modified"] = "Thu, 01 Jan 2026 00:00:00 GMT"
        if self.headers.get("x-ms-range"):
            return 206, {**told, "Content-Range": f"bytes 0-{len(content) - 1}/{len(content)}"}, content
        return 200, told, content

    def _written(self, name: str, body: bytes) -> Answer:
        told = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        if source := self.headers.get("x-ms-copy-source"):
            of = unquote(urlsplit(source).path).split("/", 3)[3]
            body = self.place.kept[of, self.place.shown[of]]
            told["x-ms-copy-status"] = "success"
        version = self.place.put(name, body)
        told |= {"x-ms-version-id": version} if self.place.enabled else {}
        return 201, {**told, "ETag": f'"{version}"'}, b""

    def _listing(self, query: dict[str, str]) -> bytes:
        with self.place.lock:
            found = sorted(self.place.kept if "versions" in query.get("include", "") else self.place.shown.items())
            sizes = {each: len(self.place.kept.get(each, b"")) for each in found}
        rows = "".join(
            f"<Blob><Name>{escape(name)}</Name><VersionId>{version}</VersionId><Properties>"
            f"<Content-Length>{sizes[name, version]}</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>"
            for name, version in found
            if name.startswith(query.get("prefix", ""))
            and (self.place.enabled or self.place.shown.get(name) == version)
        )
        document = f"<EnumerationResults><Blobs>{rows}</Blobs><NextMarker/></EnumerationResults>"
        return f'<?xml version="1.0" encoding="utf-8"?>{document}'.encode()


def _error(status: int, code: str) -> Answer:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}.</Message></Error>'
    return status, {"x-ms-error-code": code, "Content-Type": "application/xml"}, body.encode()
