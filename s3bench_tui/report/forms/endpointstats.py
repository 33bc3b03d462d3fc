"""sai3-bench's table of end points: one row each, and its share of all requests and bytes. Made from a report alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from s3bench_tui.report import files

COLUMNS = (
    "endpoint_idx", "endpoint_uri", "total_requests", "bytes_read", "bytes_written", "error_count", "active_requests",
    "request_pct", "read_pct", "write_pct",
)  # fmt: skip

_HEADER = "\t".join(COLUMNS) + "\n"


def table(report: Mapping[str, Any]) -> str:
    """The table of the load as text; empty where no target has figures by end point."""
    return _table([each for target in report["targets"] for each in target.get("endpoints", ())])


def prepared(report: Mapping[str, Any]) -> str:
    """The same of the preparation; empty where nothing was made, too."""
    made = [phase for phase in report["phases"] if phase["kind"] == "prepare" and phase["total"]["ops"]]
    return _table(made[0].get("endpoints", ())) if made else ""


def _table(found: Sequence[Mapping[str, Any]]) -> str:
    """Nothing is active any more after a run."""
    if not found:
        return ""
    rows = [_row(each) for each in found]
    sums = [sum(column) for column in zip(*rows, strict=True)]
    return _HEADER + "".join(
        "\t".join(
            [str(index), each["url"], *map(str, row), "0"]
            + [f"{100 * row[column] / sums[column] if sums[column] else 0:.2f}" for column in range(3)]
        )
        + "\n"
        for index, (each, row) in enumerate(zip(found, rows, strict=True))
    )


def _row(endpoint: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """Requests, bytes read, bytes written, failed requests."""
    total, ops = endpoint["total"], endpoint["ops"]
    moved = [ops[op]["bytes"] if op in ops else 0 for op in ("get", "put")]
    return total["ops"] + total["failed"], moved[0], moved[1], total["failed"]


def write(text: str, path: Path) -> None:
    """Write a table whole or not at all (ConfigError)."""
    files.replace(path, text, _HEADER, "a table of end points")
