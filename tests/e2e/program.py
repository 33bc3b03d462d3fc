"""Starts s3bench-tui as its users do, and finds the processes that belong to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0
"""For what ought to happen within a second, on a machine that is busy."""

GETS: dict[str, Any] = {
    "name": "gets",
    "target": {"uri": "null://test/", "null": {"latency": "2ms"}},
    "duration": "500ms",
    "concurrency": 4,
    "processes": 1,
    "dataset": {"count": 1000, "size": "4KiB"},
    "workload": [{"op": "get"}],
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that has ended."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """What the program sees: this environment, and the sources under test."""
    return os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"} | more


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "s3bench_tui", *map(str, arguments)]


def run(*arguments: object, cwd: Path, **more: str) -> Ended:
    """Run the program to its end."""
    done = subprocess.run(
        command(*arguments), cwd=cwd, env=environment(**more), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=PATIENCE_S * 2, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def workload(folder: Path, **changes: Any) -> Path:
    """A workload file: `GETS` with these keys in place of its own; None takes a key away."""
    path = folder / "workload.yaml"
    content = {key: value for key, value in (GETS | changes).items() if value is not None}
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def reported(folder: Path, *arguments: object, **changes: Any) -> dict[str, Any]:
    """The report of a run that must go well."""
    ended = run("--headless", workload(folder, **changes), "--report", "out.json", *arguments, cwd=folder)
    assert ended.code == 0, ended.err
    return read_report(folder / "out.json")


def read_report(path: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(path.read_text())
    return report


class Running:
    """The program while it runs; its stderr goes to a file, so that it can be read at any time."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def err(self) -> str:
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        """Until it has said this on stderr."""
        wait_until(lambda: text in self.err or self.process.poll() is not None)
        assert text in self.err, self.err

    def engine(self) -> int:
        """Process id of the engine."""
        wait_until(lambda: len(children(self.process.pid)) == 1)
        return children(self.process.pid)[0]

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        return children(self.engine())

    def end(self) -> Ended:
        """Wait for its end."""
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        return Ended(self.process.returncode, out, self.err)


@contextmanager
def started(*arguments: object, cwd: Path, **more: str) -> Iterator[Running]:
    """Start the program; whatever is left of it at the end of the block is killed."""
    log = cwd / "stderr.txt"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            command(*arguments), cwd=cwd, env=environment(**more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=stderr, text=True,
        )  # fmt: skip
    try:
        yield Running(process, log)
    finally:
        for pid in [*family(process.pid), process.pid]:
            if process.poll() is None or pid != process.pid:
                kill(pid, signal.SIGKILL)
        process.wait(PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()


def children(pid: int) -> list[int]:
    """Process ids of the children of a process, whichever of its threads has started them, in the order of the ids."""
    found: list[int] = []
    for told in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, told.read_text().split())
    return sorted(found)


def family(pid: int) -> list[int]:
    """All descendants."""
    found = []
    for child in children(pid):
        found += [child, *family(child)]
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be asked how it ended does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def kill(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def run_directory(engine: int) -> Path:
    """Where the engine of this process id has its shared memory."""
    for descriptor in Path(f"/proc/{engine}/fd").iterdir():
        target = descriptor.readlink()
        if target.name == "lock" and target.parent.name.startswith("s3bench-"):
            return target.parent
    raise AssertionError("the engine has no directory of shared memory")


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that is to happen soon; the caller asserts that it has."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
