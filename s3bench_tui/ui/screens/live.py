"""Live: the run as it goes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from s3bench_tui.engine.messages import StopRun
from s3bench_tui.report.progress import progress_line
from s3bench_tui.ui.actions import LIVE
from s3bench_tui.ui.palette import bindings_of
from s3bench_tui.ui.screens.place import Place


class LiveScreen(Place):
    """One line of figures."""

    place = LIVE
    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(LIVE))

    def compose_body(self) -> ComposeResult:
        """The line."""
        yield Static("", id="figures", markup=False)

    def show_figures(self) -> None:
        """As headless prints it."""
        snapshot = self.state.snapshot
        text = "No run yet. F2 leads to Setup." if snapshot is None else progress_line(None, snapshot, self.size.width)
        self.query_one("#figures", Static).update(text)

    def action_stop(self) -> None:
        """Drain, and end."""
        self.bench.bridge.send(StopRun(reason="stopped by the user"))
