"""The charts as widgets: each hands its numbers to a rasteriser and paints the rows that come back.

A row is turned into a strip once and kept until the picture changes. Colours come from component classes, so that any
theme can have its own; where a colour cannot be mixed (a theme of the terminal's own 16) the strongest one stands.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from s3bench_tui.stats.histogram import EMPTY, Histogram
from s3bench_tui.stats.series import Point
from s3bench_tui.ui.charts.canvas import AXIS, FAINT, HEAT, HEAT_LEVELS, MARK, MOST_SERIES, PLAIN, SERIES, Line
from s3bench_tui.ui.charts.curve import curve
from s3bench_tui.ui.charts.frame import Frame
from s3bench_tui.ui.charts.glyphs import BLOCK, Glyphs
from s3bench_tui.ui.charts.heat import HeatMap, HeatMoment
from s3bench_tui.ui.charts.meter import meter
from s3bench_tui.ui.charts.spread import spread
from s3bench_tui.ui.charts.ticks import COUNT, Unit
from s3bench_tui.ui.charts.timeplot import Moment, TimePlot, history

_NAMES = {AXIS: "chart--axis", MARK: "chart--mark", FAINT: "chart--faint"} | {
    SERIES + index: f"chart--series-{index + 1}" for index in range(MOST_SERIES)
}
_FAINTEST, _TURN = 0.3, 0.6
"""How much of the colour the faintest level of heat has, and from which level on it turns towards the hottest."""

CHART_CLASSES = {*_NAMES.values(), "chart--heat", "chart--heat-hot"}
CHART_CSS = """
    .chart--axis { color: $foreground-darken-3; }
    .chart--mark { color: $warning; text-style: bold; }
    .chart--faint { color: $foreground-darken-2; }
    .chart--series-1 { color: $primary; }
    .chart--series-2 { color: $warning; }
    .chart--series-3 { color: $success; }
    .chart--series-4 { color: $accent; }
    .chart--series-5 { color: $error; }
    .chart--series-6 { color: $secondary; }
    .chart--heat { color: $primary; }
    .chart--heat-hot { color: $warning; }
"""
"""What a screen with charts has to define, once for all of them."""


class Chart(Widget):
    """A picture that fills the widget. `empty` stands in it, centred, as long as there is nothing to draw. Its screen has
    the colours."""

    def __init__(
        self,
        glyphs: Glyphs = BLOCK,
        *,
        empty: str = "",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.glyphs = glyphs
        self.empty = empty
        self._lines: list[Line] | None = None
        self._strips: dict[int, Strip] = {}
        self._styles: dict[tuple[int, int], Style] = {}

    @property
    @abstractmethod
    def blank(self) -> bool:
        """Whether there is nothing to draw."""

    @abstractmethod
    def picture(self, width: int, height: int) -> list[Line]:
        """The rows of the chart for this many cells."""

    def changed(self) -> None:
        """Paint anew what the picture has now."""
        self._lines = None
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of cells."""
        if self._lines is None or len(self._lines) != self.size.height:
            self._strips.clear()
            self._lines = self._drawn()
        if (strip := self._strips.get(y)) is None or strip.cell_length != self.size.width:
            if strip is not None:
                self._lines = self._drawn()
            line = self._lines[y].fitted(self.size.width) if y < len(self._lines) else Line.of(" " * self.size.width)
            strip = Strip(
                [Segment(text, self._style(ink, ground)) for text, ink, ground in line.runs()], len(line.text)
            )
            self._strips[y] = strip
        return strip

    def on_resize(self) -> None:
        """Another size is another picture."""
        self.changed()

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def _drawn(self) -> list[Line]:
        width, height = self.size
        if not self.blank or not self.empty:
            return self.picture(width, height)
        rows = [Line.of(" " * width) for _ in range(height)]
        if height:
            rows[height // 2] = Line.of(self.empty[:width].center(width), AXIS)
        return rows

    def _style(self, ink: int, ground: int) -> Style:
        if (style := self._styles.get((ink, ground))) is None:
            style = self.rich_style + self._colours(ink)
            if ground:
                style += Style(bgcolor=self._colours(ground).color)
            self._styles[ink, ground] = style
        return style

    def _colours(self, ink: int) -> Style:
        if ink == PLAIN:
            return Style()
        if ink >= HEAT:
            return Style(color=self._heat((ink - HEAT) / (HEAT_LEVELS - 1)).rich_color)
        styles = self.screen.get_component_styles(_NAMES[ink])
        return Style(color=styles.color.rich_color, bold=styles.text_style.bold)

    def _heat(self, share: float) -> Color:
        mass, hot = (self.screen.get_component_styles(name).color for name in ("chart--heat", "chart--heat-hot"))
        if mass.ansi is not None or hot.ansi is not None:
            return hot if share > _TURN else mass
        if share <= _TURN:
            return self.background_colors[1].blend(mass, _FAINTEST + (1 - _FAINTEST) * share / _TURN)
        return mass.blend(hot, (share - _TURN) / (1 - _TURN))


class TimeChart(Chart):
    """Areas, or with `joined` lines, over time."""

    def __init__(
        self, unit: Unit = COUNT, glyphs: Glyphs = BLOCK, *, joined: bool = False, empty: str = "",
        name: str | None = None, id: str | None = None, classes: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(glyphs, empty=empty, name=name, id=id, classes=classes)
        self._plot = TimePlot(unit, glyphs, joined=joined)

    @property
    def blank(self) -> bool:
        return self._plot.latest is None

    def push(self, moment: Moment) -> None:
        """One more column."""
        self._plot.push(moment)
        self.changed()

    def show(self, moments: Iterable[Moment], unit: Unit | None = None) -> None:
        """These columns in place of all others, in another unit where one is given."""
        self._plot.show(moments, unit)
        self.changed()

    def picture(self, width: int, height: int) -> list[Line]:
        self._plot.resize(width, height)
        return self._plot.picture()


class HistoryChart(Chart):
    """Whole series over time, merged into as many columns as there is room for."""

    def __init__(self, glyphs: Glyphs = BLOCK, *, empty: str = "", id: str | None = None) -> None:
        super().__init__(glyphs, empty=empty, id=id)
        self._series: tuple[tuple[Point, ...], ...] = ()
        self._marks: Mapping[float, str] = {}
        self._unit, self._joined = COUNT, False

    @property
    def blank(self) -> bool:
        return not any(self._series)

    def show(
        self,
        series: Iterable[Sequence[Point]],
        unit: Unit,
        *,
        joined: bool = False,
        marks: Mapping[float, str] | None = None,
    ) -> None:
        """These series, stacked or with `joined` each a line; `marks` are letters by the second they belong to."""
        self._series = tuple(map(tuple, series))
        self._unit, self._joined, self._marks = unit, joined, marks or {}
        self.changed()

    def picture(self, width: int, height: int) -> list[Line]:
        plot = TimePlot(self._unit, self.glyphs, joined=self._joined)
        plot.resize(width, height)
        plot.show(history(self._series, Frame.of(width, height).plot_width, self._marks))
        return plot.picture()


class HeatChart(Chart):
    """Latency over time."""

    def __init__(
        self,
        glyphs: Glyphs = BLOCK,
        *,
        empty: str = "",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(glyphs, empty=empty, name=name, id=id, classes=classes)
        self._map = HeatMap(glyphs)

    @property
    def blank(self) -> bool:
        return self._map.blank

    def push(self, moment: HeatMoment) -> None:
        """One more column."""
        self._map.push(moment)
        self.changed()

    def show(self, moments: Iterable[HeatMoment]) -> None:
        """These columns in place of all others."""
        self._map.show(moments)
        self.changed()

    def picture(self, width: int, height: int) -> list[Line]:
        self._map.resize(width, height)
        return self._map.picture()


class CurveChart(Chart):
    """Latency by percentile, a line for each histogram."""

    _histograms: tuple[Histogram, ...] = ()

    @property
    def blank(self) -> bool:
        return not any(histogram.n for histogram in self._histograms)

    def show(self, histograms: Sequence[Histogram]) -> None:
        """These curves; the first is drawn over the others."""
        self._histograms = tuple(histograms)
        self.changed()

    def picture(self, width: int, height: int) -> list[Line]:
        return curve(self._histograms, width, height, self.glyphs)


class SpreadChart(Chart):
    """How the latencies of a histogram are spread."""

    _histogram = EMPTY

    @property
    def blank(self) -> bool:
        return not self._histogram.n

    def show(self, histogram: Histogram) -> None:
        """This histogram."""
        self._histogram = histogram
        self.changed()

    def picture(self, width: int, height: int) -> list[Line]:
        return spread(self._histogram, width, height, self.glyphs)


class Meter(Chart):
    """How much of something is used or done."""

    _share = 0.0

    @property
    def blank(self) -> bool:
        return False

    def show(self, share: float) -> None:
        """This share, 0 to 1."""
        if share != self._share:
            self._share = share
            self.changed()

    def picture(self, width: int, height: int) -> list[Line]:
        return [meter(self._share, width, self.glyphs)] * min(1, height)
