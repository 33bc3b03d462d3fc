"""Who made the load of a run, and where it went: its agents and end points as tables below its operations. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from textual.content import Content

from s3bench_tui.ui.figures import percent
from s3bench_tui.ui.results.lines import DIM, Cell, line, operations, printable, rate
from s3bench_tui.units import format_count, format_duration, format_size

Data = Mapping[str, Any]
_GOOD = ("ok", "stopped")
_NOTHING: Data = {"ops": 0, "failed": 0}
"""Of an agent whose controller was lost before it could tell."""


def figures(data: Data, width: int) -> Content:
    """The operations; then the end points of targets that have several, and the agents of a fleet."""
    return Content("\n").join([operations(data, width), *endpoints(data, width), *agents(data, width)])


def _table(
    heads: Sequence[tuple[str, int]], rows: Sequence[Sequence[tuple[str, str]]], width: int
) -> Iterator[Content]:
    """Heads with their widths, of which the first takes what is left; rows of (text, style)."""
    first = max(12, width - sum(abs(size) for _, size in heads[1:]))
    sizes = [first, *(size for _, size in heads[1:])]
    yield Content("")
    for cells in ([(name, DIM) for name, _ in heads], *rows):
        shown: list[Cell] = [(text, size, style) for (text, style), size in zip(cells, sizes, strict=True)]
        yield line(shown)


def endpoints(data: Data, width: int) -> Iterator[Content]:
    """Each end point with its share of the operations; nothing where no target has several."""
    found = [end for target in data["targets"] for end in target.get("endpoints", ())]
    if not found:
        return
    whole = sum(end["total"]["ops"] + end["total"]["failed"] for end in found)
    rows = []
    for end in found:
        total = end["total"]
        done = total["ops"] + total["failed"]
        rows.append([
            (str(end["url"]).removeprefix("http://"), ""), (percent(done / whole if whole else None), ""), (rate(total["ops_per_s"]), ""),
            (f"{format_size(total['bytes_per_s'])}/s" if total["bytes"] else "-", ""), (_p99(_most(end["ops"], data)), ""),
            (format_count(total["concurrency"]), ""), _failed(total),
        ])  # fmt: skip
    heads = (("end point", 0), ("share", -7), ("ops/s", -7), ("throughput", -12), ("p99", -9), ("in fl.", -7), ("errors", -7))  # fmt: skip
    yield from _table(heads, rows, width)


def agents(data: Data, width: int) -> Iterator[Content]:
    """Each agent with what became of it; nothing where the run was of one machine."""
    found = data.get("agents", ())
    if not found:
        return
    whole = sum(agent["total"]["ops"] for agent in found if "total" in agent)
    rows = []
    for agent in found:
        total, status = agent.get("total", _NOTHING), str(agent["status"])
        good = status in _GOOD
        word = status.upper() if status == "lost" else status.replace("_", " ")
        late_ns = agent.get("start_after_first_ns")
        rows.append([
            (str(agent["address"]), ""), (f"  {word}", "$success" if good else "bold $error"), (format_count(total["ops"]), ""),
            (percent(total["ops"] / whole if whole else None), ""), (_p99(agent.get("service_ns")), ""),
            ("-" if late_ns is None else f"+{format_duration(late_ns)}", ""), _failed(total),
        ])  # fmt: skip
    heads = (("agent", 0), ("  ended", 10), ("ops", -9), ("share", -6), ("p99", -9), ("began", -9), ("errors", -7))  # fmt: skip
    yield from _table(heads, rows, width)
    for agent in found:
        if agent["reason"] and agent["status"] not in _GOOD:
            text = f"{agent['address']}: {agent['reason']}"
            yield Content.styled("\n".join(wrap(printable(text), max(10, width))), DIM)


def _most(ops: Data, data: Data) -> Data | None:
    """Latency of the kind of operation of which there were most."""
    figures: Data = max(ops.values(), key=lambda each: each["ops"], default={})
    found: Data | None = figures.get("response_ns" if data["open_loop"] else "service_ns")
    return found


def _p99(latency: Data | None) -> str:
    found = (latency or {}).get("p99")
    return "-" if found is None else format_duration(found)


def _failed(total: Data) -> tuple[str, str]:
    return format_count(total["failed"]), "bold $error" if total["failed"] else ""
