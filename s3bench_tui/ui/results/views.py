"""What the charts of the Results screen show of one report or of two: figures over time. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from s3bench_tui.stats.series import Point
from s3bench_tui.ui.charts.ticks import BYTES, COUNT, SHARE, TIME_NS, Unit

Data = Mapping[str, Any]
Row = Mapping[str, Any]

MOST_OPS = 4


@dataclass(frozen=True, slots=True)
class History:
    """Series over the same time, each with a name; stacked on one another, or each a line of its own."""

    series: tuple[tuple[str, tuple[Point, ...]], ...]
    joined: bool
    marks: Mapping[float, str]
    """Seconds at which a phase began, with its number."""


@dataclass(frozen=True, slots=True)
class View:
    """One thing to look at over time. `of_op`: it is of one kind of operation."""

    name: str
    unit: Unit
    total: Callable[[Row, str], float]
    by_op: Callable[[Row, str], float] | None = None
    beside: tuple[tuple[str, Callable[[Row, str], float]], ...] = ()
    """Further lines where a single run is shown."""
    of_op: bool = False


def _length(row: Row) -> float:
    return float(row["end_s"] - row["start_s"]) or nan


def _per_op(key: str) -> Callable[[Row, str], float]:
    return lambda row, op: float(row["ops"].get(op, {}).get(key, 0)) / _length(row)


def _latency(name: str) -> Callable[[Row, str], float]:
    def value(row: Row, op: str) -> float:
        figures = row["ops"].get(op, {})
        return float(figures.get(f"response_{name}_ns", figures.get(f"{name}_ns", nan)))

    return value


def _host(key: str) -> Callable[[Row, str], float]:
    def value(row: Row, op: str) -> float:
        found = (row["host"] or {}).get(key)
        return nan if found is None else float(found)

    return value


VIEWS = (
    View("throughput", BYTES, lambda row, op: float(row["total"]["bytes_per_s"]), _per_op("bytes")),
    View("operations", COUNT, lambda row, op: float(row["total"]["ops_per_s"]), _per_op("ops")),
    View("p99", TIME_NS, _latency("p99"), beside=(("p50", _latency("p50")),), of_op=True),
    View("failures", COUNT, lambda row, op: float(row["total"]["failed"]) / _length(row)),
    View("in flight", COUNT, lambda row, op: float(row["in_flight"])),
    View("CPU", SHARE, _host("cpu_busy")),
)


def ops_of(*reports: Data) -> list[str]:
    """The kinds of operations that were done, the most frequent first."""
    counts: dict[str, int] = {}
    for data in reports:
        for op, figures in data["ops"].items():
            counts[op] = counts.get(op, 0) + figures["ops"]
    return [op for op, count in sorted(counts.items(), key=lambda item: -item[1]) if count]


def one(data: Data, view: View, op: str) -> History:
    """One run from its first second to its last."""
    rows = data["series"]
    if view.by_op is not None:
        named = [(name, _points(rows, view.by_op, name)) for name in ops_of(data)[:MOST_OPS]]
        stacked = [(name, points) for name, points in named if any(point.mean > 0 for point in points)]
        return History(tuple(stacked), False, _marks(data))
    lines = [
        (view.name, _points(rows, view.total, op)),
        *((name, _points(rows, value, op)) for name, value in view.beside),
    ]
    return History(tuple(lines), True, _marks(data))


def both(a: Data, b: Data, view: View, op: str) -> History:
    """The measured part of two runs, each from its own start."""
    series = []
    for name, data in (("A", a), ("B", b)):
        rows = [row for row in data["series"] if row["kind"] == "measured"]
        start_s = rows[0]["start_s"] if rows else 0.0
        series.append((name, _points(rows, view.total, op, start_s)))
    return History(tuple(series), True, {})


def _points(
    rows: Sequence[Row], value: Callable[[Row, str], float], op: str, start_s: float = 0.0
) -> tuple[Point, ...]:
    points = []
    for row in rows:
        found = value(row, op)
        points.append(Point(row["end_s"] - start_s, row["end_s"] - row["start_s"], found, found, found))
    return tuple(points)


def _marks(data: Data) -> Mapping[float, str]:
    measured = [phase for phase in data["phases"] if phase["kind"] == "measured"]
    return {phase["start_s"]: str(number % 10) for number, phase in enumerate(measured, 1)} if len(measured) > 1 else {}
