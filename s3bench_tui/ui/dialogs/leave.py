"""What is to become of a run that is on, when the program is left."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option


class Way(Enum):
    """How to leave."""

    STAY = "stay here"
    DETACH = "leave it running: `s3bench-tui attach` comes back to it"
    STOP = "stop it, wait for what is in flight, and leave"


class LeaveDialog(ModalScreen[Way]):
    """Asks once; escape stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "choose('STAY')", "stay"),
        Binding("d", "choose('DETACH')", "leave it running"),
        Binding("s", "choose('STOP')", "stop and leave"),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "A run is on"
            box.border_subtitle = "enter choose   esc stay"
            yield Static("What is to become of it?")
            yield OptionList(
                Option(f"d   {Way.DETACH.value}", Way.DETACH.name),
                Option(f"s   {Way.STOP.value}", Way.STOP.name),
                Option(f"esc {Way.STAY.value}", Way.STAY.name),
                markup=False,
            )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        self.action_choose(event.option_id or Way.STAY.name)

    def action_choose(self, name: str) -> None:
        """Answer."""
        self.dismiss(Way[name])
