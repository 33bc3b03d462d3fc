"""The one table of what a user can do: bindings, footer, palette and help are all made from it.

Pure data: what an action does is a method `action_NAME` of the screen or the app that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SETUP, LIVE, RESULTS = "setup", "live", "results"
EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `id` names it in a user's keymap: `PLACE.WORD`, or `program.WORD` where it works everywhere."""

    id: str
    keys: str
    """As Textual writes them; alternatives are separated by commas."""
    name: str
    """The method `action_NAME`, with arguments where it takes any."""
    label: str
    """In the footer; empty: not shown there."""
    help: str
    """One sentence, in help and palette."""
    place: str = EVERYWHERE
    shown: str = ""
    """The keys as the footer writes them, where that differs."""
    priority: bool = False
    """Works also while a text field has the focus."""

    @property
    def first_key(self) -> str:
        """The key that is shown."""
        return self.keys.split(",")[0]


_EVERYWHERE = (
    Action("program.help", "f1", "help", "help", "Explain the focused part, and list every key", shown="F1", priority=True),
    Action("program.setup", "f2", "place('setup')", "", "Go to Setup: what to run", shown="F2", priority=True),
    Action("program.live", "f3", "place('live')", "", "Go to Live: the run as it goes", shown="F3", priority=True),
    Action("program.results", "f4", "place('results')", "", "Go to Results: the runs so far", shown="F4", priority=True),
    Action("program.theme", "ctrl+t", "change_theme", "", "Choose a theme; it is kept for the next time"),
    Action("program.screenshot", "f8", "screenshot_svg", "", "Save a picture of the screen as SVG", shown="F8"),
    Action("program.quit", "ctrl+q", "leave", "", "Leave; while a run is on you are asked what becomes of it", priority=True),
)  # fmt: skip

_SETUP: tuple[Action, ...] = (
    Action("setup.run", "ctrl+r", "run", "run", "Run this workload", SETUP, priority=True),
)  # fmt: skip

_LIVE: tuple[Action, ...] = (
    Action("live.stop", "s", "stop", "stop", "Stop the run: what is in flight may finish; once more: at once", LIVE),
)  # fmt: skip

_RESULTS: tuple[Action, ...] = ()

ACTIONS: tuple[Action, ...] = _SETUP + _LIVE + _RESULTS + _EVERYWHERE
"""In the order of footer and help."""


def actions_of(place: str) -> Iterator[Action]:
    """What can be done there, with what can be done everywhere; `place` may be EVERYWHERE."""
    return (action for action in ACTIONS if action.place in (place, EVERYWHERE))
