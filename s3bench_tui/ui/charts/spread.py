"""How latencies are spread: a histogram with logarithmic bins across, the share of operations up. Pure."""

from __future__ import annotations

from itertools import accumulate, pairwise
from math import log10

from s3bench_tui.stats.histogram import MAX_VALUE_NS, Histogram, index_of
from s3bench_tui.ui.charts.area import area
from s3bench_tui.ui.charts.canvas import AXIS, Line, rows_of
from s3bench_tui.ui.charts.frame import Frame, value_labels
from s3bench_tui.ui.charts.glyphs import Glyphs
from s3bench_tui.ui.charts.ticks import SHARE, TIME_NS, Axis, axis, ladder


def shares(histogram: Histogram, low_ns: float, high_ns: float, bins: int) -> list[float]:
    """The share of the values in each of `bins` ranges, equal on a logarithmic scale; all values are in one of them."""
    if not histogram.n or bins < 1:
        return [0.0] * max(0, bins)
    running = [0, *accumulate(histogram.counts)]
    factor = (high_ns / low_ns) ** (1 / bins)
    cuts = [index_of(min(MAX_VALUE_NS, round(low_ns * factor**place))) - histogram.first for place in range(1, bins)]
    reached = [0, *(running[min(max(0, cut), len(running) - 1)] for cut in cuts), histogram.n]
    return [(later - earlier) / histogram.n for earlier, later in pairwise(reached)]


def spread(histogram: Histogram, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Exactly `height` rows of `width` cells; empty where the histogram is."""
    frame = Frame.of(width, height)
    if not histogram.n or not frame.plot_width or not frame.plot_height:
        return frame.around([Line.of("")] * frame.plot_height, [], [Line.of("")] * 2, glyphs)
    ladder_ns = ladder(histogram.min_ns, histogram.max_ns, TIME_NS)
    found = shares(histogram, ladder_ns.ticks[0][0], ladder_ns.top, frame.plot_width)
    up = axis(max(found), frame.plot_height // 2, SHARE)
    body = rows_of([area((share,), up.top, frame.plot_height, glyphs) for share in found], frame.plot_height)
    below = _below(ladder_ns, frame.plot_width, glyphs)
    return frame.around(body, value_labels(up, frame.plot_height), below, glyphs)


def _below(ladder_ns: Axis, width: int, glyphs: Glyphs) -> list[Line]:
    bottom = log10(ladder_ns.ticks[0][0])
    length = log10(ladder_ns.top) - bottom
    rule, text = [glyphs.horizontal] * width, [" "] * width
    places = [(round((log10(value) - bottom) / length * (width - 1)), label) for value, label in ladder_ns.ticks]
    free = 0
    for place, label in places:
        start = min(max(0, place - len(label) // 2), width - len(label))
        if start >= free:
            rule[place] = glyphs.tick
            text[start : start + len(label)] = label
            free = start + len(label) + 2
    return [Line.of("".join(rule), AXIS), Line.of("".join(text), AXIS)]
