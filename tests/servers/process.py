"""A server as a child process: free ports, a clean environment, readiness by polling, its log in every failure.

Knows no protocol beyond "something accepts connections on this port".
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRE = "S3BENCH_REQUIRE_SERVERS"
"""Where this environment variable is 1 (in CI), a server that is not installed fails the test instead of skipping it."""

FOREIGN = ("AWS_", "AZURE_", "GOOGLE_", "CLOUDSDK_", "STORAGE_EMULATOR_", "CEPH_", "RCLONE_", "MOTO_")
"""Environment variables with these beginnings belong to the developer, and never reach a test or a server."""

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

READY_WITHIN_S = 30.0


class ServerError(RuntimeError):
    """A server did not start; the message ends with its log."""


@dataclass(slots=True)
class Server:
    """A running server as a client sees it. `region` is what clients sign for."""

    endpoint: str
    pid: int
    access_key: str = "test-access-key"
    secret_key: str = "test-secret-key"
    region: str = "us-east-1"

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    def env(self) -> dict[str, str]:
        """What a child process needs in its environment to reach this server with the right credentials."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def freeze(self) -> None:
        """Stop the process (SIGSTOP): connections stay open, nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)


def is_foreign(name: str) -> bool:
    """Whether an environment variable is the developer's own: credentials, vendor settings, proxies."""
    return name.startswith(FOREIGN) or name.lower() in PROXIES


def clean_environment() -> dict[str, str]:
    """This process's environment without anything that is the developer's own."""
    return {name: value for name, value in os.environ.items() if not is_foreign(name)}


def require(program: str, remedy: str) -> str:
    """Path of an installed program; without it the test is skipped, or fails where servers are required."""
    beside_python = str(Path(sys.executable).parent)
    path = os.pathsep.join([beside_python, os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"])
    found = shutil.which(program, path=path)
    if found is None:
        unavailable(f"{program} is not installed; {remedy}")
    return found


def unavailable(reason: str) -> NoReturn:
    """Skip the test for this reason, or fail it where servers are required."""
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{reason} ({REQUIRE}=1 makes a missing server a failure)", pytrace=False)
    pytest.skip(reason)


def free_port() -> int:
    """A TCP port of loopback that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, within_s: float = READY_WITHIN_S) -> None:
    """Poll until the condition holds; TimeoutError says what was waited for."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {within_s:.0f} s in vain for {what}")
        time.sleep(0.02)


def accepts(port: int) -> bool:
    """Whether something listens on this port of loopback."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def tail(log: Path, lines: int = 40) -> str:
    """The last lines of a log file, or a word on its absence."""
    if not log.exists():
        return f"({log} does not exist)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) or f"({log} is empty)"


def stop(process: subprocess.Popen[bytes], patience_s: float = 5.0) -> None:
    """End a child: SIGTERM, and SIGKILL where that is not heard; a frozen one is thawed first."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


@contextmanager
def running(
    command: Callable[..., Sequence[str]],
    log: Path,
    *,
    ports: int = 1,
    env: Mapping[str, str] | None = None,
    attempts: int = 3,
) -> Iterator[tuple[subprocess.Popen[bytes], tuple[int, ...]]]:
    """Run `command(*free ports)` until the block ends; yields it once it accepts connections on all its ports.

    Output goes to `log`. A free port can be lost to another process before it is bound, hence the attempts.
    """
    for attempt in range(1, attempts + 1):
        taken = tuple(free_port() for _ in range(ports))
        with log.open("ab") as output:
            process = subprocess.Popen(
                command(*taken),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**clean_environment(), **(env or {})},
            )
        try:
            if _became_ready(process, taken):
                yield process, taken
                return
            status = process.poll()
        finally:
            stop(process)
        if status is None or attempt == attempts:
            raise ServerError(f"{process.args!r} did not become ready (exit status {status})\n{tail(log)}")


def _became_ready(process: subprocess.Popen[bytes], ports: tuple[int, ...]) -> bool:
    deadline = time.monotonic() + READY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        if all(accepts(port) for port in ports):
            return process.poll() is None
        time.sleep(0.02)
    return False
