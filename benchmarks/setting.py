"""What all benchmarks are given: how long, how often, on which cores, and how our own program is run."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.command import CommandError, Ran, run
from benchmarks.figures import Cost, Sample, marginal_cpu_s, number

MINE = "s3bench-tui"


@dataclass(frozen=True, slots=True)
class Setting:
    """`command` is how the program is called; `temp` is a directory that is removed in the end."""

    temp: Path
    quick: bool
    command: tuple[str, ...]
    client_core: int | None
    server_core: int | None
    """None where the machine has only one core."""

    @property
    def rounds(self) -> int:
        """How often each client runs; the clients take turns, so that a disturbance hits all of them."""
        return 1 if self.quick else 3

    @property
    def seconds(self) -> int:
        """Length of one run of our own program."""
        return 3 if self.quick else 8

    def scaled(self, ops: int) -> int:
        """So many operations of a client that counts them, or fewer where it has to be quick."""
        return ops // 4 if self.quick else ops


@dataclass(frozen=True, slots=True)
class Mine:
    """One run of our own program."""

    report: Mapping[str, Any]
    ran: Ran
    records: tuple[Mapping[str, Any], ...] = ()
    """Of its recording, where one was made."""

    @property
    def ops(self) -> int:
        return int(self.report["total"]["ops"])

    def first_operation_s(self) -> float:
        """From exec to the start of the measured part, by its own clock."""
        started = datetime.fromisoformat(self.report["started_at"]).timestamp() - self.ran.began_unix_s
        measured = next(phase for phase in self.report["phases"] if phase["kind"] == "measured")
        return started + float(measured["start_s"])


def run_mine(
    setting: Setting,
    workload: Mapping[str, Any],
    *,
    env: Mapping[str, str] | None = None,
    pin: bool = True,
    record: bool = False,
    op_log: bool = False,
) -> Mine:
    """Run a workload headless, without a probe. ValueError where operations failed: what failed costs something else."""
    with tempfile.TemporaryDirectory(dir=setting.temp) as name:
        folder = Path(name)
        file, report, recording = folder / "workload.yaml", folder / "report.json", folder / "recording.jsonl"
        file.write_text(json.dumps(workload))  # JSON is YAML
        argv = [*setting.command, "--headless", str(file), "--report", str(report), "--no-probe", "--quiet"]
        if record:
            argv += ["--record", str(recording)]
        if op_log:
            argv += ["--op-log", str(folder / "ops.tsv.zst")]
        try:
            ran = run(argv, core=setting.client_core if pin else None, env=env)
        except CommandError as error:
            reason = json.loads(report.read_text())["reason"] if report.exists() else ""
            raise CommandError(f"{error}{reason}", error.status) from None
        found = json.loads(report.read_text())
        records = tuple(json.loads(line) for line in recording.read_text().splitlines()) if record else ()
    if found["total"]["errors"]:
        raise ValueError(f"{MINE} had failed operations: {found['errors']}")
    return Mine(found, ran, records)


class MyCost:
    """Measures our own program over a workload: the CPU of its whole process tree, without start and end.

    Both are found by comparison with a run of one second: the figure is the kernel's, and not what the program says
    of itself. That is kept beside it.
    """

    def __init__(
        self,
        setting: Setting,
        workload: Mapping[str, Any],
        how: str,
        *,
        env: Mapping[str, str] | None = None,
        pin: bool = True,
        record: bool = False,
        op_log: bool = False,
        name: str = MINE,
        longer: int = 1,
    ) -> None:
        self.cost = Cost(name, how)
        self.told_us_per_op: list[float] = []
        self.rss_max_bytes = 0
        self._short: tuple[int, float] | None = None
        self._run: Callable[[int], Mine] = lambda seconds: run_mine(
            setting, {**workload, "duration": seconds}, env=env, pin=pin, record=record, op_log=op_log
        )
        self._seconds = setting.seconds * longer
        self._rounds = setting.rounds

    def measure(self) -> None:
        """Add one round."""
        if self._short is None:
            runs = sorted((self._run(1) for _ in range(self._rounds)), key=lambda mine: mine.ran.cpu_s)
            middle = runs[len(runs) // 2]
            self._short = middle.ops, middle.ran.cpu_s
        mine = self._run(self._seconds)
        cpu_s = marginal_cpu_s(mine.ops, mine.ran.cpu_s, *self._short)
        self.cost.samples.append(Sample(mine.ops, mine.report["measured_s"], cpu_s, mine.ran.cpu_s))
        self.told_us_per_op.append(mine.report["client"]["cpu_us_per_op"])
        self.rss_max_bytes = max([self.rss_max_bytes, *(worker["rss_max_bytes"] for worker in mine.report["workers"])])

    def note(self) -> str:
        """What it says of itself, and what starting it takes."""
        startup_s = median(sample.tree_cpu_s - sample.cpu_s for sample in self.cost.samples)
        return (
            f"{self.cost.name} ({self.cost.how}): its report says {number(median(self.told_us_per_op))} us of CPU an "
            f"operation; start and end of the program take {startup_s:.2f} s of CPU; its workers had "
            f"{self.rss_max_bytes / 2**20:.0f} MiB each at most."
        )


def cores() -> tuple[int | None, int | None]:
    """A core for the client and another one for the server; None for both where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)
