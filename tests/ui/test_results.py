"""Results: empty, one run, many; in depth and against another; what the keys do."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from s3bench_tui.engine.messages import Interval, Record, RunEnded, RunStarted
from s3bench_tui.live.door import Finished
from s3bench_tui.report.figures import latency
from s3bench_tui.report.folder import read_report
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.ui.app import BenchApp
from s3bench_tui.ui.preferences import Preferences
from s3bench_tui.ui.screens.results import ResultsScreen
from tests.ui.conftest import LARGE, SMALL, Screens, text_of, until
from tests.ui.fake_engine import FakeEngine
from tests.ui.runs import a_run, many, report_of
from tests.unit.report.samples import Run

Opening = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture
def opening(engine: FakeEngine) -> Opening:
    """The program on Results, with all that it reads read."""

    @asynccontextmanager
    async def opened(size: tuple[int, int] = LARGE, **preferences: Any) -> AsyncIterator[Any]:
        app = BenchApp(engine, place="results", preferences=Preferences(**preferences))
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(pilot, lambda: _listed(app))
            await settled(pilot)
            yield pilot

    return opened


def _listed(app: BenchApp) -> bool:
    """Whether the folder was looked through, and the list, if there is one, has the keys."""
    if not isinstance(app.screen, ResultsScreen) or not app.screen.query("#runs"):
        return False
    return app.screen.has_class("-empty") or (
        bool(app.screen.query_one("#runs").border_subtitle) and app.focused is not None
    )


async def settled(pilot: Pilot[Any]) -> None:
    """Until nothing is being read, and what was read is drawn."""
    for _ in range(3):
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot[Any], *keys: str) -> str:
    """What stands on the screen after these keys."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
    return text_of(pilot.app)  # type: ignore[arg-type]


SIZES = pytest.mark.parametrize("size", [LARGE, SMALL], ids=["120x36", "80x24"])


@SIZES
async def test_no_runs(opening: Opening, matches: Screens, size: tuple[int, int]) -> None:
    async with opening(size) as pilot:
        matches(pilot.app, f"results-empty-{size[0]}x{size[1]}")


@SIZES
async def test_one_run(opening: Opening, matches: Screens, size: tuple[int, int], tmp_path: Path) -> None:
    report_of(a_run("mixed 70/30", 21), tmp_path / "results", "mixed")
    async with opening(size) as pilot:
        matches(pilot.app, f"results-one-{size[0]}x{size[1]}")


@SIZES
async def test_a_against_b(opening: Opening, matches: Screens, size: tuple[int, int], tmp_path: Path) -> None:
    many(tmp_path / "results")
    async with opening(size) as pilot:
        await press(pilot, "down", "b")
        matches(pilot.app, f"results-compared-{size[0]}x{size[1]}")


async def test_ascii_and_the_other_pictures(opening: Opening, matches: Screens, tmp_path: Path) -> None:
    many(tmp_path / "results")
    async with opening(glyphs="ascii") as pilot:
        await press(pilot, "down", "down", "enter", "v", "v", "l")
        matches(pilot.app, "results-ascii-120x36")


async def test_on_a_small_screen_parts_are_turned(opening: Opening, tmp_path: Path) -> None:
    report_of(a_run("mixed 70/30", 21), tmp_path / "results", "mixed")
    async with opening(SMALL) as pilot:
        seen = [text_of(pilot.app), *[await press(pilot, "f6") for _ in range(4)]]
    assert "service time, from the dispatch" in seen[0] and "[Figures]" in seen[0]
    assert "Throughput over time" in seen[1] and "Latency of get" in seen[2]
    assert "The store was the limit" in seen[3] and seen[4] == seen[0]


async def test_picking(opening: Opening, tmp_path: Path) -> None:
    many(tmp_path / "results")
    async with opening() as pilot:
        marks = lambda text: [line[2] for line in text.splitlines()[3:9]]  # noqa: E731 - a name for six cells
        assert marks(text_of(pilot.app)) == ["A", " ", " ", " ", " ", " "]
        assert marks(await press(pilot, "down", "b")) == ["A", "B", " ", " ", " ", " "]
        assert "A against B" in text_of(pilot.app)
        assert marks(await press(pilot, "a")) == ["B", "A", " ", " ", " ", " "]
        assert marks(await press(pilot, "up", "b")) == [" ", "A", " ", " ", " ", " "]
        assert "A against B" not in text_of(pilot.app)
        assert marks(await press(pilot, "down", "down", "enter")) == [" ", " ", "A", " ", " ", " "]
        assert "A  get 1 MiB" in text_of(pilot.app)


async def test_a_recording_is_opened_as_a_run_is(opening: Opening, tmp_path: Path) -> None:
    many(tmp_path / "results")
    async with opening() as pilot:
        text = await press(pilot, *["down"] * 4, "enter")
    assert "engine lost" in text and "lost.jsonl" in text


async def test_a_damaged_file_is_said_in_its_place(opening: Opening, tmp_path: Path) -> None:
    many(tmp_path / "results")
    async with opening() as pilot:
        text = await press(pilot, *["down"] * 5, "enter")
        assert "damaged.json: the report" in text and "Restore the" in text
        text = await press(pilot, "up", "up", "b")
        assert "damaged.json: the report" in text
        assert "get 1 MiB" in await press(pilot, "up", "enter")


async def test_set_ups_that_differ_are_loud(opening: Opening, tmp_path: Path) -> None:
    many(tmp_path / "results")
    async with opening() as pilot:
        text = await press(pilot, *["down"] * 3, "b")
    assert "!! checks" in text and "1 of 1 FAILED" in text and "matter" in text


async def test_filter_and_order(opening: Opening, tmp_path: Path) -> None:
    many(tmp_path / "results")
    async with opening() as pilot:
        text = await press(pilot, "slash", *"mixed")
        assert "3 of 6 runs" in text and "arrivals" not in text
        text = await press(pilot, "enter", "down", "b")
        assert "A against B" in text
        assert "6 runs, newest first" in await press(pilot, "escape")
        text = await press(pilot, "o")
        assert "6 runs, by name" in text
        assert [line[16:24] for line in text.splitlines()[3:5]] == ["arrivals", "damaged."]


async def test_every_view_of_every_run(opening: Opening, tmp_path: Path) -> None:
    many(tmp_path / "results")
    async with opening() as pilot:
        titles = set()
        for run in range(5):
            await press(pilot, *(["down"] if run else []), "enter")
            for _ in range(6):
                text = await press(pilot, "v")
                titles.add(
                    next(line for line in text.splitlines() if "over time" in line).rpartition("╭─ ")[2].split(" ─")[0]
                )
            await press(pilot, "k", "l")
    views = ("Throughput", "Operations", "Failures", "In flight", "CPU")
    assert {f"{view.capitalize()} over time" for view in views} <= titles
    assert {"P99 of get over time", "P99 of put over time"} <= titles


async def test_export_writes_beside_the_report_and_over_nothing(opening: Opening, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    many(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    async with opening() as pilot:
        for place in range(3):
            await press(pilot, "e", *["down"] * place, "enter")
        await press(pilot, "down", "b", "e", "enter")
        await press(pilot, "e", "escape")
        rows = (await press(pilot, *["down"] * 3, "enter", "e", "enter")).splitlines()
    made = {path.name for path in folder.iterdir()} - set(before)
    assert made == {"mixed-2.tsv", "mixed-2.md", "mixed-2.svg", "mixed-2-against-mixed-1.md", "lost.json"}
    assert rows[7][2] == "A" and "engine lost" in rows[7], "the report stands for its recording now"
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert read_report(folder / "lost.json") == read_report(folder / "lost.jsonl")
    assert (folder / "mixed-2.tsv").read_text().startswith("operation\t")
    assert "<svg" in (folder / "mixed-2.svg").read_text()
    assert "against" in (folder / "mixed-2-against-mixed-1.md").read_text()


async def test_copy_is_markdown(opening: Opening, tmp_path: Path) -> None:
    report_of(a_run("mixed 70/30", 21), tmp_path / "results", "mixed")
    async with opening() as pilot:
        await press(pilot, "y")
        assert pilot.app.clipboard.startswith("## mixed 70/30")


@pytest.mark.parametrize("visited", [True, False])
async def test_a_run_that_ends_is_compared_with_the_one_before(
    engine: FakeEngine, tmp_path: Path, visited: bool
) -> None:
    many(tmp_path / "results")
    app = BenchApp(engine, place="results" if visited else "setup")
    async with app.run_test(size=LARGE) as pilot:
        await settled(pilot)
        path = report_of(a_run("mixed 70/30", 25), tmp_path / "results", "new")
        app._run_finished(finished := Finished("ok", 0, "", "", str(path), ""))
        app.bridge.last_finished = finished
        await pilot.press("f4")
        await until(pilot, lambda: _listed(app) and "A against B" in text_of(app))
        rows = text_of(app).splitlines()
    assert rows[3][2] == "A" and "11-25" in rows[3]
    assert rows[4][2] == "B" and "11-22" in rows[4] and "A against B" in "".join(rows)


def fleet_and_endpoints() -> Run:
    """Two agents, of which one was lost; a target with three end points, of which the last got nothing."""
    run = a_run("fleet", 23)
    records: list[Record] = []
    for record in run.records:
        if isinstance(record, RunStarted):
            first, second = record.targets
            urls = [f"http://10.0.0.{number}:9000" for number in (5, 6, 7)]
            record = replace(record, targets=({**first, "endpoints": urls}, second), fleet=fleet_head())
        elif isinstance(record, Interval):
            tally = {
                key._replace(endpoint=key.entry % 2 if key.target == 0 else 0): row for key, row in record.tally.items()
            }
            record = replace(record, tally=tally)
        elif isinstance(record, RunEnded):
            record = replace(record, fleet=fleet_foot())
        records.append(record)
    run.records[:] = records
    return run


def fleet_head() -> dict[str, Any]:
    clock = {"wall_offset_ns": 1_200_000, "error_ns": 80_000}
    return {"keyspace": "shared", "on_agent_loss": "continue", "agents": [
        {"address": f"10.0.1.{number}:7761", "host_name": f"c{number}", "version": "1", "run_id": "x", "workers": [number], "clock": clock, "host": {}}
        for number in (1, 2)
    ]}  # fmt: skip


def fleet_foot() -> dict[str, Any]:
    service = latency(Histogram.of_values([8_000_000] * 500))
    return {"degraded": True, "start_spread_ns": 65_000, "start_error_ns": 9_000, "agents": [
        {"address": "10.0.1.1:7761", "status": "ok", "reason": "", "start_after_first_ns": 0, "missing_words": 0, "cpu_s": 3.5, "verdict": "store",
         "total": {"ops": 300, "bytes": 900, "errors": {}, "failed": 0}, "service_ns": service},
        {"address": "10.0.1.2:7761", "status": "lost", "reason": "it has said nothing for 10 s", "start_after_first_ns": 65_000, "missing_words": 0,
         "cpu_s": None, "verdict": None, "total": {"ops": 100, "bytes": 300, "errors": {"timeout": 2}, "failed": 2}, "service_ns": service},
    ]}  # fmt: skip


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
async def test_agents_and_end_points_stand_below_the_operations(
    opening: Opening, tmp_path: Path, matches: Screens, size: tuple[int, int]
) -> None:
    report_of(fleet_and_endpoints(), tmp_path / "results", "fleet")
    async with opening(size) as pilot:
        await press(pilot)
        pane = pilot.app.screen.query_one("#figures")
        pane.scroll_end(animate=False)
        await settled(pilot)
        matches(pilot.app, f"results-fleet-{size[0]}x{size[1]}")
