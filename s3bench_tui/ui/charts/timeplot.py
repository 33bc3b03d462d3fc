"""A chart over time as rows of glyphs: areas or lines, ticks at the left, marks of changes and times below. Pure.

A new moment costs one column: the rows move by one glyph. All is drawn anew only when the size or the top of the axis
changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan

from s3bench_tui.stats.series import Point, gridded
from s3bench_tui.ui.charts.area import area, lines
from s3bench_tui.ui.charts.canvas import Column, Line, rows_of
from s3bench_tui.ui.charts.frame import Frame, shifted, time_axis, value_labels
from s3bench_tui.ui.charts.glyphs import Glyphs
from s3bench_tui.ui.charts.ticks import Axis, Unit, axis

KEPT_COLUMNS = 1024
"""Columns that are kept, wider than any terminal, for when it is resized."""

_ROWS_PER_TICK = 2


@dataclass(frozen=True, slots=True)
class Moment:
    """One column: when it ends, and a value for each series; `peak` is the highest single value that went into it.

    A `mark` is one letter that stands on the axis.
    """

    at_s: float
    values: tuple[float, ...]
    peak: float = nan
    mark: str = ""


def history(series: Sequence[Sequence[Point]], count: int, marks: Mapping[float, str]) -> list[Moment]:
    """Series over the same time as `count` moments, from the first beginning to the last end.

    A single series keeps the highest that went into a column as its peak. `marks` are letters by second.
    """
    known = [points for points in series if points]
    if not known or count < 1:
        return []
    start_s = min(points[0].at_s - points[0].length_s for points in known)
    end_s = max(points[-1].at_s for points in known)
    columns = [gridded(points, count, start_s, end_s) for points in series]
    step_s = (end_s - start_s) / count
    found = []
    for index, points in enumerate(zip(*columns, strict=True)):
        first_s, last_s = start_s + index * step_s, start_s + (index + 1) * step_s
        mark = next((letter for at_s, letter in marks.items() if first_s <= at_s < last_s), "")
        peak = points[0].high if len(points) == 1 and points[0] is not None else nan
        found.append(Moment(last_s, tuple(nan if point is None else point.mean for point in points), peak, mark))
    return found


class TimePlot:
    """Moments in; exactly `height` rows of `width` cells out.

    Stacked areas, or with `joined` a line for each series. From four rows on there is an axis below, and from a width of
    some 20 columns one at the left.
    """

    def __init__(self, unit: Unit, glyphs: Glyphs, *, joined: bool = False) -> None:
        self._unit, self._glyphs, self._joined = unit, glyphs, joined
        self._moments: deque[Moment] = deque(maxlen=KEPT_COLUMNS)
        self._frame = Frame()
        self._axis = axis(0, 1, unit)
        self._rows: list[Line] = []

    def resize(self, width: int, height: int) -> None:
        """Draw for this many cells from now on."""
        frame = Frame.of(width, height)
        if frame != self._frame:
            self._frame = frame
            self._draw()

    def show(self, moments: Iterable[Moment], unit: Unit | None = None) -> None:
        """These moments in place of all others, in another unit where one is given."""
        self._unit = unit or self._unit
        self._moments.clear()
        self._moments.extend(moments)
        self._draw()

    def push(self, moment: Moment) -> None:
        """One more column at the right; the oldest goes once the plot is full."""
        before = self._moments[-1].values if self._moments else ()
        full = len(self._moments) >= self._frame.plot_width
        self._moments.append(moment)
        if self._axis_for(self._visible()) != self._axis:
            self._draw()
        else:
            self._rows = shifted(self._rows, self._column(moment, before), full=full)

    @property
    def latest(self) -> Moment | None:
        """The moment at the right."""
        return self._moments[-1] if self._moments else None

    def picture(self) -> list[Line]:
        """The rows as they stand."""
        visible, frame = self._visible(), self._frame
        ends_s = [moment.at_s for moment in visible]
        below = time_axis(ends_s, [moment.mark for moment in visible], frame.plot_width, self._glyphs)
        return frame.around(self._rows, value_labels(self._axis, frame.plot_height), below, self._glyphs)

    def _visible(self) -> list[Moment]:
        moments = list(self._moments)
        return moments[-self._frame.plot_width :] if self._frame.plot_width else []

    def _draw(self) -> None:
        visible = self._visible()
        self._axis = self._axis_for(visible)
        earlier: list[Sequence[float]] = [(), *(moment.values for moment in visible)]
        columns = [self._column(moment, before) for moment, before in zip(visible, earlier, strict=False)]
        self._rows = rows_of(columns, self._frame.plot_height)

    def _column(self, moment: Moment, before: Sequence[float]) -> Column:
        if self._joined:
            return lines(moment.values, before, self._axis.top, self._frame.plot_height, self._glyphs)
        return area(moment.values, self._axis.top, self._frame.plot_height, self._glyphs, peak=moment.peak)

    def _axis_for(self, moments: Sequence[Moment]) -> Axis:
        highest = max(map(self._highest, moments), default=0.0)
        return axis(highest, (self._frame.plot_height + 1) // _ROWS_PER_TICK, self._unit)

    def _highest(self, moment: Moment) -> float:
        known = [value for value in moment.values if isfinite(value) and value > 0]
        if self._joined:
            return max(known, default=0.0)
        return max(sum(known), moment.peak if isfinite(moment.peak) else 0.0)
