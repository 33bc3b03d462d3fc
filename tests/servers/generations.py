"""A bucket that keeps generations, as the public documentation of Google's JSON API has it: what fake-gcs-server does not do.

Objects are written, read, copied, listed and deleted, each also by its generation; a delete of what a key shows leaves the
key without anything to show, and the older generations where they are. Runs in this process, and checks no credentials.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.process import Server


@dataclass(slots=True)
class Generations(Server):
    """A running one, with all that it keeps."""

    enabled: bool = True
    kept: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """Content by key and generation."""
    shown: dict[str, str] = field(default_factory=dict)
    """The generation that each key shows."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1_700_000_000_000_001))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, key: str, body: bytes) -> str:
        """One more generation of this key, which it shows from now on."""
        with self.lock:
            generation = str(next(self.numbers))
            self.kept[key, generation] = body
            self.shown[key] = generation
            return generation

    def delete(self, key: str, generation: str) -> bool:
        """Without a generation: what the key shows stays, and is shown no more."""
        with self.lock:
            if not generation:
                return self.shown.pop(key, None) is not None
            if self.shown.get(key) == generation:
                del self.shown[key]
            return self.kept.pop((key, generation), None) is not None


@contextmanager
def serve(enabled: bool = True) -> Iterator[Generations]:
    """Run it on a free port, with one bucket of any name."""
    kept = Generations("", 0, enabled=enabled)

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
    place: Generations

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        status, answer = self._answer(parts.path, query, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_DELETE = handle_any  # noqa: N815 - names that http.server looks for

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _answer(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        place = self.place
        if path.startswith("/upload/"):
            return _json(_told(place, query["name"], place.put(query["name"], body)))
        _, objects, rest = path.partition("/o")
        if not objects:
            return _json({"versioning": {"enabled": True}} if place.enabled else {})
        if "/rewriteTo/" in rest:
            source, _, target = rest.partition("/rewriteTo/")
            made = unquote(target.rpartition("/o/")[2])
            content = self._content(unquote(source[1:]), "")
            if content is None:
                return _missing()
            told = _told(place, made, place.put(made, content))
            return _json({"kind": "storage#rewriteResponse", "done": True, "resource": told})
        if not rest:
            return _json(self._listing(query))
        key, generation = unquote(rest[1:]), query.get("generation", "")
        if self.command == "DELETE":
            return (204, b"") if place.delete(key, generation) else _missing()
        content = self._content(key, generation)
        if content is None:
            return _missing()
        if query.get("alt") == "media":
            return 200, content
        return _json(_told(place, key, generation or place.shown[key]))

    def _content(self, key: str, generation: str) -> bytes | None:
        return self.place.kept.get((key, generation or self.place.shown.get(key, "")))

    def _listing(self, query: dict[str, str]) -> dict[str, Any]:
        with self.place.lock:
            found = sorted(self.place.kept if query.get("versions") == "true" else self.place.shown.items())
        items = [_told(self.place, *each) for each in found if each[0].startswith(query.get("prefix", ""))]
        return {"kind": "storage#objects", "items": items[: int(query["maxResults"])]}


def _told(place: Generations, key: str, generation: str) -> dict[str, str]:
    return {"name": key, "generation": generation, "size": str(len(place.kept.get((key, generation), b"")))}


def _json(document: dict[str, Any]) -> tuple[int, bytes]:
    return 200, json.dumps(document).encode()


def _missing() -> tuple[int, bytes]:
    each = {"message": "No such object", "domain": "global", "reason": "notFound"}
    return 404, json.dumps({"error": {"code": 404, "message": "No such object", "errors": [each]}}).encode()
