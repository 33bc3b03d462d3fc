"""The report of one run as Markdown, to be pasted into a ticket. Reads the report alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3bench_tui.report.forms.tables import markdown
from s3bench_tui.units import format_count, format_duration, format_size

Data = Mapping[str, Any]

_PERCENTILES = {"p50": "p50", "p90": "p90", "p99": "p99", "p999": "p99.9", "max": "max"}


def text_of(data: Data) -> str:
    """From the report's `as_dict()` or a report file's content."""
    uris = ", ".join(f"`{target['uri']}`" for target in data["targets"])
    blocks = [
        f"## {data['name']}\n",
        f"{data['status'].replace('_', ' ')}; {uris}; {data['started_at']}; measured {format_duration(data['measured_s'] * 1e9)}\n",
        _operations(data),
        _errors(data["errors"]),
        "".join(
            f"- {'ok' if row['passed'] else 'FAILED'}: {row['reason'] or row['threshold']}\n"
            for row in data["thresholds"]
        ),
        f"{data['client']['text']}\n",
        f"s3bench-tui {data['version']}, run {data['run_id']}, seed {data['seed']}\n",
    ]
    return "\n".join(block for block in blocks if block)


def _operations(data: Data) -> str:
    series = "response_ns" if data["open_loop"] else "service_ns"
    header = ("operation", "ops", "ops/s", "throughput", *_PERCENTILES.values(), "failed")
    rows = [_row(op, figures, figures[series]) for op, figures in data["ops"].items()]
    rows += [_row(name, figures, figures["service_ns"]) for name, figures in data.get("requests", {}).items()]
    return markdown(header, [*rows, _row("total", data["total"], {})])


def _row(name: str, figures: Data, latency: Data) -> tuple[str, ...]:
    moved = f"{format_size(figures['bytes_per_s'])}/s" if figures["bytes"] else "-"
    known = [format_duration(latency[key]) if key in latency else "-" for key in _PERCENTILES]
    return (name, f"{figures['ops']:,}", format_count(figures["ops_per_s"]), moved, *known, f"{figures['failed']:,}")


def _errors(errors: Data) -> str:
    if not errors:
        return ""
    return markdown(
        ("error", "count", "said"), [(name, f"{row['count']:,}", row["said"][:200]) for name, row in errors.items()]
    )
