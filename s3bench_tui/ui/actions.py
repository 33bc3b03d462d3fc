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
    Action("setup.run", "ctrl+r", "run", "run", "Run this workload; it need not be saved", SETUP, priority=True),
    Action("setup.open", "ctrl+o", "open", "open", "Open a workload file", SETUP, priority=True),
    Action("setup.save", "ctrl+s", "save", "save", "Save the workload file", SETUP, priority=True),
    Action("setup.text", "f5", "text", "text", "The file as text, and back to the form", SETUP, shown="F5", priority=True),
    Action("setup.plan", "f7", "plan", "plan", "The plan of the run in words, with its volume of data", SETUP, shown="F7", priority=True),
    Action("setup.next", "f6", "section(1)", "", "Go to the next section", SETUP, shown="F6", priority=True),
    Action("setup.previous", "shift+f6", "section(-1)", "", "Go to the section before", SETUP, priority=True),
    Action("setup.save_as", "f9", "save_as", "", "Save the workload under another name", SETUP, shown="F9", priority=True),
    Action("setup.editor", "ctrl+e", "editor", "", "Change the text in $EDITOR", SETUP, priority=True),
    Action("setup.add", "a", "add", "add", "Add a target, or an operation to the mix", SETUP),
    Action("setup.edit", "e", "edit", "", "All fields of the target or operation under the cursor; so does enter", SETUP),
    Action("setup.remove", "d,delete", "remove", "remove", "Take the target or operation out of the file; nothing is deleted anywhere", SETUP),
    Action("setup.browse", "b", "browse", "browse", "Look around for a bucket, a prefix or a directory", SETUP),
    Action("setup.probe", "t", "probe", "test", "Ask all targets whether they answer", SETUP),
    Action("setup.heavier", "right", "weigh(1)", "", "Raise the weight by 1", SETUP),
    Action("setup.lighter", "left", "weigh(-1)", "", "Lower the weight by 1", SETUP),
    Action("setup.heavier_10", "shift+right", "weigh(10)", "", "Raise the weight by 10", SETUP),
    Action("setup.lighter_10", "shift+left", "weigh(-10)", "", "Lower the weight by 10", SETUP),
    Action("setup.off", "0", "weigh(0)", "", "Switch the operation off: weight 0", SETUP),
    Action("setup.even", "equals_sign", "even", "", "Make all weights alike", SETUP, shown="="),
)  # fmt: skip

_LIVE: tuple[Action, ...] = (
    Action("live.run", "ctrl+r", "run", "run", "Run the workload that Setup holds", LIVE),
    Action("live.pause", "space", "pause", "pause", "Pause the load, or go on; a pause is a phase of its own; a recording is held, or played", LIVE),
    Action("live.stop", "s", "stop", "stop", "Stop the run: what is in flight may finish; once more: at once", LIVE),
    Action("live.table", "b", "table", "table", "Table: by operation, by end point, by agent, where there are several", LIVE),
    Action("live.row_up", "up", "row(-1)", "", "Choose the dial above; a recording: faster", LIVE, shown="up"),
    Action("live.row_down", "down", "row(1)", "", "Choose the dial below; a recording: slower", LIVE, shown="down"),
    Action("live.less", "left", "turn(-1)", "", "Turn the chosen dial down by 1; a recording: back by 5 s, with shift by 50 s", LIVE),
    Action("live.more", "right", "turn(1)", "tune", "Turn the chosen dial up by 1, digits and enter set it; a recording: forward by 5 s", LIVE, shown="arrows"),
    Action("live.much_less", "shift+left", "turn(-10)", "", "Turn the chosen dial down by 10", LIVE),
    Action("live.much_more", "shift+right", "turn(10)", "", "Turn the chosen dial up by 10", LIVE),
    Action("live.undo", "u", "undo", "undo", "Take the last change back", LIVE),
    Action("live.file", "=", "as_in_file", "file", "Back to the values of the workload file", LIVE, shown="="),
    Action("live.save", "ctrl+s", "save", "save", "Save what was tuned, as a workload or as a schedule", LIVE),
    Action("live.window", "w", "window", "window", "Table: whole run, this phase, last 10 s", LIVE),
    Action("live.view", "v", "view", "view", "Chart: throughput, rate, latency, errors, CPU", LIVE),
    Action("live.mark", "m", "mark", "mark", "Write a note into the report; it opens a phase", LIVE),
    Action("live.page_up", "pageup", "page(-1)", "", "Table of agents: the page before", LIVE, shown="pgup"),
    Action("live.page_down", "pagedown", "page(1)", "", "Table of agents: the next page", LIVE, shown="pgdn"),
    Action("live.maximise", "x", "maximise", "max", "Give the whole screen to the focused panel; escape gives it back", LIVE),
    Action("live.operation", "o", "operation", "", "Heat map: the next operation", LIVE),
    Action("live.time", "t", "time", "", "Table: service time, time to first byte, and in open loop response time and lag", LIVE),
    Action("live.longer", "]", "span(1)", "", "Charts: longer columns", LIVE, shown="]"),
    Action("live.shorter", "[", "span(-1)", "", "Charts: shorter columns", LIVE, shown="["),
    Action("live.freeze", "ctrl+f", "freeze", "", "Freeze the display, or let it go on; the load does not notice", LIVE),
)  # fmt: skip

_RESULTS: tuple[Action, ...] = (
    Action("results.pick_a", "a", "pick_a", "A", "Take this run as A", RESULTS),
    Action("results.pick_b", "b", "pick_b", "B", "Compare A with this run as B; once more: with none", RESULTS),
    Action("results.open", "enter", "open", "open", "Show this run alone, in depth", RESULTS),
    Action("results.filter", "slash", "filter", "filter", "List only what has these words in name, target, status or file", RESULTS, shown="/"),
    Action("results.all_runs", "escape", "all_runs", "", "End the filter, and go back to the list", RESULTS, shown="esc"),
    Action("results.view", "v", "view", "over time", "Turn the chart over time: throughput, operations, p99, failures, in flight, CPU", RESULTS),
    Action("results.latency", "l", "latency", "latency", "Turn the picture of latency: by percentile, or how it is spread", RESULTS),
    Action("results.kind", "k", "kind", "kind", "Turn the kind of operation whose latency is shown", RESULTS),
    Action("results.order", "o", "order", "order", "Turn the order of the list", RESULTS),
    Action("results.export", "e", "export", "export", "Write what is shown as JSON, TSV, Markdown or a picture", RESULTS),
    Action("results.copy", "y", "copy", "copy", "Copy what is shown as Markdown", RESULTS),
    Action("results.section", "f6", "section", "", "Show the next part, where there is no room for all", RESULTS, shown="F6"),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = _SETUP + _LIVE + _RESULTS + _EVERYWHERE
"""In the order of footer and help."""


def actions_of(place: str) -> Iterator[Action]:
    """What can be done there, with what can be done everywhere; `place` may be EVERYWHERE."""
    return (action for action in ACTIONS if action.place in (place, EVERYWHERE))
