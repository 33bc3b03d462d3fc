"""The Live screen in every state a run can be in, at both sizes it is drawn for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.events import AppBlur, AppFocus

from s3bench_tui.engine.messages import Event
from s3bench_tui.live.door import Finished, Word
from s3bench_tui.ui.screens.live import LiveScreen
from tests.ui.conftest import LARGE, SMALL, Clock, Screens, bench, drawn, until
from tests.ui.fake_engine import FakeEngine
from tests.ui.story import Story, until_running


def empty() -> list[Word]:
    return []


def opening() -> list[Word]:
    return [*Story().begin()]


def preparing() -> list[Word]:
    story = Story()
    words = [*story.begin(), *story.start(), *story.open("prepare")]
    story.at_s = 4.0
    return [*words, story.snapshot(progress=(2500, 10000))]


def warming_up() -> list[Word]:
    story = Story()
    words = [*story.begin(), *story.start(), *story.open("warmup")]
    for _ in range(4):
        words += story.second()
    return words


def running() -> list[Word]:
    story = Story()
    words = until_running(story, 20)
    words += story.change(concurrency=256)
    for _ in range(10):
        words += story.second(900)
    words += story.change(weights=(50.0, 45.0, 4.0, 0.0, 1.0))
    for _ in range(12):
        words += story.second(850)
    return words


def open_loop() -> list[Word]:
    return until_running(Story(open_loop=True), 20)


def paused() -> list[Word]:
    story = Story()
    words = until_running(story, 8)
    words += story.change(paused=True)
    for _ in range(3):
        words += story.second()
    return words


def failing() -> list[Word]:
    return until_running(Story(failing=True), 12)


def draining() -> list[Word]:
    story = Story()
    words = [*until_running(story, 12), *story.open("drain")]
    story.at_s += 3
    return [*words, story.snapshot(in_flight=12)]


def finished() -> list[Word]:
    story = Story()
    words = [*until_running(story, 12), *story.open("drain"), *story.end()]
    return [replace(word, report_path="") if isinstance(word, Finished) else word for word in words]


def refused() -> list[Word]:
    said = "s3://bench-a/: the bucket does not exist (NoSuchBucket); create it, or correct its name"
    return [*Story().begin(), Finished("target", 3, said, "", "", "")]


STATES: tuple[Callable[[], list[Word]], ...] = (
    empty, opening, preparing, warming_up, running, open_loop, paused, failing, draining, finished, refused,
)  # fmt: skip


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("words", STATES, ids=lambda words: words.__name__)
async def test_live(
    engine: FakeEngine, clock: Clock, matches: Screens, words: Callable[[], list[Word]], size: tuple[int, int]
) -> None:
    engine.tell(*words())
    app = bench(engine, clock)
    async with app.run_test(size=size) as pilot:
        await drawn(app, pilot)
        clock.now_s += 1
        await drawn(app, pilot)
        matches(app, f"live-{words.__name__}-{size[0]}x{size[1]}")


def endpoints() -> list[Word]:
    story = Story(endpoints=3, failing=True)
    gone = {"target": 0, "endpoint": "http://10.0.0.7:9000", "alive": False}
    return [*until_running(story, 12), Event(9.0, "server", "http://10.0.0.7:9000 gives no connection", gone)]


def agents() -> list[Word]:
    return until_running(Story(agents=4), 12)


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("words", [endpoints, agents], ids=lambda words: words.__name__)
async def test_the_table_by_end_point_and_by_agent(
    engine: FakeEngine, clock: Clock, matches: Screens, words: Callable[[], list[Word]], size: tuple[int, int]
) -> None:
    engine.tell(*words())
    app = bench(engine, clock)
    async with app.run_test(size=size) as pilot:
        await drawn(app, pilot)
        await pilot.press("b")
        await drawn(app, pilot)
        clock.now_s += 1
        await drawn(app, pilot)
        matches(app, f"live-by-{words.__name__}-{size[0]}x{size[1]}")
        await pilot.press("b")
        assert "Operations" in await drawn(app, pilot)


async def test_a_large_fleet_has_pages_and_those_in_trouble_stand_first(engine: FakeEngine, clock: Clock) -> None:
    engine.tell(*until_running(Story(agents=40), 12))
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        await drawn(app, pilot)
        await pilot.press("b")
        first = await drawn(app, pilot)
        assert "!! 1 of 40 agents lost" in first.splitlines()[0]
        rows = [row for row in first.splitlines() if "10.0.1." in row]
        assert "LOST" in rows[0] and "silent" in rows[1] and "running" in rows[2]
        await pilot.press("pagedown")
        second = [row for row in (await drawn(app, pilot)).splitlines() if "10.0.1." in row]
        assert len(second) == len(rows) and not {row[:20] for row in rows} & {row[:20] for row in second}
        app.screen.query_one("#agents").focus()
        await pilot.press("x")
        whole = await drawn(app, pilot)
        assert len([row for row in whole.splitlines() if "10.0.1." in row]) > 20
        await pilot.press("b")
        assert "│op " in await drawn(app, pilot)


async def test_with_one_end_point_and_no_fleet_there_is_no_other_table(engine: FakeEngine, clock: Clock) -> None:
    engine.tell(*running())
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        before = await drawn(app, pilot)
        await pilot.press("b")
        assert await drawn(app, pilot) == before


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
async def test_the_table_turns_its_window_and_says_which(
    engine: FakeEngine, clock: Clock, size: tuple[int, int]
) -> None:
    story = Story()
    words = until_running(story, 4)
    words += story.change(concurrency=64)
    for _ in range(14):
        words += story.second(900)
    engine.tell(*words)
    app = bench(engine, clock)
    counts = {"whole run": 4 * 600 + 14 * 900, "this phase": 14 * 900, "last 10 s": 11 * 900}
    async with app.run_test(size=size) as pilot:
        for window, count in counts.items():
            shown = await drawn(app, pilot)
            assert window in shown
            if size == LARGE:
                assert f"{count:,}" in next(row for row in shown.splitlines() if "│total " in row)
            await pilot.press("w")
        assert "whole run" in await drawn(app, pilot)


async def test_a_warm_up_enters_no_table_of_the_whole_run(engine: FakeEngine, clock: Clock) -> None:
    engine.tell(*warming_up())
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        shown = await drawn(app, pilot)
        whole = next(row for row in shown.splitlines() if "│total " in row)
        assert whole.split()[1:3] == ["0", "-"]
        assert "warm-up, not counted" in shown and "WARM-UP" in shown
        await pilot.press("w")
        assert "600" in next(row for row in (await drawn(app, pilot)).splitlines() if "│total " in row)


async def test_errors_are_named_by_class_and_a_flood_of_classes_moves_nothing(engine: FakeEngine, clock: Clock) -> None:
    story = Story()
    engine.tell(*until_running(story, 3))
    snapshot = story.snapshot()
    key, row = next(iter(snapshot.total.items()))
    many = {f"http_{status}": 599 - status for status in range(500, 520)}
    engine.tell(replace(snapshot, total={**snapshot.total, key: replace(row, errors=many)}))
    app = bench(engine, clock)
    async with app.run_test(size=SMALL) as pilot:
        shown = (await drawn(app, pilot)).splitlines()
        assert len(shown) == 24
        line = next(row for row in shown if row.startswith(" errors"))
        assert "99 http_500" in line and f"{sum(many.values()) - 99 - 98 - 97:,} of 17 other classes" in line


async def test_three_runs_in_one_session_do_not_mix(engine: FakeEngine, clock: Clock) -> None:
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        for number in range(1, 4):
            story = Story(seed=number)
            engine.tell(*story.begin(f"run {number}"), *story.start(), *story.open("measured"))
            for _ in range(number * 2):
                engine.tell(*story.second())
            shown = await drawn(app, pilot)
            assert f"run {number} >" in shown and f"{number * 2 * 600:,}" in shown
            assert f"00:{number * 2:02d}" in shown.splitlines()[0]
            engine.tell(*story.open("drain"), *story.end())
            await drawn(app, pilot)
            assert app.current_mode == "results", "results open when a run ends"
            await pilot.press("f3")
            await pilot.pause()
            assert isinstance(app.screen, LiveScreen)


async def test_the_display_freezes_and_the_run_does_not(engine: FakeEngine, clock: Clock) -> None:
    story = Story()
    engine.tell(*until_running(story, 5))
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        before = await drawn(app, pilot)
        await pilot.press("ctrl+f")
        engine.tell(*story.second(), *story.second())
        after = await drawn(app, pilot)
        assert before.splitlines()[2] == after.splitlines()[2] and "00:07" in after.splitlines()[0]
        await pilot.press("ctrl+f")
        assert (await drawn(app, pilot)).splitlines()[18:27] != before.splitlines()[18:27]
        assert engine.sent == []


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("panel", ["course", "operations", "tuner", "host", "why"])
async def test_a_panel_takes_the_whole_screen_and_gives_it_back(
    engine: FakeEngine, clock: Clock, panel: str, size: tuple[int, int]
) -> None:
    engine.tell(*running())
    app = bench(engine, clock)
    async with app.run_test(size=size) as pilot:
        before = await drawn(app, pilot)
        widget = app.screen.query_one(f"#{panel}")
        widget.focus()
        await pilot.press("x")
        shown = (await drawn(app, pilot)).splitlines()
        assert app.screen.maximized is widget
        assert widget.outer_size.width == size[0] and widget.outer_size.height >= size[1] - 3
        assert shown[0].startswith((" s3bench-tui", " F2 Setup")) and "ctrl+p" in shown[-1]
        await pilot.press("escape")
        assert (await drawn(app, pilot)).splitlines()[0] == before.splitlines()[0]
        assert app.screen.maximized is None


async def test_without_the_focus_it_is_drawn_once_a_second(
    engine: FakeEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings = []
    monkeypatch.setattr("s3bench_tui.ui.screens.place.FIGURES_S", 3600.0)
    monkeypatch.setattr(LiveScreen, "show_figures", lambda screen: drawings.append(screen))
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        await drawn(app, pilot)
        screen = app.screen
        assert isinstance(screen, LiveScreen)

        def drawn_in_two_seconds() -> int:
            drawings.clear()
            for _ in range(8):
                screen._draw()
            return len(drawings)

        assert drawn_in_two_seconds() == 8
        app.post_message(AppBlur())
        await until(pilot, lambda: not app.app_focus)
        assert drawn_in_two_seconds() == 2
        app.post_message(AppFocus())
        await until(pilot, lambda: app.app_focus)
        assert drawn_in_two_seconds() == 8
