"""One run in words: checks, verdict, phases, errors, machine, events. Pure: lines of coloured text for a given width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from textual.content import Content

from s3bench_tui.report.comparison.seconds import SteadyPart
from s3bench_tui.ui.charts.ticks import clock
from s3bench_tui.ui.results.lines import DIM, LOUD, Cell, line, printable, rate
from s3bench_tui.units import format_count, format_duration, format_size

Data = Mapping[str, Any]

_LABEL = 10
_SHOWN_EVENTS = 200


def facts(data: Data, width: int) -> Content:
    """All that is known beside the figures of the operations."""
    rows: list[Content] = []
    for label, text, style in _facts(data):
        folded = wrap(printable(text), max(10, width - _LABEL)) or [""]
        for index, part in enumerate(folded):
            rows.append(Content.assemble((f"{label if index == 0 else '':<{_LABEL}}", DIM), (part, style)))
    rows += [Content(""), *_phases(data, width)]
    events = list(_events(data, width))
    return Content("\n").join([*rows, *([Content(""), *events] if events else [])])


def _facts(data: Data) -> Iterator[tuple[str, str, str]]:
    """(label, text, style)"""
    status = data["status"].replace("_", " ")
    yield "ended", f"{status}{': ' if data['reason'] else ''}{data['reason']}", "" if data["status"] == "ok" else LOUD
    label = "checks"
    for row in data["thresholds"]:
        text = f"ok  {row['threshold']}" if row["passed"] else f"FAILED  {row['reason']}"
        yield label, text, "$success" if row["passed"] else LOUD
        label = ""
    if not data["thresholds"]:
        yield label, "none asked for; the workload's `thresholds` would say what is good enough", DIM
    client = data["client"]
    yield "verdict", str(client["text"]), LOUD if client["verdict"] == "client-limited" else "bold"
    part = SteadyPart.of(data)
    drifting = [
        f"phase {number}: {found.text}" for number, (_, found) in enumerate(part.judged, 1) if found.steady is False
    ]
    yield "steady", "; ".join([part.text, *drifting]), LOUD if drifting else ""
    for name, error in data["errors"].items():
        said = f": {error['said']}" if error["said"] else ""
        ops = ", ".join(f"{op} {count:,}" for op, count in error["ops"].items())
        yield "errors", f"{error['count']:,} x {name} ({ops}){said}", "$error"
    for note in client.get("notes", ()):
        yield "note", str(note), ""
    yield "machine", _machine(data["host"]), ""
    if client.get("cpu_us_per_op") is not None:
        yield "client", f"{format_duration(client['cpu_us_per_op'] * 1000)} of CPU for each operation", ""
    for target in data["targets"]:
        yield "target", f"{target['uri']}, {target['workers']} worker{'' if target['workers'] == 1 else 's'}", ""
    yield "program", f"s3bench-tui {data['version']}, run {data['run_id']}, seed {data['seed']}", DIM


def _machine(host: Data) -> str:
    cpu, python = host.get("cpu") or {}, host.get("python") or {}
    cores = f"{format_count(cpu['cores_usable'])} cores" if cpu.get("cores_usable") else ""
    memory = format_size(host["memory_bytes"]) if host.get("memory_bytes") else ""
    system = f"Linux {host['kernel']}" if host.get("kernel") else ""
    words = (host.get("hostname"), cpu.get("model"), cores, memory, system, f"Python {python.get('version')}")
    return ", ".join(str(word) for word in words if word)


def _phases(data: Data, width: int) -> Iterator[Content]:
    series = "response_ns" if data["open_loop"] else "service_ns"
    load = "rate" if data["open_loop"] else "slots"
    first = width - 8 - 8 - 8 - 8 - 12 - 9 - 7
    heads = ("phase", "start", "length", load, "ops/s", "throughput", "p99", "errors")
    yield _phase(heads, first, DIM)
    number = 0
    for phase in data["phases"]:
        number += phase["kind"] == "measured"
        settings, total = phase["settings"], phase["total"]
        most: Data = max(phase["ops"].values(), key=lambda op: op["ops"], default={})
        p99 = most.get(series, {}).get("p99")
        name = f"{number} {phase['label']}".strip() if phase["kind"] == "measured" else phase["kind"]
        cells = (
            printable(name),
            clock(phase["start_s"]),
            f"{phase['duration_s']:.0f} s",
            format_count(settings["rate_per_s"] or 0 if data["open_loop"] else settings["concurrency"]),
            rate(total["ops_per_s"]),
            f"{format_size(total['bytes_per_s'])}/s" if total["bytes"] else "-",
            "-" if p99 is None else format_duration(p99),
            format_count(total["failed"]),
        )
        yield _phase(cells, first, "" if phase["kind"] == "measured" else DIM)


def _phase(texts: tuple[str, ...], first: int, style: str) -> Content:
    widths = (max(8, first), -8, -8, -8, -8, -12, -9, -7)
    cells: list[Cell] = [(text, width, style) for text, width in zip(texts, widths, strict=True)]
    return line(cells)


def _events(data: Data, width: int) -> Iterator[Content]:
    for event in data["events"][:_SHOWN_EVENTS]:
        folded = wrap(printable(event["text"]), max(10, width - _LABEL - 7)) or [""]
        for index, part in enumerate(folded):
            head = f"{clock(event['at_s']):>7}  {event['kind']:<8}" if index == 0 else " " * 17
            yield Content.assemble((head, DIM), part)
    if len(data["events"]) > _SHOWN_EVENTS:
        yield Content.styled(f"and {len(data['events']) - _SHOWN_EVENTS} more, in the report", DIM)
