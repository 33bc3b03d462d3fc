"""The run over time: one chart of a chosen figure with a letter for every change, and the map of latencies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan

from textual.app import ComposeResult
from textual.containers import Vertical

from s3bench_tui.ui.charts.canvas import MOST_SERIES
from s3bench_tui.ui.charts.glyphs import Glyphs
from s3bench_tui.ui.charts.heat import HeatMoment
from s3bench_tui.ui.charts.ticks import BYTES, COUNT, SHARE, TIME_NS, Unit
from s3bench_tui.ui.charts.timeplot import Moment
from s3bench_tui.ui.charts.widgets import HeatChart, TimeChart
from s3bench_tui.ui.figures import mib, percent, plain
from s3bench_tui.ui.history import SPANS_S, Column, unpacked
from s3bench_tui.ui.state import RunState, Turn
from s3bench_tui.ui.widgets.panel import Panel, line
from s3bench_tui.units import format_duration

_SPANS = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min"}


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a column. `by_line` where each line of the mix is a series of its own, stacked."""

    title: str
    unit: Unit
    values: Callable[[Column], tuple[float, ...]]
    shown: Callable[[float], str]
    names: tuple[str, ...] = ()
    peak: Callable[[Column], float] = lambda column: nan
    joined: bool = False
    word: str = ""
    """Unit of what is `shown`."""

    @property
    def by_line(self) -> bool:
        """Whether the lines of the mix are its series."""
        return not self.names


def _per_s(counts: Sequence[int], column: Column) -> tuple[float, ...]:
    rates = [count / column.seconds if column.seconds else 0.0 for count in counts]
    if len(rates) > MOST_SERIES:
        rates = [*rates[: MOST_SERIES - 1], sum(rates[MOST_SERIES - 1 :])]
    return tuple(rates)


def _duration(duration_ns: float) -> str:
    return "-" if isnan(duration_ns) else format_duration(duration_ns)


VIEWS = (
    View("Throughput  B/s", BYTES, lambda c: _per_s(c.bytes, c), mib, peak=lambda c: c.peak_bytes, word="MiB/s"),
    View("Rate  ops/s", COUNT, lambda c: _per_s(c.ops, c), plain, peak=lambda c: c.peak_ops),
    View("Latency  p50 and p99", TIME_NS, lambda c: (c.p50_ns, c.p99_ns), _duration, ("p50", "p99"), joined=True),
    View("Errors  1/s", COUNT, lambda c: _per_s((c.failed,), c), plain, ("failed",)),
    View("CPU of this machine", SHARE, lambda c: (c.cpu_busy,), percent, ("busy",)),
)


def marked(columns: Sequence[Column], turns: Sequence[Turn], before: int) -> list[str]:
    """The letter of each column: of the last change whose phase began in it. `before` is the phase ahead of them."""
    letters = []
    for column in columns:
        its = [turn.letter for turn in turns if before < turn.phase <= column.phase]
        letters.append(its[-1] if its else "")
        before = max(before, column.phase)
    return letters


class _OverTime(Vertical):
    """Keeps a chart in step with the history: new columns are added, all are drawn where anything else has changed."""

    ALLOW_MAXIMIZE = True
    can_focus = True

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="panel")
        self._seen: tuple[object, ...] = ()
        self._made = 0

    def _news(self, state: RunState, level: int, *of: object) -> tuple[bool, list[Column], list[str]]:
        """Whether to begin anew; the columns to draw; their letters."""
        columns, made = state.history.columns(level), state.history.made(level)
        seen = (id(state.history), level, *of)
        anew = seen != self._seen or made < self._made or made - self._made > len(columns) // 2
        new = list(columns) if anew else list(columns)[len(columns) - (made - self._made) :]
        earlier = len(columns) - len(new)
        before = columns[earlier - 1].phase if earlier else (new[0].phase if new else 0)
        self._seen, self._made = seen, made
        return anew, new, marked(new, state.changes, before)


class Course(_OverTime):
    """The chart of a figure over time; `view` is its place in VIEWS."""

    HELP = (
        "The run over time. v turns the figure: throughput, rate, latency, errors, CPU; [ and ] make a column longer or "
        "shorter. A capital letter on the axis is a change; the events say which. All charts begin at zero."
    )

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self.view = 0

    def compose(self) -> ComposeResult:
        """Areas, lines, and what the colours mean."""
        yield TimeChart(BYTES, self._glyphs, empty="no whole second yet", id="areas")
        lines = TimeChart(TIME_NS, self._glyphs, joined=True, empty="no whole second yet", id="lines")
        lines.display = False
        yield lines
        yield Panel(id="legend", focusable=False)

    def show(self, state: RunState, level: int) -> None:
        """Draw what is new."""
        view = VIEWS[self.view]
        anew, columns, letters = self._news(state, level, self.view)
        areas, lines = self.query_one("#areas", TimeChart), self.query_one("#lines", TimeChart)
        areas.display, lines.display = not view.joined, view.joined
        chart = lines if view.joined else areas
        moments = [
            Moment(column.end_s, view.values(column), view.peak(column) if level else nan, letter)
            for column, letter in zip(columns, letters, strict=True)
        ]
        if anew:
            chart.show(moments, view.unit)
        else:
            for moment in moments:
                chart.push(moment)
        self.border_title = view.title
        self.border_subtitle = f"v view   [ ] {_SPANS[SPANS_S[level]]} a column"
        self._explain(view, state, level)

    def _sign(self, index: int, view: View) -> str:
        """Of a series; where only colours tell glyphs apart, one that shows its colour well."""
        coloured = len(set(self._glyphs.solid)) == 1
        return "■" if coloured else self._glyphs.sign(index, joined=view.joined)

    def _explain(self, view: View, state: RunState, level: int) -> None:
        columns = state.history.columns(level)
        if not columns:
            self.query_one("#legend", Panel).put([])
            return
        names = view.names
        if view.by_line:
            names = state.names if len(state.names) <= MOST_SERIES else (*state.names[: MOST_SERIES - 1], "other")
        pieces: list[str | tuple[str, str]] = []
        for number, (name, value) in enumerate(zip(names, view.values(columns[-1]), strict=False), start=1):
            if value or not view.by_line:
                pieces += [
                    (f" {self._sign(number - 1, view)} ", f"series-{number}"),
                    f"{name} {view.shown(value)} ",
                ]
        pieces.append((f"{view.word}  ", "muted"))
        for turn in list(state.changes)[-3:]:
            pieces += [(" " + turn.letter, "key"), (f" {turn.text}", "muted")]
        self.query_one("#legend", Panel).put([line(*pieces)])


class Heat(_OverTime):
    """Latencies of one line of the mix, or of all, over time."""

    HELP = (
        "The heat map: time runs to the right, latency grows upwards by powers of two, and the brighter a place the more "
        "operations took so long. o turns the operation. Two bands are two populations, such as a cache and a disk."
    )

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self.line = 0

    def compose(self) -> ComposeResult:
        """The map alone."""
        yield HeatChart(self._glyphs, empty="no whole second yet")

    def turn(self, state: RunState) -> None:
        """The next line of the mix that does anything; after the last one all together."""
        settings = state.settings
        lines = [place for place in range(len(state.names)) if settings is None or settings.weights[place]]
        places = [0, *(place + 1 for place in lines)]
        self.line = next((place for place in places if place > self.line), 0)

    def show(self, state: RunState, level: int) -> None:
        """Draw what is new."""
        if self.line > len(state.names):
            self.line = 0
        anew, columns, letters = self._news(state, level, self.line)
        moments = [
            HeatMoment(column.end_s, unpacked(column.heat[self.line]), letter)
            for column, letter in zip(columns, letters, strict=True)
        ]
        chart = self.query_one(HeatChart)
        if anew:
            chart.show(moments)
        else:
            for moment in moments:
                chart.push(moment)
        name = state.names[self.line - 1] if self.line else "all operations"
        self.border_title = f"Latency  {name}"
        self.border_subtitle = "o operation"
