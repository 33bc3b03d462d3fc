"""A network of its own for one program: a namespace behind a pair of virtual interfaces, whose cable can be pulled."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import SystemRandom

import pytest

from tests.servers.process import unavailable


@dataclass(frozen=True, slots=True)
class Network:
    """`address` is that of the program within, as it is reached from here; `outside` that of this side, as it reaches it."""

    name: str
    address: str
    outside: str

    def within(self) -> list[str]:
        """What stands before a command that is to run in it."""
        return ["ip", "netns", "exec", self.name]

    def cut(self) -> None:
        """Pull the cable: what is sent in either direction is lost, and nobody is told."""
        _ip("link", "set", f"{self.name}h", "down")

    def mend(self) -> None:
        """Plug it in again."""
        _ip("link", "set", f"{self.name}h", "up")


@contextmanager
def network() -> Iterator[Network]:
    """One that is there within the block. Skips the test, and says why, where this machine lets nobody make one."""
    number = SystemRandom().randrange(1 << 14)
    name = f"s3b{number:04x}"
    here, there = (f"10.213.{number >> 6}.{(number & 63) * 4 + host}" for host in (1, 2))
    if shutil.which("ip") is None:
        unavailable("ip is not installed; install iproute2")
    if os.geteuid() != 0 or _ip("netns", "add", name, check=False):
        pytest.skip("network namespaces cannot be made here; run the tests as root on a machine of your own")
    try:
        _ip("link", "add", f"{name}h", "type", "veth", "peer", "name", f"{name}n", "netns", name)
        _ip("addr", "add", f"{here}/30", "dev", f"{name}h")
        _ip("link", "set", f"{name}h", "up")
        for command in (
            ["addr", "add", f"{there}/30", "dev", f"{name}n"],
            ["link", "set", f"{name}n", "up"],
            ["link", "set", "lo", "up"],
        ):
            _ip("-n", name, *command)
        yield Network(name, there, here)
    finally:
        _ip("link", "del", f"{name}h", check=False)
        _ip("netns", "del", name, check=False)


def _ip(*words: str, check: bool = True) -> int:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0 or not check, f"ip {' '.join(words)}: {done.stderr}"
    return done.returncode
