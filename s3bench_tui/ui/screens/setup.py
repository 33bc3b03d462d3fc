"""Setup: what to run."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from s3bench_tui.errors import ConfigError
from s3bench_tui.ui.actions import SETUP
from s3bench_tui.ui.palette import bindings_of
from s3bench_tui.ui.screens.place import Place


class SetupScreen(Place):
    """Shows the workload file and runs it."""

    place = SETUP
    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(SETUP))

    def compose_body(self) -> ComposeResult:
        """The file as it stands."""
        source = self.bench.source
        try:
            text = Path(source).read_text(encoding="utf-8") if source else ""
        except OSError as error:
            text = f"{source} cannot be read: {error.strerror}"
        yield Static(text or "No workload file was given: s3bench-tui WORKLOAD.yaml", id="workload", markup=False)

    def action_run(self) -> None:
        """Run the file."""
        try:
            self.bench.start_run(Path(self.bench.source).read_text(encoding="utf-8"), self.bench.source)
        except (ConfigError, OSError) as error:
            self.notify(str(error), title="Cannot be run", severity="error", markup=False)
