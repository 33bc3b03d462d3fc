"""From a workload to what the workers are told: targets opened and probed, globs listed, missing objects found.

Talks to the control planes only; starts nothing and times nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from s3bench_tui.engine.groundwork.census import Tell, survey
from s3bench_tui.engine.groundwork.notes import lacking_folders, lay, with_claims
from s3bench_tui.engine.groundwork.options import check_installed, line_options
from s3bench_tui.engine.groundwork.room import warn_of_room
from s3bench_tui.engine.messages import ALONE, Part
from s3bench_tui.engine.objects.intervals import total, within
from s3bench_tui.engine.objects.written import shard_folders
from s3bench_tui.engine.operations.expectation import NOT_FOUND
from s3bench_tui.engine.plan import DatasetPlan, EntryPlan, KeyPlan, PayloadPlan, RangePlan, TreePlan
from s3bench_tui.errors import TargetError
from s3bench_tui.spec.effective import belongs, target_names
from s3bench_tui.spec.model.dataset import Dataset, Payload
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.target import Target
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stores import registry
from s3bench_tui.stores.base import COPY, DELETE, KINDS, LIST, MKDIR, PUT, RMDIR, DriverConfig, NothingMatches, Store
from s3bench_tui.stores.uri import FORMS, Uri, parse

PREPARE_NAME = "prepare"


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A target that is ready to be loaded."""

    index: int
    spec: Target
    name: str
    uri: Uri
    store: Store
    driver: DriverConfig
    facts: Mapping[str, Any]
    entries: tuple[EntryPlan, ...]
    """The mix, and at its end the engine's own lines, each of which prepares a data set."""
    datasets: tuple[DatasetPlan, ...]


def open_targets(workload: Workload, probe: bool, tell: Tell, part: Part = ALONE) -> list[OpenTarget]:
    """Open, probe and survey every target; TargetError where one cannot serve this workload.

    Of a fleet, a run makes (and has created) the objects of its own `part` alone.
    """
    check_installed(workload)
    opened: list[OpenTarget] = []
    try:
        for index, spec in enumerate(workload.targets):
            opened.append(_open(workload, index, spec, probe, tell, part))
    except BaseException:
        for target in opened:
            target.store.close()
        raise
    return opened


def lacking(workload: Workload, targets: Sequence[OpenTarget]) -> list[int]:
    """How many objects each data set of the workload lacks, over all targets."""
    plans = [dataset for target in targets for dataset in target.datasets]
    return [sum(total(plan.missing) for plan in plans if plan.id == dataset.id) for dataset in workload.datasets]


def _open(workload: Workload, index: int, spec: Target, probe: bool, tell: Tell, part: Part) -> OpenTarget:
    uri = parse(spec.uri)
    name = target_names(workload)[index]
    lines = [line for line in workload.workload if line.target in (None, name)]
    store = registry.open_store(spec, workload.connect_timeout, workload.operation_timeout)
    try:
        specs = [spec for spec in workload.datasets if belongs(workload, spec, name)]
        writes = any(line.op in ("put", "copy", "mkdir") for line in lines) or any(
            spec.create != "never" for spec in specs
        )
        facts: Mapping[str, Any] = {}
        is_directory = FORMS[uri.scheme] == "directory"
        if is_directory and writes:
            store.make_ready([], create=True)
        if probe:
            result = store.probe(writes)
            facts = result.facts
            tell(f"{name}: {result.summary}")
        datasets = tuple(_of_part(_dataset(workload, spec, uri, store, tell), part) for spec in specs)
        warn_of_room(name, facts, datasets, tell)
        entries = tuple(
            _entry(workload, line, uri, store)
            if line in lines
            else _elsewhere(line.name or line.op, KINDS.index(line.op))
            for line in workload.workload
        )
        here = {dataset.id: dataset for dataset in datasets}
        entries += tuple(_prepare_entry(workload, spec, here.get(str(spec.id))) for spec in workload.datasets)
        _refuse_foreign_deletes(datasets, entries, part)
        if writes and (probe or is_directory):
            prefixes = [
                folder
                for entry in entries
                if entry.kind in (PUT, COPY) and entry.keys.source == "written"
                for folder in shard_folders(entry.keys.path, entry.keys.shards)
            ]
            prefixes += [entry.keys.path for entry in entries if entry.kind == MKDIR and not entry.elsewhere]
            prefixes += [dataset.prefix for dataset in datasets if dataset.missing]
            store.make_ready(prefixes, create=is_directory)
        driver = replace(
            store.driver_config(), lines=line_options(workload, spec.encryption is not None or spec.versioned)
        )
        return OpenTarget(index, spec, name, uri, store, driver, facts, entries, datasets)
    except BaseException:
        store.close()
        raise


def lay_ground(workload: Workload, targets: Sequence[OpenTarget], run_id: str, epoch_ns: int, tell: Tell) -> None:
    """Note at every target which objects of data sets this run is about to make there, and make their directories."""
    for target in targets:
        lay(target.store, target.uri, target.datasets, run_id, workload.seed, epoch_ns, tell)


@contextmanager
def open_datasets(workload: Workload) -> Iterator[list[tuple[str, Store, Uri, list[DatasetPlan]]]]:
    """The targets that hold data sets, by name, with their stores, URIs and what lies there; nobody has looked yet."""
    with ExitStack() as stores:
        found = []
        for spec, name in zip(workload.targets, target_names(workload), strict=True):
            its = [dataset for dataset in workload.datasets if belongs(workload, dataset, name)]
            if its:
                store = registry.open_store(spec, workload.connect_timeout, workload.operation_timeout)
                stores.callback(store.close)
                uri = parse(spec.uri)
                found.append((name, store, uri, [dataset_plan(workload, dataset, uri) for dataset in its]))
        yield found


# --- data sets ----------------------------------------------------------------------------------------------------


def payload_plan(workload: Workload, payload: Payload) -> PayloadPlan:
    """A content as the workers are told of it."""
    return PayloadPlan(workload.seed, payload.fill, payload.dedup_factor, payload.compress_factor)


def dataset_plan(workload: Workload, spec: Dataset, uri: Uri) -> DatasetPlan:
    """A data set in a target, before anybody has looked what is there."""
    assert spec.id is not None
    own = None if spec.payload is None else payload_plan(workload, spec.payload)
    tree = None
    if (said := spec.tree) is not None:
        tree = TreePlan(said.width, said.depth, said.files_per_dir, said.distribution == "all", said.dir_mask)
    return DatasetPlan(
        uri.prefix + spec.prefix, spec.name, spec.count, spec.size.model_dump(), id=spec.id, payload=own,
        shards=spec.shards, tree=tree,
    )  # fmt: skip


def _dataset(workload: Workload, spec: Dataset, uri: Uri, store: Store, tell: Tell) -> DatasetPlan:
    """A data set with what is missing of it, and what this program has made of it."""
    plan = survey(dataset_plan(workload, spec, uri), spec.create, workload.seed, store, tell)
    if spec.create == "never" or not store.lacks_objects:
        return plan
    folders = lacking_folders(plan, uri)
    plan = replace(plan, folders=folders, created_folders=folders)
    deletes = any(line.op == "delete" and line.dataset == spec.id for line in workload.workload)
    return with_claims(plan, store, uri) if (deletes or workload.cleanup == "all") and not plan.ask else plan


def _prepare_entry(workload: Workload, spec: Dataset, plan: DatasetPlan | None) -> EntryPlan:
    """The engine's own line that makes what is missing of a data set."""
    assert spec.id is not None
    name = PREPARE_NAME if len(workload.datasets) == 1 else f"{PREPARE_NAME}:{spec.id}"
    if plan is None:
        return _elsewhere(name, PUT, prepares=True)
    return EntryPlan(name, PUT, KeyPlan("dataset", dataset=plan.id), sizes=plan.sizes, prepares=True)


def _of_part(plan: DatasetPlan, part: Part) -> DatasetPlan:
    bounds = part.of(plan.count)
    return replace(plan, missing=within(plan.missing, bounds), created=within(plan.created, bounds))


def _refuse_foreign_deletes(datasets: Sequence[DatasetPlan], entries: Sequence[EntryPlan], part: Part) -> None:
    deleted = {entry.keys.dataset for entry in entries if entry.kind == DELETE and entry.keys.source == "dataset"}
    for dataset in datasets:
        if dataset.id in deleted and (
            tuple(dataset.created) != within(((0, dataset.count),), part.of(dataset.count)) or dataset.ask
        ):
            raise TargetError(
                "the workload deletes the data set, but some of its objects were there before this run, and no note says "
                "that this program made them: it deletes only what it created; choose a prefix for the data set that is empty"
            )


# --- lines of the mix ---------------------------------------------------------------------------------------------


def _entry(workload: Workload, line: OperationSpec, uri: Uri, store: Store) -> EntryPlan:
    kind = KINDS.index(line.op)
    name = line.name or line.op
    if line.versions:
        path = "" if line.path is None else uri.prefix + line.path
        return EntryPlan(name, kind, KeyPlan("versions", path, dataset=str(line.dataset)))
    if kind == PUT:
        return _put(workload, line, uri, name)
    if kind == COPY:
        path = f"{uri.prefix}{line.path}"
        return EntryPlan(name, COPY, KeyPlan("written", path, line.keys.choice, line.keys.theta, str(line.dataset)))
    if kind in (MKDIR, RMDIR):
        return EntryPlan(name, kind, KeyPlan("directories", f"{uri.prefix}{line.path}"))
    if kind == LIST:
        return EntryPlan(name, kind, KeyPlan("prefix", uri.prefix + str(line.path).removesuffix("*")))
    if kind == DELETE:
        keys = (
            _over_dataset(line) if line.path is None else KeyPlan("written", uri.prefix + line.path.removesuffix("*"))
        )
        return EntryPlan(name, kind, keys, batch=line.batch)
    ranged = None
    if line.range is not None:
        ranged = RangePlan(line.range.size, line.range.offset, line.range.align or line.range.size)
    expect = NOT_FOUND if line.keys.choice == "missing" else line.expect
    return EntryPlan(
        name, kind, _read_keys(line, uri, store), range=ranged, expect=expect, verify=line.verify != "none"
    )


def _elsewhere(name: str, kind: int, prepares: bool = False) -> EntryPlan:
    return EntryPlan(name, kind, KeyPlan("elsewhere"), elsewhere=True, prepares=prepares)


def _over_dataset(line: OperationSpec) -> KeyPlan:
    return KeyPlan("dataset", "", line.keys.choice, line.keys.theta, str(line.dataset))


def _put(workload: Workload, line: OperationSpec, uri: Uri, name: str) -> EntryPlan:
    if line.path is None:
        sizes = next(dataset.size for dataset in workload.datasets if dataset.id == line.dataset)
        return EntryPlan(name, PUT, _over_dataset(line), sizes=sizes.model_dump(), expect=line.expect)
    assert line.size is not None
    own = None if line.payload is None else payload_plan(workload, line.payload)
    keys = KeyPlan("written", uri.prefix + line.path, shards=line.shards)
    return EntryPlan(name, PUT, keys, sizes=line.size.model_dump(), payload=own)


def _read_keys(line: OperationSpec, uri: Uri, store: Store) -> KeyPlan:
    choice, theta = line.keys.choice, line.keys.theta
    if line.path is None:
        return _over_dataset(line)
    path = uri.prefix + line.path
    if "*" not in path and not path.endswith("/"):
        # One key needs no listing, unless a range is to be placed somewhere within an object of unknown size.
        size = -1
        if line.range is not None and isinstance(line.range.offset, str):
            size = next((found.size_bytes for found in store.list(path) if found.key == path), -1)
            if size < 0:
                raise TargetError(f"{line.op} {line.path}: there is no object {path}, so no range of it can be chosen")
        return KeyPlan("key", path, choice, theta, listed=((path, size),))
    listed = tuple(_matching(path, store))
    if not listed:
        raise NothingMatches(
            f"{line.op} {line.path}: no object matches {path}; write objects there first, or use a data set"
        )
    return KeyPlan("listed", path, choice, theta, listed=listed)


def _matching(path: str, store: Store) -> Iterator[tuple[str, int]]:
    """Objects below a prefix, or that match a glob in which `*` also crosses `/`."""
    pattern = re.compile(
        ".*".join(re.escape(part) for part in path.split("*")) + ("" if "*" in path else ".*"), re.DOTALL
    )
    for found in store.list(path.split("*", 1)[0]):
        if pattern.fullmatch(found.key):
            yield found.key, found.size_bytes
