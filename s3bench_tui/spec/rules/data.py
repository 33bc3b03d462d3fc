"""Rules about the data: the data set, distributions of sizes, and the keys that are read and written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from s3bench_tui.spec.effective import dataset_ids, dataset_of, target_names
from s3bench_tui.spec.model.choosing import FixedSize, LognormalSize, LogUniformSize, SizeSpec, UniformSize
from s3bench_tui.spec.model.dataset import MAX_DEPTH, MAX_DIRECTORIES, Dataset, Tree
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.text.wording import nearest
from s3bench_tui.spec.vocabulary import scheme_of
from s3bench_tui.units import shown

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_INDEX = re.compile(r"\{index(:0?[1-9][0-9]?d)?\}")
MAX_KEY_BYTES = 1024


def datasets(workload: Workload) -> Iterator[Finding]:
    """Each data set has an id of its own, lies in a target that there is, and shares no object with another."""
    targets = target_names(workload)
    seen: dict[str, int] = {}
    for index, (data, name) in enumerate(zip(workload.datasets, dataset_ids(workload), strict=True)):
        path: tuple[str | int, ...] = ("datasets", index)
        if not _ID.fullmatch(name):
            yield Finding((*path, "id"), f"{shown(name)} is not an id", "Write letters, digits, - and _, at most 40")
        elif name in seen:
            yield Finding((*path, "id"), f"another data set is called {shown(name)} too", "Give each its own id")
        seen.setdefault(name, index)
        if data.target is not None and data.target not in targets:
            hint = f"{nearest(data.target, targets)}Targets: {', '.join(targets)}"
            yield Finding((*path, "target"), f"no target is called {shown(data.target)}", hint)
        for other in workload.datasets[:index]:
            together = None in (data.target, other.target) or data.target == other.target
            if together and _places(data) == _places(other):
                message = (
                    f"has the very keys of the data set {shown(dataset_ids(workload)[workload.datasets.index(other)])}"
                )
                yield Finding(path, message, "Give it another prefix or name")
        yield from _names(path, data, workload)
        yield from _tree(path, data)


def _places(data: Dataset) -> tuple[str, int, Tree | None]:
    """What makes the keys of a data set."""
    return data.prefix + data.name, data.shards, data.tree


def _tree(path: tuple[str | int, ...], data: Dataset) -> Iterator[Finding]:
    """A tree can be made, and has a place for every object; without one there are objects."""
    tree = data.tree
    if tree is None:
        if not data.count:
            yield Finding((*path, "count"), "0 is too small", "Write 1 or more")
        return
    if data.shards:
        yield Finding((*path, "shards"), "has no meaning in a tree, which has directories of its own", "Remove it")
    if tree.dir_mask.count("%d") != 2 or "%" in tree.dir_mask.replace("%d", "") or "/" in tree.dir_mask:
        message = f"{shown(tree.dir_mask)} does not hold %d just twice, and no / and other %"
        yield Finding((*path, "tree", "dir_mask"), message, "Write for example dir-%d-%d")
    if tree.depth > MAX_DEPTH or tree.directories > MAX_DIRECTORIES:
        message = f"has more than {MAX_DEPTH} levels or {MAX_DIRECTORIES:,} directories"
        yield Finding((*path, "tree"), message, "Lower width or depth")
    elif data.count != tree.files:
        message = f"is not the {tree.files:,} objects that the tree has places for"
        yield Finding((*path, "count"), message, "Remove it: the tree says how many there are")


def _names(where: tuple[str | int, ...], data: Dataset, workload: Workload) -> Iterator[Finding]:
    """Names of data set objects can be made, are different for each index, and are legal keys."""
    path = (*where, "name")
    if len(_INDEX.findall(data.name)) != 1 or re.search(r"[{}]", _INDEX.sub("", data.name)):
        yield Finding(
            path, f"{data.name!r} does not hold {{index}} just once", "Write for example object-{index:08d}.dat"
        )
        return
    if "*" in data.prefix:
        yield Finding((*where, "prefix"), "a prefix holds no *", "Write for example data/")
    for key, text in (("prefix", data.prefix), ("name", data.name)):
        yield from _key((*where, key), text, workload)
    if data.tree is not None and "/" in data.name:
        yield Finding(path, "holds a /, and stands in a directory of the tree", "Write for example file-{index:08d}")
    folder = f"{data.shards:02x}/" if data.shards else ""
    if data.tree is not None and data.tree.depth <= MAX_DEPTH:
        folder = f"{data.tree.dir_mask}/" * data.tree.depth + str(data.tree.width) * data.tree.depth
    longest = data.prefix + folder + _INDEX.sub(lambda match: match[0].format(index=data.count - 1), data.name)
    if len(longest.encode()) > MAX_KEY_BYTES:
        yield Finding(path, f"makes keys longer than {MAX_KEY_BYTES} bytes", "Shorten prefix or name")


def sizes(workload: Workload) -> Iterator[Finding]:
    """Distributions have an order and a middle."""
    for index, data in enumerate(workload.datasets):
        path = ("datasets", index, "size")
        yield from _size(path, data.size)
        if data.size == FixedSize(size=0):
            yield Finding(
                path,
                "all objects are empty, so that reads move no bytes",
                "Write a size if bytes matter",
                True,
            )
    for index, line in enumerate(workload.workload):
        if line.size is not None:
            yield from _size(("workload", index, "size"), line.size)


def _size(path: tuple[str | int, ...], size: SizeSpec) -> Iterator[Finding]:
    if isinstance(size, (UniformSize, LogUniformSize, LognormalSize)) and size.min > size.max:
        yield Finding((*path, "min"), f"min ({size.min}) is more than max ({size.max})", "Exchange them")
    elif isinstance(size, LognormalSize) and not size.min <= size.mean <= size.max:
        yield Finding((*path, "mean"), "mean does not lie between min and max", "Widen min and max, or change mean")


def paths(workload: Workload) -> Iterator[Finding]:
    """Paths of the mix are keys below the target, and only reads take globs."""
    for index, line in enumerate(workload.workload):
        if line.path is None:
            continue
        path = ("workload", index, "path")
        if "://" in line.path:
            yield Finding(path, "is a whole URI", "Put the URI into target:, and write here what stands below it")
            continue
        yield from _key(path, line.path, workload)
        if line.op in ("put", "copy", "list", "delete", "mkdir", "rmdir") and "*" in line.path:
            yield Finding(
                path,
                f"{line.op} takes a prefix, and no *",
                f"Write for example {line.path.partition('*')[0] or 'out/'}",
            )
        elif line.op in ("get", "stat", "get_tags") and not line.path:
            yield Finding(path, "is empty", "Write a key, a prefix that ends in /, or a glob such as data/*")
        if len(line.path.encode(errors="replace")) > MAX_KEY_BYTES:
            yield Finding(path, f"is longer than the {MAX_KEY_BYTES} bytes that a key may have", "Shorten it")


def _key(path: tuple[str | int, ...], key: str, workload: Workload) -> Iterator[Finding]:
    if "\0" in key or any("\ud800" <= character <= "\udfff" for character in key):
        yield Finding(path, "holds a character that no key can have", "Remove it")
    if any(scheme_of(target.uri) in ("file", "direct") for target in workload.targets):
        if ".." in key.split("/"):
            yield Finding(path, "'..' would leave the directory of the target", "Write a path below the target")
        elif key.startswith("/"):
            yield Finding(
                path, "starts with /, and would leave the directory of the target", f"Write {key.lstrip('/') or 'out/'}"
            )


def use(workload: Workload) -> Iterator[Finding]:
    """A data set is there to be used."""
    for index, data in enumerate(workload.datasets):
        if any(dataset_of(workload, line) is data for line in workload.workload if line.op != "list"):
            continue
        if any((line.path or "").startswith(data.prefix) or line.op == "list" for line in workload.workload):
            continue
        if len(workload.datasets) == 1:
            hint = "Remove path: from a get or stat, or remove dataset:"
        else:
            hint = f"Add dataset: {dataset_ids(workload)[index]} to a line, or remove the data set"
        yield Finding(("datasets", index), "no line of the mix uses the data set", hint, True)
