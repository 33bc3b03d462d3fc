"""The hand on the dials: which one is chosen, what is wanted but not in effect yet, and what can be undone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from s3bench_tui.engine.messages import Change, Settings
from s3bench_tui.ui.tune import change_between, dials, turned, with_value

SETTLE_S = 0.2
"""From the last key to the command; with what the engine takes it is in effect within 300 ms."""
GIVE_UP_S = 2.0
"""So long a change that was sent is shown before it is in effect; then what holds is shown again."""
UNDO_KEPT = 200
LONGEST_NUMBER = 8


@dataclass(slots=True)
class Tuning:
    """Of one run. `actual` is always what holds now, as the run tells it."""

    chosen: int = 0
    typed: str = ""
    _wanted: Settings | None = None
    _pending: bool = False
    _sent_s: float = 0.0
    _base: Settings | None = None
    """What held, or was sent, before the keys that are pending."""
    _undo: list[Settings] = field(default_factory=list)

    def shown(self, actual: Settings, now_s: float) -> Settings:
        """What is wanted, or holds."""
        if self._wanted is not None and not self._pending:
            arrived = replace(self._wanted, paused=actual.paused) == actual
            if arrived or now_s - self._sent_s > GIVE_UP_S:
                self._wanted = None
        return self._wanted or actual

    @property
    def waiting(self) -> bool:
        """Whether something is wanted that does not hold yet."""
        return self._wanted is not None

    def line(self, actual: Settings) -> int:
        """The line of the mix that the chosen dial belongs to; -1 for none."""
        every = dials(actual)
        return every[min(self.chosen, len(every) - 1)].line

    def move(self, actual: Settings, rows: int) -> None:
        """Choose another dial; at the ends it goes round."""
        self.typed = ""
        self.chosen = (self.chosen + rows) % len(dials(actual))

    def turn(self, actual: Settings, steps: int, now_s: float) -> None:
        """Turn the chosen dial."""
        shown = self.shown(actual, now_s)
        self._want(shown, turned(shown, dials(shown)[self.chosen], steps))

    def type(self, character: str) -> None:
        """One more digit, point, or with `backspace` one less, of a value."""
        if character == "backspace":
            self.typed = self.typed[:-1]
        elif len(self.typed) < LONGEST_NUMBER and not (character == "." and "." in self.typed):
            self.typed += character

    def enter(self, actual: Settings, now_s: float) -> None:
        """Take what was typed."""
        typed, self.typed = self.typed, ""
        if typed.strip("."):
            shown = self.shown(actual, now_s)
            self._want(shown, with_value(shown, dials(shown)[self.chosen], float(typed)))

    def back_to(self, actual: Settings, first: Settings, now_s: float) -> None:
        """Everything as it was at first; a pause stays."""
        shown = self.shown(actual, now_s)
        self._want(shown, replace(first, paused=shown.paused))

    def undo(self, actual: Settings, names: Sequence[str], now_s: float) -> Change | None:
        """Take back what is pending, or else the last change; the command that does so."""
        self.typed = ""
        if self._pending:
            self._pending, self._wanted = False, None
            return None
        if not self._undo:
            return None
        base = self.shown(actual, now_s)
        earlier = replace(self._undo.pop(), paused=base.paused)
        self._wanted, self._sent_s = earlier, now_s
        return change_between(base, earlier, names)

    def take(self, actual: Settings, names: Sequence[str], now_s: float) -> Change | None:
        """The command for all keys since the last one; None where they come to nothing."""
        if not self._pending or self._wanted is None or self._base is None:
            return None
        self._pending, self._sent_s = False, now_s
        base, wanted = replace(self._base, paused=actual.paused), replace(self._wanted, paused=actual.paused)
        change = change_between(base, wanted, names)
        if change is None:
            self._wanted = None
            return None
        self._wanted = wanted
        self._undo = [*self._undo[1 - UNDO_KEPT :], base]
        return change

    def _want(self, shown: Settings, wanted: Settings) -> None:
        if not self._pending:
            self._base, self._pending = shown, True
        self._wanted = wanted
