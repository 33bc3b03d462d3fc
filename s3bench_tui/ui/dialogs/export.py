"""Asks as what the open run or comparison is to be written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

_LABELS = {
    "json": "JSON report, for programs",
    "tsv": "TSV, s3-bench's table of 13 columns",
    "md": "Markdown, for a ticket",
    "svg": "SVG, a picture of this screen",
}


class ExportDialog(ModalScreen[str | None]):
    """Offers some of `json`, `tsv`, `md` and `svg`, and answers with one; None where nothing is to be written."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "close")]

    def __init__(self, kinds: Iterable[str]) -> None:
        super().__init__()
        self._kinds = tuple(kinds)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            box.border_title = "Export"
            box.border_subtitle = "enter write   esc cancel"
            yield Static("A new file beside the report:", markup=False)
            yield OptionList(*(Option(f"{_LABELS[kind]:<40}.{kind}", id=kind) for kind in self._kinds))

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)
