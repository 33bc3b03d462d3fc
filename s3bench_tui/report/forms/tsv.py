"""The 13-column table of s3-bench: one row for each operation class and size, and one for each class in all.

GET and PUT stand alone; all other operations are META, all in the first size class. Behind them come the requests of
objects that were written in parts, by their names in the report. Only successes count. As in
s3-bench every percentile stands there, however few the samples. Made from a report alone, old ones too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from s3bench_tui.report import files, hdr
from s3bench_tui.report.forms.perflog import class_of
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import SIZE_CLASSES

COLUMNS = (
    "operation", "size_bucket", "bucket_idx", "mean_us", "p50_us", "p90_us", "p95_us", "p99_us", "max_us", "avg_bytes",
    "ops_per_sec", "throughput_mibps", "count",
)  # fmt: skip

_HEADER = "\t".join(COLUMNS) + "\n"
_CLASSES = ("META", "GET", "PUT")
_ALL_INDEX = {"META": 97, "GET": 98, "PUT": 99}
_REQUEST_INDEX = 100
_MIB = 1024 * 1024


def table(report: Mapping[str, Any]) -> str:
    """The table as text, from the report's `as_dict()` or a report file's content."""
    return _table(report, report["measured_s"])


def prepared(report: Mapping[str, Any]) -> str:
    """The same of the preparation; empty where nothing was made."""
    made = [phase for phase in report["phases"] if phase["kind"] == "prepare" and phase["total"]["ops"]]
    return _table(made[0], made[0]["duration_s"]) if made else ""


def _table(figures: Mapping[str, Any], seconds: float) -> str:
    rows = []
    for name in _CLASSES:
        ops = [op for kind, op in figures["ops"].items() if class_of(kind).upper() == name]
        rows.append((_ALL_INDEX[name], name, "ALL", ops))
        if name == "META":
            rows.append((0, name, SIZE_CLASSES[0], ops))
            continue
        for op in ops:
            rows += [(SIZE_CLASSES.index(size), name, size, [part]) for size, part in op["sizes"].items()]
    rows.sort(key=lambda row: (row[0], _CLASSES.index(row[1])))
    rows += [(_REQUEST_INDEX, name, "ALL", [its]) for name, its in figures.get("requests", {}).items()]
    return _HEADER + "".join(
        _line(name, size, index, ops, seconds) for index, name, size, ops in rows if any(op["ops"] for op in ops)
    )


def _line(name: str, size: str, index: int, ops: list[Mapping[str, Any]], seconds: float) -> str:
    count, moved = sum(op["ops"] for op in ops), sum(op["bytes"] for op in ops)
    service = Histogram()
    for op in ops:
        if op["ops"]:
            service = service + hdr.decode(op["service_ns"]["hdr"])
    times_ns = [service.mean_ns, *service.percentiles((50.0, 90.0, 95.0, 99.0)), service.max_ns]
    rates = [count / seconds, moved / _MIB / seconds] if seconds else [0.0, 0.0]
    numbers = [*(time_ns / 1000 for time_ns in times_ns), moved / count, *rates]
    return "\t".join([name, size, str(index), *(f"{number:.2f}" for number in numbers), str(count)]) + "\n"


def check(path: Path) -> None:
    """ConfigError where the table could not be written here; call it before the run."""
    files.refuse_foreign(path, _HEADER, "a table")


def write(text: str, path: Path) -> None:
    """Write a table whole or not at all; an earlier one is replaced, any other file refused (ConfigError)."""
    files.replace(path, text, _HEADER, "a table")
