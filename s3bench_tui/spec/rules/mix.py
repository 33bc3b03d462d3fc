"""Rules about the mix: weights, names, and what each operation can take from where."""

from __future__ import annotations

import re
from collections.abc import Iterator

from s3bench_tui.spec.effective import (
    DEFAULT_PUT_PATH,
    dataset_ids,
    dataset_of,
    line_names,
    slots_of,
    target_names,
    target_of,
)
from s3bench_tui.spec.model.choosing import FixedSize
from s3bench_tui.spec.model.dataset import Payload
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.text.wording import listed, nearest
from s3bench_tui.spec.vocabulary import COMMON_LINE_KEYS, DIRECTORY_SCHEMES, LINE_KEYS, owners, scheme_of
from s3bench_tui.units import shown

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_RESERVED = ("total", "errors", "prepare")


def weights(workload: Workload) -> Iterator[Finding]:
    """Something is chosen."""
    if not any(line.weight for line in workload.workload):
        yield Finding(("workload",), "all weights are 0, so that nothing would be done", "Give a line a weight above 0")


def names(workload: Workload) -> Iterator[Finding]:
    """Each line has a name of its own, which can stand in thresholds and schedules."""
    seen: set[str] = set()
    for index, (line, name) in enumerate(zip(workload.workload, line_names(workload), strict=True)):
        path = ("workload", index, "name")
        if not _NAME.fullmatch(name):
            yield Finding(path, f"{shown(name)} is not a name", "Write letters, digits, - and _, at most 40")
        elif name in _RESERVED or (name in LINE_KEYS and name != line.op):
            yield Finding(path, f"{shown(name)} means something else in reports and thresholds", "Choose another name")
        elif name in seen:
            yield Finding(path, f"another line is called {shown(name)} too", "Give each its own name")
        seen.add(name)


def targets(workload: Workload) -> Iterator[Finding]:
    """Lines that run on one target name one that there is, and every target has a line."""
    names = target_names(workload)
    for index, line in enumerate(workload.workload):
        if line.target is not None and line.target not in names:
            hint = f"{nearest(line.target, names)}Targets: {', '.join(names)}"
            yield Finding(("workload", index, "target"), f"no target is called {shown(line.target)}", hint)
    used = {target_of(workload, line) for line in workload.workload}
    for index, name in enumerate(names):
        if None not in used and name not in used and used & set(names):
            yield Finding(("targets", index), "no line of the mix runs here", f"Add target: {name!r} to a line, or remove the target")  # fmt: skip


def datasets(workload: Workload) -> Iterator[Finding]:
    """It is clear which data set a line goes over, and that this lies where the line runs."""
    ids = dataset_ids(workload)
    for index, line in enumerate(workload.workload):
        path = ("workload", index)
        if line.dataset is not None and line.path is not None and line.op != "copy":
            yield Finding((*path, "dataset"), "stands beside path, and a line goes over one of them", "Keep one of the two")  # fmt: skip
        elif line.dataset is not None and line.dataset not in ids:
            known = f"Data sets: {', '.join(ids)}" if ids else "Add dataset: {count: 1000, size: 1MiB}"
            hint = f"{nearest(line.dataset, ids)}{known}"
            yield Finding((*path, "dataset"), f"no data set is called {shown(line.dataset)}", hint)
        elif (line.path is None or line.op == "copy") and line.dataset is None and len(ids) > 1:
            yield Finding(path, f"{line.op} goes over one of {len(ids)} data sets, and does not say which", f"Add dataset: {ids[0]}, or a path:")  # fmt: skip
        data = dataset_of(workload, line)
        if data is not None and line.target is not None and data.target not in (None, line.target):
            message = f"runs on {shown(line.target)}, and its data set lies in {shown(data.target)}"
            yield Finding((*path, "target"), message, "Remove it, or name another data set")


def contents(workload: Workload) -> Iterator[Finding]:
    """Content is said of new objects, and of all that one path gets it is the same."""
    seen: dict[str, Payload | None] = {}
    for index, line in enumerate(workload.workload):
        if line.op != "put":
            continue
        path = ("workload", index, "payload")
        if line.path is None and workload.datasets:
            if line.payload is not None:
                hint = "Write payload: into the data set, or add a path: such as out/"
                yield Finding(path, "a put without path rewrites the data set, whose content is set there", hint)
            continue
        where = line.path or DEFAULT_PUT_PATH
        if seen.setdefault(where, line.payload) != line.payload:
            yield Finding(path, f"another put writes other content below {where}", "Give one of them another path")


def shards(workload: Workload) -> Iterator[Finding]:
    """Shards are of new keys, and all that one path gets is spread in one way."""
    seen: dict[str, int] = {}
    for index, line in enumerate(workload.workload):
        if line.op not in ("put", "copy"):
            continue
        path = ("workload", index, "shards")
        if line.path is None and workload.datasets:
            if line.shards:
                hint = "Write shards: into the data set, or add a path: such as out/"
                yield Finding(path, "a put without path rewrites the data set, whose keys are set there", hint)
            continue
        where = line.path or DEFAULT_PUT_PATH
        if seen.setdefault(where, line.shards) != line.shards:
            message = f"another line spreads what it writes below {where} over {seen[where]} shards"
            yield Finding(path, message, "Give one of them another path")


def options(workload: Workload) -> Iterator[Finding]:
    """A key stands only on operations that know it."""
    for index, line in enumerate(workload.workload):
        for key in OperationSpec.model_fields:
            if key in line.model_fields_set and key not in (*COMMON_LINE_KEYS, *LINE_KEYS[line.op]):
                yield Finding(
                    ("workload", index, key), f"has no meaning for {line.op}", f"Remove it; it belongs to {listed(owners(LINE_KEYS, key))}"
                )  # fmt: skip
        path = ("workload", index, "keys")
        if "theta" in line.keys.model_fields_set and line.keys.choice != "zipf":
            yield Finding((*path, "theta"), "has no meaning without choice: zipf", "Remove it, or write choice: zipf")
        if line.op == "put" and line.path is not None and "keys" in line.model_fields_set:
            yield Finding(path, "has no meaning for a put with a path, which writes new keys", "Remove it")
        if line.op == "delete" and "keys" in line.model_fields_set and line.keys.choice != "once":
            yield Finding(path, "a delete takes each key once", "Remove it")


def sources(workload: Workload) -> Iterator[Finding]:
    """Reads have something to read, and puts have a size."""
    for index, line in enumerate(workload.workload):
        path = ("workload", index)
        if line.op == "copy" and (line.path is None or not workload.datasets):
            hint = "Add a dataset:, and a path: such as copies/"
            yield Finding(path, "copy copies objects of the data set to keys below its path, and needs both", hint)
        none = line.path is None and line.dataset is None and dataset_of(workload, line) is None
        if line.op in ("get", "stat", "get_tags", "delete") and none and len(workload.datasets) < 2:
            hint = "Add dataset: {count: 1000, size: 1MiB}, or a path:"
            where = " in its target" if workload.datasets else ""
            yield Finding(path, f"{line.op} has no path, and there is no data set{where}", hint)
        data = dataset_of(workload, line)
        if data is not None and not data.count and data.tree is not None and line.op != "list":
            hint = "Add files_per_dir: 10 to the tree"
            yield Finding(path, f"{line.op} goes over a data set whose tree has no objects", hint)
        if line.op == "put":
            yield from _put(path, line, workload)


def _put(path: tuple[str | int, ...], line: OperationSpec, workload: Workload) -> Iterator[Finding]:
    dataset = dataset_of(workload, line)
    if line.size is None and not workload.datasets:
        yield Finding(path, "put has no size, and there is no data set to take it from", "Add size: 1MiB")
    if line.size is None and line.path is not None and len(workload.datasets) > 1:
        yield Finding(path, "put has no size, and there are several data sets to take it from", "Add size: 1MiB")
    if dataset is not None:
        if line.size is not None:
            hint = "Add a path: such as out/, or remove size to rewrite the objects as they are"
            yield Finding((*path, "size"), "a put without path rewrites the data set, whose sizes are set there", hint)
        if dataset.create == "never":
            hint = "Add a path: such as out/"
            yield Finding(path, "put has no path, and would overwrite a data set that says create: never", hint)


def deletes(workload: Workload) -> Iterator[Finding]:
    """Deletes only take what this run created."""
    for index, line in enumerate(workload.workload):
        if line.op != "delete" or line.versions:
            continue
        written = _written_beside(line, workload)
        path: tuple[str | int, ...] = ("workload", index)
        if line.path is not None:
            if "*" not in line.path and not any(prefix.startswith(line.path) for prefix in written):
                hint = f"Deletes only take what this run created: add a put with path: {line.path}"
                yield Finding((*path, "path"), f"no put of this workload writes below {shown(line.path)}", hint)
        elif (dataset := dataset_of(workload, line)) is not None:
            if dataset.create != "missing":
                hint = "Add a path: that a put of this workload writes to"
                message = f"delete has no path, and would take a data set that says create: {dataset.create}"
                yield Finding(path, message, hint)
            targets = [
                target_of(workload, other)
                for other in workload.workload[:index]
                if other.op == "delete" and dataset_of(workload, other) is dataset
            ]
            own = target_of(workload, line)
            if targets and (own is None or None in targets or own in targets):
                message = "another delete takes the objects of this data set, and each can be deleted once"
                yield Finding(path, message, "Keep one of them, or give it a data set of its own")
            if any(
                other.op in ("get", "stat", "tag", "get_tags") and dataset_of(workload, other) is dataset
                for other in workload.workload
            ):
                hint = "Give delete a path that a put writes to, if missing objects are not what you want to measure"
                yield Finding(path, "delete takes the objects that other lines go over", hint, True)


def _written_beside(line: OperationSpec, workload: Workload) -> list[str]:
    """Where the puts write that run on a target of this line."""
    there = [
        other
        for other in workload.workload
        if other.op in ("put", "copy") and (None in (other.target, line.target) or other.target == line.target)
    ]
    written = [other.path for other in there if other.path is not None]
    if len(written) < len(there) and not workload.datasets:
        written.append(DEFAULT_PUT_PATH)
    return written


def directories(workload: Workload) -> Iterator[Finding]:
    """Directories are made where there are such, below a path, and only those are removed."""
    schemes = {
        name: scheme_of(target.uri) for name, target in zip(target_names(workload), workload.targets, strict=True)
    }
    for index, line in enumerate(workload.workload):
        if line.op not in ("mkdir", "rmdir"):
            continue
        path: tuple[str | int, ...] = ("workload", index)
        lacking = [name for name in schemes if line.target in (None, name) and schemes[name] not in DIRECTORY_SCHEMES]
        if lacking:
            message = f"{line.op} needs directories, and {schemes[lacking[0]]}:// has none"
            yield Finding(path, message, "Remove the line, or give it a target: with file:// or direct://")
        if line.path is None:
            yield Finding(path, f"{line.op} has no path", "Add a path: such as new/")
        elif line.op == "rmdir" and not any(
            (other.path or "").startswith(line.path)
            and (None in (other.target, line.target) or other.target == line.target)
            for other in workload.workload
            if other.op == "mkdir"
        ):
            hint = f"rmdir only takes what this run made: add a mkdir with path: {line.path}"
            yield Finding(
                (*path, "path"), f"no mkdir of this workload makes directories below {shown(line.path)}", hint
            )


def ranges(workload: Workload) -> Iterator[Finding]:
    """A range lies within the objects where their size is known."""
    for index, line in enumerate(workload.workload):
        wanted = line.range
        if wanted is None:
            continue
        path = ("workload", index, "range")
        if wanted.align is not None and isinstance(wanted.offset, int):
            yield Finding((*path, "align"), "has no meaning with a fixed offset", "Remove it")
        dataset = dataset_of(workload, line)
        if dataset is not None and isinstance(dataset.size, FixedSize):
            end = wanted.size + (wanted.offset if isinstance(wanted.offset, int) else 0)
            if end > dataset.size.size:
                hint = "Make the range smaller or the objects larger"
                message = f"ends at byte {end}, but objects of the data set have {dataset.size.size}"
                yield Finding(path, message, hint)


def limits(workload: Workload) -> Iterator[Finding]:
    """A limit below the number of slots is one."""
    slots = slots_of(workload)
    for index, line in enumerate(workload.workload):
        if line.concurrency is not None and line.concurrency > slots:
            message = f"limits to {line.concurrency}, but there are only {slots} slots"
            yield Finding(
                ("workload", index, "concurrency"), message, "Remove it, or raise the top-level concurrency", True
            )
