"""Azurite: Azure Blob Storage in memory, by its vendor, on Node; verifies account keys, signatures and token expiry.

It is found in `.azurite` beside the sources (or in the directory that S3BENCH_AZURITE names), where `.ci/run` installs it.
Its oddities: the account stands in the path; it closes idle connections after 5 s; one thread, so that it is slower than
any client; a signature of a bearer token is not checked, and needs TLS.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificate
from tests.servers.process import Server, require, running, unavailable

VERSION = "3.35.0"
FOLDER = Path(os.environ.get("S3BENCH_AZURITE") or Path(__file__).parents[2] / ".azurite")
REMEDY = f"npm install --prefix {FOLDER} --no-fund --no-audit azurite@{VERSION}"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Published with Azurite, and the same everywhere."""


@dataclass(slots=True)
class Azurite(Server):
    """A running one; `access_key` is its account's name, `secret_key` the account's key."""

    @property
    def url(self) -> str:
        """Of the account."""
        return f"{self.endpoint}/{self.access_key}"

    def env(self) -> dict[str, str]:
        """What a child process needs in its environment to be let in."""
        return {"AZURE_STORAGE_ACCOUNT": self.access_key, "AZURE_STORAGE_KEY": self.secret_key}


def program() -> Path:
    """Where its entry is, installed or not."""
    return FOLDER / "node_modules/azurite/dist/src/blob/main.js"


@contextmanager
def serve(directory: Path, *, certificate: Certificate | None = None, loose: bool = False) -> Iterator[Azurite]:
    """Run it with its blobs in memory; with a certificate it serves https alone, and takes bearer tokens, too. What it does
    not know it refuses, or where `loose` passes over."""
    node = require("node", "install Node.js 20 or newer, and npm")
    if not program().is_file():
        unavailable(f"Azurite is not installed; {REMEDY}")
    options = ["--inMemoryPersistence", "--silent", "--disableTelemetry", "--disableProductStyleUrl"]
    options += ["--loose"] if loose else []
    if certificate:
        options += ["--cert", str(certificate.cert_file), "--key", str(certificate.key_file), "--oauth", "basic"]

    def command(port: int) -> list[str]:
        return [node, str(program()), *options, "--blobHost", "127.0.0.1", "--blobPort", str(port)]

    with running(command, directory / "azurite.log") as (process, (port,)):
        endpoint = f"https://localhost:{port}" if certificate else f"http://127.0.0.1:{port}"
        yield Azurite(endpoint, process.pid, ACCOUNT, KEY)
