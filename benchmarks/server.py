"""nginx as a data plane that is faster than any client: no log, no signature check, empty listings, on a core of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.command import pinned
from tests.servers.certificates import make_certificates
from tests.servers.process import running

BUCKET = "bench"
LISTING = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
SMALL, SMALL_COUNT, SMALL_BYTES = "small/prepared-{:08d}.dat", 1000, 4096
LARGE, LARGE_COUNT, LARGE_BYTES = "large/prepared-{:08d}.dat", 2, 8 << 20
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "benchmark-access-key",
    "AWS_SECRET_ACCESS_KEY": "benchmark-secret-key",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running one, with the objects of the data sets in it."""

    port: int
    tls_port: int
    ca_file: Path

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_endpoint(self) -> str:
        return f"https://localhost:{self.tls_port}"

    def env(self) -> dict[str, str]:
        """What a client needs in its environment."""
        return ENVIRONMENT | {"AWS_ENDPOINT_URL": self.endpoint}


def program() -> str | None:
    """Path of nginx, or None."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


def fill(folder: Path, name: str, count: int, size: int) -> None:
    """Write the objects of a data set."""
    for i in range(count):
        path = folder / name.format(i)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))


@contextmanager
def serve(folder: Path, core: int | None) -> Iterator[Nginx]:
    """Run nginx over this empty folder on this core. It must be installed."""
    folder.chmod(0o755)
    fill(folder / "root" / BUCKET, SMALL, SMALL_COUNT, SMALL_BYTES)
    fill(folder / "root" / BUCKET, LARGE, LARGE_COUNT, LARGE_BYTES)
    certificates = make_certificates(folder)
    config = folder / "nginx.conf"

    def command(port: int, tls_port: int) -> list[str]:
        tls = f"ssl_certificate {certificates.good.cert_file}; ssl_certificate_key {certificates.good.key_file};"
        config.write_text(_config(folder, port, tls_port, tls))
        return [*pinned(core), str(program()), "-p", str(folder), "-c", str(config)]

    with running(command, folder / "nginx.log", ports=2) as (_, (port, tls_port)):
        yield Nginx(port, tls_port, certificates.ca_file)


def _config(folder: Path, port: int, tls_port: int, tls: str) -> str:
    return f"""
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
    client_max_body_size 0;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    open_file_cache max=10000 inactive=600s;
    open_file_cache_valid 600s;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        listen 127.0.0.1:{tls_port} ssl backlog=4096;
        {tls}
        root {folder}/root;
        location = /{BUCKET} {{ default_type application/xml; return 200 "{LISTING}"; }}
        location / {{ dav_methods PUT DELETE; create_full_put_path on; }}
    }}
}}
"""
