"""One field of the form: its label, where it is written, and beside it how it was understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from s3bench_tui.spec.text.source import Path, dotted
from s3bench_tui.ui.setup.document import Draft
from s3bench_tui.ui.setup.fields import LIST, SIZES, TEXT, Field, shown, understood, written

SETTLE_S = 0.3
"""So long after the last key a text goes into the file; at once when the field is left."""

Edit = Callable[[Path, Any], None]


class Choices(Widget, can_focus=True):
    """One of a few words: left and right, or space, take the next."""

    HELP = "left and right choose; the choice goes into the file at once."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "before", show=False),
        Binding("right,space", "turn(1)", "next", show=False),
    ]
    value: reactive[str] = reactive("")

    def __init__(self, words: tuple[str, ...], default: str, choose: Callable[[str], None]) -> None:
        super().__init__()
        self._words = words
        self._default = default
        self._choose = choose

    def render(self) -> Content:
        """All words where there is room, else the one that holds."""
        held = self.value or self._default
        round_ = [f"{'(o)' if word == held else '( )'} {word}" for word in self._words]
        square = [f"[{word}]" if word == held else f" {word} " for word in self._words]
        for line in ("  ".join(round_), " ".join(round_), "".join(square)):
            if len(line) <= self.size.width:
                return Content(line)
        place = self._words.index(held) + 1 if held in self._words else 0
        return Content(f"< {held} >  {place} of {len(self._words)}")

    def action_turn(self, step: int) -> None:
        """The next word, around and around."""
        held = self.value or self._default
        place = self._words.index(held) if held in self._words else -1
        self._choose(self._words[(place + step) % len(self._words)])

    def on_click(self, event: events.Click) -> None:
        """A click takes the next, too."""
        self.action_turn(1)


class FieldRow(Horizontal):
    """Edits one key of the thing at `base`; `edit` takes the path and the value."""

    def __init__(self, field: Field, base: Path, edit: Edit) -> None:
        super().__init__(classes="field" if field.kind in (TEXT, LIST, SIZES) else "field -short")
        self.field = field
        self.path = (*base, *field.key)
        self._base = base
        self._edit = edit
        self._draft: Draft | None = None
        self._pending: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Label(self.field.label, classes="field-label", markup=False)
        if self.field.choices:
            yield Choices(self.field.choices, self.field.default, self._chosen)
        else:
            yield Input(placeholder=self.field.default, compact=True, select_on_focus=False)
            yield Static("", classes="field-note", markup=False)

    @property
    def entry(self) -> Input | Choices:
        """What can have the focus."""
        return self.query_one(Choices) if self.field.choices else self.query_one(Input)

    def show(self, draft: Draft) -> None:
        """Show what the file says; a text that is being written is left alone."""
        self._draft = draft
        self.display = self.field.only is None or self.field.only(draft.get(self._base))
        text = shown(draft.value(draft.place_of(self.path)))
        entry = self.entry
        if isinstance(entry, Choices):
            entry.value = text
        elif not self._pending and written_as(self.field, entry.value) != written_as(self.field, text):
            with self.prevent(Input.Changed):
                entry.value = text
        self._note()

    def _note(self) -> None:
        """How the text is understood, or what is wrong with it."""
        entry = self.entry
        if not isinstance(entry, Input) or self._draft is None:
            return
        found = understood(self.field.kind, entry.value)
        words, wrong = found.words, found.is_wrong
        if not wrong:
            keys = {dotted(self.path), dotted(self._draft.place_of(self.path))}
            problem = next((each for each in self._draft.problems if each.key in keys), None)
            words, wrong = (problem.message, True) if problem else (words, False)
        note = self.query_one(".field-note", Static)
        note.update(f"!! {words}" if wrong else words)
        note.set_class(wrong, "-wrong")
        self.set_class(wrong, "-wrong")

    # --- what the user does ---------------------------------------------------------------------------------------

    def _chosen(self, word: str) -> None:
        self._edit(self._place(), written(self.field.kind, word))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say at once what it means; put it into the file when it has settled."""
        event.stop()
        self._note()
        if self._pending:
            self._pending.stop()
        self._pending = self.set_timer(SETTLE_S, self.flush)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field."""
        event.stop()
        self.flush()
        self.screen.focus_next()

    def on_descendant_blur(self) -> None:
        """What is left is meant."""
        self.flush()

    def flush(self) -> None:
        """Put what was written into the file now."""
        if not self._pending:
            return
        self._pending.stop()
        self._pending = None
        entry = self.entry
        assert isinstance(entry, Input), "only texts wait"
        try:
            self._edit(self._place(), written(self.field.kind, entry.value))
        except ValueError as error:
            note = self.query_one(".field-note", Static)
            note.update(f"!! {error}")
            note.add_class("-wrong")

    def _place(self) -> Path:
        assert self._draft is not None, "nothing is edited before it is shown"
        return self._draft.place_of(self.path)


def written_as(field: Field, text: str) -> Any:
    """The value of a text, to see whether two texts are the same; a text that is none is itself."""
    try:
        return written(field.kind, text)
    except ValueError:
        return text
