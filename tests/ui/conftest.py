"""Text snapshots of the whole screen, and a program over a scripted run.

`UPDATE_SNAPSHOTS=1 pytest tests/ui` writes them anew; read the difference before you keep it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from s3bench_tui.live.door import Word
from s3bench_tui.ui.app import BenchApp
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


__all__ = ["LARGE", "SMALL", "Screens", "Word", "text_of"]
