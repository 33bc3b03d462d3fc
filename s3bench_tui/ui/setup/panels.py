"""The sections of Setup: targets, the mix, groups of fields, the checks. Each shows a draft and knows no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from s3bench_tui.spec.text.source import Path
from s3bench_tui.ui.setup.document import Check, Draft
from s3bench_tui.ui.setup.field import Edit, FieldRow
from s3bench_tui.ui.setup.fields import Field, shown

_BAR = 10
_STYLES = {"ok": "$success", "!!": "$warning", "x": "$error", "...": "$foreground 75%", "": "$foreground 75%"}


@dataclass(frozen=True, slots=True)
class Probe:
    """What is known of a target: `word` is ok, x or `...` while it is asked."""

    word: str
    text: str


class Rows(OptionList):
    """Lines of a table, one of them chosen; the choice stays where it was when they are drawn anew."""

    def put(self, lines: list[Content]) -> None:
        """Show these lines."""
        chosen = self.highlighted
        if [option.prompt for option in self.options] == lines:
            return
        self.clear_options()
        self.add_options([Option(line) for line in lines])
        if lines:
            self.highlighted = min(chosen or 0, len(lines) - 1)


class TargetsPanel(Vertical):
    """Where the load goes, and what each target said when it was asked."""

    HELP = (
        "Targets: where the load goes. a adds one, enter edits it, b looks around for a bucket or a directory, d takes "
        "it out of the file, t asks all of them whether they answer. Nothing is asked before that."
    )

    def compose(self) -> ComposeResult:
        yield Rows(markup=False)
        yield Static("", classes="detail", markup=False)

    def on_mount(self) -> None:
        """Name the section and its keys."""
        self.border_title = "Targets"
        self.border_subtitle = "a add  enter edit  b browse  d remove  t test"
        self._draft: Draft | None = None
        self._probes: Mapping[str, Probe] = {}

    @property
    def chosen(self) -> Path | None:
        """The path of the target with the cursor."""
        index = self.query_one(Rows).highlighted
        paths = self._draft.targets() if self._draft else []
        return paths[index] if index is not None and index < len(paths) else None

    def show(self, draft: Draft, probes: Mapping[str, Probe]) -> None:
        """Show its targets; `probes` by what stands in the file."""
        self._draft, self._probes = draft, probes
        width = max(20, self.size.width - 15)
        lines = []
        for path in draft.targets():
            uri, ends = draft.uri_of(path), shown(draft.get((*path, "endpoint")))
            probe = probes.get(repr(draft.get(path)), Probe("", ""))
            word = {"": "not tested", "...": "asking", "x": "x failed"}.get(probe.word, probe.word)
            left = Content(f"{uri}  {ends}").truncate(width, ellipsis=True, pad=True)
            lines.append(Content.assemble(left, " ", (f"{word:>11}", _STYLES.get(probe.word, _STYLES[""]))))
        self.query_one(Rows).put(lines)
        self._describe()

    def _describe(self) -> None:
        path = self.chosen
        if self._draft is None or path is None:
            text = "No target yet.  a  adds one"
        else:
            probe = self._probes.get(repr(self._draft.get(path)))
            text = probe.text if probe else "t  asks whether it answers"
        self.query_one(".detail", Static).update(text)

    def on_option_list_option_highlighted(self) -> None:
        """Another target, another sentence."""
        self._describe()

    def on_resize(self, event: events.Resize) -> None:
        """Another width, other columns."""
        if self._draft:
            self.show(self._draft, self._probes)


class MixPanel(Vertical):
    """The operations and how often each comes."""

    HELP = (
        "Operation mix: the weights are relative to each other. left and right turn a weight by 1, with shift by 10; 0 "
        "switches a line off, = makes all alike; a adds a line, enter edits it, d takes it out."
    )

    def compose(self) -> ComposeResult:
        yield Static("", classes="head", markup=False)
        yield Rows(markup=False)
        yield Static("", classes="detail", markup=False)

    def on_mount(self) -> None:
        """Name the section and its keys."""
        self.border_title = "Operation mix"
        self.border_subtitle = "left right weight  0 off  = even  a add  enter edit"
        self._draft: Draft | None = None

    @property
    def chosen(self) -> Path | None:
        """The path of the line with the cursor."""
        index = self.query_one(Rows).highlighted
        paths = self._draft.lines() if self._draft else []
        return paths[index] if index is not None and index < len(paths) else None

    def show(self, draft: Draft) -> None:
        """Show its lines with their shares."""
        self._draft = draft
        weights = [weight_of(draft, path) for path in draft.lines()]
        whole = sum(weight for weight in weights if weight is not None)
        wide = self.size.width > 56
        bar = f"{'':{_BAR}}  " if wide else ""
        self.query_one(".head", Static).update(f"{'operation':<12}{'weight':>7}{'share':>8}  {bar}on")
        self.query_one(Rows).put([
            self._line(draft, path, weight, whole, wide) for path, weight in zip(draft.lines(), weights, strict=True)
        ])  # fmt: skip
        text = "" if weights else "No operation yet.  a  adds one"
        self.query_one(".detail", Static).update(text)
        self.query_one(".detail").display = not weights

    def _line(self, draft: Draft, path: Path, weight: float | None, whole: float, wide: bool) -> Content:
        name = str(draft.get((*path, "name")) or draft.get((*path, "op")) or "?")
        what = str(draft.get((*path, "path")) or "data set")
        size = shown(draft.get(draft.place_of((*path, "size"))))
        ranged = shown(draft.get((*path, "range", "size")))
        notes = [what, *([f"{ranged} of each"] if ranged else []), *([size] if size else [])]
        if weight is None:
            share, bar = "?", ""
        else:
            part = weight / whole if whole else 0.0
            share, bar = (
                (f"{part:.1%}" if weight else "off"),
                "#" * round(part * _BAR) + "." * (_BAR - round(part * _BAR)),
            )
        shown_weight = "?" if weight is None else f"{weight:g}"
        return Content.assemble(
            Content(name).truncate(12, ellipsis=True, pad=True),
            f"{shown_weight:>7}{share:>8}  ",
            (f"{bar}  " if wide else "", "$primary"),
            (Content(", ".join(notes)).truncate(max(4, self.size.width - (45 if wide else 33)), ellipsis=True).plain, "dim"),
        )  # fmt: skip

    def on_resize(self, event: events.Resize) -> None:
        """Another width, other columns."""
        if self._draft:
            self.show(self._draft)


def weight_of(draft: Draft, path: Path) -> float | None:
    """The weight of a line; None where it is no number."""
    written = draft.get((*path, "weight"))
    try:
        return 1.0 if written is None else float(written)
    except (TypeError, ValueError):
        return None


class FieldsPanel(Vertical):
    """Fields of the thing at `base`, one a line."""

    def __init__(self, title: str, fields: tuple[Field, ...], base: Path, edit: Edit, id: str | None = None) -> None:
        super().__init__(id=id, classes="fields")
        self.border_title = title
        self._rows = [FieldRow(field, base, edit) for field in fields]

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield from self._rows

    def show(self, draft: Draft) -> None:
        """Show what the file says."""
        for row in self._rows:
            row.show(draft)

    def flush(self) -> None:
        """Put what is being written into the file."""
        for row in self._rows:
            row.flush()

    def row_of(self, path: Path) -> FieldRow | None:
        """The field that edits the key at `path`, or one above or below it."""
        fitting = (row for row in self._rows if row.display and _related(row.path, path))
        return max(fitting, key=lambda row: len(row.path), default=None)


def _related(field: Path, path: Path) -> bool:
    short = min(len(field), len(path))
    return short > 0 and field[:short] == path[:short] and len(path) >= len(field)


class ChecksPanel(Vertical):
    """What the checks say; enter goes to the field, or to the line of the text."""

    HELP = (
        "Checks: x must be corrected, !! is a doubt, ok is fine. enter goes to the field, or to the line in the text."
    )

    def __init__(self, jump: Callable[[Check], None]) -> None:
        super().__init__(id="checks")
        self._jump = jump
        self._checks: list[Check] = []

    def compose(self) -> ComposeResult:
        yield Rows(markup=False)
        yield Static("", classes="detail", markup=False)

    def on_mount(self) -> None:
        """Name the section."""
        self.border_title = "Check"

    def on_option_list_option_highlighted(self) -> None:
        """Another check: say it whole, where its line has no room for it."""
        self._describe()

    def on_resize(self, event: events.Resize) -> None:
        """More room, or less."""
        self._describe()

    def _describe(self) -> None:
        index = self.query_one(Rows).highlighted
        check = self._checks[index] if index is not None and index < len(self._checks) else None
        detail = self.query_one(".detail", Static)
        whole = "" if check is None else f"{check.key}: {check.text}" if check.key else check.text
        detail.display = len(whole) > self.size.width - 18
        detail.update(whole)

    def show(self, checks: list[Check]) -> None:
        """List them."""
        self._checks = checks
        self.query_one(Rows).put([self._line(check) for check in checks])
        counts = {word: sum(check.word == word for check in checks) for word in ("x", "!!")}
        said = [f"{count} {name}{'' if count == 1 else 's'}" for count, name in ((counts["x"], "error"), (counts["!!"], "warning")) if count]  # fmt: skip
        self.border_subtitle = ", ".join([*said, "enter goes there"]) if said else "ctrl+r runs it"
        self._describe()

    @staticmethod
    def _line(check: Check) -> Content:
        where = f"line {check.line}" if check.line else ""
        key = f"{check.key}: " if check.key else ""
        style = "" if check.word else _STYLES[""]
        return Content.assemble((f"{check.word:<4}", f"bold {_STYLES[check.word]}"), (f"{where:<10}" if where else "", "dim"), (f"{key}{check.text}", style))  # fmt: skip

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        event.stop()
        check = self._checks[event.option_index]
        if check.key or check.line:
            self._jump(check)
