"""Setup: what to run. Brings together the draft, its sections, and what is asked of targets; owns no rule of workloads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import OptionList

from s3bench_tui.errors import ConfigError
from s3bench_tui.report.outline import outline
from s3bench_tui.spec.text.sheet import Plain, SheetError
from s3bench_tui.spec.text.source import Path
from s3bench_tui.stores import uri
from s3bench_tui.ui.actions import SETUP
from s3bench_tui.ui.palette import bindings_of
from s3bench_tui.ui.screens.place import Place
from s3bench_tui.ui.setup import questions, recent
from s3bench_tui.ui.setup.asking import Answered, ask
from s3bench_tui.ui.setup.browser import BrowseDialog
from s3bench_tui.ui.setup.dialogs import QUICKSTART, AskDialog, FieldsDialog, OpenDialog, TextDialog
from s3bench_tui.ui.setup.document import Draft
from s3bench_tui.ui.setup.editor import EditorError, edited
from s3bench_tui.ui.setup.fields import LINE, TARGET
from s3bench_tui.ui.setup.fleet import FleetAnswers, agents_of
from s3bench_tui.ui.setup.form import SetupForm
from s3bench_tui.ui.setup.panels import ChecksPanel, Probe, Rows, weight_of

_NEEDS_TARGETS = ("browse", "probe")
_NEEDS_MIX = ("weigh", "even")
_NEEDS_ROWS = ("add", "edit", "remove")


class SetupScreen(Place):
    """Edits one draft and runs it."""

    place = SETUP
    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(SETUP))

    def __init__(self) -> None:
        super().__init__()
        self.draft = Draft("")
        self._probes: dict[str, Probe] = {}
        self._asked: dict[object, str] = {}
        self._fleet = FleetAnswers()

    def compose_body(self) -> ComposeResult:
        """The form is all of it."""
        yield SetupForm(self._edit, self._rewrite, self._enter)

    def on_mount(self) -> None:
        """Open the file that was given, or the quickstart."""
        super().on_mount()
        if self.bench.source:
            self._open(self.bench.source)
        if not self.draft.text:
            self._take(Draft.quickstart(shortcuts=self.bench.reach.shortcuts))
        self._form.targets.query_one(Rows).focus()

    @property
    def _form(self) -> SetupForm:
        return self.query_one(SetupForm)

    # --- the draft ------------------------------------------------------------------------------------------------

    def _take(self, draft: Draft) -> None:
        """Another draft."""
        self.draft = draft
        self._show()

    def _show(self) -> None:
        self._form.show(self.draft, self._probes, self._fleet.checks(self.draft))

    def _edit(self, path: Path, value: Any) -> None:
        """Change one key."""
        self._change(lambda: self.draft.set(path, value))

    def _change(self, change: Callable[[], object]) -> None:
        """Change the draft; what cannot be changed alone is said."""
        try:
            change()
        except SheetError as error:
            self.notify(str(error), title="Not changed", severity="warning", markup=False)
        self._show()

    def _rewrite(self, text: str) -> None:
        """Another text as a whole."""
        self.draft.replace(text)
        self._show()

    def action_section(self, step: int) -> None:
        """Go to another section."""
        self._form.next_section(step)

    def action_text(self) -> None:
        """The text in place of the form, or the form again."""
        self._form.turn()
        self._show()

    # --- files ----------------------------------------------------------------------------------------------------

    def _open(self, file: str) -> None:
        try:
            draft = Draft.open(file, shortcuts=self.bench.reach.shortcuts)
        except ConfigError as error:
            self.notify(str(error), title="Not opened", severity="error", markup=False)
            return
        recent.remember(file)
        self._take(draft)
        if not draft.source:
            self.notify("Shown in this program's own form; save it as a new file.", title=f"{file} is of s3-bench", markup=False)  # fmt: skip

    def action_open(self) -> None:
        """Choose a workload file."""
        self._form.flush()
        if self.draft.is_modified and not self._lossy:
            self._lossy = True
            self.notify("ctrl+s keeps it; ctrl+o again opens another and drops it.", title="The file is modified", severity="warning")  # fmt: skip
            return
        self._lossy = False
        self.app.push_screen(OpenDialog(FilePath.cwd()), self._open_chosen)

    _lossy = False
    """Whether the user has been told that opening drops changes."""

    def _open_chosen(self, answer: str | None) -> None:
        if answer == QUICKSTART:
            self._take(Draft.quickstart(shortcuts=self.bench.reach.shortcuts))
        elif answer:
            self._open(answer)

    def action_save(self) -> None:
        """Write the file."""
        self._form.flush()
        if self.draft.source:
            self._save("")
        else:
            self.action_save_as()

    def action_save_as(self) -> None:
        """Write another file."""
        self._form.flush()
        name = self.draft.source or f"{self.draft.name.replace(' ', '-').replace('/', '-')}.yaml"
        dialog = AskDialog("Save as", "A path; what is there already is not overwritten.", name, self._save_fault)
        self.app.push_screen(dialog, lambda answer: self._save(answer) if answer else None)

    def _save_fault(self, name: str) -> str:
        if FilePath(name).exists() and name != self.draft.source:
            return f"{name} is there already; write another name"
        return ""

    def _save(self, file: str) -> None:
        try:
            self.draft.save(str(FilePath(file).expanduser()) if file else "")
        except ConfigError as error:
            self.notify(str(error), title="Not saved", severity="error", markup=False)
            return
        recent.remember(self.draft.source)
        self.notify(self.draft.source, title="Saved", timeout=3, markup=False)
        self._show()

    def action_editor(self) -> None:
        """Change the text in the user's own editor."""
        self._form.flush()
        try:
            self.draft.replace(edited(self.app, self.draft.text))
        except EditorError as error:
            self.notify(str(error), title="Not edited", severity="warning", markup=False)
        self.app.refresh()
        self._show()

    def action_plan(self) -> None:
        """What a run would do."""
        self._form.flush()
        if self.draft.loaded is None:
            self._refuse("There is no plan before the checks pass.")
            return
        self.app.push_screen(TextDialog("The plan", outline(self.draft.loaded).split("\n", 2)[2]))

    def unsaved(self) -> str:
        """What would be lost."""
        return (self.draft.source or self.draft.name) if self.draft.is_modified else ""

    # --- running --------------------------------------------------------------------------------------------------

    def action_run(self) -> None:
        """Run the draft as it stands; it need not be saved."""
        self._form.flush()
        if self.draft.loaded is None:
            self._refuse("Correct what the checks mark with x first.")
            return
        try:
            self.bench.start_run(self.draft.text, self.draft.source)
        except ConfigError as error:
            self.notify(str(error), title="Cannot be run", severity="error", markup=False)

    def _refuse(self, text: str) -> None:
        self.notify(text, title="Not yet", severity="warning", markup=False)
        self.query_one(ChecksPanel).query_one(Rows).focus()

    # --- targets and lines ----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of a section hold only there."""
        if action not in (*_NEEDS_TARGETS, *_NEEDS_MIX, *_NEEDS_ROWS):
            return True
        section = self._form.table(self.focused)
        if action in _NEEDS_TARGETS:
            return section == "targets"
        return section == "mix" if action in _NEEDS_MIX else section in ("targets", "mix")

    @property
    def _chosen(self) -> Path | None:
        panel = self._form.targets if self._form.table(self.focused) == "targets" else self._form.mix
        return panel.chosen

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a target or a line."""
        self.action_edit()

    def action_edit(self) -> None:
        """All fields of the chosen target or line."""
        path = self._chosen
        if path is None:
            self.action_add()
        else:
            self._open_fields(path)

    def _open_fields(self, thing: Path, first: Path = ()) -> None:
        title, fields = ("Operation", LINE) if thing[0] == "workload" else ("Target", TARGET)
        self.app.push_screen(FieldsDialog(title, fields, thing, self.draft, self._edit, first))

    def _enter(self, path: Path) -> bool:
        """The fields of the target or line in which a key stands; False where no field edits it."""
        for thing in (*self.draft.targets(), *self.draft.lines()):
            below = path[len(thing) :]
            fields = LINE if thing[0] == "workload" else TARGET
            if path[: len(thing)] == thing and any(field.key[: len(below)] == below for field in fields if below):
                self._open_fields(thing, path)
                return True
        return False

    def action_add(self) -> None:
        """Another target, or another line of the mix."""
        if self._form.table(self.focused) == "targets":
            about = "s3://bucket/prefix/   az://account/container/   gs://bucket/\nfile:///directory/   direct:///directory/   null://name/\n\nOr a scheme alone, such as s3:// , to look around there."  # fmt: skip
            self.app.push_screen(AskDialog("Add a target", about, fault=_uri_fault), self._add_target)
        else:
            self._change(lambda: self.draft.add_line({"op": "get", "weight": Plain("10")}))
            self._form.mix.query_one(Rows).action_last()
            self.action_edit()

    def _add_target(self, answer: str | None) -> None:
        if not answer:
            return
        self._change(lambda: self.draft.add_target(answer))
        rows = self._form.targets.query_one(Rows)
        rows.focus()
        rows.action_last()
        if answer.endswith("://"):
            self.call_after_refresh(self.action_browse)

    def action_remove(self) -> None:
        """Take the chosen target or line out of the file; nothing is deleted anywhere."""
        path = self._chosen
        if path is not None:
            self._edit(path, None)

    def action_weigh(self, step: int) -> None:
        """Turn the chosen weight; 0 switches the line off."""
        path = self._chosen
        weight = weight_of(self.draft, path) if path else None
        if path is not None and weight is not None:
            turned = max(0.0, weight + step) if step else 0.0
            self._edit((*path, "weight"), Plain(f"{turned:g}"))

    def action_even(self) -> None:
        """All weights alike."""

        def level() -> None:
            for path in self.draft.lines():
                self.draft.set((*path, "weight"), Plain("10"))

        self._change(level)

    # --- asking targets -------------------------------------------------------------------------------------------

    def action_probe(self) -> None:
        """Ask every target whether it answers, and where the workload writes, whether it can be written to; with a
        fleet its agents ask, since the load will be theirs."""
        self._form.flush()
        if agents_of(self.draft) and self.draft.loaded is not None:
            self._probes.update(self._fleet.asking(self.draft))
            ask(self, self._fleet, questions.agents(self.draft.loaded, self.bench.reach.access))
            self._show()
            return
        for path in self.draft.targets():
            key = repr(self.draft.get(path))
            try:
                target = self.draft.target_for_asking(path)
            except ConfigError as error:
                self._probes[key] = Probe("x", str(error))
                continue
            token = object()
            self._asked[token] = key
            self._probes[key] = Probe("...", "asking; the program goes on meanwhile")
            ask(self, token, questions.probe(target, questions.writes(self.draft.loaded)))
        self._show()

    def on_answered(self, event: Answered) -> None:
        """A target has answered, or all agents have."""
        if event.token is self._fleet:
            self._probes.update(self._fleet.answered(self.draft, event.answer))
            self._show()
            return
        key = self._asked.pop(event.token, "")
        word = "x" if isinstance(event.answer, Exception) else "ok"
        self._probes[key] = Probe(word, str(event.answer))
        self._show()

    def action_browse(self) -> None:
        """Look around with the access of the chosen target, to choose a place for it."""
        self._form.flush()
        path = self._form.targets.chosen
        if path is None:
            self.action_add()
            return
        try:
            target = self.draft.target_for_asking(path)
        except ConfigError as error:
            self.notify(str(error), title="Cannot look around", severity="warning", markup=False)
            return
        scheme = target.uri.partition("://")[0]
        start = f"{scheme}:///" if uri.FORMS.get(scheme) == "directory" else f"{scheme}://"
        ends = list(target.endpoints)
        about = "   ".join(part for part in (f"end point {ends[0]}" if ends else "", f"profile {target.profile}" if target.profile else "") if part)  # fmt: skip
        dialog = BrowseDialog(start, about, questions.browser(target))
        self.app.push_screen(dialog, lambda chosen: self._change(lambda: self.draft.set_uri(path, chosen)) if chosen else None)  # fmt: skip


def _uri_fault(text: str) -> str:
    """What is wrong with the URI of a new target; a scheme alone may be looked around in."""
    if text in [f"{scheme}://" for scheme in uri.FORMS if scheme != "null"] or "${" in text:
        return ""
    try:
        uri.parse(text)
    except ValueError as error:
        return str(error)
    return ""
