"""What is there of a data set: a listing, compared with the keys and sizes that are computed. Reads; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from s3bench_tui.engine.objects.intervals import Intervals, total, where_zero
from s3bench_tui.engine.objects.spaces import key_space
from s3bench_tui.engine.plan import DatasetPlan
from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import ListingRefused, Store

Tell = Callable[[str], None]


def survey(plan: DatasetPlan, create: str, seed: int, store: Store, tell: Tell) -> DatasetPlan:
    """The plan with what is missing, and so will be made. An object of another size is somebody else's: TargetError."""
    if create == "never" or not store.lacks_objects:
        return plan
    everything = ((0, plan.count),)
    if create == "always":
        return replace(plan, missing=everything, created=everything)
    try:
        missing = _missing(plan, seed, store)
    except ListingRefused as refused:
        tell(f"{refused}; each of the {plan.count} objects is asked for instead")
        return replace(plan, missing=everything, ask=True)
    there = plan.count - total(missing)
    tell(f"data set {plan.id}: {there:,} of {plan.count:,} objects are there")
    return replace(plan, missing=missing, created=missing)


def _missing(plan: DatasetPlan, seed: int, store: Store) -> Intervals:
    keys = key_space(plan, seed)
    present = bytearray(plan.count)
    for found in store.list(plan.prefix):
        index = keys.index_of(found.key)
        if index is None:
            continue
        if found.size_bytes != keys.size(index):
            raise TargetError(
                f"{found.key} has {found.size_bytes} bytes, and the data set would have {keys.size(index)} there; "
                "choose another prefix for the data set, or describe it as it is (count, size and seed)"
            )
        present[index] = 1
    return where_zero(present)
