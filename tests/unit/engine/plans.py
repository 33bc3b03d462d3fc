"""Plans for workers and targets as the tests of the engine's parts need them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from s3bench_tui.engine.plan import DatasetPlan, EntryPlan, KeyPlan, PayloadPlan, PhasePlan, WorkerPlan
from s3bench_tui.stores.base import GET, DriverConfig

DATASET = DatasetPlan("data/", "{index:03d}", 10, {"type": "fixed", "size": 1000})


def entry(kind: int = GET, source: str = "dataset", path: str = "", **changes: Any) -> EntryPlan:
    keys = KeyPlan(source, path, changes.pop("choice", "uniform"), listed=changes.pop("listed", ()))
    return EntryPlan(changes.pop("name", "line"), kind, keys, **changes)


def worker_plan(directory: Path, *entries: EntryPlan, **changes: Any) -> WorkerPlan:
    plan = WorkerPlan(
        directory=str(directory), index=0, rank=0, target=0, member=0, members=1, run_id="r1", seed=1,
        driver=DriverConfig("null", ""), entries=entries or (entry(),), datasets=(DATASET,),
        payload=PayloadPlan(0, "zero", 1, 1), open_loop=False, arrivals="constant", max_backlog=1000, stop_ops=None,
        stop_bytes=None, stop_each_key=False, slots=4,
    )  # fmt: skip
    return replace(plan, **changes)


def phase_plan(index: int, start_ns: int, kind: str = "measured", **changes: Any) -> PhasePlan:
    plan = PhasePlan(
        index=index, kind=kind, start_ns=start_ns, dispatches=kind in ("prepare", "warmup", "measured"),
        counts_towards_stop=kind == "measured", weights=(1.0,), slots=(4,), limits=None, rates=(None,),
    )  # fmt: skip
    return replace(plan, **changes)
