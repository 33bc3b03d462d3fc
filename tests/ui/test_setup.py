"""Setup: the first start, a file and its checks, files that are opened and kept, what a run would do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from textual.widgets import Input, TextArea

from s3bench_tui.ui.app import BenchApp
from s3bench_tui.ui.setup.document import Draft
from s3bench_tui.ui.setup.panels import Rows
from tests.ui.conftest import LARGE, SMALL, Screens, text_of
from tests.ui.fake_engine import FakeEngine
from tests.ui.setup_rig import BROKEN, SIZES, WORKLOAD, opened, screen_of

pytestmark = pytest.mark.usefixtures("somewhere")


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


@pytest.mark.parametrize("size", SIZES)
async def test_a_key_without_a_field_is_listed_and_leads_to_its_line(engine: FakeEngine, size: tuple[int, int]) -> None:
    app = BenchApp(engine, source=opened("target: null://x/\nworkload: [{op: get, path: a}]\noperation_timeout: 5m\n"))
    async with app.run_test(size=size) as pilot:
        checks = app.screen.query_one("#checks").query_one(Rows)
        checks.focus()
        await pilot.press("end")
        await pilot.pause()
        assert "line 3    operation_timeout: 5m" in text_of(app)
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


async def test_looking_at_setup_loads_no_sdk() -> None:
    program = "import sys, s3bench_tui.ui.app; print([name for name in ('boto3', 'botocore', 'azure') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "[]", done.stderr
