"""The line of keys at the foot of a screen, from the table of actions."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widgets import Static

from s3bench_tui.ui.actions import actions_of
from s3bench_tui.ui.preferences import Preferences


class KeyBar(Static):
    """As many keys as there is room for; help and the palette, which tell the rest, always."""

    def on_mount(self) -> None:
        """Follow what can be done now."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.draw())

    def on_resize(self, event: events.Resize) -> None:
        """Another width, other keys."""
        self.draw()

    def draw(self) -> None:
        """Draw what can be done now."""
        tail = Content.assemble(*_key("F1", "help"), *_key("ctrl+p", "more"))
        line, room = Content(""), self.size.width - tail.cell_length
        preferences: Preferences = getattr(self.app, "preferences", Preferences())
        for action in actions_of(getattr(self.screen, "place", "")):
            name = action.name.partition("(")[0]
            owner = self.screen if action.place else self.app
            if not action.label or action.id == "program.help" or not owner.check_action(name, ()):
                continue
            label = getattr(owner, "label_of", lambda _: "")(action.id) or action.label
            key = preferences.keys.get(action.id, "").split(",")[0] or action.shown or action.first_key
            longer = Content.assemble(line, *_key(key, label))
            if longer.cell_length > room:
                break
            line = longer
        gap = " " * max(0, room - line.cell_length)
        self.update(Content.assemble(line, gap, tail), layout=False)


def _key(key: str, label: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f" {key}", "bold $accent"), (f" {label} ", "$text-muted")
