"""Content: s3-bench says it for each line and for the prepared objects, a native workload once for the whole run."""

from __future__ import annotations

from typing import Any

from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.mix import Line
from s3bench_tui.spec.compat.objects import Objects
from s3bench_tui.spec.source import Path

_FACTORS = ("dedup_factor", "compress_factor")
_FILLS = {"random": "random", "prand": "random", "zero": "zero"}


def translate_payload(draft: Draft, data: dict[str, Any], objects: Objects | None, lines: list[Line]) -> None:
    """Set the content that the first put wants, or the prepared objects where there is none; warn of all that differ."""
    if "payload" in data:
        return
    writers: list[tuple[dict[str, Any], Path]] = [(line.data, line.origin) for line in lines if line.op == "put"]
    puts = len(writers)
    if objects is not None:
        writers.append((objects.entry, objects.origin))
    if objects is not None:
        _fill(draft, objects, puts)
    for factor in _FACTORS:
        if not any(factor in written for written, _ in writers):
            continue
        first, origin = writers[0]
        chosen = first.get(factor, 1)
        if factor in first:
            draft.set(("payload", factor), chosen, (*origin, factor))
        for other, place in writers[1:]:
            if other.get(factor, 1) != chosen:
                place = (*place, factor) if factor in other else place
                draft.warn(place, f"is written with {factor} {chosen}: a run has one kind of content", "Run it from a file of its own for other content")  # fmt: skip


def _fill(draft: Draft, objects: Objects, puts: int) -> None:
    fill, origin = objects.entry.get("fill", "random"), (*objects.origin, "fill")
    native = _FILLS.get(fill, fill) if isinstance(fill, str) else fill
    if native == "zero" and puts:
        hint = "Write payload: {fill: zero} for zeros in all objects"
        draft.warn(origin, "the objects are filled with random bytes, as those of the puts are", hint)
    elif native != "random":
        draft.set(("payload", "fill"), native, origin)
