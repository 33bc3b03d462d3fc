"""Small questions of Setup: which file, what name, the fields of one target or line, the plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from s3bench_tui.spec.text.source import Path
from s3bench_tui.ui.setup import recent
from s3bench_tui.ui.setup.document import Draft
from s3bench_tui.ui.setup.field import Edit
from s3bench_tui.ui.setup.fields import Field
from s3bench_tui.ui.setup.panels import FieldsPanel

QUICKSTART = ":quickstart:"
"""The answer of the open dialog that is no file."""


class OpenDialog(ModalScreen[str]):
    """Which workload file: those opened lately, those at hand, or any by its path."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "close"),
        Binding("down", "app.focus_next", "list", show=False),
    ]

    def __init__(self, folder: FilePath) -> None:
        super().__init__()
        self._offered = [
            *((name, "opened lately") for name in recent.recent()),
            *((name, "") for name in recent.at_hand(folder)),
            (QUICKSTART, "a first workload, in no file yet"),
        ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Open a workload file"
            box.border_subtitle = "type to find, or a path   enter open   esc close"
            yield Input(placeholder="part of a name, or a path", compact=True)
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        """All that is offered."""
        self._list("")

    def _list(self, text: str) -> None:
        names = self.query_one(OptionList)
        names.clear_options()
        for name, note in self._offered:
            label = "quickstart" if name == QUICKSTART else name
            if text.lower() in label.lower():
                names.add_option(Option(f"{label}   {note}" if note else label, name))
        names.highlighted = 0 if names.option_count else None

    def on_input_changed(self, event: Input.Changed) -> None:
        """Fewer names."""
        self._list(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A path that is there, or the first name that fits."""
        names = self.query_one(OptionList)
        path = str(FilePath(event.value).expanduser()) if event.value else ""
        if path and (FilePath(path).is_file() or not names.option_count):
            self.dismiss(path)
        elif names.highlighted is not None:
            self.dismiss(names.get_option_at_index(names.highlighted).id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter in the list, or a click."""
        self.dismiss(event.option_id)


class AskDialog(ModalScreen[str]):
    """One text; escape answers with none."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "close")]

    def __init__(self, title: str, about: str, value: str = "", fault: Callable[[str], str] = lambda _: "") -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._value = value
        self._fault = fault

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "enter take it   esc close"
            yield Static(self._about, classes="about", markup=False)
            yield Input(self._value, compact=True)
            yield Static("", classes="fault", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, where nothing is wrong with it."""
        fault = self._fault(event.value)
        if event.value and not fault:
            self.dismiss(event.value)
        self.query_one(".fault", Static).update(f"!! {fault}" if fault else "")


class FieldsDialog(ModalScreen[None]):
    """All fields of one target or line; what is written goes into the file as it is written."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "close")]

    def __init__(
        self, title: str, fields: tuple[Field, ...], base: Path, draft: Draft, edit: Edit, first: Path = ()
    ) -> None:
        """`first` is the key whose field has the focus to begin with."""
        super().__init__()
        self._first = first
        self._title = title
        self._draft = draft
        self._panel = FieldsPanel(title, fields, base, self._edited)
        self._edit = edit

    def compose(self) -> ComposeResult:
        self._panel.add_class("dialog")
        self._panel.border_subtitle = "esc done"
        yield self._panel

    def on_mount(self) -> None:
        """Show the fields as they are."""
        self._panel.show(self._draft)
        row = self._panel.row_of(self._first)
        if row is not None:
            row.entry.focus()

    def _edited(self, path: Path, value: object) -> None:
        self._edit(path, value)
        self._panel.show(self._draft)

    def action_close(self) -> None:
        """What is still being written is meant."""
        self._panel.flush()
        self.dismiss()


class TextDialog(ModalScreen[None]):
    """A text to be read."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,f7", "dismiss", "close")]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -wide") as box:
            box.border_title = self._title
            box.border_subtitle = "esc close"
            yield Static(self._text, markup=False)
