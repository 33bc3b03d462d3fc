"""What happened, the newest first: changes with their letter on the charts, failures, losses, notes."""

from __future__ import annotations

from s3bench_tui.ui.state import RunState
from s3bench_tui.ui.widgets.panel import Line, Panel, line
from s3bench_tui.ui.widgets.topbar import clock_text

_INKS = {"error": "bad", "worker": "bad", "server": "bad", "host": "warn", "verdict": "strong"}


def told(state: RunState) -> list[tuple[float, str, str]]:
    """(seconds, kind, text), the oldest first; a change is told by what it turned, once."""
    found = [(event.at_s, event.kind, event.text) for event in state.events if event.kind not in ("change", "mark")]
    found += [(turn.at_s, turn.letter, turn.text) for turn in state.changes]
    return sorted(found, key=lambda each: each[0])


class Events(Panel):
    """As many of the newest as there is room for."""

    def show(self, state: RunState) -> None:
        """Draw."""
        lines: list[Line] = []
        for at_s, kind, text in reversed(told(state)[-max(1, self.size.height) :]):
            ink = "key" if len(kind) == 1 else _INKS.get(kind, "muted")
            shown = "".join(char if char.isprintable() else " " for char in text)
            room = self.size.width - 15
            shown = shown if len(shown) <= room else f"{shown[: room - 1]}~"
            lines.append(line((f"{clock_text(at_s):>5}  ", "muted"), (f"{kind:<6}  ", ink), shown))
        self.put(lines or [line(("nothing yet", "muted"))])
