"""Whether all objects of the data sets are there, each with its size. Lists; changes and times nothing."""

from __future__ import annotations

from collections.abc import Callable

from s3bench_tui.engine.groundwork.preparation import open_datasets
from s3bench_tui.engine.objects.spaces import key_space
from s3bench_tui.engine.plan import DatasetPlan
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stores.base import Store
from s3bench_tui.units import format_size

_NAMED = 10
"""So many faults of each data set are named."""


def verify(workload: Workload, tell: Callable[[str], None]) -> bool:
    """Compare every data set with a listing, and `tell` what is there and what is not; True where nothing is wrong.

    TargetError where a target does not answer, or gives no listing."""
    sound = True
    with open_datasets(workload) as opened:
        for target, store, _, plans in opened:
            for plan in plans:
                sound = _verify(target, store, plan, workload.seed, tell) and sound
    return sound


def _verify(target: str, store: Store, plan: DatasetPlan, seed: int, tell: Callable[[str], None]) -> bool:
    if not store.lacks_objects:
        tell(f"{target}: data set {plan.id}: every object is there without being made")
        return True
    keys = key_space(plan, seed)
    present = bytearray(plan.count)
    faults: list[str] = []
    wrong = size_bytes = 0
    for found in store.list(plan.prefix):
        index = keys.index_of(found.key)
        if index is None:
            continue
        present[index] = 1
        if found.size_bytes == keys.size(index):
            size_bytes += found.size_bytes
            continue
        wrong += 1
        if len(faults) < _NAMED:
            faults.append(f"{found.key} has {found.size_bytes} bytes in place of {keys.size(index)}")
    there = sum(present)
    index = -1
    while len(faults) < _NAMED and (index := present.find(0, index + 1)) >= 0:
        faults.append(f"{keys.key(index)} is missing")
    good = there - wrong
    head = f"{target}: data set {plan.id}: {good:,} of {plan.count:,} objects are there with their sizes, {format_size(size_bytes)}"
    tell(f"{head}; {plan.count - there:,} are missing, {wrong:,} have another size" if good < plan.count else head)
    for fault in faults:
        tell(f"  {fault}")
    if good + len(faults) < plan.count:
        tell(f"  and {plan.count - good - len(faults):,} more")
    return good == plan.count
