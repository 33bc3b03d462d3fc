"""Why the figures are what they are: the sentence that says what limits the run, over what happened."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from s3bench_tui.ui.state import RunState
from s3bench_tui.ui.widgets.events import Events
from s3bench_tui.ui.widgets.limit import Limit

_LIMIT_LINES, _NARROW_LIMIT_LINES = (3, 4), (2, 2)
"""The least and the most that the sentence takes."""


class Why(Vertical):
    """The sentence above, the newest events below."""

    HELP = (
        "What limits this run: the verdict of the report, asked of the last ten seconds. CLIENT-LIMITED means that the "
        "figures say more of this machine than of the store; STORE-LIMITED that the workers mostly waited for the store; "
        "SUSTAINED and UNSUSTAINED are of open loop. The evidence and what to try stand in the sentence. Below it is what "
        "happened, the newest first: a capital letter is a change that you find on the charts. x shows more of them."
    )
    ALLOW_MAXIMIZE = True
    can_focus = True
    BORDER_TITLE = "What limits this run"

    def compose(self) -> ComposeResult:
        """Both parts."""
        yield Limit(id="limit", focusable=False)
        yield Events(id="events", focusable=False)

    def show(self, state: RunState, is_full: bool) -> None:
        """Draw, once a second."""
        self.query_one(Limit).show(state, *(_LIMIT_LINES if is_full else _NARROW_LIMIT_LINES))
        self.query_one(Events).show(state)
