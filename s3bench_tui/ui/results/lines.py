"""The tables of the Results screen as lines of coloured text, each exactly as wide as there is room. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any

from textual.content import Content

from s3bench_tui.report.comparison.figures import Comparison, shown
from s3bench_tui.report.comparison.words import reasons, sentence
from s3bench_tui.report.folder import Listed
from s3bench_tui.stats.compare import Verdict
from s3bench_tui.ui.figures import plain
from s3bench_tui.units import format_count, format_duration, format_size

Data = Mapping[str, Any]
Cell = tuple[str, int, str]
"""Text, width (negative: from the right), style."""

DIM, LOUD = "$text-muted", "bold $warning"

_GOOD = ("ok", "stopped")
_VERDICTS = {
    Verdict.BETTER: "bold $success",
    Verdict.WORSE: "bold $error",
    Verdict.SAME: DIM,
    Verdict.UNKNOWN: "$warning",
}
_LATENCIES = (("p50", "p50"), ("p90", "p90"), ("p99", "p99"), ("p999", "p99.9"), ("max", "max"))


def line(cells: Iterable[Cell]) -> Content:
    """Cells side by side; what is too long is cut."""
    return Content.assemble(*((_fit(text, width), style) for text, width, style in cells))


def _fit(text: str, width: int) -> str:
    room = abs(width)
    if len(text) > room:
        text = text[: max(0, room - 1)] + "~" if width > 0 else text[:room]
    return text.ljust(room) if width > 0 else text.rjust(room)


def wrapped(text: str, width: int) -> Content:
    """A sentence on as many lines as it takes."""
    return Content("\n".join(wrap(text, max(10, width))))


def printable(text: str) -> str:
    """Without anything that could steer a terminal: servers' words come from outside."""
    return "".join(char if char.isprintable() else " " for char in text)


# --- the list -----------------------------------------------------------------------------------------------------


def list_header(width: int) -> Content:
    """The heads of `list_line`."""
    return line(
        _list_cells(
            ("", "when", "workload", "targets", "ops/s", "throughput", "p99", "errors", "status"), width, DIM, DIM
        )
    )


def list_line(run: Listed, mark: str, width: int) -> Content:
    """One run."""
    status, style = _state(run)
    p99 = "-" if run.p99_ns is None else format_duration(run.p99_ns)
    failed = "-" if run.failures is None else f"{run.failures:.2%}"
    ops = "-" if run.ops_per_s is None else rate(run.ops_per_s)
    moved = "-" if run.bytes_per_s is None else f"{format_size(run.bytes_per_s)}/s"
    texts = (mark, when(run.started_at), run.name, ", ".join(run.targets), ops, moved, p99, failed, status)
    return line(_list_cells(texts, width, "bold $accent", style))


def _list_cells(texts: Sequence[str], width: int, mark_style: str, status_style: str) -> list[Cell]:
    mark, begun, name, targets, ops, moved, p99, failed, status = texts
    wide = width >= 100
    head: list[Cell] = [(mark, 2, mark_style), (begun, 12, "")]
    tail: list[Cell] = [(ops, -7, ""), (moved, -12, ""), (p99, -9, "")]
    tail += [(failed, -8, "")] if wide else []
    tail += [("", 2, ""), (status, 17 if wide else 14, status_style)]
    room = width - sum(abs(size) for _, size, _ in (*head, *tail))
    names: list[Cell] = (
        [(name, room * 2 // 5, ""), ("", 1, ""), (targets, room - room * 2 // 5 - 1, DIM)]
        if wide
        else [(name, room, "")]
    )
    return [*head, *names, *tail]


def rate(ops_per_s: float) -> str:
    """As Live writes it, as long as that is no longer than six characters: `93.4`, `9,412`, `1.25M`."""
    return plain(ops_per_s) if ops_per_s < 99_999 else format_count(ops_per_s)


def _state(run: Listed) -> tuple[str, str]:
    """A word, and a colour for those who see it."""
    if run.problem:
        return "!! unreadable", LOUD
    if run.failed_checks:
        return f"!! {run.failed_checks} check{'' if run.failed_checks == 1 else 's'}", LOUD
    word = run.status.replace("_", " ")
    if run.is_recording:
        return f"{word} (rec)", "" if run.status in _GOOD else LOUD
    return (word, "$success" if word == "ok" else "") if run.status in _GOOD else (f"!! {word}", LOUD)


def when(started_at: str) -> str:
    """`11-22 15:01`, by this machine's clock."""
    try:
        return f"{datetime.fromisoformat(started_at).astimezone():%m-%d %H:%M}"
    except ValueError:
        return "-"


# --- one run ------------------------------------------------------------------------------------------------------


def operations(data: Data, width: int) -> Content:
    """Each kind of operation, and all of them."""
    series = "response_ns" if data["open_loop"] else "service_ns"
    latencies = [(key, label) for key, label in _LATENCIES if width >= 72 or key != "p90"]
    rows = [_operation("", None, None, latencies, width)]
    for op, figures in data["ops"].items():
        rows.append(_operation(op, figures, figures[series], latencies, width))
        if op == "get" and figures["ttfb_ns"]["n"]:
            rows.append(_operation("  ttfb", None, figures["ttfb_ns"], latencies, width))
    rows.append(_operation("total", data["total"], {}, latencies, width))
    word = "response time, from the intended start" if data["open_loop"] else "service time, from the dispatch"
    return Content("\n").join([*rows, Content(""), Content.styled(f"{word}; measured phases only", DIM)])


def _operation(
    name: str, figures: Data | None, latency: Data | None, latencies: Sequence[tuple[str, str]], width: int
) -> Content:
    first = width - 7 - 12 - 8 * len(latencies) - 7
    if latency is None:
        heads = [(label, -8, DIM) for _, label in latencies]
        return line([("", first, ""), ("ops/s", -7, DIM), ("throughput", -12, DIM), *heads, ("errors", -7, DIM)])
    rates: list[Cell] = [("", -7, ""), ("", -12, "")]
    failed: Cell = ("", -7, "")
    if figures is not None:
        moved = f"{format_size(figures['bytes_per_s'])}/s" if figures["bytes"] else "-"
        rates = [(rate(figures["ops_per_s"]), -7, ""), (moved, -12, "")]
        failed = (format_count(figures["failed"]), -7, "bold $error" if figures["failed"] else "")
    times = [(_duration(latency.get(key)) if latency else "", -8, "" if figures else DIM) for key, _ in latencies]
    return line([(name, first, "bold" if figures else DIM), *rates, *times, failed])


def _duration(duration_ns: float | None) -> str:
    return "-" if duration_ns is None else format_duration(duration_ns)


# --- A against B --------------------------------------------------------------------------------------------------


def comparison(found: Comparison, width: int) -> Content:
    """Every figure with its verdict."""
    first = width - 11 - 11 - 9 - 9 - 13
    heads: list[Cell] = [("", first, ""), ("A", -11, DIM), ("B", -11, DIM), ("change", -9, DIM), ("noise", -9, DIM)]
    rows = [line([*heads, ("  verdict", 13, DIM)])]
    for one in found.lines:
        style = _VERDICTS[one.judgement.verdict]
        rows.append(
            line(
                [
                    (one.name, first, ""),
                    (shown(one.a, one.kind), -11, ""),
                    (shown(one.b, one.kind), -11, ""),
                    (one.change, -9, ""),
                    (one.noise, -9, DIM),
                    (f"  {one.judgement.verdict.value}", 13, style),
                ]
            )
        )
    rows += [Content(""), Content(sentence(found))]
    rows += [Content.styled(f"{names}: {why}", DIM) for names, why in reasons(found)]
    return Content("\n").join(rows)


def set_ups(found: Comparison, width: int) -> Content:
    """What differs, what of it matters first; then what is the same."""
    rows = []
    half = max(10, (width - 22 - 4) // 2)
    ordered = sorted(found.differences, key=lambda row: (not row.matters, row.same))
    for row in ordered:
        style = LOUD if row.matters else DIM if row.same else ""
        sign = "!!" if row.matters else "= " if row.same else "  "
        cells: list[Cell] = [(sign, 3, style), (row.what, 19, style if row.matters else "")]
        if row.same:
            rows.append(line([*cells, (row.a, width - 22, DIM)]))
        else:
            rows.append(line([*cells, (row.a, half, ""), ("  ", 2, ""), (row.b, half, "")]))
    head = line([("", 22, ""), ("A", half, DIM), ("  ", 2, ""), ("B", half, DIM)])
    note = "!! matters: the verdicts are of this too, not of the storage alone"
    return Content("\n").join([head, *rows, Content(""), Content.styled(note, DIM)])
