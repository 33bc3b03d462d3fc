"""Runs of the engine as tests hold them: started, watched, steered, and what is left of them."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil

from s3bench_tui.engine.local import LocalEngine
from s3bench_tui.engine.messages import (
    Event,
    Interval,
    Phase,
    PhaseClosed,
    PhaseOpened,
    Record,
    RunEnded,
    RunOptions,
    RunStarted,
)
from s3bench_tui.report.build import build
from s3bench_tui.spec.loading import load_mapping
from s3bench_tui.stats.tally import Row, merged, total_of

PATIENCE_S = 30.0
"""No run of a test takes longer, however loaded the machine is."""

R = TypeVar("R")


class Run:
    """One run, from its start to what it left."""

    def __init__(self, spec: Mapping[str, Any], probe: bool = True) -> None:
        self.records: list[Record] = []
        self.engine = LocalEngine(self.records.append, RunOptions(probe=probe))
        self._workload = load_mapping({"processes": 1, **spec}).workload

    # --- while it lasts

    def start(self) -> None:
        self.engine.start(self._workload)

    def wait_for(self, what: Callable[[], R]) -> R:
        """Receive until `what` gives something true; an AssertionError where the run ends before."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := what()):
            assert not self.engine.ended, f"the run ended too early: {self.engine.error}"
            assert time.monotonic() < deadline, "waited too long"
            self.engine.receive(0.02)
        return found

    def watch(self, seconds: float) -> None:
        """Receive for so long, or until the run has ended."""
        deadline = time.monotonic() + seconds
        while not self.engine.ended and time.monotonic() < deadline:
            self.engine.receive(0.02)

    def measuring(self, seconds: float = 0.0) -> None:
        """Wait until the measured part has begun, and then so long."""
        self.wait_for(lambda: any(phase.kind == "measured" for phase in self.opened))
        self.watch(seconds)

    def finish(self) -> Run:
        """Receive until the end."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.engine.ended:
            assert time.monotonic() < deadline, "the run did not end"
            self.engine.receive(0.05)
        return self

    @property
    def engine_pid(self) -> int:
        process = self.engine._process
        assert process is not None
        return process.pid

    def worker_pids(self) -> list[int]:
        """Worker processes that are alive now."""
        children = psutil.Process(self.engine_pid).children()
        return [child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE]

    # --- what it left

    def of(self, kind: type[R]) -> list[R]:
        return [record for record in self.records if isinstance(record, kind)]

    @property
    def run_id(self) -> str:
        return self.of(RunStarted)[0].run_id

    @property
    def opened(self) -> list[Phase]:
        return [record.phase for record in self.of(PhaseOpened)]

    @property
    def phases(self) -> list[Phase]:
        """Closed phases, in order."""
        return [record.phase for record in self.of(PhaseClosed)]

    @property
    def end(self) -> RunEnded:
        return self.of(RunEnded)[0]

    @property
    def report(self) -> dict[str, Any]:
        return build(self.records).as_dict()

    def events(self, kind: str) -> list[Event]:
        return [event for event in self.of(Event) if event.kind == kind]

    def row(self, *kinds: str) -> Row:
        """All that completed in phases of these kinds (all phases where none is given)."""
        wanted = {phase.index for phase in self.opened if not kinds or phase.kind in kinds}
        return total_of(merged(*(interval.tally for interval in self.of(Interval) if interval.phase in wanted)))

    def by_entry(self, *kinds: str) -> dict[str, Row]:
        """The same, by the names of the lines of the mix (`prepare` is the engine's own)."""
        names = [entry.name for entry in self.of(RunStarted)[0].entries]
        wanted = {phase.index for phase in self.opened if not kinds or phase.kind in kinds}
        rows: dict[str, Row] = {}
        for interval in self.of(Interval):
            if interval.phase in wanted:
                for key, row in interval.tally.items():
                    rows[names[key.entry]] = rows.get(names[key.entry], Row()) + row
        return rows

    @property
    def censored(self) -> int:
        """Operations that nobody saw end."""
        return sum(histogram.n for histogram in self.end.censored.values())

    @property
    def shared_memory(self) -> list[Path]:
        """What is left of this run in shared memory."""
        return list(Path("/dev/shm").glob(f"s3bench-{os.getuid()}-{self.run_id}*"))


@contextmanager
def started(spec: Mapping[str, Any], probe: bool = True) -> Iterator[Run]:
    """A run that is on; whatever happens, nothing of it is left behind."""
    run = Run(spec, probe)
    run.start()
    try:
        yield run
    finally:
        run.engine.close()


def finished(spec: Mapping[str, Any], probe: bool = True) -> Run:
    """A run from its start to its end, which was reached without an error."""
    with started(spec, probe) as run:
        run.finish()
    assert run.engine.error is None, run.engine.error
    assert not run.shared_memory
    return run


def objects(root: Path) -> dict[str, int]:
    """Files below a directory and their sizes, but for the program's own notes."""
    found = [path for path in root.rglob("*") if path.is_file() and ".s3bench" not in path.parts]
    return {str(path.relative_to(root)): path.stat().st_size for path in found}


def forget(root: Path) -> None:
    """Let what lies there look as if another tool had made it."""
    shutil.rmtree(root / ".s3bench")


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def is_gone(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def null(latency: Any = 0, **options: Any) -> dict[str, Any]:
    """A target without I/O."""
    return {"uri": "null://n/", "null": {"latency": latency, **options}}
