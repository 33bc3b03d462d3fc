"""The lines of the mix: from s3-bench's operations to native ones, over the data set where they read what it prepares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from s3bench_tui.spec.compat.addresses import Address
from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.fleet import Fleet
from s3bench_tui.spec.compat.grammar import DIRECTORY_OPS, FOREIGN_LINE_KEYS, NATIVE_LINE_KEYS
from s3bench_tui.spec.compat.layout import Layout, address_of
from s3bench_tui.spec.compat.objects import DELETABLE, PREPARED, Pool, covers, touches, translate_size
from s3bench_tui.spec.compat.payload import FACTORS, translate_content
from s3bench_tui.spec.text.source import Path
from s3bench_tui.units import parse_count

_OVER_POOLS = ("get", "stat", "delete")
_KEPT = ("name", "target", "range", "keys", "concurrency", "batch")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was written; `address` is None where it says no place. `target` and `path` are known later."""

    data: dict[str, Any]
    origin: Path
    address: Address | None
    address_origin: Path

    @property
    def op(self) -> Any:
        return self.data.get("op")


@dataclass(frozen=True, slots=True)
class Placed:
    """A line, its target, and its path there; the path is None where it goes over a data set."""

    line: Line
    target: int
    path: str | None
    pool: Pool | None = None
    share: float = 1.0
    """Its part of the line's weight, where the line goes over several data sets."""
    number: int = 1
    """It is the so many eth of those that the line became."""


def read_lines(draft: Draft, layout: Layout, lines: list[Any]) -> list[Line]:
    """The lines that there will be; those without a counterpart are told of."""
    found = []
    for index, data in enumerate(lines):
        origin: Path = ("workload", index)
        if not isinstance(data, dict):
            draft.refuse(origin, "is not a mapping of keys", "Write for example - {op: get, path: data/*, weight: 1}")
            continue
        if data.get("op") in DIRECTORY_OPS and not _has_directories(draft, layout, data, origin, lines):
            continue
        draft.unknown(origin, data, (*NATIVE_LINE_KEYS, *FOREIGN_LINE_KEYS))
        if data.get("use_multi_endpoint") is False and len(layout.bases) > 1:
            draft.warn((*origin, "use_multi_endpoint"), "has no effect: every line uses all end points")
        if "recursive" in data and data.get("op") != "rmdir":
            draft.warn((*origin, "recursive"), "has no effect: it belongs to rmdir")
        place = address_of(draft, layout, data, origin)
        if place is None and layout.bases and data.get("op") in ("put", "list", *DIRECTORY_OPS):
            place = layout.bases[0].below(""), origin
        found.append(Line(data, origin, *(place or (None, origin))))
    return found


def _has_directories(draft: Draft, layout: Layout, data: dict[str, Any], origin: Path, lines: list[Any]) -> bool:
    """Whether a line of directories can be run; told of where it cannot."""
    place = address_of(draft, layout, data, origin)
    address = place[0] if place is not None else layout.bases[0] if layout.bases else None
    hint = "The other lines keep their weights"
    if address is not None and address.scheme not in ("file", "direct"):
        draft.warn(origin, f"is left out: there are no directories in {address.scheme}://", hint)
        return False
    if data["op"] == "rmdir" and not any(isinstance(line, dict) and line.get("op") == "mkdir" for line in lines):
        draft.warn(origin, "is left out: rmdir removes what mkdir lines make, and there are none", hint)
        return False
    message = (
        "makes new directories below its path"
        if data["op"] == "mkdir"
        else "removes only the directories that the mkdir lines made, which are empty"
    )
    draft.warn(origin, message)
    return True


def write_lines(
    draft: Draft, layout: Layout, placed: list[Placed], pools: list[Pool], shards: Any, fleet: Fleet
) -> None:
    """Set the mix; new keys are spread over so many `shards`, where there are any."""
    natives: list[Any] = []
    draft.data["workload"] = natives
    contents: dict[Any, Line] = {}
    for index, each in enumerate(placed):
        natives.append({})
        line, path = each.line, ("workload", index)
        draft.trace(path, line.origin)
        if "op" in line.data:
            draft.set((*path, "op"), line.data["op"], (*line.origin, "op"))
        if "weight" in line.data:
            draft.set((*path, "weight"), _weight(each), (*line.origin, "weight"))
        elif each.share != 1:
            draft.set((*path, "weight"), _weight(each), line.origin)
        if layout.pins and line.address is not None:
            draft.set((*path, "target"), layout.names()[each.target], line.address_origin)
        if each.pool is not None and len(pools) > 1:
            draft.set((*path, "dataset"), each.pool.id, line.address_origin)
        where = _path(draft, each, placed, pools)
        if where is not None:
            draft.set((*path, "path"), where, line.address_origin)
        _size(draft, line, (*path, "size"))
        if line.op == "put" and shards and where is not None:
            draft.set((*path, "shards"), shards, ("prepare", "key_prefix_shards"))
        if line.op == "put":
            _content(draft, line, (*path, "payload"), contents.setdefault((each.target, where), line))
        for key in _KEPT:
            if key in line.data:
                value = line.data[key]
                if key == "concurrency":
                    value = fleet.times(draft, value, (*line.origin, key), parse_count)
                named = key == "name" and each.number > 1
                draft.set((*path, key), f"{value}-{each.number}" if named else value, (*line.origin, key))


def _weight(placed: Placed) -> Any:
    weight = placed.line.data.get("weight", 1)
    if placed.share == 1 or not isinstance(weight, (int, float)):
        return weight
    return float(f"{weight * placed.share:.6g}")


def place_lines(draft: Draft, layout: Layout, lines: list[Line], pools: list[Pool]) -> list[Placed]:
    """Where each line lies; one over several data sets becomes as many. Adds the pools of objects to be deleted."""
    prepared = tuple(pools)
    placed: list[Placed] = []
    for line in lines:
        found = layout.find(line.address) if line.address is not None else None
        if found is None:
            only = pools[0] if len(pools) == 1 and line.op in _OVER_POOLS else None
            placed.append(Placed(line, only.site if only is not None else 0, None, only))
            continue
        site, path = found
        names = path.replace(f"{DELETABLE}-", f"{PREPARED}-") if line.op == "delete" else path
        its = [
            pool
            for pool in prepared
            if pool.site == site and line.op in _OVER_POOLS and (pool.is_tree or covers(names, pool.prefix))
        ]
        whole = sum(pool.size for pool in its)
        if len(its) > 1:
            draft.warn(line.address_origin, f"goes over {len(its)} data sets, by a line for each, in proportion to their counts")  # fmt: skip
        for number, pool in enumerate(its, start=1):
            share = pool.size / whole if len(its) > 1 else 1.0
            placed.append(Placed(line, site, None, pool, share, number))
        if not its:
            placed.append(Placed(line, site, path))
    return _with_second_pools(placed, pools)


def _with_second_pools(placed: list[Placed], pools: list[Pool]) -> list[Placed]:
    """Let deletes have objects of their own where others read the prepared ones, as s3-bench does."""
    read = {each.pool.id for each in placed if each.pool is not None and each.line.op in ("get", "stat")}
    second: dict[str, Pool] = {}
    for each in placed:
        if each.line.op == "delete" and each.pool is not None and each.pool.id in read and each.pool.id not in second:
            name = DELETABLE if each.pool.id == PREPARED else f"{each.pool.id}-{DELETABLE}"
            second[each.pool.id] = replace(each.pool, id=name, stem=DELETABLE)
    pools += second.values()
    return [
        replace(each, pool=second.get(each.pool.id, each.pool))
        if each.pool is not None and each.line.op == "delete"
        else each
        for each in placed
    ]


def _path(draft: Draft, placed: Placed, others: list[Placed], pools: list[Pool]) -> str | None:
    """The native path of a line; None for a data set."""
    line, path = placed.line, placed.path
    if path is None:
        return None
    if line.op in ("get", "stat"):
        for pool in pools:
            if placed.target == pool.site and pool.stem == PREPARED and touches(path, pool.prefix):
                message = "takes a part of the prepared objects, which has to be there before the run to be listed"
                draft.warn(line.address_origin, message, f"Write {pool.prefix}prepared-* to take all, which needs no listing")  # fmt: skip
        return path or "*"
    if line.op == "delete":
        return _deleted(draft, placed, path, others)
    literal, star, rest = path.partition("*")
    if star and (rest.strip("*") or line.op == "put"):
        draft.warn(
            line.address_origin, f"is taken as {literal or 'the whole target'}: {line.op} takes a prefix, and no *"
        )
    return literal


def _deleted(draft: Draft, placed: Placed, path: str, others: list[Placed]) -> str | None:
    """What a delete takes: deletes only take what the run itself created."""
    if "*" not in path:
        return path
    literal = path.partition("*")[0]
    folder = literal if _is_written(others, placed.target, literal) else literal[: literal.rfind("/") + 1]
    message = f"takes all that this run's puts write below {folder or 'the target'}, each once, whatever its name"
    draft.warn(placed.line.address_origin, message)
    return folder


def _content(draft: Draft, line: Line, path: Path, first: Line) -> None:
    """Content of a put; of several that write below one path, that of the first."""
    for factor in FACTORS if first is not line else ():
        if line.data.get(factor, 1) != first.data.get(factor, 1):
            origin = (*line.origin, factor) if factor in line.data else line.origin
            draft.warn(origin, f"is written with {factor} {first.data.get(factor, 1)}, as all below its path", "Give it another path for other content")  # fmt: skip
    written = {factor: first.data[factor] for factor in FACTORS if factor in first.data}
    translate_content(draft, path[:-1], written, first.origin)


def _is_written(lines: list[Placed], target: int, prefix: str) -> bool:
    return any(
        other.line.op == "put" and other.target == target and other.path is not None and other.path.startswith(prefix)
        for other in lines
    )


def _size(draft: Draft, line: Line, path: Path) -> None:
    if line.op != "put":
        if "size" in line.data:
            draft.set(path, line.data["size"], (*line.origin, "size"))
        return
    given = [key for key in ("size_spec", "size_distribution", "object_size", "size") if key in line.data]
    for key in given[1:]:
        draft.warn((*line.origin, key), f"is left out, because {given[0]} says the size", "Keep one of them")
    if given:
        if given[0] == "size":
            draft.warn((*line.origin, "size"), "is taken as the size of the objects; s3-bench ignored it")
        translate_size(draft, line.data[given[0]], path, (*line.origin, given[0]))
