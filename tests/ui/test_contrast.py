"""Whatever is written on a screen can be read in each of our themes: the contrast that WCAG 2 asks of text, 4.5 to 1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.color import ColorTriplet
from textual.screen import ModalScreen

from s3bench_tui.ui.app import BenchApp
from s3bench_tui.ui.themes import THEMES
from tests.ui.conftest import LARGE, Clock, bench, drawn, until
from tests.ui.fake_engine import FakeEngine
from tests.ui.runs import many
from tests.ui.test_live import agents

ENOUGH = 4.5


def luminance(colour: ColorTriplet) -> float:
    """As WCAG 2 defines it."""
    linear = [part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def poor(app: BenchApp) -> Iterator[str]:
    """Texts that are hard to read; what stands behind a dialog is meant to stand back."""
    screen = app.screen
    region = screen.query_one(".dialog").region if isinstance(screen, ModalScreen) else screen.region
    for y, strip in enumerate(screen._compositor.render_strips()):
        if not region.y <= y < region.bottom:
            continue
        for segment in strip.crop(region.x, region.right):
            style = segment.style
            if not any(char.isalnum() for char in segment.text) or style is None:
                continue
            assert style.color is not None and style.bgcolor is not None
            found = contrast(style.color.get_truecolor(), style.bgcolor.get_truecolor())
            if found < ENOUGH:
                yield f"{found:.2f}: {segment.text.strip()!r}, {style.color.name} on {style.bgcolor.name}"


def test_the_measure_is_the_one_of_wcag() -> None:
    assert contrast(ColorTriplet(0, 0, 0), ColorTriplet(255, 255, 255)) == pytest.approx(21.0)
    assert contrast(ColorTriplet(119, 119, 119), ColorTriplet(255, 255, 255)) == pytest.approx(4.48, abs=0.01)


async def test_every_text_can_be_read(
    engine: FakeEngine, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    many(tmp_path / "results")
    engine.tell(*agents())
    app = bench(engine, clock)
    found: dict[str, list[str]] = {}
    async with app.run_test(size=LARGE) as pilot:
        for keys in ("b", "f2", "f4"):
            for key in keys.split():
                await pilot.press(key)
            if keys == "f4":
                await until(
                    pilot, lambda: app.screen.query("#figures") and app.screen.query_one("#figures").border_title
                )
            for theme in THEMES:
                app.theme = theme.name
                await drawn(app, pilot)
                found[f"{theme.name} {keys}"] = list(poor(app))
    assert found == {shown: [] for shown in found}
