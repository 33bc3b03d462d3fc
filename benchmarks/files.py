"""What a read of a local file costs the client: from the page cache, and past it; beside C and fio."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.command import run
from benchmarks.figures import COST_COLUMNS, Bar, Cost, Sample, Table, cost_rows, cpu_ratio, rate_ratio
from benchmarks.server import SMALL, SMALL_BYTES, SMALL_COUNT, fill
from benchmarks.setting import MyCost, Setting

SOURCE = Path(__file__).with_name("cached.c")
BIG = "prepared-00000000.dat"
BIG_BYTES = 1 << 30


def file_get(setting: Setting) -> Table:
    """Whole files of 4 KiB from the page cache."""
    with tempfile.TemporaryDirectory(dir=setting.temp) as name:
        folder = Path(name)
        fill(folder, SMALL, SMALL_COUNT, SMALL_BYTES)
        c = Cost("C", "open, read, close in one thread", missing="" if shutil.which("cc") else "no C compiler (cc)")
        floor = Cost("Python", "open, readv, close in one thread")
        slots = {
            count: MyCost(setting, _cached(folder, count), f"file://, 1 worker, {count} slot{'s' * (count > 1)}")
            for count in (1, 16)
        }
        loop = folder / "cached"
        if not c.missing:
            run(["cc", "-O2", "-o", str(loop), str(SOURCE)])
        in_c = [
            str(loop),
            str(folder / SMALL.replace("{:08d}", "%08d")),
            str(SMALL_COUNT),
            str(setting.scaled(1_000_000)),
        ]
        in_python = [sys.executable, "-m", "benchmarks.floor", "file", str(folder / SMALL), str(SMALL_COUNT),
                     str(setting.scaled(800_000))]  # fmt: skip
        for _ in range(setting.rounds):
            if not c.missing:
                _script(setting, c, in_c)
            _script(setting, floor, in_python)
            for cost in slots.values():
                cost.measure()
    mine = [cost.cost for cost in slots.values()]
    bars = [Bar(f"CPU against C, {cost.how}", cpu_ratio(cost, c), 2.2) for cost in mine]
    return Table(
        "file_get: cached files of 4 KiB",
        f"{SMALL_COUNT} files that the page cache holds, all clients on one core; the floor of this table is the loop in C. "
        f"Median of {setting.rounds} round(s) in which the clients took turns.",
        COST_COLUMNS,
        cost_rows([c, floor, *mine], c),
        bars,
        [cost.note() for cost in slots.values()],
    )


def _cached(folder: Path, slots: int) -> dict[str, Any]:
    return {
        "target": f"file://{folder}/",
        "concurrency": slots,
        "processes": 1,
        "dataset": {"count": SMALL_COUNT, "size": SMALL_BYTES, "prefix": "small/", "create": "never"},
        "workload": [{"op": "get", "weight": 70, "name": "first"}, {"op": "get", "weight": 30, "name": "second"}],
    }


def _script(setting: Setting, cost: Cost, argv: list[str]) -> None:
    ran = run(argv, core=setting.client_core)
    told = json.loads(ran.stdout)
    cost.samples.append(Sample(told["ops"], told["wall_s"], told["cpu_s"], ran.cpu_s))


def direct(setting: Setting) -> Table:
    """Random 4 KiB reads past the page cache, 16 at a time."""
    with tempfile.TemporaryDirectory(prefix="s3bench-benchmark-", dir="/var/tmp") as name:
        folder = Path(name)
        _write_big(folder / BIG)
        jobs = [_fio(setting, folder, "psync", 16, 1), _fio(setting, folder, "libaio", 1, 16)]
        mine = MyCost(setting, _direct(folder), "direct://, 2 workers, 16 slots", pin=False)
        for _ in range(setting.rounds):
            for _, measure in jobs:
                measure()
            mine.measure()
    (psync, libaio) = (cost for cost, _ in jobs)
    return Table(
        "direct: O_DIRECT reads of 4 KiB, 16 in flight",
        "One file of 1 GiB, random offsets, on all cores; the floor of this table is fio's psync. fio's CPU holds its "
        f"start, which is small. Median of {setting.rounds} round(s) in which the clients took turns.",
        COST_COLUMNS,
        cost_rows([psync, libaio, mine.cost], psync),
        [Bar("operations per second against fio psync", rate_ratio(mine.cost, psync), 0.95, at_most=False)],
        [mine.note()],
    )


def _write_big(path: Path) -> None:
    block = os.urandom(8 << 20)
    with path.open("wb") as file:
        for _ in range(BIG_BYTES // len(block)):
            file.write(block)
        os.fsync(file.fileno())


def _fio(setting: Setting, folder: Path, engine: str, jobs: int, depth: int) -> tuple[Cost, Callable[[], None]]:
    cost = Cost(f"fio {engine}", f"{jobs} job{'s' * (jobs > 1)}, iodepth {depth}")
    if not shutil.which("fio"):
        cost.missing = "not installed"
    elif run(["fio", "--enghelp"]).stdout.find(engine) < 0:
        cost.missing = f"this fio has no engine {engine}"
    argv = [
        "fio", "--name=reads", f"--filename={folder / BIG}", f"--size={BIG_BYTES}", "--rw=randread", "--bs=4k",
        "--direct=1", f"--ioengine={engine}", f"--numjobs={jobs}", f"--iodepth={depth}", "--time_based",
        f"--runtime={setting.seconds}", "--group_reporting", "--output-format=json",
    ]  # fmt: skip

    def measure() -> None:
        if cost.missing:
            return
        ran = run(argv)
        read = json.loads(ran.stdout[ran.stdout.index("{") :])["jobs"][0]["read"]
        cost.samples.append(Sample(read["total_ios"], read["runtime"] / 1000, ran.cpu_s, ran.cpu_s))

    return cost, measure


def _direct(folder: Path) -> dict[str, Any]:
    return {
        "target": f"direct://{folder}/",
        "concurrency": 16,
        "processes": 2,
        "dataset": {"count": 1, "size": BIG_BYTES, "create": "never"},
        "workload": [{"op": "get", "range": {"size": 4096, "offset": "random"}}],
    }
