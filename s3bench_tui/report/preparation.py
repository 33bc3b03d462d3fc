"""What a run made of its data sets before the load: counted in a report, of which it knows nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s3bench_tui.stats.tally import SIZE_CLASSES


@dataclass(frozen=True, slots=True)
class Made:
    """Objects that were put, and over how many seconds."""

    objects: int
    size_bytes: int
    seconds: float


def made_by(report: Mapping[str, Any]) -> Made:
    """What the preparation made; nothing where there was none."""
    phase = next((phase for phase in report["phases"] if phase["kind"] == "prepare"), None)
    put = phase["ops"].get("put") if phase is not None else None
    if phase is None or not put:
        return Made(0, 0, 0.0)
    count = put["ops"]
    if not any(_may_be_empty(dataset["size"]) for dataset in report["workload"]["datasets"]):
        # Where a target does not list, each object was asked for first; such a question moves no bytes.
        count -= put["sizes"].get(SIZE_CLASSES[0], {"ops": 0})["ops"]
    return Made(count, put["bytes"], phase["duration_s"])


def _may_be_empty(size: Mapping[str, Any]) -> bool:
    return 0 in (size.get("size"), size.get("min")) or any(_may_be_empty(each) for each in size.get("sizes", ()))
