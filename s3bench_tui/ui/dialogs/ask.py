"""One line of text, asked for."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class AskDialog(ModalScreen[str]):
    """Answers with the line; "" where it was given up."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss('')", "give up")]

    def __init__(self, title: str, question: str, given: str = "") -> None:
        super().__init__()
        self._title, self._question, self._given = title, question, given

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "enter done   esc give up"
            yield Static(self._question, markup=False)
            yield Input(self._given, max_length=1000)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        self.dismiss(event.value.strip())
