"""What stands on Live while there is no load to look at: nothing has run, a run is being prepared, or it could not begin."""

from __future__ import annotations

import textwrap

from textual.app import ComposeResult
from textual.containers import Container

from s3bench_tui.ui.state import RunState
from s3bench_tui.ui.widgets.panel import Line, Panel, line

_METER = 40
_CARD, _CARD_SHARE = 80, 0.92
"""Width of the card, and at most this share of the screen."""


def message(state: RunState, width: int) -> list[Line]:
    """The lines of it; none where there is a load."""
    finished = state.finished
    if state.began is None:
        return [
            line(("No run yet.", "strong")),
            line(),
            line(("ctrl+r", "key"), "  run what Setup holds"),
            line(("F2    ", "key"), "  choose what to run"),
            line(("F4    ", "key"), "  look at past runs"),
        ]
    name = state.began.run_name
    if finished is not None and state.snapshot is None:
        said = finished.error or finished.summary or f"it ended as {finished.status}"
        return [
            line((f"{name} could not begin.", "bad")),
            line(),
            *(line(each) for part in said.splitlines() for each in textwrap.wrap(part, width)),
            line(),
            line(("F2    ", "key"), "  change what to run"),
            line(("ctrl+r", "key"), "  try again"),
        ]
    if state.snapshot is None and state.ended is None:
        doing = (
            "Opening the targets, and starting the workers ..."
            if state.started is None
            else "The workers are ready ..."
        )
        return [line((f"Preparing {name}", "strong")), line(), line(doing), line(), line(("s", "key"), "  give it up")]
    if state.snapshot is not None and state.snapshot.phase.kind == "prepare" and state.ended is None:
        return _dataset(state)
    return []


def _dataset(state: RunState) -> list[Line]:
    snapshot, name = state.snapshot, state.began.run_name if state.began else ""
    assert snapshot is not None
    done, wanted = snapshot.progress or (sum(row.ops for row in snapshot.current.values()), 0)
    lines = [line((f"Preparing {name}", "strong")), line()]
    seconds = snapshot.at_s - snapshot.phase.start_s
    rate = done / seconds if seconds > 0 else 0.0
    failed = sum(row.failed for row in snapshot.current.values())
    if wanted:
        full = min(_METER, int(done / wanted * _METER))
        left = f"  about {(wanted - done) / rate:,.0f} s left" if rate else ""
        lines.append(line(f"Making the data set: {done:,} of {wanted:,} objects, {rate:,.0f} a second"))
        lines.append(line(("#" * full, "series-1"), ("." * (_METER - full), "muted"), left))
    else:
        lines.append(line(f"Making the data set: {done:,} objects, {rate:,.0f} a second"))
    if failed:
        lines.append(line((f"{failed:,} failed", "bad")))
    return [*lines, line(), line(("s", "key"), "  give it up")]


class Waiting(Container):
    """A card in the middle of a hatch."""

    def compose(self) -> ComposeResult:
        """The card."""
        yield Panel("Live", id="card", focusable=False)

    def show(self, state: RunState) -> bool:
        """Draw; False where there is nothing to wait for."""
        lines = message(state, max(20, min(_CARD, int(self.app.size.width * _CARD_SHARE)) - 6))
        self.display = bool(lines)
        if lines:
            card = self.query_one("#card", Panel)
            card.styles.height = len(lines) + 4
            card.styles.width = min(_CARD, int(self.app.size.width * _CARD_SHARE))
            card.put([line(), *lines, line()])
        return bool(lines)
