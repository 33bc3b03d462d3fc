"""Keys of the Live screen, and the commands that they come to."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from s3bench_tui.engine.messages import Change, Mark, StopRun
from s3bench_tui.spec.loading import load_workload
from tests.ui.conftest import LARGE, SMALL, Clock, bench, drawn, until
from tests.ui.fake_engine import FakeEngine
from tests.ui.story import WORKLOAD, Story, until_running

STOPPED = "stopped by the user"


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
async def test_arrows_turn_the_chosen_dial_once_they_rest(
    engine: FakeEngine, clock: Clock, size: tuple[int, int]
) -> None:
    story = Story()
    engine.tell(*until_running(story, 3))
    app = bench(engine, clock)
    async with app.run_test(size=size) as pilot:
        await drawn(app, pilot)
        await pilot.press("down", "left", "left", "shift+left")
        assert "[" in await drawn(app, pilot) and "58]" in await drawn(app, pilot)
        await until(pilot, lambda: engine.sent)
        assert engine.sent == [Change(weights={"get": 58.0})]
        engine.tell(*story.change(weights=(58.0, 25.0, 4.0, 0.0, 1.0)), *story.second())
        shown = await drawn(app, pilot)
        assert "A get 70>58" in shown
        await pilot.press("up", "shift+right")
        await until(pilot, lambda: len(engine.sent) == 2)
        assert engine.sent[1] == Change(concurrency=138)


async def test_undo_and_the_files_values(engine: FakeEngine, clock: Clock) -> None:
    story = Story()
    engine.tell(*until_running(story, 3))
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        await drawn(app, pilot)
        await pilot.press("right")
        await until(pilot, lambda: engine.sent)
        engine.tell(*story.change(concurrency=129), *story.second())
        await drawn(app, pilot)
        await pilot.press("u")
        assert engine.sent == [Change(concurrency=129), Change(concurrency=128)]
        engine.tell(*story.change(concurrency=128), *story.change(concurrency=64), *story.second())
        clock.now_s += 10
        await drawn(app, pilot)
        await pilot.press("=")
        await until(pilot, lambda: len(engine.sent) == 3)
        assert engine.sent[2] == Change(concurrency=128)


async def test_digits_and_enter_set_a_rate_in_open_loop(engine: FakeEngine, clock: Clock) -> None:
    engine.tell(*until_running(Story(open_loop=True), 3))
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        await drawn(app, pilot)
        await pilot.press("1", "2", "5", "0", "0")
        assert "12500_]" in await drawn(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: engine.sent)
        assert engine.sent == [Change(rate_per_s=12_500.0)]


async def test_space_pauses_and_goes_on(engine: FakeEngine, clock: Clock) -> None:
    story = Story()
    engine.tell(*until_running(story, 3))
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        await drawn(app, pilot)
        await pilot.press("space")
        engine.tell(*story.change(paused=True), *story.second())
        shown = await drawn(app, pilot)
        assert "PAUSED" in shown.splitlines()[0] and "space go on" in shown.splitlines()[-1]
        await pilot.press("space")
        assert engine.sent == [Change(paused=True), Change(paused=False)]


async def test_stop_drains_with_a_countdown_and_once_more_abandons(engine: FakeEngine, clock: Clock) -> None:
    story = Story()
    engine.tell(*until_running(story, 3))
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        await drawn(app, pilot)
        await pilot.press("s")
        engine.tell(*story.open("drain"))
        story.at_s += 3
        engine.tell(story.snapshot(in_flight=12))
        shown = await drawn(app, pilot)
        assert "DRAIN 12 in flight, 27 s left" in shown.splitlines()[0]
        assert "s stop at once" in shown.splitlines()[-1]
        await pilot.press("s")
        assert engine.sent == [StopRun(reason=STOPPED), StopRun(now=True, reason=STOPPED)]


async def test_a_preparation_can_be_given_up(engine: FakeEngine, clock: Clock) -> None:
    engine.tell(*Story().begin())
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        assert "give it up" in await drawn(app, pilot)
        await pilot.press("space", "right", "s")
        assert engine.sent == [StopRun(reason=STOPPED)]


async def test_a_mark_is_asked_for(engine: FakeEngine, clock: Clock) -> None:
    engine.tell(*until_running(Story(), 3))
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        await drawn(app, pilot)
        await pilot.press("m", *"now", "enter")
        assert engine.sent == [Mark("now")]


async def test_who_only_watches_can_turn_nothing(clock: Clock) -> None:
    engine = FakeEngine(*until_running(Story(), 3), can_steer=False)
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        shown = await drawn(app, pilot)
        assert "pause" not in shown.splitlines()[-1] and " s stop" not in shown.splitlines()[-1]
        await pilot.press("space", "s", "right", "u", "=", "m")
        await pilot.pause(0.4)
        assert engine.sent == []
    engine.close()


@pytest.mark.parametrize("kind", ["tuned", "schedule"])
async def test_a_tuned_session_is_kept_as_a_file_that_loads(
    engine: FakeEngine, clock: Clock, tmp_path: Path, kind: str
) -> None:
    story = Story()
    engine.tell(*until_running(story, 3), *story.change(concurrency=200), *story.second(), *story.change(paused=True))
    engine.tell(*story.second())
    app = bench(engine, clock)
    file = tmp_path / f"{kind}.yaml"
    async with app.run_test(size=SMALL) as pilot:
        await drawn(app, pilot)
        app.bridge.given_text = WORKLOAD
        await pilot.press("ctrl+s")
        await pilot.pause()
        if kind == "schedule":
            await pilot.press("down")
        await pilot.press("enter")
        app.screen.query_one(Input).value = str(file)
        await pilot.press("enter")
        await until(pilot, file.is_file)
    workload = load_workload(str(file)).workload
    if kind == "tuned":
        assert workload.concurrency == 200 and not workload.schedule
    else:
        assert workload.concurrency == 128
        steps = [(step.at / 1e9, step.concurrency, step.pause) for step in workload.schedule]
        assert steps == [(3.0, 200, False), (4.0, None, True)]


class Recording(FakeEngine):
    """A recording that is played back, as far as keys can tell."""

    held, speed, position_s = False, 1.0, 60.0

    def hold(self, held: bool) -> None:
        """Keep it."""
        self.held = held

    def play_at(self, speed: float) -> None:
        """Keep it."""
        self.speed = speed

    def wind(self, to_s: float) -> None:
        """Keep it."""
        self.position_s = to_s


async def test_a_recording_is_held_wound_and_sped_up(clock: Clock) -> None:
    recording = Recording(*until_running(Story(), 3), can_steer=False)
    app = bench(recording, clock)
    async with app.run_test(size=LARGE) as pilot:
        assert "PLAY x1" in (await drawn(app, pilot)).splitlines()[0]
        await pilot.press("space", "right", "shift+left", "up", "up", "down")
        assert (recording.held, recording.position_s, recording.speed) == (True, 15.0, 2.0)
        shown = (await drawn(app, pilot)).splitlines()
        assert "HELD" in shown[0] and "space play" in shown[-1]
        assert recording.sent == []
    recording.close()
