"""Help: what the focused part is for, and every key of the place and of the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from s3bench_tui.ui.actions import EVERYWHERE, actions_of

_ABOUT = {
    "setup": "Setup is where you say what to run: targets, operations, load. ctrl+r runs it.",
    "live": "Live shows the run as it goes, and lets you turn it: every change opens a phase, so figures stay true.",
    "results": "Results keeps the runs: one in depth, or two against each other.",
}


class HelpScreen(ModalScreen[None]):
    """`focused` may have a text `HELP` of its own, or a parent that has one; `keys` are the user's own, by action id."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "dismiss", "close", priority=True)]

    def __init__(self, place: str, focused: Widget | None, keys: Mapping[str, str]) -> None:
        super().__init__()
        self._keys = keys
        self._place = place
        self._focused = focused

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -wide") as box:
            box.border_title = f"Help: {self._place}"
            box.border_subtitle = "esc close"
            yield Static(_ABOUT[self._place], classes="about", markup=False)
            text, node = "", self._focused
            while node is not None and not text:
                text = getattr(node, "HELP", "")
                node = node.parent if isinstance(node.parent, Widget) else None
            if text:
                yield Static(text, classes="about", markup=False)
            yield Static(keys_text(self._place, self._keys), markup=False)


def keys_text(place: str, keymap: Mapping[str, str]) -> str:
    """Every action of the place and of the program, one a line, under the keys that the user has given them, with its name for a keymap."""
    lines = []
    for heading, where in ((place, place), ("everywhere", EVERYWHERE)):
        lines += ["", heading.upper()]
        for action in actions_of(place):
            if action.place == where:
                keys = keymap.get(action.id) or action.shown or action.keys.replace(",", " ")
                lines.append(f"  {keys:<12} {action.help}  [{action.id}]")
    return "\n".join(lines[1:])
