"""What get, put and stat did, in a few lines. Reads the report alone.

Gives no verdict on client or store: a one-shot is too short to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from s3bench_tui.oneshot.lines import counted
from s3bench_tui.report.result import Report
from s3bench_tui.units import NS_PER_S, format_count, format_duration, format_size

_SERIES = {"service_ns": "latency", "ttfb_ns": "first byte"}
_PERCENTILES = {"p50": "p50", "p90": "p90", "p99": "p99", "p999": "p99.9", "max": "max"}


def summary(report: Report) -> Iterator[str]:
    """One line of totals, one for each latency, and one for each class of failures."""
    for kind, row in report.ops.items():
        if row["ops"]:
            rate = f"{format_count(row['ops_per_s'])} a second"
            size = f", {format_size(row['bytes_per_s'])}/s" if row["bytes"] else ""
            moved = f", {format_size(row['bytes'])}" if row["bytes"] else ""
            took = format_duration(report.measured_s * NS_PER_S)
            yield f"{kind}: {counted(row['ops'])}{moved} in {took} ({rate}{size})"
        yield from _latencies(row)
    yield from failures(report)


def failures(report: Report) -> Iterator[str]:
    """How many operations of those tried have failed, and of what; nothing where none has."""
    failed = report.total["failed"]
    if not failed:
        return
    yield f"error: {failed:,} of {counted(report.total['ops'] + failed)} failed"
    for name, row in report.as_dict()["errors"].items():
        yield f"  {row['count']:,} x {name}: {row['said']}" if row.get("said") else f"  {row['count']:,} x {name}"


def _latencies(row: Mapping[str, Any]) -> Iterator[str]:
    for key, name in _SERIES.items():
        series = row.get(key) or {}
        known = (f"{label} {format_duration(series[key])}" for key, label in _PERCENTILES.items() if key in series)
        if text := "  ".join(known):
            yield f"{name}: {text}"
