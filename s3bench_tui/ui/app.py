"""The terminal program: places, keys that work everywhere, themes, and the way out. Knows no widget of any screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.text import Text
from textual._context import active_message_pump
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import AwaitMount

from s3bench_tui.engine.messages import StopRun
from s3bench_tui.errors import ExitCode
from s3bench_tui.live.door import Began, Door, Finished
from s3bench_tui.live.reach import ALONE, Reach
from s3bench_tui.ui.actions import EVERYWHERE, LIVE, RESULTS, SETUP
from s3bench_tui.ui.bridge import Bridge
from s3bench_tui.ui.dialogs.leave import LeaveDialog, Way
from s3bench_tui.ui.dialogs.trouble import TroubleDialog, log_file, write_log
from s3bench_tui.ui.palette import ActionCommands, bindings_of
from s3bench_tui.ui.preferences import Preferences, chosen_theme_file
from s3bench_tui.ui.screens.help import HelpScreen
from s3bench_tui.ui.screens.live import LiveScreen
from s3bench_tui.ui.screens.place import Place
from s3bench_tui.ui.screens.results import ResultsScreen
from s3bench_tui.ui.screens.setup import SetupScreen
from s3bench_tui.ui.state import RunState
from s3bench_tui.ui.themes import DEFAULT_THEME, THEMES


@dataclass(frozen=True, slots=True)
class Left:
    """How the program was left: the run that ended last, and whether one goes on."""

    finished: Finished | None
    run_goes_on: bool


class BenchApp(App[Left]):
    """`source` is the workload file to open in Setup, `place` where to begin, `reach` what was said of a fleet."""

    TITLE = "s3bench-tui"
    CSS_PATH = ["app.tcss", "live.tcss"]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {
        SETUP: SetupScreen,
        LIVE: LiveScreen,
        RESULTS: ResultsScreen,
    }
    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(EVERYWHERE))
    COMMANDS = {ActionCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]

    def __init__(
        self,
        door: Door,
        *,
        source: str = "",
        place: str = SETUP,
        preferences: Preferences | None = None,
        reach: Reach = ALONE,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
    ) -> None:
        self.preferences = preferences or Preferences()  # asked for with the first line of CSS
        super().__init__()
        self.bridge = Bridge(door, self._run_began, self._run_finished, self._run_lost, self._handle_exception)
        self.source = source
        self.reach = reach
        self.clock = clock
        self.cpu_clock = cpu_clock
        self._first_place = place
        self._leaving = False
        self._told_unsaved = ""
        self._fault_shown = False
        self._is_built = False

    def on_mount(self) -> None:
        """Themes, keys, the first place; then listen to the run."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._wanted_theme()
        self.set_keymap(dict(self.preferences.keys))
        self.theme_changed_signal.subscribe(self, self._keep_theme)
        self.switch_mode(self._first_place)
        self.bridge.open()

    def on_unmount(self) -> None:
        """Leave the seat; a run that is on goes on."""
        self.bridge.close()

    @property
    def state(self) -> RunState:
        """The run that is on, or the last one."""
        return self.bridge.state

    def get_css_variables(self) -> dict[str, str]:
        """Those of the theme; and what frames and empty places are drawn with."""
        plain = self.preferences.glyphs == "ascii"
        drawn = {"frame": "ascii", "hatching": '"/"'} if plain else {"frame": "round", "hatching": "right"}
        return super().get_css_variables() | drawn

    # --- themes ---------------------------------------------------------------------------------------------------

    def _wanted_theme(self) -> str:
        chosen = self.preferences.theme
        if not chosen:
            try:
                chosen = chosen_theme_file().read_text(encoding="utf-8").strip()
            except OSError:
                chosen = ""
        return chosen if chosen in self.available_themes else DEFAULT_THEME

    def _keep_theme(self, theme: object) -> None:
        """Remember it for the next time; where that cannot be written it holds for this time."""
        file = chosen_theme_file()
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.write_text(f"{self.theme}\n", encoding="utf-8")
        except OSError:
            return

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None beside the table of actions."""
        return ()

    # --- runs -----------------------------------------------------------------------------------------------------

    def start_run(self, text: str, source: str) -> bool:
        """Begin a run and go to Live; False, with a notice, where one is on. Raises ConfigError for a bad workload."""
        if self.state.is_on:
            self.notify("Stop it first, with s on Live.", title="A run is on", severity="warning")
            return False
        if self.bridge.lost:
            self._run_lost(self.bridge.lost)
            return False
        self.bridge.start(text, source)
        self.switch_mode(LIVE)
        return True

    def _run_began(self, began: Began) -> None:
        for screen in self._places():
            screen.run_began(began)

    def _run_finished(self, finished: Finished) -> None:
        for screen in self._places():
            screen.run_finished(finished)
        if self._leaving:
            self._leave()
        elif finished.report_path and self.current_mode == LIVE:
            self.switch_mode(RESULTS)

    def _run_lost(self, sentence: str) -> None:
        self.notify(
            f"{sentence}. What was recorded is kept; leave, and start the program again.",
            title="No more will come", severity="error", timeout=60, markup=False,
        )  # fmt: skip
        if self._leaving:
            self._leave()

    def _places(self) -> list[Place]:
        """The places that have been visited."""
        stacks = (self.get_screen_stack(mode) for mode in self.MODES if mode in self._screen_stacks)
        return [screen for stack in stacks for screen in stack if isinstance(screen, Place)]

    def switch_mode(self, mode: str) -> AwaitMount:
        """Go to this place."""
        self._is_built = mode in self._screen_stacks
        return super().switch_mode(mode)

    def delay_update(self, delay: float = 0.05) -> None:
        """Hide what is half built; a place that was seen before is shown at once, not after Textual's pause."""
        if not self._is_built:
            super().delay_update(delay)

    # --- actions --------------------------------------------------------------------------------------------------

    def action_place(self, name: str) -> None:
        """Go to one of the places; not from within a dialog."""
        if isinstance(self.screen, Place):
            self.switch_mode(name)

    def action_help(self) -> None:
        """Explain what has the focus."""
        if isinstance(self.screen, Place):
            self.push_screen(HelpScreen(self.screen.place, self.screen.focused, self.preferences.keys))

    def action_screenshot_svg(self) -> None:
        """Save what is shown now."""
        self.deliver_screenshot()

    def action_leave(self) -> None:
        """Go, at once where no run is on."""
        if isinstance(self.screen, LeaveDialog) or self._keep_unsaved():
            return
        if self.state.is_on and not self._leaving and self.bridge.can_steer:
            self.push_screen(LeaveDialog(), self._leave_by)
        else:
            self._leave()

    def _keep_unsaved(self) -> bool:
        """Whether to stay for now, because something would be lost of which the user has not been told."""
        lost = next(filter(None, (place.unsaved() for place in self._places())), "")
        if not lost or lost == self._told_unsaved:
            return False
        self._told_unsaved = lost
        self.notify("ctrl+s on Setup keeps it; ctrl+q once more drops it.", title=f"{lost} is modified", severity="warning", markup=False)  # fmt: skip
        return True

    def _leave_by(self, way: Way | None) -> None:
        if way is Way.STOP and self.state.is_on:
            self._leaving = True
            self.bridge.send(StopRun(reason="stopped by the user"))
            self.switch_mode(LIVE)
        elif way is Way.DETACH or way is Way.STOP:
            self._leave()

    def _leave(self) -> None:
        self.exit(Left(self.bridge.last_finished, self.state.is_on))

    # --- faults ---------------------------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """In place of a traceback with the values of variables: a sentence and a log. Textual knows no public way."""
        where = write_log(error, log_file())
        line = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        # Where the program's own loop has failed it ends now, and no dialog would ever be drawn.
        if active_message_pump.get(None) is not self and not self._fault_shown and not self.is_headless:
            self._fault_shown = True
            self.push_screen(TroubleDialog(line, where, self.state.is_on), self._leave_after_fault)
        else:
            on = " The run goes on; `s3bench-tui attach` comes back to it." if self.state.is_on else ""
            self._return_code = int(ExitCode.INTERNAL)
            self.panic(Text(f"s3bench-tui: a fault of this program: {line}; {where}.{on}"))

    def _leave_after_fault(self, leave: bool | None) -> None:
        self._fault_shown = False
        if leave:
            self.exit(Left(self.bridge.last_finished, self.state.is_on), return_code=int(ExitCode.INTERNAL))
