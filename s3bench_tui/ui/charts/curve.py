"""Latency by percentile on the axis of HdrHistogram: p50, p90, p99, p99.9 ... equally far apart, up to the slowest. Pure.

The axis goes as far as the smallest sample can know: pXX needs 1/(1 - XX) values. The latency is logarithmic.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.ui.charts.area import lines
from s3bench_tui.ui.charts.canvas import AXIS, Column, Line, rows_of
from s3bench_tui.ui.charts.frame import Frame, value_labels
from s3bench_tui.ui.charts.glyphs import Glyphs
from s3bench_tui.ui.charts.ticks import TIME_NS, Axis, ladder

_STOPS = (0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999, 99.99999)
_NAMES = ("min", "p50", "p90", "p99", "p99.9", "p99.99", "p99.999", "p99.9999", "p99.99999")


def stops_for(n: int) -> tuple[float, ...]:
    """The percentiles that a sample of `n` can know, then 100 for its slowest."""
    return (*(stop for stop in _STOPS if n * (100 - stop) >= 99.9999 or not stop), 100.0)


def percentile_at(place: float, stops: Sequence[float]) -> float:
    """The percentile at a place between 0 and 1 on the axis; between two stops the distance to 100 shrinks evenly."""
    position = min(1.0, max(0.0, place)) * (len(stops) - 1)
    index = min(int(position), len(stops) - 2)
    low, high = stops[index], stops[index + 1]
    if index == len(stops) - 2:  # from the last percentile that is known to the slowest of all
        return high if position >= len(stops) - 1 else low + (high - low) * (position - index)
    left = log10(100 - low) + (log10(100 - high) - log10(100 - low)) * (position - index)
    return float(min(high, max(low, 100 - 10**left)))


def curve(histograms: Sequence[Histogram], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """One line for each histogram, the first drawn over the others; exactly `height` rows of `width` cells."""
    frame = Frame.of(width, height)
    known = [histogram for histogram in histograms if histogram.n]
    if not known or not frame.plot_width or not frame.plot_height:
        return frame.around([Line.of("")] * frame.plot_height, [], [Line.of("")] * 2, glyphs)
    stops = stops_for(min(histogram.n for histogram in known))
    wanted = tuple(percentile_at(index / max(1, frame.plot_width - 1), stops) for index in range(frame.plot_width))
    found = [histogram.percentiles(wanted) if histogram.n else None for histogram in histograms]
    ladder_ns = ladder(min(h.min_ns for h in known), max(h.max_ns for h in known), TIME_NS)
    axis = _logarithmic(ladder_ns)
    bottom = log10(ladder_ns.ticks[0][0])
    columns: list[Column] = []
    before: tuple[float, ...] = ()
    for index in range(frame.plot_width):
        values = tuple(
            float("nan") if row is None else log10(max(row[index], ladder_ns.ticks[0][0])) - bottom for row in found
        )
        columns.append(lines(values, before, axis.top, frame.plot_height, glyphs))
        before = values
    body = rows_of(columns, frame.plot_height)
    return frame.around(body, value_labels(axis, frame.plot_height), _below(stops, frame.plot_width, glyphs), glyphs)


def _logarithmic(ladder_ns: Axis) -> Axis:
    bottom = log10(ladder_ns.ticks[0][0])
    return Axis(log10(ladder_ns.top) - bottom, tuple((log10(value) - bottom, name) for value, name in ladder_ns.ticks))


def _below(stops: Sequence[float], width: int, glyphs: Glyphs) -> list[Line]:
    rule, text, free = [glyphs.horizontal] * width, [" "] * width, 0
    for index, stop in enumerate(stops):
        place = round(index / (len(stops) - 1) * (width - 1))
        rule[place] = glyphs.tick
        label = "max" if stop == 100.0 else _NAMES[_STOPS.index(stop)]
        start = min(max(0, place - len(label) // 2), width - len(label))
        if start >= free:
            text[start : start + len(label)] = label
            free = start + len(label) + 1
    return [Line.of("".join(rule), AXIS), Line.of("".join(text), AXIS)]
