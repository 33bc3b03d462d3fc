"""Setup before a fleet: its agents are asked in the place of this machine, and each has a line among the checks."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.fleet.finding import Answer, Finding
from s3bench_tui.live.reach import Reach
from s3bench_tui.ui.setup import questions
from tests.ui.conftest import LARGE, SMALL, Clock, Screens, bench, text_of, until
from tests.ui.fake_engine import FakeEngine

AGENTS = ["10.0.1.1:7761", "10.0.1.2:7761", "10.0.1.3:7761"]
FOUND = [
    Finding(AGENTS[0], "", "c1; version 1.0; clock 30.0 s ahead, to within 41.0 us; 71.4 GiB free, 20,000 open files", (Answer(True, "empty, can be written to"),)),
    Finding(AGENTS[1], "nothing listens there"),
    Finding(AGENTS[2], "the bucket is not yours: AccessDenied", "c3; version 1.0; clock 12.0 us behind, to within 38.0 us; 1.10 TiB free, 1,024 open files",
            (Answer(False, "the bucket is not yours: AccessDenied"),)),
]  # fmt: skip


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mix.yaml").write_text("name: mix\ntarget: s3://bucket/\nduration: 60s\nworkload: [{op: get, path: data/}]\n")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
async def test_agents_are_asked_and_each_has_its_line(
    engine: FakeEngine, clock: Clock, matches: Screens, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    answered = Event()

    def asked() -> list[Finding]:
        answered.wait(10)
        return FOUND

    monkeypatch.setattr(questions, "agents", lambda loaded, access: asked)
    app = bench(engine, clock, place="setup", source="mix.yaml", reach=Reach({"fleet.agents": AGENTS}))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "t on a target asks them" in text_of(app))
        await pilot.press("t")
        await until(pilot, lambda: "10.0.1.2:7761: asking" in text_of(app) and "asking " in text_of(app))
        answered.set()
        await until(pilot, lambda: "nothing listens there" in text_of(app))
        await pilot.pause()
        matches(app, f"setup-fleet-{size[0]}x{size[1]}")


async def test_answers_hold_only_for_what_was_asked(
    engine: FakeEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "agents", lambda loaded, access: lambda: FOUND)
    app = bench(engine, clock, place="setup", source="mix.yaml", reach=Reach({"fleet.agents": AGENTS}))
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: "t on a target asks them" in text_of(app))
        await pilot.press("t")
        await until(pilot, lambda: "nothing listens there" in text_of(app))
        app.screen._edit(("target",), "s3://another/")  # type: ignore[attr-defined]
        await until(pilot, lambda: "nothing listens there" not in text_of(app))
        assert "t on a target asks them" in text_of(app) and "not tested" in text_of(app)


async def test_agents_that_cannot_be_asked_are_a_sentence(
    engine: FakeEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> list[Finding]:
        raise ConfigError([Problem("concurrency: 2 cannot be shared out among 3 agents")])

    monkeypatch.setattr(questions, "agents", lambda loaded, access: asked)
    app = bench(engine, clock, place="setup", source="mix.yaml", reach=Reach({"fleet.agents": AGENTS}))
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: "t on a target asks them" in text_of(app))
        await pilot.press("t")
        await until(pilot, lambda: "cannot be shared out among 3 agents" in text_of(app))
