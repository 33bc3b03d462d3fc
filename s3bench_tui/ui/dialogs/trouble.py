"""A fault of the program itself: one line on the screen, the rest in a log; values of variables are never written."""

from __future__ import annotations

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from s3bench_tui import __version__


def log_file() -> Path:
    """Where faults of the program are kept."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "s3bench-tui" / "faults.log"


def write_log(error: BaseException, path: Path) -> str:
    """Append the fault with the places of the code that led to it; returns where, or why that could not be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} s3bench-tui {__version__}\n")
            log.writelines(traceback.format_exception(error))
            log.write("\n")
    except OSError as refused:
        return f"the log could not be written ({refused.strerror})"
    return f"details in {path}"


class TroubleDialog(ModalScreen[bool]):
    """True: leave the program."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,l", "answer(True)", "leave"),
        Binding("escape", "answer(False)", "stay"),
    ]

    def __init__(self, line: str, place: str, run_is_on: bool) -> None:
        super().__init__()
        self._line, self._place, self._run_is_on = line, place, run_is_on

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -trouble") as box:
            box.border_title = "A fault of this program"
            box.border_subtitle = "enter leave   esc stay: a part of the screen may stand still"
            yield Static(self._line, markup=False)
            yield Static(self._place, markup=False)
            if self._run_is_on:
                yield Static("The run goes on. `s3bench-tui attach` brings a fresh screen back to it.", markup=False)

    def action_answer(self, leave: bool) -> None:
        """Close."""
        self.dismiss(leave)
