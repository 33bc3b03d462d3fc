"""The parts of the Results screen that keep a state of their own: the list of runs, and a pane of lines that scrolls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from s3bench_tui.report.folder import Listed
from s3bench_tui.ui.results.lines import list_line


class RunList(OptionList):
    """One line for each run. What is highlighted stays highlighted when others come, go or change places."""

    HELP = (
        "The runs in the folder results/: reports, and recordings of runs that left none. Pick one as A with a and another as "
        "B with b to compare them; enter shows one in depth. Type / to filter by name, target, status or file."
    )

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run_paths: list[Path] = []
        self._drawn_lines: list[str] = []

    def show(self, runs: Iterable[Listed], mark_of: Callable[[Listed], str], width: int) -> None:
        """These runs, drawn anew only where a line changed."""
        runs = list(runs)
        lines = [list_line(run, mark_of(run), width) for run in runs]
        plain = [line.plain for line in lines]
        if plain == self._drawn_lines:
            return
        held = self.highlighted_path
        self._run_paths, self._drawn_lines = [run.path for run in runs], plain
        self.clear_options()
        self.add_options([Option(line) for line in lines])
        if self._run_paths:
            self.highlighted = self._run_paths.index(held) if held in self._run_paths else 0

    @property
    def highlighted_path(self) -> Path | None:
        """The run that the cursor is on."""
        if self.highlighted is None or self.highlighted >= len(self._run_paths):
            return None
        return self._run_paths[self.highlighted]


class Pane(VerticalScroll):
    """Lines that are made for the width there is, and made anew when it changes."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Callable[[int], Content] | None = None
        self._text = Static("", markup=False)

    def compose(self) -> Iterable[Static]:
        """The lines."""
        yield self._text

    def show(self, make: Callable[[int], Content] | None) -> None:
        """What `make` gives for a width, from its top; nothing for None."""
        self._make = make
        self.scroll_home(animate=False)
        self._fill()

    def on_resize(self) -> None:
        """Another width, other lines."""
        self._fill()

    def _fill(self) -> None:
        width = self.scrollable_content_region.width
        self._text.update(self._make(width) if self._make is not None and width > 0 else "")
