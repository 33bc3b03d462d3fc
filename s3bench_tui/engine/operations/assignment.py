"""Which source each line of a worker's mix gets, over which keys. Knows plans and sources, and no driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from time import monotonic_ns

from s3bench_tui.engine.objects.keys import (
    Chooser,
    Keys,
    ListedKeys,
    Once,
    RandomOffset,
    Sequential,
    SequentialOffset,
    Uniform,
    Within,
    Zipf,
)
from s3bench_tui.engine.objects.sizes import size_source
from s3bench_tui.engine.objects.spaces import key_space
from s3bench_tui.engine.objects.written import DIRECTORY, Written
from s3bench_tui.engine.operations.changes import (
    Copies,
    DeletesOfDataset,
    DeletesOfWritten,
    Directories,
    Preparation,
    Puts,
)
from s3bench_tui.engine.operations.expectation import Expecting, Missing
from s3bench_tui.engine.operations.source import Source
from s3bench_tui.engine.operations.sources import Lists, Nothing, RangedReads, Reads, Rewrites
from s3bench_tui.engine.operations.verification import Verification
from s3bench_tui.engine.operations.versionbook import VersionKeeper
from s3bench_tui.engine.plan import EntryPlan, RangePlan, WorkerPlan
from s3bench_tui.engine.shared import Life
from s3bench_tui.stores.base import COPY, DELETE, LIST, MKDIR, PUT, RMDIR


def open_sources(plan: WorkerPlan, life: Life, rng: Random, clock: Callable[[], int] = monotonic_ns) -> list[Source]:
    """One source for each line of the plan's mix, going on from the plan's cursors where it replaces a lost worker."""
    verification = Verification(plan, lambda: clock() + plan.epoch_ns)
    datasets: dict[str, Keys] = {dataset.id: key_space(dataset, plan.seed) for dataset in plan.datasets}
    written: dict[str, Written] = {}
    for entry in plan.entries:
        if entry.kind in (PUT, COPY) and entry.keys.source == "written":
            new = Written(entry.keys.path, plan.run_id, plan.index, entry.keys.shards)
            written.setdefault(entry.keys.path, new)
    directories: dict[str, Written] = {}
    for entry in plan.entries:
        if entry.kind == MKDIR and not entry.elsewhere:
            path = entry.keys.path
            directories.setdefault(path, Written(path, plan.run_id, plan.index, name=DIRECTORY))
    keeper = VersionKeeper(plan, rng.random) if plan.driver.options.get("versioned") else None
    sources: list[Source] = []
    for number, entry in enumerate(plan.entries):
        cursors = life.cursors(number)
        # Ids of puts begin anew under the replacement's own number. So does its part of the preparation: what was in
        # flight may be missing, and to make the same object again does no harm.
        if plan.cursors and entry.keys.source not in ("written", "directories") and not entry.prepares:
            for word, value in enumerate(plan.cursors[number]):
                cursors[word] = value
        if plan.cursors and entry.kind == COPY:
            cursors[0] = plan.cursors[number][0]
        if keeper is not None and entry.keys.source == "versions":
            sources.append(keeper.opened(entry))
            continue
        if entry.keys.source == "directories":
            sources.append(_of_directories(entry, directories, cursors))
            continue
        source = _open_source(plan, entry, cursors, datasets, written, rng, verification)
        if keeper is not None:
            source = keeper.around(entry, source)
        sources.append(source if entry.expect is None else Expecting(source, entry.expect, plan.driver.scheme))
    return sources


def _of_directories(entry: EntryPlan, made: Mapping[str, Written], cursors: memoryview) -> Source:
    path = entry.keys.path
    if entry.kind == MKDIR:
        return Directories(made[path], cursors)
    return DeletesOfWritten([each for below, each in made.items() if below.startswith(path)], 1, cursors, RMDIR)


def _open_source(
    plan: WorkerPlan,
    entry: EntryPlan,
    cursors: memoryview,
    datasets: Mapping[str, Keys],
    written: dict[str, Written],
    rng: Random,
    verification: Verification,
) -> Source:
    keys_plan = entry.keys
    if entry.elsewhere:
        return Nothing()
    if entry.kind == LIST:
        return Lists(keys_plan.path)
    if keys_plan.source == "written":
        # Puts and deletes of one prefix share its ids; a delete takes from the puts whose prefixes lie below its own.
        if entry.kind == PUT:
            assert entry.sizes is not None
            return Puts(written[keys_plan.path], size_source(entry.sizes, plan.seed), rng.random, cursors)
        if entry.kind == COPY:
            keys = datasets[keys_plan.dataset]
            chooser = _chooser(plan, entry, keys, cursors, rng)
            return Copies(written[keys_plan.path], keys, chooser, cursors, keys_plan.choice == "once")
        below = [made for path, made in written.items() if path.startswith(keys_plan.path)]
        return DeletesOfWritten(below, entry.batch, cursors)
    keys = _keys(entry, datasets)
    if entry.prepares:
        dataset = next(dataset for dataset in plan.datasets if dataset.id == keys_plan.dataset)
        once = Once(dataset.missing, plan.member, plan.members, cursors[0])
        return Preparation(keys, once, dataset.ask, cursors)
    if entry.kind == DELETE:
        return DeletesOfDataset(
            keys, Once((plan.part.of(keys.count),), plan.member, plan.members, cursors[0]), entry.batch, cursors
        )
    chooser = _chooser(plan, entry, keys, cursors, rng)
    cursor = cursors if keys_plan.choice == "once" else None
    first_version = verification.clock()

    def reads(chosen: Chooser) -> Source:
        if entry.kind == PUT:
            return Rewrites(keys, chosen, cursor, first_version)
        if keys_plan.choice == "missing":
            return Missing(entry.kind, keys, chosen, plan.run_id)
        if entry.range is None:
            return Reads(entry.kind, keys, chosen, cursor)
        return RangedReads(keys, chosen, cursor, entry.range, _offsets(plan, entry.range, rng))

    return verification.around(entry, chooser, reads)


def _keys(entry: EntryPlan, datasets: Mapping[str, Keys]) -> Keys:
    if entry.keys.source == "dataset":
        return datasets[entry.keys.dataset]
    return ListedKeys([key for key, _ in entry.keys.listed], [size for _, size in entry.keys.listed])


def _chooser(plan: WorkerPlan, entry: EntryPlan, keys: Keys, cursors: memoryview, rng: Random) -> Chooser:
    first, stop = plan.part.of(keys.count)
    if entry.keys.choice == "once":  # by the whole fleet
        return Once(((first, stop),), plan.member, plan.members, cursors[0])
    if not plan.part.partitioned or keys.count < plan.part.count:  # that cannot be parted
        return _repeating(plan, entry, keys.count, rng, first + plan.member)
    chooser = _repeating(plan, entry, stop - first, rng, plan.member)
    return Within(chooser, first) if first else chooser


def _repeating(plan: WorkerPlan, entry: EntryPlan, count: int, rng: Random, place: int) -> Chooser:
    """A chooser without an end over so many objects; `place` is where a sequence begins."""
    match entry.keys.choice:
        case "zipf":
            return Zipf(count, entry.keys.theta, rng.random, plan.seed)
        case "sequential":
            return Sequential(count, place, plan.members)
        case _:
            return Uniform(count, rng.random)


def _offsets(plan: WorkerPlan, range_plan: RangePlan, rng: Random) -> Callable[[int, int], int]:
    if range_plan.offset == "random":
        return RandomOffset(range_plan.align_bytes, rng.random).offset
    if range_plan.offset == "sequential":
        return SequentialOffset(range_plan.align_bytes, plan.member, plan.members).offset
    fixed = int(range_plan.offset)
    return lambda _object_size, _range_size: fixed
