"""The summary that a person reads after a run: plain lines and small tables, from 60 columns on.

Reads the report alone. Good without colour, and in ASCII where the terminal knows no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from s3bench_tui.report.result import Report
from s3bench_tui.units import NS_PER_S, format_count, format_duration, format_size

Data = Mapping[str, Any]

_WIDEST = 120
_WIDE = 110
_SHOWN_ERRORS = 8
_SHOWN_NOTES = 5
_LABEL_WIDTH = 12
_STATUS = {
    "ok": ("ok", "bold green"),
    "stopped": ("stopped", "bold yellow"),
    "interrupted": ("INTERRUPTED", "bold yellow"),
    "error_budget": ("STOPPED: too many errors", "bold red"),
    "target": ("STOPPED: the target failed", "bold red"),
    "agent_lost": ("STOPPED: an agent was lost", "bold red"),
    "failed": ("FAILED", "bold red"),
    "engine_lost": ("ENGINE LOST", "bold red"),
}
_PERCENTILES = {
    "p50": "p50",
    "p90": "p90",
    "p95": "p95",
    "p99": "p99",
    "p999": "p99.9",
    "p9999": "p99.99",
    "max": "max",
}
_WORDS = {
    "service": "service time: from dispatch to the last byte",
    "response": "response time: from the intended start to the last byte",
}


def summary(report: Report, console: Console, files: Sequence[tuple[str, str]] = ()) -> str:
    """What a run did, as this console would show it; arguments as for `print_summary`."""
    with console.capture() as captured:
        print_summary(report, console, files)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def print_summary(report: Report, console: Console, files: Sequence[tuple[str, str]] = ()) -> None:
    """Print what a run did. `files` are (what, where) of what else was written."""
    data = report.as_dict()
    width = min(console.width, _WIDEST)
    for block in _blocks(data, width, console.options.ascii_only, files):
        console.print(block, width=width, highlight=False, markup=False)


def _blocks(data: Data, width: int, ascii_only: bool, files: Sequence[tuple[str, str]]) -> Iterator[Table | Text]:
    status, style = _STATUS[data["status"]]
    title = Text.assemble((_printable(data["name"]), "bold"), "   ", (status, style))
    yield title
    yield Text(_printable(_what_ran(data), ascii_only), style="dim")
    yield Text()
    yield _operations(data, width)
    headline = "response" if data["open_loop"] else "service"
    yield Text(f"{_WORDS[headline]}; failed operations are in no percentile and no rate", style="dim")
    yield Text()
    for target in data["targets"]:
        if "endpoints" in target:
            yield _endpoints(target["endpoints"], headline, width)
            yield Text()
    if len([phase for phase in data["phases"] if phase["kind"] == "measured"]) > 1:
        yield _phases(data, width, ascii_only)
        yield Text()
    facts = Table.grid(padding=0)
    facts.add_column(width=_LABEL_WIDTH, no_wrap=True, style="dim")
    facts.add_column()
    for label, text, style in _facts(data, files):
        facts.add_row(label, Text(_printable(text, ascii_only), style=style))
    yield facts


# --- what ran -----------------------------------------------------------------------------------------------------


def _what_ran(data: Data) -> str:
    uris = [str(target.get("uri", target.get("name", "?"))) for target in data["targets"]]
    places = ", ".join(uris[:3]) + (f" and {len(uris) - 3} more" if len(uris) > 3 else "")
    measured = [phase for phase in data["phases"] if phase["kind"] == "measured"]
    settings = [phase["settings"] for phase in measured]
    parts = [places, "open loop" if data["open_loop"] else "closed loop"]
    if data["open_loop"]:
        parts.append(_span([setting["rate_per_s"] for setting in settings if setting["rate_per_s"]], "/s"))
    parts.append(_span([setting["concurrency"] for setting in settings], " slots"))
    workers = len({worker["index"] for worker in data["workers"]})
    parts.append(f"{workers} worker{'' if workers == 1 else 's'}" if workers else "")
    warmup_s = sum(phase["duration_s"] for phase in data["phases"] if phase["kind"] == "warmup")
    after = f" after {_seconds(warmup_s)} of warm-up" if warmup_s else ""
    parts.append(f"measured {_seconds(data['measured_s'])}{after}")
    return ", ".join(part for part in parts if part)


def _span(values: Sequence[float], unit: str) -> str:
    if not values:
        return ""
    low, high = format_count(min(values)), format_count(max(values))
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


# --- operations ---------------------------------------------------------------------------------------------------


def _operations(data: Data, width: int) -> Table:
    wide = width >= _WIDE
    wanted = list(_PERCENTILES) if wide else ["p50", "p90", "p99", "p999", "max"] if width >= 80 else ["p50", "p99"]
    table = _table(width, ["ops"] if wide else [], [_PERCENTILES[name] for name in wanted])
    headline = "response_ns" if data["open_loop"] else "service_ns"
    for op, figures in data["ops"].items():
        table.add_row(Text(op, style="bold"), *_line(figures, figures[headline], wanted, wide))
        beside = ["service_ns", "lag_ns"] if data["open_loop"] else []
        for part in [*beside, "ttfb_ns"] if op == "get" else beside:
            if figures[part]["n"]:
                blanks = [Text()] * (3 if wide else 2)
                latencies = _latencies(figures[part], wanted)
                table.add_row(f"  {part.removesuffix('_ns')}", *blanks, *latencies, Text(), style="dim")
        lines = {name: line for name, line in data["entries"].items() if line["op"] == op}
        for name, line in lines.items():
            if len(lines) > 1:
                label = _printable(f"  {name}  {line['detail']}" if wide else f"  {name}")
                table.add_row(Text(label), *_line(line, line[headline], wanted, wide), style="dim")
            for request, its in _requests_of(name, data):
                table.add_row(Text(f"  {request}"), *_line(its, its["service_ns"], wanted, wide), style="dim")
    table.add_row(Text("total", style="bold"), *_line(data["total"], {}, wanted, wide))
    return table


def _requests_of(line: str, data: Data) -> Iterator[tuple[str, Data]]:
    """What the operations of a line that are written in parts consist of, by its short name."""
    for name, figures in data.get("requests", {}).items():
        owner, _, request = name.rpartition(".")
        if owner == line:
            yield request, figures


def _endpoints(endpoints: Sequence[Data], headline: str, width: int) -> Table:
    """Each end point of a target; where it has several operations, each of these too."""
    wide = width >= _WIDE
    wanted = ["mean", "p50", "p99", "max"] if width >= 80 else ["p50", "p99"]
    table = _table(width, ["ops"] if wide else [], [_PERCENTILES.get(name, name) for name in wanted], "end point")
    for endpoint in endpoints:
        url, ops = Text(_printable(endpoint["url"]).partition("://")[2], style="bold"), endpoint["ops"]
        single = next(iter(ops.values()))[f"{headline}_ns"] if len(ops) == 1 else {}
        table.add_row(url, *_line(endpoint["total"], single, wanted, wide))
        for op, figures in ops.items() if len(ops) > 1 else ():
            table.add_row(f"  {op}", *_line(figures, figures[f"{headline}_ns"], wanted, wide), style="dim")
    return table


def _line(figures: Data, histogram: Data, wanted: Sequence[str], wide: bool) -> list[Text]:
    count = [Text(format_count(figures["ops"]))] if wide else []
    latencies = _latencies(histogram, wanted) if histogram else [Text()] * len(wanted)
    return [*count, *_rates(figures), *latencies, _failed(figures)]


def _table(width: int, before: Sequence[str], latencies: Sequence[str], what: str = "") -> Table:
    table = Table(box=None, padding=0, pad_edge=False, header_style="dim")
    columns = [
        *((name, 8) for name in before),
        ("ops/s", 7),
        ("throughput", 11),
        *((name, 9) for name in latencies),
        ("errors", 7),
    ]
    table.add_column(what, width=min(24, width - sum(size for _, size in columns)), no_wrap=True, overflow="crop")
    for name, size in columns:
        table.add_column(name, width=size, justify="right", no_wrap=True, overflow="crop")
    return table


def _rates(figures: Data) -> list[Text]:
    moved = f"{format_size(figures['bytes_per_s'])}/s" if figures["bytes"] else "-"
    return [Text(format_count(figures["ops_per_s"])), Text(moved)]


def _latencies(histogram: Data, wanted: Iterable[str]) -> list[Text]:
    return [Text(format_duration(histogram[name]) if name in histogram else "-") for name in wanted]


def _failed(figures: Data) -> Text:
    return Text(format_count(figures["failed"]), style="bold red" if figures["failed"] else "")


# --- phases -------------------------------------------------------------------------------------------------------


def _phases(data: Data, width: int, ascii_only: bool) -> Table:
    ops = [op for op, figures in data["ops"].items() if figures["ops"]][: 1 if width < 80 else 2 if width < 100 else 4]
    headline = "response_ns" if data["open_loop"] else "service_ns"
    load = "rate" if data["open_loop"] else "slots"
    columns = [
        *([("start", 8)] if width >= 80 else []),
        ("length", 8),
        (load, 7),
        ("ops/s", 7),
        ("throughput", 11),
        *((f"{op} p99", 11) for op in ops),
        ("errors", 7),
    ]
    table = Table(box=None, padding=0, pad_edge=False, header_style="dim")
    table.add_column("phase", width=min(36, width - sum(size for _, size in columns)), no_wrap=True, overflow="crop")
    for name, size in columns:
        table.add_column(name, width=size, justify="right", no_wrap=True, overflow="crop")
    number = 0
    for phase in data["phases"]:
        number += phase["kind"] == "measured"
        if phase["kind"] not in ("measured", "paused"):
            continue
        settings = phase["settings"]
        label = _printable(phase["label"], ascii_only) or (str(number) if phase["kind"] == "measured" else "paused")
        table.add_row(
            Text(label),
            *([Text(_seconds(phase["start_s"]))] if width >= 80 else []),
            Text(_seconds(phase["duration_s"])),
            Text(
                format_count(settings["rate_per_s"] or 0)
                if data["open_loop"]
                else format_count(settings["concurrency"])
            ),
            *_rates(phase["total"]),
            *(cell for op in ops for cell in _latencies(phase["ops"][op][headline], ["p99"])),
            _failed(phase["total"]),
            style="dim" if phase["kind"] == "paused" else "",
        )
    return table


# --- facts, one line each -----------------------------------------------------------------------------------------


def _facts(data: Data, files: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """(label, text, style)"""
    total = data["total"]
    yield (
        "total",
        f"{total['ops']:,} operations, {format_size(total['bytes'])}; {_few(total['concurrency'])} in flight on average",
        "",
    )
    if data["status"] != "ok":
        yield "ended", data["reason"], ""
    if arrivals := data.get("arrivals"):
        offered, completed = format_count(arrivals["offered_per_s"]), format_count(arrivals["completed_per_s"])
        yield (
            "arrivals",
            f"offered {offered}/s, completed {completed}/s; {arrivals['dropped']:,} dropped, {arrivals['failed']:,} failed",
            "",
        )
    yield from _errors(data["errors"], total)
    if late := data["drained"]["total"]["ops"] + data["drained"]["total"]["failed"]:
        yield "drain", f"{_counted(late)} finished after the end, and in no figure above", ""
    for name, censored in data["censored"].items():
        yield "unfinished", _censored(name, censored), "yellow"
    if cleaned := data["cleaned_up"]:
        yield "clean-up", *_cleaned_up(cleaned)
    for label, threshold in zip(_once("thresholds"), data["thresholds"], strict=False):
        yield label, *_threshold(threshold)
    yield from _verified(data["targets"])
    for label, text in zip(_once("notes"), _notes(data), strict=False):
        yield label, text, ""
    yield from _fleet(data)
    client = data["client"]
    loud = client.get("unsustained") or client["verdict"] == "client-limited"
    yield "verdict", client["text"], "bold yellow" if loud else "bold"
    if client["cpu_us_per_op"] is not None:
        yield "client", f"{format_duration(client['cpu_us_per_op'] * 1000)} of CPU for each operation", ""
    for what, where in files:
        yield what, where, ""


def _fleet(data: Data) -> Iterator[tuple[str, str, str]]:
    if (fleet := data.get("fleet")) is None:
        return
    agents = data["agents"]
    spread_ns, error_ns = fleet.get("start_spread_ns"), fleet.get("start_error_ns") or 0
    # Each clock is known to within the error on either side, so that this is what can be vouched for.
    together = f", begun within {format_duration(spread_ns + 2 * error_ns)}" if spread_ns is not None else ""
    yield "fleet", f"{len(agents)} agent{'' if len(agents) == 1 else 's'}{together}", ""
    for label, agent in zip(_once("agents"), agents, strict=False):
        total = agent.get("total")
        did = f"{total['ops']:,} operations, {format_size(total['bytes'])}" if total else "what it did is not known"
        lost = agent["status"] == "lost"
        yield (
            label,
            f"{agent['address']}: {did}{'; LOST: ' + agent['reason'] if lost else ''}",
            "bold yellow" if lost else "",
        )
    if fleet["degraded"]:
        yield (
            "",
            "DEGRADED: an agent, or some of what it told, was lost; the load was not the one that was asked for",
            "bold yellow",
        )


def _verified(targets: Sequence[Data]) -> Iterator[tuple[str, str, str]]:
    reads, size, spent_ns = (
        sum(target["counters"].get(name, 0) for target in targets)
        for name in ("verified", "verified_bytes", "verify_ns")
    )
    if reads:
        took = format_duration(spent_ns)
        yield "verified", f"{reads:,} reads of all phases, {format_size(size)}, which took the client {took}", ""


def _once(label: str) -> Iterator[str]:
    yield label
    while True:
        yield ""


def _errors(errors: Data, total: Data) -> Iterator[tuple[str, str, str]]:
    if not errors:
        return
    share = total["failed"] / (total["failed"] + total["ops"])
    yield "errors", f"{total['failed']:,}, {share:.2%} of all operations", "bold red"
    for name, error in list(errors.items())[:_SHOWN_ERRORS]:
        where = ", ".join(f"{op} {count:,}" for op, count in error["ops"].items())
        yield "", f"{error['count']:,} x {name} ({where}){': ' if error['said'] else ''}{error['said'][:300]}", ""
    if len(errors) > _SHOWN_ERRORS:
        yield "", f"and {len(errors) - _SHOWN_ERRORS} more classes, in the report", ""


def _counted(count: int) -> str:
    return f"{count:,} operation{'' if count == 1 else 's'}"


def _censored(name: str, censored: Data) -> str:
    longest = format_duration(censored["open_ns"]["max"])
    text = f"{name}: {_counted(censored['n'])} still open at the end, for up to {longest}"
    known = [
        (label, censored["at_least_ns"][label])
        for label in ("p50", "p90", "p99", "p999")
        if label in censored["at_least_ns"]
    ]
    if not known:
        return text
    label, bound = known[0]
    return f"{text}; with them the {censored['series']} {_PERCENTILES[label]} is at least {format_duration(bound)}"


def _cleaned_up(counts: Data) -> tuple[str, str]:
    """What was deleted after the run; loud where something stays."""
    left = counts.get("left", 0)
    gone = sum(counts.values()) - left
    text = f"{gone:,} object{'' if gone == 1 else 's'} deleted"
    return (f"{text}, {left:,} left; the report's events say why", "yellow") if left else (text, "")


def _threshold(threshold: Data) -> tuple[str, str]:
    if threshold["passed"]:
        return f"ok      {threshold['threshold']}", "green"
    return f"FAILED  {threshold['reason']}", "bold red"


def _notes(data: Data) -> Iterator[str]:
    notes = [
        *data["client"].get("notes", ()),
        *(event["text"] for event in data["events"] if event["kind"] in ("worker", "server", "host", "info")),
    ]
    yield from notes[:_SHOWN_NOTES]
    if len(notes) > _SHOWN_NOTES:
        yield f"and {len(notes) - _SHOWN_NOTES} more, in the report"
    if any(not row["certificate_checked"] for row in data["security"]):
        yield "certificates were not checked (tls: insecure)"


def _few(count: float) -> str:
    return f"{count:.{2 if count < 9.995 else 1}f}"


def _seconds(seconds: float) -> str:
    return format_duration(seconds * NS_PER_S) if seconds else "0 s"


def _printable(text: str, ascii_only: bool = False) -> str:
    """Without anything that could steer a terminal: servers' words come from outside."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown.encode("ascii", "backslashreplace").decode() if ascii_only else shown
