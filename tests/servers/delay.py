"""A server whose service times are known: constant, or drawn from a distribution, and recorded as they really were.

It answers GET (ranges too), HEAD, PUT and DELETE of any path, keeps connections, and can be frozen.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.servers import delay_process
from tests.servers.delay_process import Delay
from tests.servers.process import Server, running

PROCESS = Path(delay_process.__file__)
CONSTANTLY_NONE = Delay("constant")


@dataclass(frozen=True, slots=True)
class Served:
    """One request: when it had been read, and when its answer was about to be sent. ns of CLOCK_MONOTONIC.

    No client can have seen it take less than `service_ns`.
    """

    arrived_ns: int
    answered_ns: int

    @property
    def service_ns(self) -> int:
        return self.answered_ns - self.arrived_ns


@dataclass(slots=True)
class DelayServer(Server):
    """A running one; `delay` is what it was told."""

    delay: Delay = CONSTANTLY_NONE

    def served(self) -> list[Served]:
        """Every request answered so far, in the order of the answers."""
        url = self.endpoint + delay_process.REPORT_PATH.decode()
        with urllib.request.urlopen(url, timeout=30) as answer:
            return [Served(*times) for times in json.load(answer)]


@contextmanager
def serve(directory: Path, delay: Delay, *, body_bytes: int = 1024, seed: int = 1) -> Iterator[DelayServer]:
    """Run one in a process of its own; every object is `body_bytes` long."""

    def command(port: int) -> list[str]:
        return [sys.executable, str(PROCESS), str(port), json.dumps(asdict(delay)), str(body_bytes), str(seed)]

    with running(command, directory / "delay.log") as (process, (port,)):
        yield DelayServer(f"http://127.0.0.1:{port}", process.pid, delay=delay)
