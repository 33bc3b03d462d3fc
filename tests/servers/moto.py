"""moto: an S3 server with many features, which closes every connection after one answer and checks no signature."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.servers.process import Server, running, unavailable


@contextmanager
def serve(directory: Path) -> Iterator[Server]:
    """Run it with its objects in memory."""
    if find_spec("moto") is None or find_spec("flask_cors") is None:
        unavailable("moto is not installed; it comes with the extra `dev`")

    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]

    with running(command, directory / "moto.log") as (process, (port,)):
        yield Server(f"http://127.0.0.1:{port}", process.pid)
