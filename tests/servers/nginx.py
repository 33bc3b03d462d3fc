"""nginx over a directory: a fast data plane that reads, writes and deletes objects, and counts what it saw.

It checks no signature and lists nothing: a GET of the bucket with `list-type=2` is refused (403) as any
directory is. PUT answers 201 for a new object and 204 for an old one; DELETE of a missing object answers 404.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificate, Certificates
from tests.servers.process import Server, require, running, wait_until

REMEDY = "on Debian or Ubuntu: sudo apt-get install nginx-light"


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the access log: one request as the server saw it.

    `uri` is as it stood on the wire. `sent_bytes` is the response's body, `received_bytes` the request's (by its
    Content-Length), `duration_s` from the first byte read to the last byte written, with 1 ms resolution.
    Status 444: the server closed the connection without an answer; 499: the client did.
    """

    method: str
    uri: str
    status: int
    sent_bytes: int
    received_bytes: int
    request_bytes: int
    """Of the whole request: line, headers and body."""
    duration_s: float
    connection: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many requests with one method and status, and the bytes of their bodies."""

    requests: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0


@dataclass(slots=True)
class Nginx(Server):
    """A running nginx. Buckets are directories below `root`; all end points serve the same objects."""

    root: Path = Path()
    log: Path = Path()
    status_url: str = ""
    tls_endpoint: str = ""
    wrong_name_endpoint: str = ""
    expired_endpoint: str = ""

    def requests(self) -> list[Request]:
        """Every request so far, oldest first, once none is in flight any more."""
        wait_until(self._is_idle, "nginx to have no request in flight", within_s=60)
        return logged(self.log)

    def counts(self) -> dict[tuple[str, int], Count]:
        """What the server saw so far, by method and status, once no request is in flight any more."""
        counts: dict[tuple[str, int], Count] = {}
        for request in self.requests():
            old = counts.get((request.method, request.status), Count())
            counts[request.method, request.status] = Count(
                old.requests + 1, old.sent_bytes + request.sent_bytes, old.received_bytes + request.received_bytes
            )
        return counts

    def forget(self) -> None:
        """Empty the access log, so that counts start from nothing."""
        wait_until(self._is_idle, "nginx to have no request in flight", within_s=60)
        self.log.write_bytes(b"")

    def _is_idle(self) -> bool:
        """A request is logged before its connection counts as waiting; the look at the status itself counts as one."""
        size = self.log.stat().st_size
        time.sleep(0.05)
        with urllib.request.urlopen(self.status_url, timeout=10) as answer:
            words = answer.read().split()
        reading, writing = (int(words[words.index(word) + 1]) for word in (b"Reading:", b"Writing:"))
        return reading == 0 and writing == 1 and self.log.stat().st_size == size


@contextmanager
def serve(
    directory: Path,
    *,
    certificates: Certificates | None = None,
    error_share: float = 0.0,
    close_share: float = 0.0,
    every: int = 0,
    faulty: str = "",
    behind: Server | None = None,
) -> Iterator[Nginx]:
    """Run nginx in this empty directory.

    With `certificates` it also serves TLS, on one end point for each of them. `error_share` of all requests are
    answered 503 SlowDown in S3's own form, and `close_share` are closed without an answer, both by chance.
    `every` (2, 5 or 10) fails each such request of a connection with 503, not by chance. `faulty`: a pattern that the URIs of
    requests which may fail by chance match. With a server `behind` it, which
    speaks plain http, it hands every other request on to that, as it came, and serves nothing itself.
    """
    program = require("nginx", REMEDY)
    root, log, config = directory / "root", directory / "access.log", directory / "nginx.conf"
    root.mkdir()
    log.touch()
    tls = [certificates.good, certificates.wrong_name, certificates.expired] if certificates else []

    def command(port: int, status_port: int, *tls_ports: int) -> list[str]:
        listeners = [_server(root, port, behind=behind)]
        listeners += [_server(root, at, made, behind) for at, made in zip(tls_ports, tls, strict=True)]
        config.write_text(_config(directory, status_port, listeners, _faults(error_share, close_share, every, faulty)))
        return [program, "-p", str(directory), "-c", str(config)]

    with running(command, directory / "error.log", ports=2 + len(tls)) as (process, (port, status_port, *tls_ports)):
        endpoints = [f"https://localhost:{at}" for at in tls_ports] or [""] * 3
        server = Nginx(
            f"http://127.0.0.1:{port}",
            process.pid,
            root=root,
            log=log,
            status_url=f"http://127.0.0.1:{status_port}/",
            tls_endpoint=endpoints[0],
            wrong_name_endpoint=endpoints[1],
            expired_endpoint=endpoints[2],
        )
        server.forget()
        yield server


def logged(log: Path) -> list[Request]:
    """Every request in an access log, oldest first; also of a server that has ended."""
    lines = log.read_bytes().decode(errors="surrogateescape").splitlines()
    return [Request(**json.loads(line)) for line in lines]


def _faults(error_share: float, close_share: float, every: int, faulty: str) -> str:
    if every:
        digits = {2: "02468", 5: "05", 10: "0"}[every]
        return f"map $connection_requests $fault {{ ~[{digits}]$ 503; }}"
    shares = f"{error_share:.2%} 503; " * (error_share > 0) + f"{close_share:.2%} 444; " * (close_share > 0)
    chance = f'split_clients "$request_id" $chance {{ {shares}* ""; }}'
    return f'{chance} map $request_uri $fault {{ "~{faulty}" $chance; default ""; }}'


_FILES = "dav_methods PUT DELETE; dav_access user:rw group:r all:r; create_full_put_path on;"
_HANDED_ON = """proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection "";
            proxy_request_buffering off; proxy_buffering off;"""


def _server(root: Path, port: int, certificate: Certificate | None = None, behind: Server | None = None) -> str:
    served = f"proxy_pass {behind.endpoint}; {_HANDED_ON}" if behind else _FILES
    tls = f"ssl_certificate {certificate.cert_file}; ssl_certificate_key {certificate.key_file};" if certificate else ""
    return f"""
    server {{
        listen 127.0.0.1:{port}{" ssl" if certificate else ""} backlog=4096;
        {tls}
        merge_slashes off;
        root {root};
        default_type application/octet-stream;
        error_page 503 @slow_down;
        location / {{
            if ($fault = 503) {{ return 503; }}
            if ($fault = 444) {{ return 444; }}
            {served}
        }}
        location @slow_down {{
            default_type application/xml;
            return 503 '<?xml version="1.0" encoding="UTF-8"?>\\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';
        }}
    }}"""


def _config(directory: Path, status_port: int, listeners: list[str], faults: str) -> str:
    return f"""
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    log_format seen escape=json '{{"method":"$request_method","uri":"$request_uri","status":$status,'
        '"sent_bytes":$body_bytes_sent,"received_bytes":$received,"request_bytes":$request_length,'
        '"duration_s":$request_time,"connection":$connection}}';
    map $content_length $received {{ "" 0; default $content_length; }}
    {faults}
    access_log {directory}/access.log seen;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    client_max_body_size 0;
    keepalive_timeout 3600s;
    keepalive_requests 100000000;
    sendfile on;
    etag on;
    {"".join(listeners)}
    server {{
        listen 127.0.0.1:{status_port};
        access_log off;
        location / {{ stub_status; }}
    }}
}}
"""
