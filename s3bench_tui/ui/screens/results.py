"""Results: what came of the runs."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from s3bench_tui.ui.actions import RESULTS
from s3bench_tui.ui.palette import bindings_of
from s3bench_tui.ui.screens.place import Place


class ResultsScreen(Place):
    """Shows the summary of the run that ended last."""

    place = RESULTS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(RESULTS))

    def compose_body(self) -> ComposeResult:
        """The summary as it would be printed."""
        with VerticalScroll():
            yield Static("", id="summary", markup=False)

    def show_figures(self) -> None:
        """Only where a run has ended since."""
        finished = self.bench.bridge.last_finished
        text = "No run has ended yet. F2 leads to Setup." if finished is None else finished.error or finished.summary
        summary = self.query_one("#summary", Static)
        if summary.content != text:
            summary.update(text)
