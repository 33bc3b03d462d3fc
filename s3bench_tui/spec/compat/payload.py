"""Content: what s3-bench says of it for prepared objects and for each put."""

from __future__ import annotations

from typing import Any

from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.text.source import Path

FACTORS = ("dedup_factor", "compress_factor")
_FILLS = {"random": "random", "prand": "random", "zero": "zero"}


def translate_content(draft: Draft, path: Path, written: dict[str, Any], origin: Path) -> None:
    """Set the payload of a data set or of a put at `path`."""
    fill = written.get("fill", "random")
    native = _FILLS.get(fill, fill) if isinstance(fill, str) else fill
    if native != "random":
        draft.set((*path, "payload", "fill"), native, (*origin, "fill"))
    for factor in FACTORS:
        if factor in written:
            draft.set((*path, "payload", factor), written[factor], (*origin, factor))
