"""Deletes what a run created, where the workload asks for it: keys that its own workers wrote, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from s3bench_tui.engine.coordination.crew import Member
from s3bench_tui.engine.groundwork.notes import forget
from s3bench_tui.engine.groundwork.preparation import OpenTarget
from s3bench_tui.engine.objects.intervals import indices
from s3bench_tui.engine.objects.spaces import key_space
from s3bench_tui.engine.objects.written import DIRECTORY, OBJECT, heads_of_run, left
from s3bench_tui.engine.operations.versionbook import noted, notes_path
from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import COPY, DELETE, MKDIR, PUT, RMDIR
from s3bench_tui.stores.folders import remove_folders
from s3bench_tui.stores.versions import RemovesVersions

BATCH = 1000


def written_keys(target: OpenTarget, members: Iterable[Member]) -> Iterator[str]:
    """Keys that this run's puts and copies made and that may still be there."""
    return _made(target, members, "written", (PUT, COPY), DELETE, OBJECT)


def written_directories(target: OpenTarget, members: Iterable[Member]) -> Iterator[str]:
    """Directories that this run's operations made and that may still be there."""
    return _made(target, members, "directories", (MKDIR,), RMDIR, DIRECTORY)


def _made(
    target: OpenTarget, members: Iterable[Member], source: str, making: Sequence[int], taking: int, name: str
) -> Iterator[str]:
    for member in members:
        if member.plan.target != target.index or member.life is None:
            continue
        makers = [
            number
            for number, entry in enumerate(target.entries)
            if entry.kind in making and entry.keys.source == source
        ]
        paths = list(dict.fromkeys(target.entries[number].keys.path for number in makers))
        for path in paths:
            its = [number for number in makers if target.entries[number].keys.path == path]
            words = [member.life.cursors(number) for number in its]
            takers = [
                number
                for number, entry in enumerate(target.entries)
                if entry.kind == taking and entry.keys.source == source and path.startswith(entry.keys.path)
            ]
            # Only where one line takes from one prefix has it told how far it came.
            first = 0
            if len(takers) == 1 and sum(other.startswith(target.entries[takers[0]].keys.path) for other in paths) == 1:
                first = member.life.cursors(takers[0])[0]
            state = first, max(word[1] for word in words)
            shards = target.entries[its[0]].keys.shards
            yield from left(path, member.plan.run_id, member.plan.index, state, shards, name)


def created_dataset_keys(target: OpenTarget) -> Iterator[str]:
    """Keys of the data sets that this run made, or that an earlier one is known to have made."""
    for dataset in target.datasets:
        yield from map(key_space(dataset, 0).key, indices(dataset.created))


def _forget_datasets(target: OpenTarget) -> None:
    """Take away, once the objects are gone, their directories and the notes of who made them."""
    for dataset in target.datasets:
        if dataset.created or dataset.created_folders:
            forget(target.store, target.uri, dataset, tuple(dataset.created))


def clean_up(
    what: str,
    targets: Sequence[OpenTarget],
    members: Sequence[Member],
    tell: Callable[[str], None],
    goes_on: Callable[[], bool],
) -> dict[str, int]:
    """Delete and count: `written` and, where `what` is `all`, `dataset`; and what is `left` though it should be gone.

    A target that fails only now has been measured all the same: `tell` hears of it, and the next one has its turn.
    `goes_on` is asked before each request; once it says no, the rest is left.
    """
    counts: dict[str, int] = {}
    if what == "none":
        return counts
    for target in targets:
        try:
            if isinstance(target.store, RemovesVersions) and target.spec.versioned:
                _remove_versions(what, target, target.store, members, counts, goes_on)
                continue
            gone, stay, fault = _delete(target, written_keys(target, members), goes_on)
            gone += remove_folders(target.uri.root, written_directories(target, members))
            counts["written"] = counts.get("written", 0) + gone
            if what == "all":
                gone, kept, why = _delete(target, created_dataset_keys(target), goes_on)
                counts["dataset"] = counts.get("dataset", 0) + gone
                stay, fault = stay + kept, fault or why
                if not kept:
                    _forget_datasets(target)
                if any(dataset.ask for dataset in target.datasets):
                    tell(
                        f"{target.name}: the data set is kept: without a listing, this run cannot tell its own objects"
                    )
        except TargetError as error:
            stay, fault = 1, str(error)  # of versions nobody knows how many there are
        if stay:
            counts["left"] = counts.get("left", 0) + stay
            said = f"{target.name}: not everything could be cleaned up: {stay:,} left"
            tell(f"{said}: {fault}" if fault else said)
    return counts


def _remove_versions(
    what: str,
    target: OpenTarget,
    store: RemovesVersions,
    members: Sequence[Member],
    counts: dict[str, int],
    goes_on: Callable[[], bool],
) -> None:
    """Of keys that carry the name of this run every version; of others those that its workers noted."""
    own = [member.plan for member in members if member.plan.target == target.index]
    puts = [entry for entry in target.entries if entry.kind in (PUT, COPY) and entry.keys.source == "written"]
    heads = {
        head for entry in puts for plan in own for head in heads_of_run(entry.keys.path, plan.run_id, entry.keys.shards)
    }
    gone = 0
    for head in sorted(heads):
        _require(goes_on)
        gone += store.remove_versions_below(head)
    for part in ("written", "dataset") if what == "all" else ("written",):
        for plan in own:
            _require(goes_on)
            gone += store.remove_versions(noted(notes_path(plan.directory, plan.index), part), current=what == "all")
        counts[part], gone = counts.get(part, 0) + gone, 0
    for dataset in target.datasets if what == "all" else ():
        forget(target.store, target.uri, dataset, tuple(dataset.missing))


def _require(goes_on: Callable[[], bool]) -> None:
    if not goes_on():
        raise TargetError("the clean-up was cut short")


def _delete(target: OpenTarget, keys: Iterator[str], goes_on: Callable[[], bool]) -> tuple[int, int, str]:
    """How many are gone, how many are not, and why."""
    gone = stay = 0
    while batch := list(islice(keys, BATCH)):
        try:
            _require(goes_on)
            deleted = target.store.delete(batch)
        except TargetError as error:
            return gone, stay + len(batch) + sum(1 for _ in keys), str(error)
        gone, stay = gone + deleted, stay + len(batch) - deleted
    return gone, stay, ""
