"""Runs a program to its end and says what it cost, with all of its processes, as the kernel counted it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.servers.process import clean_environment


@dataclass(frozen=True, slots=True)
class Ran:
    """A program that has ended. CPU of it and of all descendants that were waited for: user and system, exec to exit."""

    stdout: str
    wall_s: float
    cpu_s: float
    began_unix_s: float
    began_ns: int
    """CLOCK_MONOTONIC; both just before the exec."""


class CommandError(RuntimeError):
    """A program of a benchmark failed; the message ends with what it said, `status` is how it ended."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def run(
    argv: Sequence[str], *, core: int | None = None, env: Mapping[str, str] | None = None, timeout_s: float = 600
) -> Ran:
    """Run it, on one core alone where one is given, and wait for its end. CommandError where that is not a good one."""
    command = [*pinned(core), *argv]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began_unix_s, began_ns = time.time(), time.monotonic_ns()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env={**clean_environment(), **(env or {})}
        )
        timer = threading.Timer(timeout_s, process.kill)
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            process.wait()
            raise
        finally:
            timer.cancel()
        wall_s = (time.monotonic_ns() - began_ns) / 1e9
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, complained = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if process.returncode != 0:
        message = f"{' '.join(command)} ended with {process.returncode}:\n{complained[-2000:]}{said[-2000:]}"
        raise CommandError(message, process.returncode)
    return Ran(said, wall_s, usage.ru_utime + usage.ru_stime, began_unix_s, began_ns)


def pinned(core: int | None) -> list[str]:
    """What stands before a command that is to run on this core alone."""
    return [] if core is None else ["taskset", "-c", str(core)]
