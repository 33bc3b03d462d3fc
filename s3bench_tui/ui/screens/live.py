"""Live: the run as it goes, and the dials to turn it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from s3bench_tui.engine.messages import Change, Mark, Settings, StopRun
from s3bench_tui.live.door import Began
from s3bench_tui.ui.actions import LIVE, SETUP
from s3bench_tui.ui.charts.glyphs import glyphs_named
from s3bench_tui.ui.dialogs.ask import AskDialog
from s3bench_tui.ui.history import SPANS_S
from s3bench_tui.ui.palette import bindings_of
from s3bench_tui.ui.screens.place import Place
from s3bench_tui.ui.screens.saving import save_session
from s3bench_tui.ui.state import DRAINING, PAUSED
from s3bench_tui.ui.tuning import SETTLE_S, Tuning
from s3bench_tui.ui.widgets.agents import Agents, agents_of
from s3bench_tui.ui.widgets.course import VIEWS, Course, Heat
from s3bench_tui.ui.widgets.endpoints import Endpoints, several
from s3bench_tui.ui.widgets.errors import Errors
from s3bench_tui.ui.widgets.host import Host
from s3bench_tui.ui.widgets.operations import Operations
from s3bench_tui.ui.widgets.tiles import TileBox, Tiles, tiles_of
from s3bench_tui.ui.widgets.tuner import Tuner
from s3bench_tui.ui.widgets.waiting import Waiting
from s3bench_tui.ui.widgets.why import Why

_TILES = 6
_TABLES = {"operations": "operations", "endpoints": "end points", "agents": "agents"}
"""Those that may stand in the middle, and what the footer calls them."""
_WIND_S, _FASTEST = 5, 256
"""Of a recording: seconds by key, and times the speed at which it was."""
_BY_USER = "stopped by the user"


class LiveScreen(Place):
    """Draws the run four times a second; keys turn it."""

    place = LIVE
    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(LIVE))

    def __init__(self) -> None:
        super().__init__()
        self._tuning = Tuning()
        self._level = 0
        self._table = 0
        self._frozen = False
        self._stopping = False
        self._settle: Timer | None = None
        self._cpu: tuple[float, float] | None = None
        self._screen_share: float | None = None

    def compose_body(self) -> ComposeResult:
        """The board, and what stands there while there is no load."""
        glyphs = glyphs_named(self.bench.preferences.glyphs, coloured=not self.app.no_color)
        yield Waiting(id="waiting")
        with Vertical(id="board"):
            with Horizontal(id="tiles"):
                for number in range(_TILES):
                    yield TileBox(id=f"tile-{number}", classes="tile", focusable=False)
            yield Tiles(id="tile-line", focusable=False)
            with Horizontal(id="charts"):
                yield Course(glyphs, id="course")
                yield Heat(glyphs, id="heat")
            with Horizontal(id="middle"):
                yield Operations(id="operations")
                yield Endpoints(id="endpoints")
                yield Agents(id="agents")
                yield Tuner("Tune", id="tuner")
            yield Errors(id="errors", focusable=False)
            with Horizontal(id="bottom"):
                yield Host(glyphs, id="host")
                yield Why(id="why", classes="panel")

    # --- drawing --------------------------------------------------------------------------------------------------

    def show_figures(self) -> None:
        """Tiles, table, dials, errors."""
        state = self.state
        waiting, board = self.query_one(Waiting).show(state), self.query_one("#board")
        if not waiting and not board.display:
            self._turn = 0  # the charts come with the figures
        board.display = not waiting
        if waiting or self._frozen:
            return
        tiles = tiles_of(state)
        if self.query_one("#tiles").display:
            for number, tile in enumerate(tiles):
                self.query_one(f"#tile-{number}", TileBox).show(tile)
        else:
            self.query_one(Tiles).show(tiles)
        self._fit(len(state.names))
        self._show_dials()
        self._show_table(precise=self.charts_are_due)
        self.query_one(Errors).show(state)

    def _show_table(self, precise: bool = True) -> None:
        """The one that was chosen; `precise` has the figures that change once a second."""
        if self._frozen:
            return
        state, tables = self.state, self._tables
        self._table %= len(tables)
        shown = tables[self._table]
        for name in _TABLES:
            self.query_one(f"#{name}").display = name == shown
        operations = self.query_one(Operations)
        if shown == "operations":
            operations.show(state, precise=precise, chosen=self._chosen_line())
        elif shown == "endpoints" and precise:
            self.query_one(Endpoints).show(state, operations.window)
        elif shown == "agents":
            self.query_one(Agents).show(state)

    @property
    def _tables(self) -> list[str]:
        """Those that there are in this run."""
        there = {"endpoints": several(self.state.started), "agents": bool(agents_of(self.state))}
        return [name for name in _TABLES if there.get(name, True)]

    def show_charts(self) -> None:
        """Charts, host, what limits the run, events."""
        self._measure_screen()
        state = self.state
        if self._frozen or not self.query_one("#board").display:
            return
        self._show_over_time(self.query_one(Course), self.query_one(Heat))
        self.query_one(Host).show(state, self._screen_share)
        self.query_one(Why).show(state, self.is_full)

    def _fit(self, lines: int) -> None:
        """The table as high as the mix is long, within what the charts can spare."""
        spare = self.size.height - (36 if self.is_full else 24)
        least, most = (10, 12) if self.is_full else (7, 9)
        height = max(least, min(most + max(0, spare) // 2, lines + 4))
        middle = self.query_one("#middle")
        if middle.styles.height is None or middle.styles.height.value != height:
            middle.styles.height = height

    def _measure_screen(self) -> None:
        now_s, cpu_s = self.clock(), self.bench.cpu_clock()
        if self._cpu is not None and now_s > self._cpu[0]:
            self._screen_share = (cpu_s - self._cpu[1]) / (now_s - self._cpu[0])
        self._cpu = now_s, cpu_s

    def _show_over_time(self, *shown: Course | Heat) -> None:
        if not self._frozen:
            for each in shown:
                each.show(self.state, self._level)

    def _show_dials(self) -> None:
        settings, state = self.state.settings, self.state
        shown = None if settings is None else self._tuning.shown(settings, self.clock())
        self.query_one(Tuner).show(
            shown, state.names, self._tuning.chosen, state.first_settings, self._tuning.typed, self._tuning.waiting
        )

    def _chosen_line(self) -> int:
        settings = self.state.settings
        return self._tuning.line(settings) if settings is not None else -1

    def run_began(self, began: Began) -> None:
        """Nothing of the last run is undone in this one."""
        self._tuning = Tuning()
        self._frozen = self._stopping = False
        self.refresh_bindings()

    # --- what can be done now -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of a run are there while one is on, and those of a load while it can be steered."""
        state = self.state
        if action == "run":
            return not state.is_on
        if action == "stop":
            return state.is_on and self.bench.bridge.can_steer
        if action in ("pause", "row", "turn") and self.bench.bridge.playback is not None:
            return True
        if action in ("pause", "row", "turn", "undo", "as_in_file", "mark"):
            return self._steerable is not None
        if action in ("table", "page"):
            return len(self._tables) > 1
        if action == "save":
            return state.started is not None and state.settings is not None
        if action in ("window", "time", "view", "operation", "span", "maximise", "freeze"):
            return state.snapshot is not None
        return True

    def label_of(self, action_id: str) -> str:
        """What a key does now, where that changes."""
        playback = self.bench.bridge.playback
        if playback is not None:
            return {"live.pause": "play" if playback.held else "hold", "live.more": "wind, speed"}.get(action_id, "")
        if action_id == "live.table":
            return _TABLES[self._tables[(self._table + 1) % len(self._tables)]]
        if action_id == "live.pause" and self.state.state == PAUSED:
            return "go on"
        if action_id == "live.stop" and self.state.state == DRAINING:
            return "stop at once"
        return ""

    @property
    def _steerable(self) -> Settings | None:
        """What holds, where it can be turned."""
        state = self.state
        on = state.is_on and state.snapshot is not None and state.ended is None
        on = on and state.state not in (DRAINING, "preparing", "ended")
        return state.settings if on and self.bench.bridge.can_steer else None

    # --- steering -------------------------------------------------------------------------------------------------

    async def action_run(self) -> None:
        """As in Setup."""
        await self.app.switch_mode(SETUP)
        await self.app.screen.run_action("run")

    def action_pause(self) -> None:
        """Pause, or go on; of a recording, hold it or play it."""
        if (playback := self.bench.bridge.playback) is not None:
            playback.hold(not playback.held)
            self.refresh_bindings()
        elif (settings := self._steerable) is not None:
            self.bench.bridge.send(Change(paused=not settings.paused))

    def action_stop(self) -> None:
        """Drain; where it drains already, at once."""
        now = self.state.state == DRAINING or self._stopping
        self._stopping = True
        self.bench.bridge.send(StopRun(now=now, reason=_BY_USER))
        if not now:
            self.notify("Operations in flight may finish. s once more ends the run at once.", title="Stopping")

    def action_row(self, rows: int) -> None:
        """Choose a dial; of a recording, up is faster."""
        if (playback := self.bench.bridge.playback) is not None:
            playback.play_at(min(_FASTEST, max(1 / _FASTEST, playback.speed * 2.0**-rows)))
        elif (settings := self._steerable) is not None:
            self._tuning.move(settings, rows)
            self._show_dials()

    def action_turn(self, steps: int) -> None:
        """Turn it; a recording is wound."""
        if (playback := self.bench.bridge.playback) is not None:
            playback.wind(max(0.0, playback.position_s + steps * _WIND_S))
        elif (settings := self._steerable) is not None:
            self._tuning.turn(settings, steps, self.clock())
            self._settle_soon()

    def on_key(self, event: events.Key) -> None:
        """Digits are the value of the chosen dial, once enter is pressed."""
        settings = self._steerable
        if settings is None:
            return
        typing = bool(self._tuning.typed)
        if event.character is not None and (event.character.isdigit() or (typing and event.character == ".")):
            self._tuning.type(event.character)
        elif typing and event.key == "backspace":
            self._tuning.type("backspace")
        elif typing and event.key == "escape":
            self._tuning.typed = ""
        elif typing and event.key == "enter":
            self._tuning.enter(settings, self.clock())
            self._settle_soon()
        else:
            return
        event.stop()
        event.prevent_default()
        self._show_dials()

    def action_undo(self) -> None:
        """Back by one change."""
        if (settings := self._steerable) is not None:
            if (change := self._tuning.undo(settings, self.state.names, self.clock())) is not None:
                self.bench.bridge.send(change)
            self._show_dials()

    def action_as_in_file(self) -> None:
        """Back to the file."""
        if (settings := self._steerable) is not None and self.state.first_settings is not None:
            self._tuning.back_to(settings, self.state.first_settings, self.clock())
            self._settle_soon()

    def _settle_soon(self) -> None:
        if self._settle is not None:
            self._settle.stop()
        self._settle = self.set_timer(SETTLE_S, self._send_tuned)
        self._show_dials()

    def _send_tuned(self) -> None:
        settings = self._steerable
        if settings is not None and (change := self._tuning.take(settings, self.state.names, self.clock())) is not None:
            self.bench.bridge.send(change)

    def action_mark(self) -> None:
        """Ask for the note."""

        def mark(text: str | None) -> None:
            if text:
                self.bench.bridge.send(Mark(text))

        self.app.push_screen(AskDialog("Mark", "What is to be remembered of this moment?"), mark)

    def action_save(self) -> None:
        """Ask how and where."""
        save_session(self.bench, self.state)

    # --- looking --------------------------------------------------------------------------------------------------

    def action_table(self) -> None:
        """The next one in the same place."""
        self._table += 1
        self.draw_now()
        if self.maximized is not None and self.maximized.id in _TABLES:
            self.maximize(self.query_one(f"#{self._tables[self._table]}"), container=False)
        self.refresh_bindings()

    def action_page(self, pages: int) -> None:
        """Of the table of agents."""
        self.query_one(Agents).turn(pages)
        self.draw_now()

    def action_window(self) -> None:
        """Of the table."""
        self.query_one(Operations).turn_window()
        self._show_table()

    def action_time(self) -> None:
        """Of the table."""
        started = self.state.started
        self.query_one(Operations).turn_time(started is not None and started.open_loop)
        self._show_table()

    def action_view(self) -> None:
        """Of the chart; where the heat map has no place of its own it is one of the views."""
        course, charts = self.query_one(Course), self.query_one("#charts")
        if not self.is_full and course.view == len(VIEWS) - 1 and not charts.has_class("-heat"):
            charts.add_class("-heat")
        else:
            charts.remove_class("-heat")
            course.view = (course.view + 1) % len(VIEWS)
        self._show_over_time(course)

    def action_operation(self) -> None:
        """Of the heat map."""
        heat = self.query_one(Heat)
        heat.turn(self.state)
        self._show_over_time(heat)

    def action_span(self, steps: int) -> None:
        """Of the charts' columns."""
        self._level = min(len(SPANS_S) - 1, max(0, self._level + steps))
        self._show_over_time(self.query_one(Course), self.query_one(Heat))

    def action_maximise(self) -> None:
        """The focused panel, or the table where none has the focus."""
        self.maximize(self.focused or self.query_one(f"#{self._tables[self._table]}"), container=False)

    def action_freeze(self) -> None:
        """Stand still, or go on."""
        self._frozen = not self._frozen
        self.notify(
            "ctrl+f lets the display go on; the load was never held up." if self._frozen else "The display goes on."
        )
        self.draw_now()
