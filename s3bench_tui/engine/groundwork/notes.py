"""What is done at the targets before objects of data sets are made, and after they are gone: notes of who made them, and
directories. Knows no workers and no time; the notes themselves are `claims`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from s3bench_tui.engine.groundwork.claims import (
    Claim,
    folders_of_claims,
    notes_folder,
    objects_of,
    read_claims,
    strike,
    write_claim,
)
from s3bench_tui.engine.objects.intervals import Intervals, indices, union, where_zero, within
from s3bench_tui.engine.objects.spaces import folders_of
from s3bench_tui.engine.plan import DatasetPlan
from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import OWN, Store
from s3bench_tui.stores.folders import absent, make_folders, remove_folders
from s3bench_tui.stores.uri import FORMS, Uri
from s3bench_tui.units import NS_PER_S

Tell = Callable[[str], None]


def lacking_folders(plan: DatasetPlan, uri: Uri) -> Intervals:
    """Which directories of a data set are missing; none where directories need not be made."""
    if FORMS[uri.scheme] != "directory":
        return ()
    folders = folders_of(plan)
    missing = absent(uri.root, map(folders.folder, range(folders.count)))
    return where_zero(bytes(not gone for gone in missing))


def with_claims(plan: DatasetPlan, store: Store, uri: Uri) -> DatasetPlan:
    """The plan with what earlier runs made, too; TargetError where their notes cannot be read."""
    claims = read_claims(store, uri.prefix, plan)
    return replace(
        plan,
        created=union(plan.created, within(objects_of(claims), (0, plan.count))),
        created_folders=union(plan.created_folders, folders_of_claims(claims)),
    )


def lay(
    store: Store, uri: Uri, datasets: Sequence[DatasetPlan], run_id: str, seed: int, epoch_ns: int, tell: Tell
) -> None:
    """Note what this run is about to make in one target, and make the directories for it.

    `epoch_ns` is the time since 1970. Where the note cannot be written the run goes on: `tell` hears that no later run can delete what it makes."""
    for plan in datasets:
        objects: Intervals = () if plan.ask else tuple(plan.missing)
        if not objects and not plan.folders:
            continue
        made_at = datetime.fromtimestamp(epoch_ns / NS_PER_S, UTC).isoformat(timespec="milliseconds")
        claim = Claim(run_id, made_at, seed, plan.sizes, objects, tuple(plan.folders))
        try:
            write_claim(store, uri.prefix, plan, claim)
            # What this run makes anew is its own from now on.
            older = [each for each in read_claims(store, uri.prefix, plan) if each.run_id != run_id]
            strike(store, uri.prefix, plan, [each for each in older if not each.folders], objects)
        except TargetError as error:
            tell(f"data set {plan.id}: it cannot be noted who made it, and so --cleanup-only will not take it: {error}")
        if plan.folders:
            make_folders(uri.root, map(folders_of(plan).folder, indices(plan.folders)))


def forget(store: Store, uri: Uri, plan: DatasetPlan, gone: Intervals) -> None:
    """Once these objects are gone: remove their directories where they are empty, and the notes that stand for no others."""
    claims = read_claims(store, uri.prefix, plan)
    is_directory = FORMS[uri.scheme] == "directory"
    if is_directory:
        ours = folders_of(plan)
        made = union(plan.created_folders, folders_of_claims(claims))
        backwards = (number for start, stop in reversed(made) for number in range(stop - 1, start - 1, -1))
        remove_folders(uri.root, map(ours.folder, backwards))
    strike(store, uri.prefix, plan, claims, gone)
    if is_directory:
        remove_folders(uri.root, [notes_folder("", plan), OWN])
