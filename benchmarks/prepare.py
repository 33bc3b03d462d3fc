"""How fast a data set is made, beside puts of the mix by the same driver, and beside boto3."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.figures import COST_COLUMNS, Bar, Cost, Sample, Table, cost_rows, rate_ratio
from benchmarks.objects import Measured, script, serving
from benchmarks.server import BUCKET, ENVIRONMENT
from benchmarks.setting import Setting, run_mine

BYTES = 4096
SLOTS = 16
_LOOK = {"op": "stat", "keys": "sequential"}
"""A load that is next to none, since a run needs one."""


def prepare(setting: Setting) -> Table:
    """Objects of 4 KiB on file:// and on s3://: each made once, where nothing was."""
    count = 20_000 if setting.quick else 100_000
    with serving(setting) as nginx:
        s3 = {"uri": f"s3://{BUCKET}/", "endpoint": nginx.endpoint}
        pairs = {
            scheme: (_preparing(setting, place, count), _putting(setting, place, count))
            for scheme, place in (
                ("file://", _folder),
                ("s3://", lambda folder: {**s3, "uri": f"{s3['uri']}{Path(folder).name}/"}),
            )
        }
        boto3 = script(setting, nginx, "boto3", "s3://, put_object, 16 threads", "peers", "boto3-put", nginx.endpoint,
                       BUCKET, "boto3/{:08d}", count, SLOTS, setting.scaled(8_000))  # fmt: skip
        for _ in range(setting.rounds):
            for making, putting in pairs.values():
                making[1]()
                putting[1]()
            boto3[1]()
    costs = [cost for pair in pairs.values() for cost, _ in pair]
    bars = [
        Bar(f"objects a second on {scheme} against plain puts", rate_ratio(making[0], putting[0]), 0.9, at_most=False)
        for scheme, (making, putting) in pairs.items()
    ]
    bars.append(Bar("objects a second against boto3's", rate_ratio(pairs["s3://"][0][0], boto3[0]), 1, at_most=False))
    return Table(
        f"prepare: {count:,} objects of 4 KiB",
        "1 worker, 16 slots, all clients on one core, nginx on another one; each round into an empty directory or below a new "
        "prefix. CPU is that of the whole program, with its start and its end. The floor of this table are puts of the mix on "
        f"file://. Median of {setting.rounds} round(s) in which the clients took turns.",
        COST_COLUMNS,
        cost_rows([*costs, boto3[0]], costs[1]),
        bars,
    )


def _folder(folder: str) -> dict[str, Any]:
    return {"uri": f"file://{folder}/"}


def _workload(target: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"target": dict(target), "concurrency": SLOTS, "processes": 1, **more}


def _preparing(setting: Setting, place: Callable[[str], dict[str, Any]], count: int) -> Measured:
    cost = Cost("s3bench-tui", "preparation")

    def measure() -> None:
        with tempfile.TemporaryDirectory(dir=setting.temp) as folder:
            target = place(folder)
            cost.how = f"{target['uri'].partition('://')[0]}://, preparation"
            dataset = {"count": count, "size": BYTES, "create": "always"}
            made = _workload(target, dataset=dataset, workload=[_LOOK], duration="100ms")
            mine = run_mine(setting, made, env=ENVIRONMENT)
        phase = next(phase for phase in mine.report["phases"] if phase["kind"] == "prepare")
        ops, cpu_s = phase["total"]["ops"], mine.ran.cpu_s
        cost.samples.append(Sample(ops, phase["duration_s"], cpu_s, cpu_s))

    return cost, measure


def _putting(setting: Setting, place: Callable[[str], dict[str, Any]], count: int) -> Measured:
    cost = Cost("s3bench-tui", "puts")

    def measure() -> None:
        with tempfile.TemporaryDirectory(dir=setting.temp) as folder:
            target = place(folder)
            cost.how = f"{target['uri'].partition('://')[0]}://, puts of the mix"
            puts = [{"op": "put", "path": "out/", "size": BYTES}]
            mine = run_mine(setting, _workload(target, workload=puts, stop={"ops": count}), env=ENVIRONMENT)
        cpu_s = mine.ran.cpu_s
        cost.samples.append(Sample(mine.ops, mine.report["measured_s"], cpu_s, cpu_s))

    return cost, measure
