"""The lines of the mix: from s3-bench's operations to native ones, over the data set where they read what it prepares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from s3bench_tui.spec.compat.addresses import Address
from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.grammar import DIRECTORY_OPS, FOREIGN_LINE_KEYS, NATIVE_LINE_KEYS
from s3bench_tui.spec.compat.layout import Layout, address_of
from s3bench_tui.spec.compat.objects import covers, touches, translate_size
from s3bench_tui.spec.source import Path

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
    """A line, its target, and its path there; the path is None where it goes over the data set."""

    line: Line
    target: int
    path: str | None


@dataclass(frozen=True, slots=True)
class Pool:
    """Where the data set lies."""

    target: int
    prefix: str


def read_lines(draft: Draft, layout: Layout, lines: list[Any]) -> list[Line]:
    """The lines that there will be; those without a counterpart are told of."""
    found = []
    for index, data in enumerate(lines):
        origin: Path = ("workload", index)
        if not isinstance(data, dict):
            draft.refuse(origin, "is not a mapping of keys", "Write for example - {op: get, path: data/*, weight: 1}")
            continue
        if data.get("op") in DIRECTORY_OPS:
            draft.warn(origin, f"is left out: there is no {data['op']}", "The other lines keep their weights")
            continue
        draft.unknown(origin, data, (*NATIVE_LINE_KEYS, *FOREIGN_LINE_KEYS))
        if data.get("use_multi_endpoint") is False and len(layout.bases) > 1:
            draft.warn((*origin, "use_multi_endpoint"), "has no effect: every line uses all end points")
        place = address_of(draft, layout, data, origin)
        if place is None and layout.bases and data.get("op") in ("put", "list"):
            place = layout.bases[0].below(""), origin
        found.append(Line(data, origin, *(place or (None, origin))))
    return found


def translate_lines(draft: Draft, layout: Layout, lines: list[Line], pool: Pool | None) -> list[Placed]:
    """Set the mix; returns where each line lies."""
    placed = [_placed(layout, line, pool) for line in lines]
    natives: list[Any] = []
    draft.data["workload"] = natives
    for index, each in enumerate(placed):
        natives.append({})
        line, path = each.line, ("workload", index)
        draft.trace(path, line.origin)
        for key in ("op", "weight"):
            if key in line.data:
                draft.set((*path, key), line.data[key], (*line.origin, key))
        if layout.pins and line.address is not None:
            draft.set((*path, "target"), layout.names()[each.target], line.address_origin)
        where = _path(draft, each, placed, pool)
        if where is not None:
            draft.set((*path, "path"), where, line.address_origin)
        _size(draft, line, (*path, "size"))
        for key in _KEPT:
            if key in line.data:
                draft.set((*path, key), line.data[key], (*line.origin, key))
    return placed


def _placed(layout: Layout, line: Line, pool: Pool | None) -> Placed:
    found = layout.find(line.address) if line.address is not None else None
    if found is None:
        return Placed(line, pool.target if pool is not None else 0, None)
    target, path = found
    if pool is not None and target == pool.target and line.op in ("get", "stat") and covers(path, pool.prefix):
        return Placed(line, target, None)
    return Placed(line, target, path)


def _path(draft: Draft, placed: Placed, others: list[Placed], pool: Pool | None) -> str | None:
    """The native path of a line; None for the data set."""
    line, path = placed.line, placed.path
    if path is None:
        return None
    if line.op in ("get", "stat"):
        if pool is not None and placed.target == pool.target and touches(path, pool.prefix):
            message = "takes a part of the prepared objects, which has to be there before the run to be listed"
            draft.warn(line.address_origin, message, f"Write {pool.prefix}prepared-* to take all, which needs no listing")  # fmt: skip
        return path or "*"
    if line.op == "delete":
        return _deleted(draft, placed, path, others, pool)
    literal, star, rest = path.partition("*")
    if star and (rest.strip("*") or line.op == "put"):
        draft.warn(
            line.address_origin, f"is taken as {literal or 'the whole target'}: {line.op} takes a prefix, and no *"
        )
    return literal


def _deleted(draft: Draft, placed: Placed, path: str, others: list[Placed], pool: Pool | None) -> str | None:
    """What a delete takes: deletes only take what the run itself created."""
    origin = placed.line.address_origin
    if pool is not None and placed.target == pool.target and covers(path, pool.prefix):
        if not any(other.path is None and other.line.op in ("get", "stat") for other in others):
            return None
        # s3-bench prepares a second pool here; the objects that this run's puts add stand in for it.
        if _is_written(others, placed.target, pool.prefix):
            message = f"takes what this run's puts write below {pool.prefix or 'the target'}, each once; s3-bench prepares more objects for it"
            draft.warn(origin, message)
            return pool.prefix
        hint = "Give it a path that a put of this workload writes to"
        draft.refuse(origin, "would take the objects that get and stat read, and there is one data set", hint)
        return None
    if "*" not in path:
        return path
    literal = path.partition("*")[0]
    folder = literal if _is_written(others, placed.target, literal) else literal[: literal.rfind("/") + 1]
    draft.warn(origin, f"takes all that this run's puts write below {folder or 'the target'}, each once, whatever its name")  # fmt: skip
    return folder


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
