"""The names of the sections in one line, where the terminal has no room for all of them at once."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.content import Content
from textual.widgets import Static

SECTIONS = (("targets", "Targets"), ("mix", "Mix"), ("load", "Load"), ("data", "Data"), ("report", "Report"))


class SectionTabs(Static):
    """Shows which section is open; a click opens another."""

    def __init__(self, choose: Callable[[str], None]) -> None:
        super().__init__("", id="tabs", markup=False)
        self._choose = choose

    def show(self, section: str) -> None:
        """Draw the names."""
        parts: list[tuple[str, str]] = []
        for name, title in SECTIONS:
            parts.append(
                (
                    f"[{title}]" if name == section else f" {title} ",
                    "bold $primary" if name == section else "dim",
                )
            )
            parts.append((" ", ""))
        left = Content.assemble(" ", *parts)
        right = "F6 next section "
        gap = " " * max(1, self.size.width - left.cell_length - len(right))
        self.update(Content.assemble(left, gap, (right, "dim")))

    def on_click(self, event: events.Click) -> None:
        """The section whose name was hit."""
        column = 1
        for name, title in SECTIONS:
            if column <= event.x < column + len(title) + 2:
                self._choose(name)
            column += len(title) + 3
