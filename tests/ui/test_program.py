"""The frame of the program: places, keys, help, the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3bench_tui.engine.messages import StopRun
from s3bench_tui.live.door import Word
from s3bench_tui.ui.actions import ACTIONS, actions_of
from s3bench_tui.ui.app import BenchApp, Left
from s3bench_tui.ui.palette import ActionCommands
from s3bench_tui.ui.preferences import Preferences
from s3bench_tui.ui.screens.help import keys_text
from s3bench_tui.ui.screens.live import LiveScreen
from tests.ui.conftest import LARGE, SMALL, Clock, bench, drawn, text_of
from tests.ui.fake_engine import FakeEngine
from tests.ui.story import Story, until_running


async def settle(app: BenchApp, pilot: object) -> None:
    """Take all words, and draw."""
    app.bridge.receive()
    await pilot.pause()  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_places_are_one_key_away(engine: FakeEngine, size: tuple[int, int]) -> None:
    app = BenchApp(engine)
    async with app.run_test(size=size) as pilot:
        for key, place in (("f3", "live"), ("f4", "results"), ("f2", "setup")):
            await pilot.press(key)
            assert app.current_mode == place
            await pilot.pause(0.3)
            assert place.upper() in text_of(app).splitlines()[0]


async def test_every_action_of_the_table_can_be_done(engine: FakeEngine) -> None:
    app = BenchApp(engine)
    async with app.run_test(size=LARGE) as pilot:
        screens = {}
        for place in ("setup", "live", "results"):
            await app.switch_mode(place)
            await pilot.pause()
            screens[place] = app.screen
        for action in ACTIONS:
            owner = screens.get(action.place, app)
            name = action.name.partition("(")[0]
            assert callable(getattr(owner, f"action_{name}", None)), f"{action.id}: there is no action_{name}"
            assert action.help in keys_text(action.place or "live", {})


def test_ids_are_unique_and_keys_do_not_collide() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    for place in ("setup", "live", "results"):
        keys = [key for action in ACTIONS if action.place in ("", place) for key in action.keys.split(",")]
        assert len(keys) == len(set(keys)), f"{place}: {sorted(key for key in keys if keys.count(key) > 1)}"


async def test_a_key_can_be_given_another_action(engine: FakeEngine) -> None:
    app = BenchApp(engine, place="live", preferences=Preferences(keys={"live.stop": "z"}))
    async with app.run_test(size=LARGE) as pilot:
        engine.tell(*until_running(Story(), 2))
        await settle(app, pilot)
        await pilot.press("s")
        assert engine.sent == []
        await pilot.press("z")
        assert [type(command) for command in engine.sent] == [StopRun]


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (40, 10)])
async def test_a_terminal_that_is_too_small_is_told_what_is_needed(engine: FakeEngine, size: tuple[int, int]) -> None:
    app = BenchApp(engine, place="live")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert "80x24 is needed" in text_of(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "is needed" not in text_of(app)


async def test_leaving_while_nothing_runs_asks_nothing(engine: FakeEngine) -> None:
    app = BenchApp(engine)
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("ctrl+q")
    assert app.return_value == Left(None, run_goes_on=False)
    assert engine.closed


async def test_leaving_a_run_can_be_refused_detached_or_stopped(engine: FakeEngine) -> None:
    story = Story()
    app = BenchApp(engine, place="live")
    async with app.run_test(size=LARGE) as pilot:
        engine.tell(*until_running(story, 2))
        await settle(app, pilot)
        await pilot.press("ctrl+q")
        assert "A run is on" in text_of(app)
        await pilot.press("escape")
        assert isinstance(app.screen, LiveScreen) and engine.sent == []
        await pilot.press("ctrl+q", "s")
        assert engine.sent == [StopRun(reason="stopped by the user")]
        engine.tell(*story.end("stopped"))
        app.bridge.receive()
        await pilot.pause()
    assert app.return_value is not None and not app.return_value.run_goes_on
    assert app.return_value.finished is not None and app.return_value.finished.status == "stopped"


async def test_detaching_leaves_the_run_alone(engine: FakeEngine) -> None:
    app = BenchApp(engine, place="live")
    async with app.run_test(size=LARGE) as pilot:
        engine.tell(*until_running(Story(), 2))
        await settle(app, pilot)
        await pilot.press("ctrl+q", "d")
    assert app.return_value == Left(None, run_goes_on=True)
    assert engine.sent == []


async def test_a_fault_is_a_sentence_and_a_log_without_values(
    engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app = BenchApp(engine, place="live")

    def break_(self: LiveScreen) -> None:
        secret = "hunter2"  # noqa: F841 - a variable whose value must not be written
        raise RuntimeError("something broke")

    with pytest.raises(RuntimeError, match="something broke"):
        async with app.run_test(size=LARGE) as pilot:
            monkeypatch.setattr(LiveScreen, "show_figures", break_)
            await pilot.pause(0.6)
    log = (tmp_path / "s3bench-tui" / "faults.log").read_text()
    assert "something broke" in log and "hunter2" not in log.replace('secret = "hunter2"', "")


async def test_footer_palette_and_help_tell_the_same_table(engine: FakeEngine, clock: Clock) -> None:
    engine.tell(*until_running(Story(), 2))
    app = bench(engine, clock)
    async with app.run_test(size=(200, 40)) as pilot:
        footer = (await drawn(app, pilot)).splitlines()[-1]
        commands = ActionCommands(app.screen)
        palette = {hit.text async for hit in commands.discover()}
        told = keys_text("live", {})
        for action in actions_of("live"):
            possible = action.id not in (
                "live.run",
                "live.table",
                "live.page_up",
                "live.page_down",
            )  # a run is on, of one machine
            assert action.help in told
            if action.label and possible and action.id != "program.help":
                assert f" {action.shown or action.first_key} {action.label} " in footer, action.id
            assert any(text.startswith(action.id.replace(".", ": ").replace("_", " ")) for text in palette) == possible
        found = [hit async for hit in commands.search("pause")]
        assert any("live: pause" in str(hit.match_display) for hit in found)


async def test_the_keeper_of_the_run_may_die(engine: FakeEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.tell(*until_running(Story(), 2))
    app = bench(engine, clock)
    async with app.run_test(size=LARGE, notifications=True) as pilot:
        await drawn(app, pilot)

        def gone() -> list[Word]:
            raise EOFError("what it said last stands in keeper.log")

        monkeypatch.setattr(engine, "receive", gone)
        shown = await drawn(app, pilot)
        assert "keeper.log" in shown and "ENGINE LOST" in shown.splitlines()[0]
        await pilot.press("s", "space")
        assert engine.sent == [], "nobody is there to be told"
        await pilot.press("ctrl+q")
    assert app.return_value == Left(None, run_goes_on=False)
