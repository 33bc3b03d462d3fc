"""From a workload to what the workers are told: targets opened and probed, globs listed, missing objects found.

Talks to the control planes only; starts nothing and times nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from s3bench_tui.engine.keys import KeySpace
from s3bench_tui.engine.options import line_options
from s3bench_tui.engine.plan import DatasetPlan, EntryPlan, KeyPlan, RangePlan
from s3bench_tui.engine.sizes import size_source
from s3bench_tui.errors import TargetError
from s3bench_tui.spec.dataset import Dataset
from s3bench_tui.spec.effective import target_names
from s3bench_tui.spec.model import Workload
from s3bench_tui.spec.operation import OperationSpec
from s3bench_tui.spec.target import Target
from s3bench_tui.stores import registry
from s3bench_tui.stores.base import DELETE, KINDS, LIST, PUT, DriverConfig, ListingRefused, Store
from s3bench_tui.stores.uri import FORMS, Uri, parse

PREPARE_NAME = "prepare"

Tell = Callable[[str], None]


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
    """The mix, and at its end the engine's own line that prepares the data set."""
    dataset: DatasetPlan | None
    created: tuple[tuple[int, int], ...] = ()
    """Intervals of data-set indices that were not there before this run."""

    @property
    def must_prepare(self) -> bool:
        return self.dataset is not None and bool(self.dataset.missing)


def open_targets(workload: Workload, probe: bool, tell: Tell) -> list[OpenTarget]:
    """Open, probe and survey every target; TargetError where one cannot serve this workload."""
    opened: list[OpenTarget] = []
    try:
        for index, spec in enumerate(workload.targets):
            opened.append(_open(workload, index, spec, probe, tell))
    except BaseException:
        for target in opened:
            target.store.close()
        raise
    return opened


def _open(workload: Workload, index: int, spec: Target, probe: bool, tell: Tell) -> OpenTarget:
    uri = parse(spec.uri)
    name = target_names(workload)[index]
    lines = [line for line in workload.workload if line.target in (None, name)]
    store = registry.open_store(spec, workload.connect_timeout, workload.operation_timeout)
    try:
        uses_dataset = workload.dataset is not None and any(line.path is None for line in lines)
        writes = any(line.op == "put" for line in lines) or (uses_dataset and _creates(workload.dataset))
        facts: Mapping[str, Any] = {}
        is_directory = FORMS[uri.scheme] == "directory"
        if is_directory and writes:
            store.make_ready([], create=True)
        if probe:
            result = store.probe(writes)
            facts = result.facts
            tell(f"{name}: {result.summary}")
        dataset = _survey(workload, uri, store, tell) if uses_dataset else None
        entries = tuple(
            _entry(workload, line, uri, store)
            if line in lines
            else _elsewhere(line.name or line.op, KINDS.index(line.op))
            for line in workload.workload
        )
        if dataset is not None:
            entries += (EntryPlan(PREPARE_NAME, PUT, KeyPlan("dataset"), sizes=dataset.sizes, prepares=True),)
        elif workload.dataset is not None:
            entries += (_elsewhere(PREPARE_NAME, PUT),)
        _refuse_foreign_deletes(workload, dataset, entries)
        if writes:
            prefixes = [entry.keys.path for entry in entries if entry.kind == PUT and entry.keys.source == "written"]
            prefixes += [dataset.prefix] if dataset is not None and dataset.missing else []
            store.make_ready(prefixes, create=is_directory)
        created = tuple(dataset.missing) if dataset is not None and not dataset.ask else ()
        driver = replace(store.driver_config(), lines=line_options(workload))
        return OpenTarget(index, spec, name, uri, store, driver, facts, entries, dataset, created)
    except BaseException:
        store.close()
        raise


def _creates(dataset: Dataset | None) -> bool:
    return dataset is not None and dataset.create != "never"


# --- the data set -------------------------------------------------------------------------------------------------


def _survey(workload: Workload, uri: Uri, store: Store, tell: Tell) -> DatasetPlan:
    """Which of the data set's objects are missing. An object of another size is somebody else's: an error."""
    spec = workload.dataset
    assert spec is not None
    plan = DatasetPlan(uri.prefix + spec.prefix, spec.name, spec.count, spec.size.model_dump())
    if spec.create == "never" or not store.lacks_objects:
        return plan
    everything = ((0, spec.count),)
    if spec.create == "always":
        return replace(plan, missing=everything)
    try:
        missing = _missing(plan, workload.seed, store)
    except ListingRefused as refused:
        tell(f"{refused}; each of the {spec.count} objects is asked for instead")
        return replace(plan, missing=everything, ask=True)
    there = spec.count - sum(stop - start for start, stop in missing)
    tell(f"data set {plan.prefix or uri}: {there:,} of {spec.count:,} objects are there")
    return replace(plan, missing=missing)


def _missing(plan: DatasetPlan, seed: int, store: Store) -> tuple[tuple[int, int], ...]:
    sizes = size_source(plan.sizes, seed)
    keys = KeySpace(plan.prefix, plan.template, plan.count, sizes.size_of)
    present = bytearray(plan.count)
    for found in store.list(plan.prefix):
        index = keys.index_of(found.key)
        if index is None:
            continue
        if found.size_bytes != keys.size(index):
            raise TargetError(
                f"{found.key} has {found.size_bytes} bytes, and the data set would have {keys.size(index)} there; "
                "choose another dataset.prefix, or describe the data set as it is (count, size and seed)"
            )
        present[index] = 1
    return tuple(match.span() for match in re.finditer(rb"\x00+", present))


def _refuse_foreign_deletes(workload: Workload, dataset: DatasetPlan | None, entries: tuple[EntryPlan, ...]) -> None:
    if dataset is None or not any(entry.kind == DELETE and entry.keys.source == "dataset" for entry in entries):
        return
    if (
        tuple(dataset.missing) != ((0, dataset.count),)
        or dataset.ask
        or (workload.dataset and workload.dataset.create != "missing")
    ):
        raise TargetError(
            "the workload deletes the data set, but some of its objects were there before this run, "
            "which deletes only what it created itself; choose a dataset.prefix that is empty"
        )


# --- lines of the mix ---------------------------------------------------------------------------------------------


def _entry(workload: Workload, line: OperationSpec, uri: Uri, store: Store) -> EntryPlan:
    kind = KINDS.index(line.op)
    name = line.name or line.op
    if kind == PUT:
        return _put(workload, line, uri, name)
    if kind == LIST:
        dataset_prefix = workload.dataset.prefix if workload.dataset is not None else ""
        prefix = uri.prefix + (dataset_prefix if line.path is None else line.path)
        return EntryPlan(name, kind, KeyPlan("prefix", prefix.removesuffix("*")))
    if kind == DELETE:
        keys = KeyPlan("dataset") if line.path is None else KeyPlan("written", uri.prefix + line.path.removesuffix("*"))
        return EntryPlan(name, kind, keys, batch=line.batch)
    ranged = None
    if line.range is not None:
        ranged = RangePlan(line.range.size, line.range.offset, line.range.align or line.range.size)
    return EntryPlan(name, kind, _read_keys(line, uri, store), range=ranged)


def _elsewhere(name: str, kind: int) -> EntryPlan:
    return EntryPlan(name, kind, KeyPlan("elsewhere"), elsewhere=True)


def _put(workload: Workload, line: OperationSpec, uri: Uri, name: str) -> EntryPlan:
    if line.path is None:
        assert workload.dataset is not None
        sizes = workload.dataset.size.model_dump()
        return EntryPlan(name, PUT, KeyPlan("dataset", choice=line.keys.choice, theta=line.keys.theta), sizes=sizes)
    size = line.size if line.size is not None else workload.dataset.size if workload.dataset is not None else None
    assert size is not None
    return EntryPlan(name, PUT, KeyPlan("written", uri.prefix + line.path), sizes=size.model_dump())


def _read_keys(line: OperationSpec, uri: Uri, store: Store) -> KeyPlan:
    choice, theta = line.keys.choice, line.keys.theta
    if line.path is None:
        return KeyPlan("dataset", choice=choice, theta=theta)
    path = uri.prefix + line.path
    if "*" not in path and not path.endswith("/"):
        # One key needs no listing, unless a range is to be placed somewhere within an object of unknown size.
        size = -1
        if line.range is not None and isinstance(line.range.offset, str):
            size = next((found.size_bytes for found in store.list(path) if found.key == path), -1)
            if size < 0:
                raise TargetError(f"{line.op} {line.path}: there is no object {path}, so no range of it can be chosen")
        return KeyPlan("key", path, choice, theta, ((path, size),))
    listed = tuple(_matching(path, store))
    if not listed:
        raise TargetError(
            f"{line.op} {line.path}: no object matches {path}; write objects there first, or use a data set"
        )
    return KeyPlan("listed", path, choice, theta, listed)


def _matching(path: str, store: Store) -> Iterator[tuple[str, int]]:
    """Objects below a prefix, or that match a glob in which `*` also crosses `/`."""
    pattern = re.compile(
        ".*".join(re.escape(part) for part in path.split("*")) + ("" if "*" in path else ".*"), re.DOTALL
    )
    for found in store.list(path.split("*", 1)[0]):
        if pattern.fullmatch(found.key):
            yield found.key, found.size_bytes
