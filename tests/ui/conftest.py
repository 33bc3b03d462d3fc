"""Text snapshots of the whole screen, and a program over a scripted run.

`UPDATE_SNAPSHOTS=1 pytest tests/ui` writes them anew; read the difference before you keep it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from s3bench_tui.ui.app import BenchApp
from s3bench_tui.ui.screens.place import Place
from tests.ui.fake_engine import FakeEngine

SNAPSHOTS = Path(__file__).parent / "snapshots"
LARGE, SMALL = (120, 36), (80, 24)

Screens = Callable[[BenchApp, str], None]


def text_of(app: BenchApp) -> str:
    """What stands on the screen, without colours; the one place that knows Textual's compositor."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


@pytest.fixture
def matches() -> Screens:
    """Compares the screen with the text kept under a name."""

    def compare(app: BenchApp, name: str) -> None:
        file = SNAPSHOTS / f"{name}.txt"
        shown = text_of(app)
        if os.environ.get("UPDATE_SNAPSHOTS"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(shown, encoding="utf-8")
        assert file.is_file(), f"there is no {file.name} yet; UPDATE_SNAPSHOTS=1 writes it:\n{shown}"
        assert shown == file.read_text(encoding="utf-8"), f"the screen differs from {file.name}:\n{shown}"

    return compare


class Clock:
    """Time that passes only when it is told to; the screen costs 2.4 % of it."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def cpu(self) -> float:
        """Of the program's own process."""
        return self.now_s * 0.024


def bench(engine: FakeEngine, clock: Clock, **options: Any) -> BenchApp:
    """The program on its Live screen, with nothing in it that differs from one machine to the next."""
    return BenchApp(engine, clock=clock, cpu_clock=clock.cpu, **({"place": "live"} | options))


async def drawn(app: BenchApp, pilot: Pilot[Any]) -> str:
    """Take all words, draw all of it, and give what stands on the screen then."""
    app.bridge.receive()
    for _ in range(2):  # the second one after the layout has followed
        await pilot.pause()
        if isinstance(app.screen, Place):
            app.screen.draw_now()
            await pilot.pause()
    return text_of(app)


async def until(pilot: Pilot[Any], condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Let the program go on until it is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        await pilot.pause(0.01)


@pytest.fixture
def clock() -> Clock:
    """For `bench`."""
    return Clock()


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """A door that says nothing yet."""
    fake = FakeEngine()
    yield fake
    fake.close()


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees a theme that somebody chose, nor a terminal's own wishes."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and no TMPDIR that the quickstart would name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TMPDIR", raising=False)
    return tmp_path
