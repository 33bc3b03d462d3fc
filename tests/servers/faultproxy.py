"""A TCP proxy in front of any server on loopback: latency, a rate limit, connections that are reset or go silent.

Clients sign for the proxy's port: it passes the bytes on as they are, so the Host header is the proxy's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.servers import faultproxy_process
from tests.servers.faultproxy_process import Faults
from tests.servers.process import Server, running

PROCESS = Path(faultproxy_process.__file__)


@dataclass(slots=True)
class FaultProxy(Server):
    """A running proxy, with the credentials of the server behind it."""

    log: Path = Path()

    def count(self, event: str) -> int:
        """How often it did this so far: `accept`, `cut` or `stall`. One `accept` is the test's own look at start."""
        return self.log.read_text().splitlines().count(event)


@contextmanager
def serve(directory: Path, server: Server, faults: Faults) -> Iterator[FaultProxy]:
    """Run a proxy in a process of its own, in front of this server."""
    log = directory / "faultproxy.log"

    def command(port: int) -> list[str]:
        return [sys.executable, str(PROCESS), str(port), str(server.port), json.dumps(asdict(faults))]

    with running(command, log) as (process, (port,)):
        scheme, host = server.endpoint.rpartition(":")[0].split("://")
        keys = (server.access_key, server.secret_key, server.region)
        yield FaultProxy(f"{scheme}://{host}:{port}", process.pid, *keys, log=log)
