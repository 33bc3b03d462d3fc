"""Columns of an area or a line chart, from numbers. Pure: knows neither time nor axes.

Zero is at the bottom always: what looks like a cliff is one. A value above zero is never drawn as nothing, and the top
of the axis fills the column exactly. What is not a number leaves the column empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite, isnan, nan

from s3bench_tui.ui.charts.canvas import FAINT, PLAIN, Column, series_ink
from s3bench_tui.ui.charts.glyphs import Glyphs


def share_of(value: float, top: float) -> float:
    """Where a value lies between 0 and `top`, as 0 to 1; what is no number at 0."""
    if isnan(value) or top <= 0:
        return 0.0
    return min(1.0, max(0.0, value / top))


def area(values: Sequence[float], top: float, height: int, glyphs: Glyphs, *, peak: float = nan) -> Column:
    """One column of stacked areas, the first series lowest. `peak`: the highest that the column stands for."""
    steps = len(glyphs.fill) - 1
    text, inks, grounds = [" "] * height, bytearray(height), bytearray(height)
    below, total = 0, 0.0
    for index, value in enumerate(values):
        if isnan(value) or value <= 0:
            continue
        total += value
        end = min(height * steps, max(below, 1, ceil(share_of(total, top) * height * steps - 1e-6)))
        _fill(text, inks, grounds, below, end, index, glyphs)
        below = end
    if isfinite(peak) and peak > 0:
        row = height - max(1, ceil(share_of(peak, top) * height - 1e-6))
        if 0 <= row < height and text[row] == " ":
            text[row], inks[row] = glyphs.peak, FAINT
    return Column("".join(text), bytes(inks), bytes(grounds))


def _fill(
    text: list[str], inks: bytearray, grounds: bytearray, start: int, end: int, index: int, glyphs: Glyphs
) -> None:
    """Draw one series from step `start` up to step `end`, counted from the bottom."""
    steps, height, ink = len(glyphs.fill) - 1, len(text), series_ink(index)
    for cell in range(start // steps, ceil(end / steps)):
        row = height - 1 - cell
        if start > cell * steps:  # the series below ends in this cell: it keeps the ink, this one is the ground
            grounds[row] = ink if end >= (cell + 1) * steps else PLAIN
            continue
        reached = min(steps, end - cell * steps)
        text[row] = glyphs.solid[index % len(glyphs.solid)] if reached == steps else glyphs.fill[reached]
        inks[row] = ink


def lines(values: Sequence[float], before: Sequence[float], top: float, height: int, glyphs: Glyphs) -> Column:
    """One column of a chart of lines, each joined to where it was in the column before; the first series is drawn last."""
    text, inks = [" "] * height, bytearray(height)
    for index in reversed(range(len(values))):
        if isnan(values[index]) or not height:
            continue
        levels = glyphs.lines[index % len(glyphs.lines)]
        row, glyph = _place(values[index], top, height, levels)
        earlier = before[index] if index < len(before) else nan
        if not isnan(earlier):
            other, _ = _place(earlier, top, height, levels)
            for between in range(min(row, other) + 1, max(row, other)):
                text[between], inks[between] = glyphs.rise, series_ink(index)
        text[row], inks[row] = glyph, series_ink(index)
    return Column("".join(text), bytes(inks), bytes(height))


def _place(value: float, top: float, height: int, levels: str) -> tuple[int, str]:
    """The row of a value, and the glyph of its place in the cell."""
    step = min(height * len(levels) - 1, int(share_of(value, top) * height * len(levels)))
    return height - 1 - step // len(levels), levels[step % len(levels)]
