"""From a document of s3-bench's to the native one, with every line number kept.

Nothing that the author wrote is dropped in silence: what is not honoured is a warning or a problem of the document.
"""

from __future__ import annotations

from typing import Any

from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.fleet import read_fleet
from s3bench_tui.spec.compat.grammar import FOREIGN_KEYS, NATIVE_KEYS, is_foreign
from s3bench_tui.spec.compat.layout import Layout, address_of, page_cache, read_layout
from s3bench_tui.spec.compat.mix import Line, Placed, Pool, read_lines, translate_lines
from s3bench_tui.spec.compat.objects import Objects, read_prepare, translate_cleanup, translate_objects
from s3bench_tui.spec.compat.payload import translate_payload
from s3bench_tui.spec.compat.settings import translate_settings
from s3bench_tui.spec.source import Document, Path, names_a_secret
from s3bench_tui.spec.wording import CREDENTIALS_HINT

_TOP = (*NATIVE_KEYS, *FOREIGN_KEYS, "workload")


def translated(document: Document) -> Document:
    """The native form of a document of s3-bench's; any other document as it is."""
    if not isinstance(document.data, dict) or not is_foreign(document.data):
        return document
    data = document.data
    draft = Draft(document)
    _refuse_secrets(draft, data)
    draft.unknown((), data, _TOP)
    fleet = read_fleet(draft, data)
    translate_settings(draft, data, fleet)
    objects = read_prepare(draft, data)
    layout = read_layout(draft, data, fleet)
    listed = data.get("workload")
    lines = read_lines(draft, layout, listed) if isinstance(listed, list) else []
    translate_cleanup(draft, data, fleet, writes=any(line.op == "put" for line in lines))
    pool = _settle(draft, data, layout, objects, lines)
    placed = translate_lines(draft, layout, lines, pool)
    translate_payload(draft, data, objects, lines)
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


def _settle(
    draft: Draft, data: dict[str, Any], layout: Layout, objects: Objects | None, lines: list[Line]
) -> Pool | None:
    """Make targets of all places, and the data set in its own; returns where that lies."""
    others = [(line.address, line.address_origin) for line in lines if line.address is not None]
    found = None
    if objects is not None:
        entry = {key: value for key, value in objects.entry.items() if key == "base_uri"}
        found = address_of(draft, layout, entry or {"path": ""}, objects.origin)
        if found is not None:
            found = found[0].below(""), found[1]
            others.append(found)
    layout.settle(draft, others)
    if objects is None or found is None:
        return None
    place = layout.find(found[0])
    if place is None:
        return None
    if layout.pins:
        message = f"lies in one of {len(layout.sites)} targets, and a data set is made in each"
        draft.refuse(found[1], message, "Keep the lines of one target, and what they read, in each file")
    target, prefix = place
    prepare = data.get("prepare")
    translate_objects(draft, objects, prefix, prepare if isinstance(prepare, dict) else {})
    return Pool(target, prefix)


def _weights(layout: Layout, placed: list[Placed]) -> list[float]:
    sums: list[float] = [0] * len(layout.sites)
    for each in placed:
        weight = each.line.data.get("weight", 1)
        if isinstance(weight, (int, float)) and each.target < len(sums):
            sums[each.target] += weight
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
