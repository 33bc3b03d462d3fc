"""How to keep a tuned session, and under which name."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

TUNED, SCHEDULE = "tuned", "schedule"


class KeepDialog(ModalScreen[tuple[str, str]]):
    """Answers with TUNED or SCHEDULE and the name of a file; ("", "") where it was given up."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "give up")]

    def __init__(self, suggested: str) -> None:
        super().__init__()
        self._suggested = suggested

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Keep what was tuned"
            box.border_subtitle = "tab next   enter save   esc give up"
            yield Static("as")
            yield OptionList(
                Option("a workload with the values that hold now", TUNED),
                Option("a workload with a schedule that replays this session", SCHEDULE),
                markup=False,
            )
            yield Static("in the file")
            yield Input(f"{self._suggested}-{TUNED}.yaml", max_length=1000)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another kind, another name; one that was typed stays."""
        name = self.query_one(Input)
        if name.value in {f"{self._suggested}-{kind}.yaml" for kind in (TUNED, SCHEDULE)}:
            name.value = f"{self._suggested}-{event.option_id}.yaml"

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen; the name comes next."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        place = self.query_one(OptionList).highlighted
        if event.value.strip():
            self.dismiss((SCHEDULE if place == 1 else TUNED, event.value.strip()))

    def action_give_up(self) -> None:
        """Nothing is saved."""
        self.dismiss(("", ""))
