"""sai3-bench's ledger of what was populated: a row for the preparation of a run. Made from a report alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from s3bench_tui.report import files
from s3bench_tui.report.preparation import made_by

COLUMNS = (
    "timestamp", "test_name", "agent_id", "stage", "objects_created", "objects_existed", "total_objects", "total_bytes",
    "avg_bytes", "wall_seconds", "ops_per_sec",
)  # fmt: skip

_HEADER = "\t".join(COLUMNS) + "\n"


def table(report: Mapping[str, Any]) -> str:
    """The ledger as text; empty where nothing was made, or where the run ended before all was there.

    Bytes are those that were written: what was there already was only counted.
    """
    phases = report["phases"]
    made = made_by(report)
    loaded = any(phase["kind"] not in ("prepare", "drain") for phase in phases)
    if not made.objects or not (loaded or report["status"] == "ok"):
        return ""
    failed = sum(phase["total"]["failed"] for phase in phases if phase["kind"] == "prepare")
    wanted = _wanted(report["workload"])
    cells = (
        report["started_at"],
        report["name"],
        report["host"].get("hostname", ""),
        "prepare",
        made.objects,
        wanted - made.objects - failed,
        wanted,
        made.size_bytes,
        f"{made.size_bytes / made.objects:.2f}",
        f"{made.seconds:.2f}",
        f"{made.objects / made.seconds if made.seconds else 0:.2f}",
    )
    return _HEADER + "\t".join(map(str, cells)) + "\n"


def _wanted(workload: Mapping[str, Any]) -> int:
    """How many objects the data sets have, over all targets that hold them."""
    count = 0
    for dataset in workload["datasets"]:
        users = [line.get("target") for line in workload["workload"] if line.get("dataset") == dataset["id"]]
        for target in workload["targets"]:
            is_named = dataset.get("target") in (None, target["name"])
            if is_named and (not users or None in users or target["name"] in users):
                count += dataset["count"]
    return count


def write(text: str, path: Path) -> None:
    """Write a ledger whole or not at all (ConfigError)."""
    files.replace(path, text, _HEADER, "a ledger")
