"""What stands around a plot: how much room it has, labels at the left, the axis with its marks, the times below. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from s3bench_tui.ui.charts.canvas import AXIS, MARK, Column, Line
from s3bench_tui.ui.charts.glyphs import Glyphs
from s3bench_tui.ui.charts.ticks import Axis, clock, time_step_s

GUTTER = 6
"""Cells for the labels of an axis; none is longer."""

_LABELS_APART = 10


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture's size in cells, and what of it is plot: labels at the left need width, the axis below needs height."""

    width: int = 0
    height: int = 0

    @classmethod
    def of(cls, width: int, height: int) -> Frame:
        """Of this size; nothing is smaller than nothing."""
        return cls(max(0, width), max(0, height))

    @property
    def footed(self) -> bool:
        """Whether an axis and its labels stand below."""
        return self.height >= 4

    @property
    def labelled(self) -> bool:
        """Whether labels stand at the left."""
        return self.width >= GUTTER + 12 and self.height >= 3

    @property
    def plot_width(self) -> int:
        """Columns of the plot."""
        return self.width - GUTTER - 1 if self.labelled else self.width

    @property
    def plot_height(self) -> int:
        """Rows of the plot."""
        return self.height - 2 if self.footed else self.height

    def around(self, body: Sequence[Line], labels: Sequence[str], below: Sequence[Line], glyphs: Glyphs) -> list[Line]:
        """The whole picture: `labels` has one for each row of the plot and one for the axis; `below` the two rows under it."""
        rows = []
        for index, line in enumerate([*body, *below[: self.height - len(body)]]):
            fitted = line.fitted(self.plot_width)
            if self.labelled:
                label = labels[index] if index < len(labels) else ""
                edge = glyphs.vertical if index < len(body) else glyphs.corner if index == len(body) else " "
                fitted = Line.of(f"{label[:GUTTER]:>{GUTTER}}{edge}", AXIS) + fitted
            rows.append(fitted)
        return rows


def value_labels(axis: Axis, rows: int) -> list[str]:
    """The label of each row and of the axis below them; a tick stands where its value begins."""
    labels = [""] * (rows + 1)
    for value, label in reversed(axis.ticks):
        row = rows - round(value / axis.top * rows)
        if not labels[row]:
            labels[row] = label
    return labels


def shifted(rows: Sequence[Line], column: Column, *, full: bool) -> list[Line]:
    """The rows with one more column at the right; where they are `full` the first one goes."""
    start = 1 if full else 0
    return [
        Line(
            row.text[start:] + column.text[index],
            row.inks[start:] + column.inks[index : index + 1],
            row.grounds[start:] + column.grounds[index : index + 1],
        )
        for index, row in enumerate(rows)
    ]


def time_axis(ends_s: Sequence[float], marks: Sequence[str], width: int, glyphs: Glyphs) -> list[Line]:
    """The axis with a letter where a column has a mark, and the times under it, for columns that end at these seconds."""
    letters = "".join(mark[:1] or " " for mark in marks).ljust(width)[:width]
    rule = "".join(glyphs.horizontal if letter == " " else letter for letter in letters)
    inks = bytes(AXIS if letter == " " else MARK for letter in letters)
    return [Line(rule, inks, bytes(width)), _times(ends_s, width)]


def _times(ends_s: Sequence[float], width: int) -> Line:
    text = [" "] * width
    if len(ends_s) >= 2:
        step_s = time_step_s((ends_s[-1] - ends_s[0]) / (len(ends_s) - 1), _LABELS_APART)
        before, free = 0.0 if ends_s[0] < step_s / 2 else ends_s[0], 0
        for index, at_s in enumerate(ends_s):
            passed = at_s // step_s
            begins = index == 0 and before == 0.0
            if begins or passed > before // step_s:
                label = clock(passed * step_s)
                if free <= index <= width - len(label):
                    text[index : index + len(label)] = label
                    free = index + len(label) + 2
            before = at_s
    return Line.of("".join(text[:width]), AXIS)
