"""The form of Setup: all sections of a draft side by side, or one at a time; the file as text; the checks.

Shows a draft, and says by callbacks what the user changes in it. Knows no files and asks no target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static, TextArea

from s3bench_tui.spec.text.source import Path
from s3bench_tui.ui.setup.document import Check, Draft
from s3bench_tui.ui.setup.field import SETTLE_S, Edit
from s3bench_tui.ui.setup.fields import DATA, LOAD, REPORT
from s3bench_tui.ui.setup.others import other_keys
from s3bench_tui.ui.setup.panels import ChecksPanel, FieldsPanel, MixPanel, Probe, Rows, TargetsPanel
from s3bench_tui.ui.setup.tabs import SECTIONS, SectionTabs

WIDE, TALL = 110, 32
"""From this size on all sections stand side by side; the two bars of the program come on top."""

_NAMES = tuple(name for name, _ in SECTIONS)


class SetupForm(Vertical):
    """`edit` takes the path and value of one key, `rewrite` the text as a whole; `enter` opens the fields of a target
    or line at one of its keys, and is false where none edits that."""

    def __init__(self, edit: Edit, rewrite: Callable[[str], None], enter: Callable[[Path], bool]) -> None:
        super().__init__(id="form")
        self._enter = enter
        self._edit = edit
        self._rewrite = rewrite
        self._section = _NAMES[0]
        self._timer: Timer | None = None
        self._as_loaded = ""

    def compose(self) -> ComposeResult:
        yield Static("", id="file", markup=False)
        yield SectionTabs(self.open_section)
        with Horizontal(id="sections"):
            with Vertical(id="left"):
                yield TargetsPanel(id="targets")
                yield MixPanel(id="mix")
            with VerticalScroll(id="right", can_focus=False):
                yield FieldsPanel("Load", LOAD, (), self._edit, id="load")
                yield FieldsPanel("Data set and payload", DATA, (), self._edit, id="data")
                yield FieldsPanel("Report and limits", REPORT, (), self._edit, id="report")
        text = TextArea(id="text", compact=True, soft_wrap=False, show_line_numbers=True, tab_behavior="focus")
        text.border_title = "The file as text"
        text.border_subtitle = "F5 back to the form"
        yield text
        yield ChecksPanel(self._jump)

    def on_mount(self) -> None:
        """The form first, and not the text."""
        self._text.display = False

    def on_resize(self, event: events.Resize) -> None:
        """All sections, or one at a time."""
        self.set_class(event.size.width < WIDE or event.size.height < TALL, "-tabs")
        self._arrange()

    @property
    def _text(self) -> TextArea:
        return self.query_one("#text", TextArea)

    @property
    def targets(self) -> TargetsPanel:
        """Where the load goes."""
        return self.query_one("#targets", TargetsPanel)

    @property
    def mix(self) -> MixPanel:
        """The operations."""
        return self.query_one("#mix", MixPanel)

    @property
    def shows_text(self) -> bool:
        """Whether the text stands in the place of the form."""
        return bool(self._text.display)

    # --- what it shows --------------------------------------------------------------------------------------------

    def show(self, draft: Draft, probes: Mapping[str, Probe], said: Sequence[Check] = ()) -> None:
        """Draw what the draft says, and what was `said` to it; parts that say the same stay as they are."""
        name = draft.source or "in no file yet"
        modified = " * modified" if draft.is_modified else ""
        line = Content.assemble(" ", (draft.name, "bold"), "   ", (name, "dim"), (modified, "$warning"))
        self.query_one("#file", Static).update(line)
        self.targets.show(draft, probes)
        self.mix.show(draft)
        for panel in self.query(FieldsPanel):
            panel.show(draft)
        judged = draft.checks()
        told = [check for check in judged if not check.word]
        self.query_one(ChecksPanel).show([*(check for check in judged if check.word), *said, *told, *other_keys(draft)])
        self._follow(draft.text)

    def _follow(self, text: str) -> None:
        if self.shows_text and self._text.has_focus:
            return  # the user is writing there; the draft follows
        if self._as_loaded != text:
            with self.prevent(TextArea.Changed):
                self._text.load_text(text)
            self._as_loaded = text

    def flush(self) -> None:
        """Put all that is being written into the draft."""
        for panel in self.query(FieldsPanel):
            panel.flush()
        if self._timer is not None:
            self._read_text()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """The text is the draft, once it has settled."""
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SETTLE_S, self._read_text)

    def _read_text(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        text = self._text.text
        if self.shows_text and text != self._as_loaded:
            self._as_loaded = text
            self._rewrite(text)

    # --- sections and text ----------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        tabs, section = self.has_class("-tabs"), self._section
        left = ("targets", "mix")
        self.query_one("#sections").display = not self.shows_text
        self.query_one(SectionTabs).display = tabs and not self.shows_text
        for name in _NAMES:
            self.query_one(f"#{name}").display = not tabs or name == section
        self.query_one("#left").display = not tabs or section in left
        self.query_one("#right").display = not tabs or section not in left
        self.query_one(SectionTabs).show(section)

    def open_section(self, name: str) -> None:
        """Show a section, and go to its first field."""
        self._section = name
        self._arrange()
        first = next((widget for widget in self.query_one(f"#{name}").query(Widget) if widget.focusable), None)
        if first is not None:
            self.call_after_refresh(first.focus)

    def next_section(self, step: int) -> None:
        """So many sections on, around and around."""
        if self.shows_text:
            self.turn()
        self.open_section(_NAMES[(_NAMES.index(self._section) + step) % len(_NAMES)])

    def turn(self) -> None:
        """The text in place of the form, or the form again."""
        self.flush()
        self._text.display = not self._text.display
        self._arrange()
        if self.shows_text:
            self._text.focus()
        else:
            self.open_section(self._section)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The section in which the focus is, is the one that is open; its keys are those that hold."""
        for node in event.widget.ancestors_with_self:
            if node.id in _NAMES:
                self._section = str(node.id)
        self.query_one(SectionTabs).show(self._section)
        self.screen.refresh_bindings()

    def _jump(self, check: Check) -> None:
        """Go to the field of a check, or to its line in the text."""
        parts = check.key.split(".") if check.key else []
        path: Path = tuple(int(part) if part.isdigit() else part for part in parts)
        row = next((row for panel in self.query(FieldsPanel) if (row := panel.row_of(path))), None)
        if not self.shows_text and row is None and self._enter(path):
            return
        if row is not None and not self.shows_text:
            self._section = next(str(node.id) for node in row.ancestors if node.id in _NAMES)
            self._arrange()
            self.call_after_refresh(row.entry.focus)
        else:
            self._go_to_line(check.line)

    def _go_to_line(self, line: int) -> None:
        if not self.shows_text:
            self.turn()
        self._text.focus()
        self._text.move_cursor((max(0, line - 1), 0), center=True)

    # --- tables ---------------------------------------------------------------------------------------------------

    def table(self, focused: Widget | None) -> str:
        """The section whose table has the focus: targets, mix, or none."""
        parent = focused.parent if isinstance(focused, Rows) else None
        return str(parent.id) if parent is not None and parent.id in ("targets", "mix") else ""
