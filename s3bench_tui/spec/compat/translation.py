"""From a document of s3-bench's to the native one, with every line number kept.

Nothing that the author wrote is dropped in silence: what is not honoured is a warning or a problem of the document.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain, count
from typing import Any

from s3bench_tui.spec.compat.agents import place_agents
from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.fleet import read_fleet
from s3bench_tui.spec.compat.grammar import FOREIGN_KEYS, NATIVE_KEYS, is_foreign
from s3bench_tui.spec.compat.layout import Layout, address_of, page_cache, read_layout
from s3bench_tui.spec.compat.mix import Line, Placed, place_lines, read_lines, write_lines
from s3bench_tui.spec.compat.objects import (
    PREPARED,
    Objects,
    Pool,
    read_prepare,
    shards_of,
    translate_cleanup,
    translate_pools,
)
from s3bench_tui.spec.compat.settings import translate_settings
from s3bench_tui.spec.compat.stages import read_stages
from s3bench_tui.spec.text.source import Document, Path, names_a_secret
from s3bench_tui.spec.text.wording import CREDENTIALS_HINT

_TOP = (*NATIVE_KEYS, *FOREIGN_KEYS, "workload")


def translated(document: Document, alone: bool = False) -> Document:
    """The native form of a document of s3-bench's; any other document as it is.

    `alone`: as one of its agents takes it that was sent the file, without the others.
    """
    if not isinstance(document.data, dict) or not is_foreign(document.data):
        return document
    data = document.data
    draft = Draft(document)
    _refuse_secrets(draft, data)
    draft.unknown((), data, _TOP)
    fleet, stages = read_fleet(draft, data, alone), read_stages(draft, data)
    translate_settings(draft, data, fleet, stages)
    prepared = read_prepare(draft, data)
    layout = read_layout(draft, data, fleet)
    listed = data.get("workload")
    lines = read_lines(draft, layout, listed) if isinstance(listed, list) else []
    translate_cleanup(draft, data, stages, writes=any(line.op == "put" for line in lines))
    pools = _settle(draft, layout, prepared, lines)
    place_agents(draft, layout, fleet)
    placed = place_lines(draft, layout, lines, pools)
    prepare = data.get("prepare")
    prepare = prepare if isinstance(prepare, dict) else {}
    translate_pools(draft, pools, prepare, fleet)
    write_lines(draft, layout, placed, pools, shards_of(prepare), fleet)
    layout.write(draft, _weights(layout, placed))
    page_cache(draft, data)
    if not isinstance(listed, list):
        del draft.data["workload"]
        if "workload" in data:
            draft.set(("workload",), listed, ("workload",))
    if not layout.sites:
        del draft.data["targets"]
    native = draft.finished()
    for key, found in (("targets", layout.sites), ("workload", lines)):
        if native.problems and not found:
            native.broken.add((key,))  # what is missing follows from what was refused
    return native


def _settle(draft: Draft, layout: Layout, prepared: list[Objects], lines: list[Line]) -> list[Pool]:
    """Make targets of all places; returns the data sets with theirs."""
    others = [(line.address, line.address_origin) for line in lines if line.address is not None]
    places = []
    for objects in prepared:
        entry = {key: value for key, value in objects.entry.items() if key == "base_uri"}
        if objects.entry.get("use_multi_endpoint") is False and len(layout.bases) > 1:
            draft.warn((*objects.origin, "use_multi_endpoint"), "has no effect: all end points are used")
        found = address_of(draft, layout, entry or {"path": ""}, objects.origin)
        if found is not None:
            places.append((objects, found[0].below("")))
            others.append((places[-1][1], found[1]))
    layout.settle(draft, others)
    pools: list[Pool] = []
    for objects, address in places:
        place = layout.find(address)
        if place is not None:
            site, prefix = place
            target = layout.names()[site] if layout.pins else None
            if (twin := _twin(draft, pools, objects, site, prefix)) is not None:
                pools[pools.index(twin)] = _larger(twin, objects)
                continue
            pools.append(Pool(objects, site, target, prefix, _id(prefix, [pool.id for pool in pools])))
    return pools


def _twin(draft: Draft, pools: list[Pool], objects: Objects, site: int, prefix: str) -> Pool | None:
    """The data set that has the same names already: s3-bench finds them there, and makes only those beyond."""
    twin = next((pool for pool in pools if (pool.site, pool.prefix) == (site, prefix)), None)
    if twin is not None:
        message = "has the names of an entry before it, which stands for both, with the larger count and its own sizes"
        draft.warn(objects.origin, message, "Give it another base_uri to have both")
    return twin


def _larger(pool: Pool, objects: Objects) -> Pool:
    """The data set with the count of another entry where that is larger."""
    other = replace(pool, objects=objects)
    if other.size <= pool.size:
        return pool
    entry = {**pool.objects.entry, "count": objects.entry["count"]}
    return replace(pool, objects=replace(pool.objects, entry=entry))


def _id(prefix: str, taken: list[str]) -> str:
    """What a data set is called: the directory that it lies in, with a number where that is taken."""
    folder = re.sub(r"[^A-Za-z0-9_-]+", "-", prefix.strip("/").rpartition("/")[2])[:20].strip("-") or PREPARED
    names = chain([folder], (f"{folder}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def _weights(layout: Layout, placed: list[Placed]) -> list[float]:
    sums: list[float] = [0] * len(layout.sites)
    for each in placed:
        weight = each.line.data.get("weight", 1)
        if isinstance(weight, (int, float)) and each.target < len(sums):
            sums[each.target] += weight if each.share == 1 else weight * each.share
    return sums


def _refuse_secrets(draft: Draft, data: dict[str, Any]) -> None:
    """Problems for all keys that would hold a credential, at any depth; their values are not repeated."""
    waiting: list[tuple[Path, Any]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in inner:
            if isinstance(key, str) and names_a_secret(key):
                draft.refuse((*path, key), "holds a secret, which has no place in a workload file", CREDENTIALS_HINT)
            else:
                waiting.append(((*path, key), item))
