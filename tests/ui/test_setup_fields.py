"""Fields of Setup over the workload file: what they change, and the text as the same truth."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static, TextArea

from s3bench_tui.ui.app import BenchApp
from s3bench_tui.ui.setup import editor
from s3bench_tui.ui.setup.field import Choices
from s3bench_tui.ui.setup.panels import Rows
from tests.ui.conftest import LARGE, SMALL, Screens, text_of
from tests.ui.fake_engine import FakeEngine
from tests.ui.setup_rig import WORKLOAD, opened, row, screen_of

pytestmark = pytest.mark.usefixtures("somewhere")


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
