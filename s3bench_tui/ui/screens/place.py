"""What all places have in common: the bar above, the keys below, and what is said where the terminal is too small."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen

from s3bench_tui.live.door import Began, Finished
from s3bench_tui.ui.charts.widgets import CHART_CLASSES, CHART_CSS
from s3bench_tui.ui.state import RunState
from s3bench_tui.ui.widgets.keys import KeyBar
from s3bench_tui.ui.widgets.panel import INK_CLASSES, INK_CSS
from s3bench_tui.ui.widgets.toosmall import TooSmall
from s3bench_tui.ui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from s3bench_tui.ui.app import BenchApp

FIGURES_S = 0.25
CHARTS_EVERY = 4
"""Charts are drawn with every fourth of the figures."""


class Place(Screen[None]):
    """One of the three places. Drawn four times a second while it is shown, all in one update; once a second where the
    terminal says that it has not the focus; hidden it costs nothing."""

    place: ClassVar[str] = ""
    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES | CHART_CLASSES
    DEFAULT_CSS = f"Place {{ {INK_CSS} {CHART_CSS} }}"
    ALLOW_IN_MAXIMIZED_VIEW = "TopBar, KeyBar"
    _turn = 0
    _state_word = ""

    def compose(self) -> ComposeResult:
        """The frame; `compose_body` fills it."""
        yield TopBar()
        with Container(id="body"):
            yield from self.compose_body()
        yield KeyBar()
        yield TooSmall()

    def compose_body(self) -> ComposeResult:
        """What is between the bars."""
        yield from ()

    def on_mount(self) -> None:
        """Start to draw."""
        self.set_interval(FIGURES_S, self._draw)

    def on_resize(self, event: events.Resize) -> None:
        """Say so where there is not enough room, and fill what there is at once."""
        self.query_one(TooSmall).judge(event.size.width, event.size.height)
        self._turn = 0
        self.call_after_refresh(self._draw)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Catch up with what happened meanwhile. The program sees to it that another theme reaches all places."""
        event.refresh_styles = False  # working out again what each widget looks like would hold a key up for 30 ms
        self._turn = 0
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if not self.is_current:
            return
        if not self.app.app_focus and not self.charts_are_due:
            self._turn += 1
            return
        with self.app.batch_update():
            self.query_one(TopBar).show(self.state, self.place, self.bench.bridge.playback)
            self.show_figures()
            if self.charts_are_due:
                self.show_charts()
        self._turn += 1
        if self.state.state != self._state_word:
            self._state_word = self.state.state
            self.refresh_bindings()

    def draw_now(self) -> None:
        """Draw everything, for a key was pressed."""
        self._turn = 0
        self._draw()

    @property
    def charts_are_due(self) -> bool:
        """Whether this drawing has the charts in it."""
        return self._turn % CHARTS_EVERY == 0

    @property
    def is_full(self) -> bool:
        """Whether there is room for everything side by side, as at 120x36."""
        return self.has_class("-wide") and self.has_class("-tall")

    @property
    def bench(self) -> BenchApp:
        """The program."""
        return cast("BenchApp", self.app)

    @property
    def state(self) -> RunState:
        """The run that is on, or the last one."""
        return self.bench.bridge.state

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds, for pauses and time-outs of the screen."""
        return self.bench.clock

    # --- what a place may do --------------------------------------------------------------------------------------

    def show_figures(self) -> None:
        """Draw what changes four times a second."""

    def show_charts(self) -> None:
        """Draw what changes once a second."""

    def unsaved(self) -> str:
        """What would be lost if the program were left now; empty where nothing would."""
        return ""

    def run_began(self, began: Began) -> None:
        """Another run is on."""

    def run_finished(self, finished: Finished) -> None:
        """The run is over, and its results are written."""
