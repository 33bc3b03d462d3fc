"""Dask clusters as tests hold them: a scheduler, and workers that look like hosts of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.program import ROOT, family, kill, wait_until


@dataclass(slots=True)
class DaskWorker:
    """One process of it, a worker as a rule; what it keeps of its runs lies in `folder`."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def said(self) -> str:
        return (self.folder / "stderr.txt").read_text()

    @property
    def recordings(self) -> list[Path]:
        return list(self.folder.glob("results/*.jsonl"))

    @property
    def op_log(self) -> Path:
        wait_until(lambda: ": ended" in self.said)
        (found,) = self.folder.glob("results/*.oplog.tsv.zst")
        return found


@dataclass(slots=True)
class Cluster:
    """A scheduler, known by its file, and its workers."""

    file: Path
    address: str
    scheduler: DaskWorker
    workers: list[DaskWorker]


@contextmanager
def cluster(
    folder: Path,
    hosts: Sequence[str] = ("127.0.0.1", "127.0.0.2"),
    *,
    environ: Mapping[str, str] | None = None,
    options: Sequence[object] = (),
    protocol: str = "tcp",
    scheduler_host: str = "127.0.0.1",
    within: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Cluster]:
    """A worker on each of these addresses, `within` the words that stand before its command; all is killed at the end."""
    places = within or {}
    with ExitStack() as stack:

        def begin(name: str, command: str, *words: object, before: Sequence[str] = ()) -> DaskWorker:
            own = folder / name
            own.mkdir()
            more = {"PYTHONPATH": str(ROOT), "DASK_S3BENCH_TUI__OP_LOGS": "True"} | dict(environ or {})
            with (own / "stderr.txt").open("w") as stderr:
                process = subprocess.Popen(
                    [*before, sys.executable, "-m", f"distributed.cli.{command}", *map(str, words), *map(str, options)],
                    env=os.environ | more, cwd=own, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                )  # fmt: skip
            stack.callback(end, process)
            return DaskWorker(process, own)

        file = folder / "scheduler.json"
        scheduler = begin(
            "scheduler", "dask_scheduler", "--protocol", protocol, "--host", scheduler_host, "--port", 0,
            "--no-dashboard", "--scheduler-file", file,
        )  # fmt: skip
        wait_until(lambda: "Scheduler at:" in scheduler.said)
        address = next(line.split()[-1] for line in scheduler.said.splitlines() if "Scheduler at:" in line)
        workers = [
            begin(
                f"worker-{index}", "dask_worker", address, "--host", host, "--protocol", protocol, "--no-nanny",
                "--no-dashboard", "--nthreads", 1, "--local-directory", folder, before=places.get(host, ()),
            )
            for index, host in enumerate(hosts)
        ]  # fmt: skip
        wait_until(lambda: all("Registered to:" in worker.said for worker in workers))
        assert all("Registered to:" in worker.said for worker in workers), [worker.said for worker in workers]
        yield Cluster(file, address, scheduler, workers)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and what it started, and wait for it."""
    for pid in [*family(process.pid), process.pid]:
        kill(pid, signal.SIGKILL)
    process.wait()


def settled(workers: Sequence[DaskWorker]) -> None:
    """Until no worker has a run."""
    until = time.monotonic() + 60
    while any(": ended" not in worker.said for worker in workers):
        assert time.monotonic() < until, [worker.said for worker in workers]
        time.sleep(0.05)
