"""`prepare`: from s3-bench's objects to data sets, and sizes from its words to the native ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.fleet import Fleet
from s3bench_tui.spec.compat.grammar import ENSURE_KEYS, FIXED_KEYS, FIXED_WORDS, PREPARE_KEYS, SIZE_KEYS, TREE_KEYS
from s3bench_tui.spec.compat.payload import translate_content
from s3bench_tui.spec.compat.settings import duration
from s3bench_tui.spec.compat.stages import Stages
from s3bench_tui.spec.text.source import Path
from s3bench_tui.units import parse_count, parse_size

DEFAULT_SIZE = 1 << 20
PREPARED, DELETABLE = "prepared", "deletable"
"""With what the names of objects begin that are read, and of those that are there to be deleted."""
_UNIFORM = {"min": 1024, "max": 1 << 20}


@dataclass(frozen=True, slots=True)
class Objects:
    """One entry of `ensure_objects`."""

    entry: dict[str, Any]
    origin: Path


@dataclass(frozen=True, slots=True)
class Pool:
    """A data set in the making, and where it lies."""

    objects: Objects
    site: int
    """Index of its target."""
    target: str | None
    """The name of that, where lines run on one of several targets."""
    prefix: str
    id: str
    stem: str = PREPARED

    @property
    def is_tree(self) -> bool:
        """Whether lines take its objects whatever their paths say."""
        return "tree" in self.objects.entry

    @property
    def size(self) -> float:
        """How many objects it has; 1 where that is not said properly."""
        try:
            return max(1, parse_count(self.objects.entry.get("count", 1)))
        except ValueError:
            return 1


def read_prepare(draft: Draft, data: dict[str, Any]) -> list[Objects]:
    """The objects that the run needs; all else that `prepare` says is settled here."""
    origin: Path = ("prepare",)
    prepare = draft.mapping(origin, data.get("prepare"))
    draft.unknown(origin, prepare, PREPARE_KEYS)
    _left_out(draft, prepare)
    if prepare.get("enabled") is False:
        draft.warn((*origin, "enabled"), "nothing is prepared; s3-bench did not know this key")
        return []
    if "directory_structure" in prepare:
        return [_tree(draft, prepare)]
    if "objects" in data and "ensure_objects" not in prepare:
        entry = draft.mapping(("objects",), data["objects"])
        draft.unknown(("objects",), entry, ENSURE_KEYS)
        draft.warn(("objects",), "is taken for ensure_objects; s3-bench ignored it")
        return [Objects(entry, ("objects",))] if entry else []
    if "objects" in data:
        draft.warn(("objects",), "is left out, because ensure_objects says what is prepared")
    return _entries(draft, prepare)


def _tree(draft: Draft, prepare: dict[str, Any]) -> Objects:
    """The objects of a tree: where they lie and how large they are the first of ensure_objects says."""
    origin: Path = ("prepare", "directory_structure")
    tree = draft.mapping(origin, prepare["directory_structure"])
    draft.unknown(origin, tree, TREE_KEYS)
    entries = prepare.get("ensure_objects")
    first = entries[0] if isinstance(entries, list) and entries and isinstance(entries[0], dict) else {}
    place: Path = ("prepare", "ensure_objects", 0) if first else origin
    draft.unknown(place, first, ENSURE_KEYS)
    if first.get("count", 0) not in (0, "0"):
        draft.warn((*place, "count"), "is left out: the tree says how many objects there are")
    if isinstance(entries, list) and len(entries) > 1:
        draft.warn(("prepare", "ensure_objects"), "is left out but for its first entry: the tree has the objects")
    kept = {key: value for key, value in first.items() if key != "count"}
    return Objects({**kept, "tree": {key: tree[key] for key in TREE_KEYS if key in tree}}, place)


def _entries(draft: Draft, prepare: dict[str, Any]) -> list[Objects]:
    origin: Path = ("prepare", "ensure_objects")
    entries = prepare.get("ensure_objects")
    if entries is None:
        return []
    if not isinstance(entries, list):
        draft.refuse(origin, "is not a list", "Write - base_uri: ... below it")
        return []
    found: list[Objects] = []
    common: dict[str, Any] = {
        key: prepare[key] for key in ("fill", "dedup_factor", "compress_factor") if key in prepare
    }
    for index, entry in enumerate(entries):
        entry = draft.mapping((*origin, index), entry)
        draft.unknown((*origin, index), entry, ENSURE_KEYS)
        if entry and entry.get("count") not in (0, "0"):
            found.append(Objects({**common, **entry}, (*origin, index)))
    for key in common:
        draft.warn(("prepare", key), "is taken for all ensure_objects that do not say otherwise; s3-bench did not know it here")  # fmt: skip
    return found


def translate_pools(draft: Draft, pools: list[Pool], prepare: dict[str, Any], fleet: Fleet) -> None:
    """Set the data sets; of agents that have objects of their own, one with the objects of all."""
    if len(pools) > 1:
        draft.data["datasets"] = [{} for _ in pools]
    for index, pool in enumerate(pools):
        path: Path = ("datasets", index) if len(pools) > 1 else ("dataset",)
        entry, origin = pool.objects.entry, pool.objects.origin
        if len(pools) > 1:
            draft.trace(path, origin)
            draft.set((*path, "id"), pool.id, origin)
        else:
            draft.set(path, {}, origin)
        if pool.target is not None:
            draft.set((*path, "target"), pool.target, (*origin, "base_uri"))
        if "tree" in entry:
            draft.set((*path, "tree"), entry["tree"], ("prepare", "directory_structure"))
            if fleet.own_objects and len(fleet.addresses) > 1:
                message = "is one tree for all agents, of which each makes and reads a part"
                draft.warn(("prepare", "directory_structure"), message)
        elif shards_of(prepare):
            draft.set((*path, "shards"), shards_of(prepare), ("prepare", "key_prefix_shards"))
        if "count" in entry:
            place = (*origin, "count")
            count = fleet.times(draft, entry["count"], place, parse_count) if fleet.own_objects else entry["count"]
            draft.set((*path, "count"), count, place)
        _dataset_size(draft, entry, (*path, "size"), origin)
        if pool.prefix:
            draft.set((*path, "prefix"), pool.prefix, (*origin, "base_uri"))
        if pool.stem != PREPARED:
            draft.set((*path, "name"), f"{pool.stem}-{{index:08d}}.dat", origin)
        if prepare.get("force_overwrite") is True:
            draft.set((*path, "create"), "always", ("prepare", "force_overwrite"))
        elif prepare.get("skip_verification") is True:
            draft.set((*path, "create"), "never", ("prepare", "skip_verification"))
        translate_content(draft, path, entry, origin)


def _dataset_size(draft: Draft, entry: dict[str, Any], path: Path, origin: Path) -> None:
    given = [key for key in ("size_spec", "size_distribution", "size") if key in entry]
    limits = [key for key in ("min_size", "max_size") if key in entry]
    for key in (*given, *limits)[1:] if given else ():
        draft.warn((*origin, key), f"is left out, because {given[0]} says the size", "Keep one of them")
    if given:
        if given[0] == "size":
            draft.warn((*origin, "size"), "is taken as the size of the objects; s3-bench ignored it")
        translate_size(draft, entry[given[0]], path, (*origin, given[0]))
        return
    low, high = entry.get("min_size", DEFAULT_SIZE), entry.get("max_size", DEFAULT_SIZE)
    if _bytes(low) == _bytes(high):
        draft.set(path, low, (*origin, limits[0]) if limits else origin)
        return
    draft.set(path, {"type": "uniform", "min": low, "max": high}, origin)
    for key, native in (("min_size", "min"), ("max_size", "max")):
        draft.trace((*path, native), (*origin, key) if key in entry else origin)


def _bytes(value: Any) -> Any:
    try:
        return parse_size(value)
    except ValueError:
        return value


def translate_size(draft: Draft, value: Any, path: Path, origin: Path) -> None:
    """Set a native size from a size or a distribution of s3-bench's."""
    if not isinstance(value, dict):
        draft.set(path, value, origin)
        return
    word = "type" if "type" in value or "dist" not in value else "dist"
    kind = value.get(word, "fixed")
    if kind in FIXED_WORDS:
        key = next((key for key in FIXED_KEYS if key in value), None)
        if key is None:
            draft.refuse(origin, "has no size", "Write the size itself, such as 1MiB, in place of the mapping")
            return
        draft.warn(origin, "is one size for all; s3-bench refused this form", "Write the size itself in place of the mapping")  # fmt: skip
        draft.unknown(origin, value, (word, key))
        draft.set(path, value[key], (*origin, key))
        return
    known = SIZE_KEYS.get(kind) if isinstance(kind, str) else None
    if known is None:
        draft.set(path, {**value, "type": kind} if word == "dist" else value, origin)
        return
    draft.unknown(origin, value, (word, *known))
    kept = {key: value[key] for key in known if key in value}
    defaults = _UNIFORM if kind == "uniform" else {}
    draft.set(path, {"type": kind, **defaults, **kept}, origin)


def translate_cleanup(draft: Draft, data: dict[str, Any], stages: Stages, writes: bool) -> None:
    """What is deleted at the end; `writes` says whether there is more than prepared objects."""
    prepare = data.get("prepare")
    said = prepare.get("cleanup") if isinstance(prepare, dict) else None
    if isinstance(data.get("cleanup"), dict):
        draft.warn(("cleanup",), "is left out: clean-up has one switch", "Write cleanup: all, or cleanup: written")
    elif isinstance(prepare, dict) and prepare.get("cleanup_only") is True:
        origin: Path = ("prepare", "cleanup_only")
        draft.set(("cleanup",), "only", origin)
        draft.warn(origin, "deletes what runs of this program have made, and nothing that another tool made")
        return
    elif "cleanup" in data:
        draft.set(("cleanup",), data["cleanup"], ("cleanup",))
        return
    if said is not None and not isinstance(said, bool):
        draft.refuse(("prepare", "cleanup"), "is neither true nor false", "Write true or false, without quotes")
    elif said or stages.cleanup_origin:
        origin = ("prepare", "cleanup") if said else stages.cleanup_origin
        draft.set(("cleanup",), "all", origin)
        if writes:
            draft.warn(origin, "also deletes what this run's puts wrote")


def _left_out(draft: Draft, prepare: dict[str, Any]) -> None:
    if "cleanup_mode" in prepare:
        draft.set(("cleanup_mode",), prepare["cleanup_mode"], ("prepare", "cleanup_mode"))
    if "post_prepare_delay" in prepare:
        value = duration(prepare["post_prepare_delay"])
        draft.set(("post_prepare_delay",), value, ("prepare", "post_prepare_delay"))
    strategy, entries = prepare.get("prepare_strategy", "parallel"), prepare.get("ensure_objects")
    if strategy != "parallel" and (strategy != "sequential" or (isinstance(entries, list) and len(entries) > 1)):
        draft.warn(("prepare", "prepare_strategy"), "has no effect: all objects are made in parallel")


def shards_of(prepare: dict[str, Any]) -> Any:
    """Over how many folders keys are spread; nothing in a tree, which has its own."""
    shards = prepare.get("key_prefix_shards", 0)
    return None if shards in (0, "0", None) or "directory_structure" in prepare else shards


def covers(pattern: str, prefix: str) -> bool:
    """Whether a path of the mix takes every object of the data set below `prefix`."""
    # Four digits that no pattern holds stand for all numbers: a pattern that matches them matches any.
    name = f"{prefix}prepared-\0\0\0\0\0\0\0\0.dat"
    if "*" not in pattern:
        return (pattern == "" or pattern.endswith("/")) and name.startswith(pattern)
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), name, re.DOTALL) is not None


def touches(pattern: str, prefix: str) -> bool:
    """Whether a path of the mix could take some object of the data set below `prefix`, but not all of them."""
    literal = pattern.partition("*")[0]
    names = f"{prefix}prepared-"
    return "*" in pattern and (literal.startswith(names) or names.startswith(literal)) and not covers(pattern, prefix)
