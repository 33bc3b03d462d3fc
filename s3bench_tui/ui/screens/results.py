"""Results: the runs so far, one of them in depth, or one against another."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.widgets import Input, OptionList, Static

from s3bench_tui.live.door import Finished
from s3bench_tui.report.comparison.seconds import histogram_of
from s3bench_tui.report.folder import Listed, runs_in
from s3bench_tui.report.outputs import RESULTS as FOLDER
from s3bench_tui.stats.histogram import EMPTY
from s3bench_tui.ui.actions import RESULTS
from s3bench_tui.ui.charts.glyphs import BLOCK, glyphs_named
from s3bench_tui.ui.charts.widgets import CurveChart, HistoryChart, SpreadChart
from s3bench_tui.ui.dialogs.export import ExportDialog
from s3bench_tui.ui.palette import bindings_of
from s3bench_tui.ui.results.facts import facts
from s3bench_tui.ui.results.lines import comparison, list_header, set_ups, wrapped
from s3bench_tui.ui.results.opened import Cabinet, Opened, save
from s3bench_tui.ui.results.parts import figures as figures_of
from s3bench_tui.ui.results.shelf import Shelf
from s3bench_tui.ui.results.views import VIEWS, both, one, ops_of
from s3bench_tui.ui.results.widgets import Pane, RunList
from s3bench_tui.ui.screens.place import Place

_SECTIONS = ("figures", "history", "latency", "details")
_NOTHING = f"""\
No runs in {FOLDER}/ yet.

F2      set one up
ctrl+r  run it

Headless runs leave their reports there, too."""
_INKS = ("$primary", "$warning", "$success", "$accent")
"""The colours of the charts' series, for their legends."""


class ResultsScreen(Place):
    """Reads in threads; what a file is wrong with is said in its place."""

    place = RESULTS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(RESULTS))
    AUTO_FOCUS = "#run-list"

    CSS = """
    ResultsScreen {
        #runs { height: 7; border: $frame $border; padding: 0 1; }
        #runs:focus-within { border: $frame $primary; }
        #run-list { height: 1fr; border: none; padding: 0; background: transparent; scrollbar-size-vertical: 1; }
        #run-list > .option-list--option { padding: 0; }
        #run-list > .option-list--option-highlighted { background: $panel; color: $foreground; text-style: bold; }
        #run-list:focus > .option-list--option-highlighted { background: $primary 14%; }
        #filter { display: none; height: 1; border: none; padding: 0; background: $panel; }
        #filter.-open { display: block; }
        #nothing { display: none; height: 1fr; align: center middle; hatch: $hatching $panel; }
        #nothing > Static { width: auto; padding: 1 3; color: $text-muted; background: $background; }
        #sections { height: 1; padding: 0 1; color: $text-muted; }
        #panes { height: 1fr; layout: grid; grid-size: 1 1; }
        #panes > * { border: $frame $border; padding: 0 1; display: none; scrollbar-size-vertical: 1; }
        #panes > Pane { padding: 0 0 0 1; scrollbar-gutter: stable; }
        #panes > *:focus { border: $frame $primary; }
        #runs, #panes > * { border-title-color: $foreground; border-subtitle-color: $text-muted; }
        #latency > * { height: 1fr; }
        #latency SpreadChart { display: none; }
        #latency.-spread SpreadChart { display: block; }
        #latency.-spread CurveChart { display: none; }
        &.-figures #figures, &.-history #history, &.-latency #latency, &.-details #details { display: block; }
        &.-empty #runs, &.-empty #panes, &.-empty #sections { display: none; }
        &.-empty #nothing { display: block; }
    }
    ResultsScreen.-wide.-tall {
        #runs { height: 9; }
        #sections { display: none; }
        #panes { grid-size: 2 2; grid-columns: 7fr 5fr; }
        #panes > * { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shelf = Shelf()
        self._cabinet = Cabinet()
        self._known: dict[tuple[Path, int, int], Listed] = {}
        self._folder = Path(FOLDER).absolute()
        self._looked = False
        """Whether it is known what lies there."""
        self._opened: Opened | None = None
        self._view = 0
        self._op = 0
        self._section = 0
        self._glyphs = BLOCK

    def compose_body(self) -> ComposeResult:
        """The list above; figures, charts and details below."""
        self._glyphs = glyphs = glyphs_named(self.bench.preferences.glyphs, coloured="NO_COLOR" not in os.environ)
        with Vertical(id="runs"):
            yield Static("", id="list-header", markup=False)
            yield RunList(id="run-list")
            yield Input(placeholder="name, target, status or file; enter keeps it, escape ends it", id="filter")
        with Container(id="nothing"):
            yield Static(_NOTHING, markup=False)
        yield Static("", id="sections")
        with Container(id="panes"):
            yield Pane(id="figures")
            yield HistoryChart(glyphs, id="history")
            yield Pane(id="details")
            with Container(id="latency"):
                yield CurveChart(glyphs)
                yield SpreadChart(glyphs)

    def on_mount(self) -> None:
        """Look for runs; what has just ended is opened."""
        self._turn_to(0)
        finished = self.bench.bridge.last_finished
        self._scan(finished.report_path if finished is not None else "")

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Files may have come meanwhile."""
        self._scan()

    def run_finished(self, finished: Finished) -> None:
        """It as A, and the last run of the same workload as B."""
        self._scan(finished.report_path)

    # --- the list -------------------------------------------------------------------------------------------------

    def _scan(self, new: str = "", *, alone: bool = False) -> None:
        """Look for runs; a `new` one is shown, with the one before it as B unless `alone`."""
        self.run_worker(partial(self._look, new, alone), thread=True, group="scan")

    def _look(self, new: str, alone: bool) -> None:
        found = runs_in(self._folder, self._known)
        if new and (other := Path(new).absolute().parent) != self._folder:
            found = runs_in(other, self._known) | found
        self.app.call_from_thread(self._scanned, found, new, alone)

    def _scanned(self, found: dict[tuple[Path, int, int], Listed], new: str, alone: bool) -> None:
        self._known, self._looked = found, True
        self._shelf.put(found.values())
        if new:
            (self._shelf.open if alone else self._shelf.take_finished)(Path(new).absolute())
        if self._shelf.a is None:
            self._shelf.a = next((run.path for run in self._shelf.runs if not run.problem), None)
        self._show_list()
        self._open()

    def _show_list(self) -> None:
        shelf, runs = self._shelf, self._shelf.shown()
        box, rows = self.query_one("#runs"), self.query_one(RunList)
        width = max(40, self.size.width - 5)
        self.query_one("#list-header", Static).update(list_header(width))
        rows.show(runs, shelf.mark_of, width)
        box.border_title = f"Runs  {self._folder.name}/"
        filtered = f" of {len(shelf.runs)}" if shelf.wanted else ""
        box.border_subtitle = f"{len(runs)}{filtered} run{'' if len(runs) == 1 else 's'}, {shelf.order}"
        self.set_class(not shelf.runs, "-empty")
        if shelf.runs and self.focused is None:  # a list that was hidden lost the keys, or never had them
            self.call_after_refresh(rows.focus)

    def on_resize(self, event: events.Resize) -> None:
        """The columns of the list follow the width."""
        if self._looked:
            self.call_after_refresh(self._show_list)

    # --- what is open ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        a, b = self._shelf.a, self._shelf.b
        if a is not None:
            self.run_worker(partial(self._read, a, b), thread=True, group="open", exclusive=True)
        else:
            self._opened = None

    def _read(self, a: Path, b: Path | None) -> None:
        opened = self._cabinet.open(a, b)
        self.app.call_from_thread(self._show, opened)

    def _show(self, opened: Opened) -> None:
        if (opened.a_path, opened.b_path) != (self._shelf.a, self._shelf.b):
            return  # another one was picked meanwhile
        self._opened = opened
        figures, details = self.query_one("#figures", Pane), self.query_one("#details", Pane)
        with self.app.batch_update():
            if opened.a is None:
                figures.border_title, figures.border_subtitle = opened.a_path.name, ""
                figures.show(partial(wrapped, opened.problem))
                details.border_title = details.border_subtitle = ""
                details.show(None)
            elif opened.comparison is None:
                figures.border_title, figures.border_subtitle = f"A  {opened.a['name']}", opened.a_path.name
                figures.show(partial(figures_of, opened.a))
                details.border_title, details.border_subtitle = "The run", ""
                details.show(partial(facts, opened.a))
            else:
                found = opened.comparison
                figures.border_title, figures.border_subtitle = (
                    "A against B",
                    f"steady: A {found.a.text}; B {found.b.text}",
                )
                figures.show(partial(comparison, found))
                details.border_title = "Set-ups"
                details.border_subtitle = (
                    f"{len(found.caveats)} matter" if found.caveats else "nothing that matters differs"
                )
                details.show(partial(set_ups, found))
            self._show_history()
            self._show_latency()
            self._turn_to(self._section)

    @property
    def _kind(self) -> str:
        """The kind of operation whose latency is shown."""
        opened = self._opened
        if opened is None or opened.a is None:
            return ""
        ops = ops_of(opened.a) if opened.b is None else ops_of(opened.a, opened.b)
        return ops[self._op % len(ops)] if ops else ""

    def _show_history(self) -> None:
        opened, chart, view = self._opened, self.query_one(HistoryChart), VIEWS[self._view]
        if opened is None or opened.a is None:
            chart.empty = chart.border_title = chart.border_subtitle = ""
            chart.show((), view.unit)
            return
        chart.empty = "nothing was measured"
        kind = self._kind
        history = one(opened.a, view, kind) if opened.b is None else both(opened.a, opened.b, view, kind)
        chart.show([points for _, points in history.series], view.unit, joined=history.joined, marks=history.marks)
        chart.border_title = f"{view.name.capitalize()}{f' of {kind}' if view.of_op else ''} over time"
        chart.border_subtitle = self._legend([name for name, _ in history.series], joined=history.joined)

    def _show_latency(self) -> None:
        opened, box = self._opened, self.query_one("#latency")
        curve, spread = self.query_one(CurveChart), self.query_one(SpreadChart)
        curve.empty = spread.empty = "" if opened is None or opened.a is None else "no operation succeeded"
        if opened is None or opened.a is None:
            box.border_title = box.border_subtitle = ""
            curve.show(())
            spread.show(EMPTY)
            return
        kind = self._kind
        series = "response" if opened.a["open_loop"] and (opened.b is None or opened.b["open_loop"]) else "service"
        beside = "service" if series == "response" else "ttfb"
        latencies = opened.a["ops"].get(kind, {})
        main = histogram_of(latencies.get(f"{series}_ns"))
        if opened.b is not None:
            histograms = [main, histogram_of(opened.b["ops"].get(kind, {}).get(f"{series}_ns"))]
            names = ["A", "B"]
        else:
            histograms, names = [main, histogram_of(latencies.get(f"{beside}_ns"))], [series, beside]
        curve.show(histograms)
        spread.show(main)
        of = f"{kind}, {series} time" if kind else ""
        box.border_title = f"Latency of {of}" if of else "Latency"
        known = [name if histogram.n else "" for name, histogram in zip(names, histograms, strict=True)]
        box.border_subtitle = "share of operations" if box.has_class("-spread") else self._legend(known, joined=True)

    def _legend(self, names: list[str], *, joined: bool) -> str:
        """The names of series with their glyphs and colours; a series without a name is not there."""
        signs = (self._glyphs.sign(index, joined=joined) for index in range(len(names)))
        return "  ".join(
            f"[{ink}]{sign} {name}[/]" for name, ink, sign in zip(names, _INKS, signs, strict=False) if name
        )

    # --- actions --------------------------------------------------------------------------------------------------

    def action_pick_a(self) -> None:
        """The highlighted run as A."""
        self._pick(self._shelf.pick_a)

    def action_pick_b(self) -> None:
        """The highlighted run as B, or no B."""
        self._pick(self._shelf.pick_b)

    def action_open(self) -> None:
        """The highlighted run alone."""
        self._pick(self._shelf.open)

    @on(OptionList.OptionSelected, "#run-list")
    def _chosen(self) -> None:
        self.action_open()

    def _pick(self, how: object) -> None:
        path = self.query_one(RunList).highlighted_path
        if path is not None and callable(how):
            how(path)
            self._show_list()
            self._open()

    def action_filter(self) -> None:
        """Type what to look for."""
        field = self.query_one("#filter", Input)
        field.add_class("-open")
        field.focus()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._shelf.wanted = event.value
        self._show_list()

    @on(Input.Submitted, "#filter")
    def _filter_kept(self) -> None:
        self.query_one(RunList).focus()

    def action_all_runs(self) -> None:
        """End the filter."""
        field = self.query_one("#filter", Input)
        field.value = ""
        field.remove_class("-open")
        self.query_one(RunList).focus()

    def action_order(self) -> None:
        """The next order of the list."""
        self._shelf.turn_order()
        self._show_list()

    def action_view(self) -> None:
        """The next figure over time."""
        self._view = (self._view + 1) % len(VIEWS)
        self._show_history()

    def action_latency(self) -> None:
        """Percentiles, or how they are spread."""
        self.query_one("#latency").toggle_class("-spread")
        self._show_latency()

    def action_kind(self) -> None:
        """The next kind of operation."""
        self._op += 1
        self._show_history()
        self._show_latency()

    def action_section(self) -> None:
        """The next part, where not all are shown at once."""
        self._turn_to((self._section + 1) % len(_SECTIONS))

    def _turn_to(self, section: int) -> None:
        self._section = section
        for index, name in enumerate(_SECTIONS):
            self.set_class(index == section, f"-{name}")
        compared = self._opened is not None and self._opened.comparison is not None
        titles = (
            "A against B" if compared else "Figures",
            "Over time",
            "Latency",
            "Set-ups" if compared else "The run",
        )
        parts = [
            f"[b $primary]\\[{title}][/]" if index == section else f" {title} " for index, title in enumerate(titles)
        ]
        self.query_one("#sections", Static).update("  ".join(parts))

    def action_copy(self) -> None:
        """Markdown into the clipboard of the terminal."""
        if self._opened is not None and (text := self._opened.markdown()):
            self.app.copy_to_clipboard(text)
            self.notify(f"{len(text.splitlines())} lines of Markdown", title="Copied", timeout=3)

    def action_export(self) -> None:
        """Ask as what."""
        if self._opened is not None and self._opened.a is not None:
            self.app.push_screen(ExportDialog(self._opened.kinds), self._export)

    def _export(self, kind: str | None) -> None:
        if kind is None or self._opened is None:
            return
        try:
            text = self.app.export_screenshot() if kind == "svg" else self._opened.text(kind)
            path = save(self._opened.a_path.parent, self._opened.stem, kind, text)
        except OSError as error:
            self.notify(
                f"{self._opened.a_path.parent}: {error.strerror}", title="Not written", severity="error", markup=False
            )
            return
        self.notify(path.name, title=f"Written to {path.parent.name}/", markup=False)
        if kind == "json":
            self._scan(str(path), alone=True)
