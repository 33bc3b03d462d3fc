"""How many workers a run has, for which target each works, and what each is told. Starts none of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from s3bench_tui.engine.coordination.timeline import Share
from s3bench_tui.engine.groundwork.preparation import OpenTarget, payload_plan
from s3bench_tui.engine.messages import ALONE, Part
from s3bench_tui.engine.plan import WorkerPlan, chance, split
from s3bench_tui.host.facts import usable_cores
from s3bench_tui.spec.effective import slots_of
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stores.registry import for_worker


def crew_size(workload: Workload) -> int:
    """How many workers there are. `processes: auto` is one for each core, and at least one a target; there are never
    more workers than slots, except that each target has one."""
    wanted = int(usable_cores()) if workload.processes == "auto" else workload.processes
    return max(len(workload.targets), min(wanted, slots_of(workload)))


def shares(workload: Workload, targets: Sequence[OpenTarget]) -> list[Share]:
    """One for each worker, in order of rank."""
    weights = [target.spec.share for target in targets]
    found = []
    parts = split(crew_size(workload), weights, least=1)
    for target, (weight, members) in enumerate(zip(weights, parts, strict=True)):
        found += [Share(target, weight / members)] * members
    return found


def worker_plans(
    workload: Workload,
    targets: Sequence[OpenTarget],
    directory: Path,
    run_id: str,
    crew: Sequence[Share],
    epoch_ns: int,
    part: Part = ALONE,
) -> list[WorkerPlan]:
    """What each worker is told, by rank. `epoch_ns` makes the time since 1970 of their clock."""
    parts = [share.weight for share in crew]
    slots = split(slots_of(workload), parts, least=1)
    stop = workload.stop
    ops = split(stop.ops, parts) if stop.ops is not None else [None] * len(crew)
    size = split(stop.bytes, parts) if stop.bytes is not None else [None] * len(crew)
    backlog = split(workload.load.max_backlog, parts)
    plans = []
    for rank, share in enumerate(crew):
        target = targets[share.target]
        team = [other for other, its in enumerate(crew) if its.target == share.target]
        plans.append(
            WorkerPlan(
                directory=str(directory), index=rank, rank=rank, target=share.target, member=team.index(rank), members=len(team),
                run_id=run_id, seed=workload.seed, driver=for_worker(target.driver, 1 / len(team), chance(workload.seed, part) * 1000 + rank),
                entries=target.entries, datasets=target.datasets, payload=payload_plan(workload, workload.payload), open_loop=workload.load.model == "open",
                arrivals=workload.load.arrivals, max_backlog=backlog[rank], stop_ops=ops[rank], stop_bytes=size[rank],
                stop_each_key=stop.each_key is not None, slots=slots[rank], epoch_ns=epoch_ns, part=part,
            )
        )  # fmt: skip
    return plans
