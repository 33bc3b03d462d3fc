"""Terminals that know no more than letters, and those without colours: the same is said there."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3bench_tui.ui.preferences import Preferences, load, usual_glyphs
from tests.ui.conftest import LARGE, SMALL, Clock, Screens, bench, drawn
from tests.ui.fake_engine import FakeEngine
from tests.ui.test_live import agents, failing


@pytest.mark.parametrize(
    ("environ", "glyphs"),
    [
        ({}, "block"),
        ({"LANG": "en_US.UTF-8"}, "block"),
        ({"LANG": "C.utf8"}, "block"),
        ({"LANG": "de_DE"}, "block"),
        ({"LANG": "de_DE.ISO-8859-1@euro"}, "ascii"),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, "ascii"),
        ({"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "POSIX"}, "block"),
    ],
)
def test_the_locale_chooses_the_glyphs(environ: dict[str, str], glyphs: str, tmp_path: Path) -> None:
    assert usual_glyphs(environ) == glyphs
    assert load(tmp_path / "none.yaml", (), environ).glyphs == glyphs
    (tmp_path / "config.yaml").write_text("glyphs: braille\n")
    assert load(tmp_path / "config.yaml", (), environ).glyphs == "braille"


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
async def test_with_letters_alone(engine: FakeEngine, clock: Clock, matches: Screens, size: tuple[int, int]) -> None:
    engine.tell(*failing())
    app = bench(engine, clock, preferences=Preferences(glyphs="ascii"))
    async with app.run_test(size=size) as pilot:
        await drawn(app, pilot)
        clock.now_s += 1
        shown = await drawn(app, pilot)
        assert {char for char in shown if not char.isascii()} <= {"\u2026"}, "but for an ellipsis"
        matches(app, f"live-ascii-{size[0]}x{size[1]}")


async def test_without_colours_every_state_is_a_word(
    engine: FakeEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    engine.tell(*agents())
    app = bench(engine, clock)
    async with app.run_test(size=LARGE) as pilot:
        await drawn(app, pilot)
        legend = next(row for row in (await drawn(app, pilot)).splitlines() if "get " in row and "put " in row)
        assert "\u2588 get" in legend and "\u2593 put" in legend, "areas are told apart by their pattern"
        await pilot.press("b")
        shown = await drawn(app, pilot)
        for word in ("RUN", "LOST", "silent", "running", "STORE-LIMITED", "!! 1 of 4 agents lost", "measured"):
            assert word in shown
        styles = {
            segment.style for strip in app.screen._compositor.render_strips() for segment in strip if segment.style
        }
        colours = {style.color.get_truecolor() for style in styles if style.color is not None}
        assert all(colour.red == colour.green == colour.blue for colour in colours)
