"""The table of actions as Textual wants it: bindings, and the command palette."""

from __future__ import annotations

from collections.abc import Iterator

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider

from s3bench_tui.ui.actions import ACTIONS, EVERYWHERE, Action, actions_of


def bindings_of(place: str) -> Iterator[Binding]:
    """The bindings of one place alone; those that work everywhere belong to the program."""
    for action in ACTIONS:
        if action.place == place:
            yield Binding(
                action.keys,
                action.name,
                action.label or action.help,
                show=bool(action.label),
                key_display=action.shown or None,
                priority=action.priority,
                tooltip=action.help,
                id=action.id,
            )


class ActionCommands(Provider):
    """All that can be done on the screen from which the palette was opened."""

    def _offered(self) -> Iterator[tuple[str, Action]]:
        place = getattr(self.screen, "place", EVERYWHERE)
        for action in actions_of(place):
            owner = self.screen if action.place else self.app
            parameters: tuple[object, ...] = ()
            if owner.check_action(action.name.partition("(")[0], parameters):
                word = action.id.replace(".", ": ").replace("_", " ")
                yield f"{word}  ({action.shown or action.first_key})", action

    def _run(self, action: Action) -> None:
        self.app.call_later(self.screen.run_action if action.place else self.app.run_action, action.name)

    async def discover(self) -> Hits:
        """Everything, where nothing has been typed yet."""
        for text, action in self._offered():
            yield DiscoveryHit(text, lambda action=action: self._run(action), help=action.help)

    async def search(self, query: str) -> Hits:
        """What matches the words, in name or explanation."""
        matcher = self.matcher(query)
        for text, action in self._offered():
            score = max(matcher.match(text), matcher.match(action.help) * 0.7)
            if score > 0:
                yield Hit(score, matcher.highlight(text), lambda action=action: self._run(action), help=action.help)
