"""Setup: the first start, a file and its changes, checks that lead somewhere, targets that are asked, the browser."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.browse import Browser, Entry, Page
from s3bench_tui.ui.app import BenchApp
from s3bench_tui.ui.screens.setup import SetupScreen
from s3bench_tui.ui.setup import editor, questions
from s3bench_tui.ui.setup.browser import BrowseDialog
from s3bench_tui.ui.setup.document import Draft
from s3bench_tui.ui.setup.field import Choices, FieldRow
from s3bench_tui.ui.setup.panels import Rows
from tests.ui.conftest import LARGE, SMALL, Screens, text_of
from tests.ui.fake_engine import FakeEngine

WORKLOAD = """\
name: mixed 70/30            # what it is called
targets:
  - {uri: s3://bench-a/, endpoint: "http://10.0.0.5:9000"}
  - file:///mnt/nvme/bench/
duration: 2m
concurrency: 128
dataset: {count: 10000, size: 256KiB, prefix: data/}
load: {model: open, rate: 500/s}

# the mix
workload:
  - {op: get, weight: 70, keys: zipf}
  - {op: get, weight: 5, name: ranged, range: {size: 64KiB}}
  - {op: put, weight: 25, size: 4KiB, path: out/}
  - {op: delete, weight: 0, path: out/}
"""
BROKEN = """\
name: broken
target: null://x/
durration: 30s
warmup: 5x
workload:
  - {op: gte, weight: 60}
"""
SIZES = [pytest.param(LARGE, id="120x36"), pytest.param(SMALL, id="80x24")]


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and no TMPDIR that the quickstart would name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TMPDIR", raising=False)
    return tmp_path


def screen_of(app: BenchApp) -> SetupScreen:
    screen = app.get_screen_stack("setup")[0]
    assert isinstance(screen, SetupScreen)
    return screen


async def until(pilot: Pilot[Any], done: Callable[[], bool]) -> None:
    """Let the program go on until something holds."""
    for _ in range(400):
        if done():
            return
        await pilot.pause(0.02)
    raise AssertionError(f"this did not come about:\n{text_of(pilot.app)}")  # type: ignore[arg-type]


def opened(text: str, name: str = "mixed.yaml") -> str:
    Path(name).write_text(text)
    return name


# --- the first start --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_a_fresh_start_can_run_at_once(
    engine: FakeEngine, size: tuple[int, int], matches: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_: object) -> None:
        raise AssertionError("something was asked before the user asked for it")

    monkeypatch.setattr("s3bench_tui.ui.setup.asking.threading", SimpleNamespace(Thread=nobody))
    app = BenchApp(engine)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        matches(app, f"setup-fresh-{size[0]}x{size[1]}")
        await pilot.press("ctrl+r")
        assert [text for text, _ in engine.started] == [screen_of(app).draft.text]
        assert app.current_mode == "live"


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_is_shown(engine: FakeEngine, size: tuple[int, int], matches: Screens) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        matches(app, f"setup-loaded-{size[0]}x{size[1]}")


async def test_small_terminals_have_every_section(engine: FakeEngine, matches: Screens) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=SMALL) as pilot:
        for section in ("mix", "load", "data", "report"):
            await pilot.press("f6")
            await pilot.pause()
            matches(app, f"setup-{section}-80x24")
        await pilot.press("f6")
        await pilot.pause()
        assert "[Targets]" in text_of(app)


@pytest.mark.parametrize("size", SIZES)
async def test_errors_are_listed_with_their_lines(engine: FakeEngine, size: tuple[int, int], matches: Screens) -> None:
    app = BenchApp(engine, source=opened(BROKEN, "broken.yaml"))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        matches(app, f"setup-errors-{size[0]}x{size[1]}")
        await pilot.press("ctrl+r")
        assert engine.started == []
        assert isinstance(app.focused, Rows), "the checks say what is to be done"


async def test_a_check_leads_to_its_field_or_its_line(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(BROKEN, "broken.yaml"))
    async with app.run_test(size=SMALL) as pilot:
        checks = app.screen.query_one("#checks").query_one(Rows)
        checks.focus()
        await pilot.pause()
        keys = [check.key for check in screen_of(app).draft.checks()]
        checks.highlighted = keys.index("warmup")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.focused, Input) and app.focused.value == "5x"
        assert "[Load]" in text_of(app)
        checks.focus()
        checks.highlighted = keys.index("durration")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.focused, TextArea) and app.focused.cursor_location == (2, 0)


async def test_a_check_leads_into_the_fields_of_its_line(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD.replace("size: 4KiB", "size: 4KQ")))
    async with app.run_test(size=LARGE) as pilot:
        checks = app.screen.query_one("#checks").query_one(Rows)
        checks.focus()
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.focused, Input) and app.focused.value == "4KQ"
        await pilot.press("end", "backspace", "backspace", *"KiB", "escape")
        await pilot.pause()
        assert screen_of(app).draft.text == WORKLOAD


# --- changes ----------------------------------------------------------------------------------------------------------


def row(app: BenchApp, label: str) -> FieldRow:
    return next(row for row in app.screen.query(FieldRow) if row.field.label == label)


async def test_a_field_changes_its_key_and_nothing_else(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=LARGE) as pilot:
        duration = row(app, "duration").entry
        duration.focus()
        await pilot.press("end", "backspace", "backspace", *"90s")
        assert str(row(app, "duration").query_one(".field-note", Static).content) == "= 90.0 s"
        await pilot.press("enter")
        await pilot.pause()
        draft = screen_of(app).draft
        assert draft.text == WORKLOAD.replace("duration: 2m", "duration: 90s")
        assert "* modified" in text_of(app)
        await pilot.press("ctrl+s")
        assert Path("mixed.yaml").read_text() == draft.text
        await pilot.pause()
        assert "* modified" not in text_of(app)


async def test_what_is_still_being_written_runs_too(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=LARGE) as pilot:
        row(app, "concurrency").entry.focus()
        await pilot.press("end", "backspace", "backspace", "backspace", "7", "ctrl+r")
        assert engine.started == [(WORKLOAD.replace("concurrency: 128", "concurrency: 7"), "mixed.yaml")]


async def test_a_field_left_empty_takes_its_key_away(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=LARGE) as pilot:
        row(app, "duration").entry.focus()
        await pilot.press("end", "backspace", "backspace", "enter")
        assert screen_of(app).draft.text == WORKLOAD.replace("duration: 2m\n", "")


async def test_choices_turn_and_show_what_belongs_to_them(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=LARGE) as pilot:
        assert row(app, "rate").display
        model = row(app, "model").query_one(Choices)
        model.focus()
        await pilot.press("right")
        assert screen_of(app).draft.get(("load", "model")) == "closed"
        assert not row(app, "rate").display
        await pilot.press("left")
        assert screen_of(app).draft.text == WORKLOAD


async def test_weights_are_turned_in_the_table(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=LARGE) as pilot:
        app.screen.query_one("#mix").query_one(Rows).focus()
        await pilot.press("right", "shift+right", "left", "left")
        assert screen_of(app).draft.text == WORKLOAD.replace("weight: 70", "weight: 79")
        await pilot.press("0")
        assert "off" in text_of(app)
        await pilot.press("equals_sign", "down", "d")
        draft = screen_of(app).draft
        assert [draft.get((*path, "weight")) for path in draft.lines()] == ["10", "10", "10"]
        assert "ranged" not in draft.text


async def test_a_line_is_added_and_edited_in_a_dialog(engine: FakeEngine, matches: Screens) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=LARGE) as pilot:
        app.screen.query_one("#mix").query_one(Rows).focus()
        await pilot.press("a")
        await pilot.pause()
        row(app, "operation").query_one(Choices).focus()
        await pilot.press("right", "right")
        await pilot.pause()
        matches(app, "setup-line-120x36")
        await pilot.press("escape")
        assert screen_of(app).draft.text == WORKLOAD + "  - {op: stat, weight: 10}\n"


async def test_targets_are_added_and_removed(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened("target: null://x/\nworkload: [{op: get, path: a}]\n"))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("a", *"nll://y", "enter")
        assert "did you mean null://?" in text_of(app)
        await pilot.press("home", "right", "u", "enter")
        await pilot.pause()
        draft = screen_of(app).draft
        assert draft.text == "targets: [null://x/, null://y]\nworkload: [{op: get, path: a}]\n"
        await pilot.press("d")
        assert draft.text == "targets: [null://x/]\nworkload: [{op: get, path: a}]\n"


async def test_the_text_is_the_same_truth(engine: FakeEngine, matches: Screens) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("f5")
        await pilot.pause()
        matches(app, "setup-text-80x24")
        text = app.screen.query_one(TextArea)
        text.text = WORKLOAD.replace("name: mixed 70/30", "name: other")
        await pilot.pause()
        await pilot.press("f5")
        await pilot.pause()
        assert screen_of(app).draft.name == "other"
        assert " other   mixed.yaml * modified" in text_of(app)


async def test_a_text_that_is_looked_at_is_not_changed(engine: FakeEngine) -> None:
    text = WORKLOAD.replace("\n", "\r\n", 3)
    Path("odd.yaml").write_bytes(text.encode())
    app = BenchApp(engine, source="odd.yaml")
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("f5", "down", "f5", "ctrl+s")
        await pilot.pause()
    assert Path("odd.yaml").read_bytes() == text.encode()


async def test_the_editor_brings_another_text(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=SMALL) as pilot:
        monkeypatch.setattr(
            "s3bench_tui.ui.screens.setup.edited", lambda app, text: text.replace("duration: 2m", "duration: 3m")
        )
        await pilot.press("ctrl+e")
        assert "duration: 3m" in screen_of(app).draft.text

        def refuse(app: object, text: str) -> str:
            raise editor.EditorError("vi ended with 1; the text is as it was")

        monkeypatch.setattr("s3bench_tui.ui.screens.setup.edited", refuse)
        await pilot.press("ctrl+e")
        assert "duration: 3m" in screen_of(app).draft.text


# --- files ------------------------------------------------------------------------------------------------------------


async def test_files_are_found_opened_and_remembered(engine: FakeEngine, matches: Screens) -> None:
    Path("workloads").mkdir()
    opened(WORKLOAD, "workloads/mixed.yaml")
    opened(BROKEN, "broken.yaml")
    app = BenchApp(engine)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("ctrl+o")
        await pilot.pause()
        matches(app, "setup-open-80x24")
        await pilot.press(*"mix", "enter")
        await pilot.pause()
        assert screen_of(app).draft.source == "workloads/mixed.yaml"
        await pilot.press("ctrl+o")
        await pilot.pause()
        assert "opened lately" in text_of(app)
        await pilot.press(*"gone.yaml", "enter")
        await pilot.pause()
        assert screen_of(app).draft.source == "workloads/mixed.yaml"


async def test_a_new_file_asks_for_its_name_and_overwrites_none(engine: FakeEngine) -> None:
    app = BenchApp(engine)
    Path("quickstart.yaml").write_text("kept")
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("ctrl+s")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "is there already" in text_of(app) and Path("quickstart.yaml").read_text() == "kept"
        await pilot.press("home", "x", "enter")
        await pilot.pause()
    assert Path("xquickstart.yaml").read_text() == Draft.quickstart().text


async def test_changes_are_not_dropped_without_a_word(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=SMALL) as pilot:
        screen_of(app)._edit(("duration",), "5s")
        await pilot.press("ctrl+o")
        assert app.screen is screen_of(app)
        await pilot.press("ctrl+o")
        assert app.screen is not screen_of(app)


async def test_leaving_does_not_drop_changes_without_a_word(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=SMALL) as pilot:
        screen_of(app)._edit(("duration",), "5s")
        await pilot.press("ctrl+q")
        assert app.return_value is None
        await pilot.press("ctrl+q")
    assert app.return_value is not None


async def test_the_plan_tells_what_a_run_would_do(engine: FakeEngine, matches: Screens) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("f7")
        await pilot.pause()
        assert "10,000 objects below data/, 256 KiB: 2.44 GiB in each target" in text_of(app)


# --- asking targets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_targets_say_whether_they_answer(
    engine: FakeEngine, size: tuple[int, int], matches: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe(target: Target, writes: bool) -> Callable[[], str]:
        def answer() -> str:
            if target.uri.startswith("s3"):
                raise TargetError("s3://bench-a at http://10.0.0.5:9000/bench-a: the connection was refused; check that the server runs and listens there")  # fmt: skip
            return "/mnt/nvme/bench: ext4, 1.40 TiB free" if writes else "no writes"

        return answer

    monkeypatch.setattr(questions, "probe", probe)
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=size) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: {each.word for each in screen_of(app)._probes.values()} == {"x", "ok"})
        await pilot.pause()
        matches(app, f"setup-unreachable-{size[0]}x{size[1]}")
        await pilot.press("down")
        await pilot.pause()
        assert "ext4, 1.40 TiB free" in text_of(app)


class Shelf:
    """A browser over made-up buckets."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.closed = False

    def page(self, uri: str, following: str = "") -> Page:
        self.asked.append((uri, following))
        if uri == "s3://":
            return Page((Entry("bench-a/", "s3://bench-a/"), Entry("empty/", "s3://empty/"), Entry("secret/", "s3://secret/")))  # fmt: skip
        if uri == "s3://secret/":
            raise TargetError("s3://secret at http://10.0.0.5:9000/secret: listing the bucket was refused: AccessDenied: Access Denied (HTTP 403)")  # fmt: skip
        if uri == "s3://empty/":
            return Page(())
        if following:
            return Page((Entry("part-0002", f"{uri}part-0002", 5),))
        return Page((Entry("data/", f"{uri}data/"), Entry("part-0001", f"{uri}part-0001", 64 << 20)), "more")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf()

    def browser(target: Target) -> Callable[[], Browser]:
        return lambda: made

    monkeypatch.setattr(questions, "browser", browser)
    return made


def state_of(app: BenchApp) -> str:
    return str(app.screen.query_one(".state", Static).content)


@pytest.mark.parametrize("size", SIZES)
async def test_the_browser_asks_for_what_is_opened_page_by_page(
    engine: FakeEngine, size: tuple[int, int], matches: Screens, shelf: Shelf
) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=size) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: state_of(app) == "all shown")
        await pilot.press("down", "right")
        await until(pilot, lambda: "there are more" in state_of(app))
        await pilot.pause()
        matches(app, f"setup-browse-{size[0]}x{size[1]}")
        assert shelf.asked == [("s3://", ""), ("s3://bench-a/", "")]
        await pilot.press("down", "down", "down", "enter")
        await until(pilot, lambda: state_of(app) == "all shown")
        assert shelf.asked[-1] == ("s3://bench-a/", "more")
        assert "part-0002" in text_of(app) and "enter for more" not in text_of(app)
        await pilot.press("up", "up", "enter")
        await pilot.pause()
        assert screen_of(app).draft.text == WORKLOAD.replace("s3://bench-a/", "s3://bench-a/data/")
    assert shelf.closed


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_empty_or_refused_says_so_on_its_node(
    engine: FakeEngine, size: tuple[int, int], matches: Screens, shelf: Shelf
) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=size) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: state_of(app) == "all shown")
        await pilot.press("down", "down", "right")
        await until(pilot, lambda: state_of(app) == "nothing is in it")
        await pilot.press("down", "right")
        await until(pilot, lambda: "AccessDenied" in state_of(app))
        await pilot.pause()
        matches(app, f"setup-browse-denied-{size[0]}x{size[1]}")
        await pilot.press("escape")
        assert screen_of(app).draft.text == WORKLOAD


async def test_a_server_that_does_not_answer_can_be_given_up(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def browser(target: Target) -> Callable[[], Browser]:
        def open_() -> Browser:
            gate.wait(30)
            return Shelf()

        return open_

    monkeypatch.setattr(questions, "browser", browser)
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("b")
        await pilot.pause()
        assert "asking for s3://   esc gives up" in text_of(app)
        await pilot.press("escape")
        assert isinstance(app.screen, BrowseDialog) and "given up" in state_of(app)
        gate.set()
        await pilot.pause(0.1)
        assert "bench-a" not in "".join(str(node.label) for node in app.screen._tree.root.children)
        await pilot.press("escape")
        assert app.screen is screen_of(app)


async def test_a_target_that_is_not_valid_is_not_asked(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD.replace("endpoint:", "endpiont:")))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("b")
        assert app.screen is screen_of(app)
        await pilot.press("t")
        await pilot.pause()
        assert "This target is not valid yet" in text_of(app)


async def test_files_are_browsed_for_real(engine: FakeEngine, somewhere: Path) -> None:
    app = BenchApp(engine)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: "shown" in state_of(app))
        assert "tmp/" in "".join(str(node.label) for node in app.screen._tree.root.children)  # type: ignore[attr-defined]


async def test_looking_at_setup_loads_no_sdk() -> None:
    program = "import sys, s3bench_tui.ui.app; print([name for name in ('boto3', 'botocore', 'azure') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "[]", done.stderr
