"""Failures by class, on one line that is always there."""

from __future__ import annotations

from s3bench_tui.ui.state import IDLE, RunState
from s3bench_tui.ui.widgets.panel import Panel, line
from s3bench_tui.ui.widgets.tiles import error_classes

MOST = 5
"""Classes that are named at most; the others are summed up, so that a flood of kinds moves nothing."""


class Errors(Panel):
    """`errors none`, or the classes with their counts."""

    def show(self, state: RunState) -> None:
        """Draw."""
        classes = list(error_classes(state).items())
        if not classes:
            self.put([line((" errors  ", "muted"), ("" if state.state == IDLE else "none", "muted"))])
            return
        pieces: list[str | tuple[str, str]] = [(" errors  ", "bad")]
        room, shown = (
            self.size.width - len(" errors  ") - len(f"{sum(dict(classes).values()):,} of 999 other classes"),
            0,
        )
        for name, count in classes[:MOST]:
            if shown and len(f"{count:,} {name}   ") > room:
                break
            room, shown = room - len(f"{count:,} {name}   "), shown + 1
            pieces += [(f"{count:,}", "bad"), f" {name}   "]
        if rest := classes[shown:]:
            noun = "class" if len(rest) == 1 else "classes"
            pieces.append((f"{sum(count for _, count in rest):,} of {len(rest)} other {noun}", "muted"))
        self.put([line(*pieces)])
