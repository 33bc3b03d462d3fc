"""A map of latency over time: a column for each moment, a row for each range of latency, an ink for how many. Pure.

Rows are ranges on a logarithmic scale, slow at the top. The level grows with the root of the count: a single slow
operation still shows, and the mass has a shape. A new column costs one column, as long as it fits the ranges and the peak.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, sqrt

from s3bench_tui.stats.histogram import Histogram, value_range
from s3bench_tui.ui.charts.canvas import HEAT, HEAT_LEVELS, PLAIN, Column, Line, rows_of
from s3bench_tui.ui.charts.frame import Frame, shifted, time_axis
from s3bench_tui.ui.charts.glyphs import Glyphs
from s3bench_tui.ui.charts.ticks import TIME_NS
from s3bench_tui.ui.charts.timeplot import KEPT_COLUMNS

_BIN_BITS = 8
"""256 buckets of the histogram make a bin: a quarter of an octave, so that every power of two is an edge."""

_BINS_PER_OCTAVE = 4
_BINS_PER_PLACE = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 136)
_LEAST_OCTAVES = 3


def bins_of(histogram: Histogram) -> dict[int, int]:
    """Counts by bin of a quarter of an octave; `edge_ns` tells where a bin begins."""
    found: dict[int, int] = {}
    for number in range(histogram.first >> _BIN_BITS, ((histogram.end - 1) >> _BIN_BITS) + 1 if histogram.n else 0):
        start = max(0, (number << _BIN_BITS) - histogram.first)
        count = sum(histogram.counts[start : max(0, ((number + 1) << _BIN_BITS) - histogram.first)])
        if count:
            found[number] = count
    return found


def edge_ns(number: int) -> int:
    """The lowest latency of a bin."""
    return value_range(number << _BIN_BITS)[0]


@dataclass(frozen=True, slots=True)
class HeatMoment:
    """One column: when it ends, and the counts by bin. A `mark` is one letter that stands on the axis."""

    at_s: float
    bins: Mapping[int, int]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class _Scale:
    first: int
    """The lowest bin shown, at an octave's edge."""
    per_place: int
    """Bins in each place: one half of a cell, or a whole one."""
    peak: int
    """Counts from here on have the strongest level; a power of two."""


def level(count: int, peak: int) -> int:
    """0 for nothing, else 1 to HEAT_LEVELS, never less for a higher count."""
    if count <= 0:
        return 0
    return min(HEAT_LEVELS, max(1, ceil(HEAT_LEVELS * sqrt(count / max(1, peak)) - 1e-9)))


class HeatMap:
    """Moments in; exactly `height` rows of `width` cells out.

    With `halves`, and glyphs that have one, each cell shows two rows; they differ by colour alone.
    """

    def __init__(self, glyphs: Glyphs, *, halves: bool = True) -> None:
        self._glyphs = glyphs
        self._halves = halves and bool(glyphs.halves)
        self._moments: deque[HeatMoment] = deque(maxlen=KEPT_COLUMNS)
        self._frame = Frame()
        self._scale = _Scale(0, 1, 1)
        self._rows: list[Line] = []

    def resize(self, width: int, height: int) -> None:
        """Draw for this many cells from now on."""
        frame = Frame.of(width, height)
        if frame != self._frame:
            self._frame = frame
            self._draw()

    def show(self, moments: Iterable[HeatMoment]) -> None:
        """These moments in place of all others."""
        self._moments.clear()
        self._moments.extend(moments)
        self._draw()

    def push(self, moment: HeatMoment) -> None:
        """One more column at the right; the oldest goes once the map is full."""
        full = len(self._moments) >= self._frame.plot_width
        self._moments.append(moment)
        if self._scale_for(self._visible()) != self._scale:
            self._draw()
        else:
            self._rows = shifted(self._rows, self._column(moment), full=full)

    @property
    def blank(self) -> bool:
        """Whether no moment came yet."""
        return not self._moments

    def picture(self) -> list[Line]:
        """The rows as they stand."""
        visible = self._visible()
        ends_s = [moment.at_s for moment in visible]
        below = time_axis(ends_s, [moment.mark for moment in visible], self._frame.plot_width, self._glyphs)
        return self._frame.around(self._rows, self._labels(), below, self._glyphs)

    def _visible(self) -> list[HeatMoment]:
        moments = list(self._moments)
        return moments[-self._frame.plot_width :] if self._frame.plot_width else []

    @property
    def _places(self) -> int:
        return self._frame.plot_height * (2 if self._halves else 1)

    def _scale_for(self, moments: list[HeatMoment]) -> _Scale:
        used = [number for moment in moments for number in moment.bins]
        if not used or not self._places:
            return _Scale(0, 1, 1)
        first = min(used) // _BINS_PER_OCTAVE * _BINS_PER_OCTAVE
        last = max(max(used) + 1, first + _LEAST_OCTAVES * _BINS_PER_OCTAVE)
        per_place = next(
            bins for bins in _BINS_PER_PLACE if last - first <= bins * self._places or bins == _BINS_PER_PLACE[-1]
        )
        peak = max(max(self._placed(moment, first, per_place), default=0) for moment in moments)
        return _Scale(first, per_place, 1 << max(0, peak - 1).bit_length())

    def _placed(self, moment: HeatMoment, first: int, per_place: int) -> list[int]:
        """Counts by place, the lowest first."""
        counts = [0] * self._places
        for number, count in moment.bins.items():
            place = (number - first) // per_place
            if 0 <= place < len(counts):
                counts[place] += count
        return counts

    def _draw(self) -> None:
        visible = self._visible()
        self._scale = self._scale_for(visible)
        self._rows = rows_of([self._column(moment) for moment in visible], self._frame.plot_height)

    def _column(self, moment: HeatMoment) -> Column:
        scale = self._scale
        levels = [level(count, scale.peak) for count in self._placed(moment, scale.first, scale.per_place)]
        levels.reverse()
        if self._halves:
            cells = [self._halved(upper, lower) for upper, lower in zip(levels[::2], levels[1::2], strict=True)]
        else:
            cells = [(self._glyphs.heat[one], _ink(one), PLAIN) for one in levels]
        return Column(
            "".join(glyph for glyph, _, _ in cells),
            bytes(ink for _, ink, _ in cells),
            bytes(ground for _, _, ground in cells),
        )

    def _halved(self, upper: int, lower: int) -> tuple[str, int, int]:
        above, below, both = tuple(self._glyphs.halves)
        if upper == lower:
            return (both if upper else " "), _ink(upper), PLAIN
        if not upper:
            return below, _ink(lower), PLAIN
        return above, _ink(upper), _ink(lower)

    def _labels(self) -> list[str]:
        """Octaves beside the cells in which they begin, with at least one row between them."""
        rows, per_cell = self._frame.plot_height, self._scale.per_place * (2 if self._halves else 1)
        labels = [""] * (rows + 1)
        if any(moment.bins for moment in self._moments):
            last = rows + 1
            for cell in range(rows):
                row, number = rows - 1 - cell, self._scale.first + cell * per_cell
                if number % _BINS_PER_OCTAVE == 0 and last - row >= 2:
                    labels[row], last = TIME_NS.label(edge_ns(number), 2), row
        return labels


def _ink(level: int) -> int:
    return HEAT + level - 1 if level else PLAIN
