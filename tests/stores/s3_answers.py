"""A loopback HTTP server that answers as a test tells it, for what no real S3 server would say on demand."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.servers.certificates import Certificate


def share_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all sessions of the SDK read its service models once, which is most of what opening one costs."""
    monkeypatch.setattr("botocore.session.create_loader", lambda *_: _loader())


@cache
def _loader() -> object:
    from botocore.loaders import Loader

    return Loader()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Listener:
    """Where it listens, and what it was asked."""

    address: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://{self.address}"


@contextmanager
def answering(answer: Callable[[Asked], Answer], certificate: Certificate | None = None) -> Iterator[Listener]:
    """Answer every request with `answer(request)`, over TLS where there is a certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Asked(self.command, self.path, headers, self.rfile.read(length))
            listener.asked.append(request)
            said = answer(request)
            body = said.body.encode(errors="surrogateescape")
            self.send_response_only(said.status)
            for name, value in {"Content-Length": str(len(body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815 - names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what was asked is in the listener."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Nothing: refused handshakes are what some tests are about."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    listener = Listener(f"127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def error(status: int, code: str, message: str = "words of the server", more: str = "", **headers: str) -> Answer:
    """An error as S3 says it, with `more` elements; header names with `_` for `-`."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, body, {"Content-Type": "application/xml", "x-amz-request-id": "REQ42", **named})


LISTING = "<ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Name>buck</Name><IsTruncated>false</IsTruncated>{}</ListBucketResult>"


def listing(*keys: str, **headers: str) -> Answer:
    """A listing of one page."""
    contents = "".join(f"<Contents><Key>{key}</Key><Size>5</Size></Contents>" for key in keys)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(200, LISTING.format(contents), {"Content-Type": "application/xml", **named})
