"""Deletes what earlier runs made of the data sets, by their notes, and nothing else. Lists and deletes; times nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from s3bench_tui.engine.groundwork.claims import Claim, Makers, objects_of, read_claims
from s3bench_tui.engine.groundwork.notes import forget
from s3bench_tui.engine.groundwork.preparation import open_datasets
from s3bench_tui.engine.objects.intervals import total
from s3bench_tui.engine.objects.spaces import key_space
from s3bench_tui.engine.plan import DatasetPlan
from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stores.base import Store
from s3bench_tui.stores.uri import Uri

Tell = Callable[[str], None]
_BATCH = 8000
"""Keys that are deleted together; a store makes several requests of them, at the same time."""


@dataclass(frozen=True, slots=True)
class _Noted:
    """A data set in a target, and what is noted of it."""

    name: str
    store: Store
    uri: Uri
    plan: DatasetPlan
    claims: tuple[Claim, ...]


def clear(workload: Workload, tell: Tell) -> bool:
    """Delete what is noted of every data set, and `tell` what came of it; whether all is well by `cleanup_mode`.

    TargetError, before anything is deleted, where a data set is there and no note says that this program made it, and
    where a target does not answer or gives no listing."""
    with open_datasets(workload) as opened:
        noted = [
            _Noted(f"{target}: data set {plan.id}", store, uri, plan, read_claims(store, uri.prefix, plan))
            for target, store, uri, plans in opened
            for plan in plans
        ]
        for each in noted:
            _refuse_foreign(each)
        well = [_clear(each, workload.cleanup_mode, tell) for each in noted]
    return all(well)


def _refuse_foreign(noted: _Noted) -> None:
    if noted.claims:
        return
    keys = key_space(noted.plan, 0)
    foreign = next(
        (found for found in noted.store.list(noted.plan.prefix) if keys.index_of(found.key) is not None), None
    )
    if foreign is not None:
        raise TargetError(
            f"{noted.name}: {foreign.key} is there, and no note in .s3bench/ says that this program made it, so that nothing "
            "is deleted; delete it with the tool that made it, or with the store's own"
        )


def _clear(noted: _Noted, mode: str, tell: Tell) -> bool:
    """Delete one data set; whether that went as `mode` wants it."""
    if not noted.claims:
        tell(f"{noted.name}: nothing is there, and nothing is noted")
        return mode != "strict"
    objects = objects_of(noted.claims)
    foreign: list[str] = []
    own = _own_keys(noted, foreign)
    found = gone = 0
    fault = ""
    while batch := list(islice(own, _BATCH)):
        found += len(batch)
        try:
            gone += noted.store.delete(batch)
        except TargetError as error:
            fault = str(error)
    missing = total(objects) - found - len(foreign)
    tell(f"{noted.name}: {gone:,} objects deleted")
    if foreign:
        tell(
            f"  {len(foreign):,} have another size than this program gave them, and stay: {foreign[0]}{' ...' * (len(foreign) > 1)}"
        )
    if missing > 0:
        tell(f"  {missing:,} were gone already")
    if gone < found:
        tell(f"  {found - gone:,} could not be deleted{f': {fault}' if fault else ''}; once more takes them")
        return mode == "besteffort"
    forget(noted.store, noted.uri, noted.plan, objects)
    return mode != "strict" or (missing <= 0 and not foreign)


def _own_keys(noted: _Noted, foreign: list[str]) -> Iterator[str]:
    """Keys that are there and were noted; those of noted indices that have another size are added to `foreign`."""
    makers = Makers(noted.claims)
    # The data set may have been larger once.
    count = max((stop for _, stop in objects_of(noted.claims)), default=0)
    keys = key_space(replace(noted.plan, count=count), 0)
    for found in noted.store.list(noted.plan.prefix):
        index = keys.index_of(found.key)
        if index is None:
            continue
        answer = makers.made(index, found.size_bytes)
        if answer:
            yield found.key
        elif answer is False:
            foreign.append(found.key)
