"""The command `agent` in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.program import Running, started, wait_until


@dataclass(frozen=True, slots=True)
class Agent:
    """One that listens."""

    address: str
    running: Running


@contextmanager
def agent(folder: Path, *options: object, **more: str) -> Iterator[Agent]:
    """Start one on a free port; what is left of it at the end of the block is killed."""
    with started("agent", "--listen", "127.0.0.1:0", *options, cwd=folder, **more) as running:
        running.wait_for("listens on ")
        yield Agent(re.findall(r"listens on (\S+:\d+)", running.err)[0], running)


def told(one: Agent, text: str) -> None:
    """Wait until the agent has said this on stderr."""
    wait_until(lambda: text in one.running.err)
