"""Targets in Setup: what they answer, and the browser over what is in them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Static

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.browse import Browser, Entry, Page
from s3bench_tui.ui.app import BenchApp
from s3bench_tui.ui.setup import questions
from s3bench_tui.ui.setup.browser import BrowseDialog
from tests.ui.conftest import SMALL, Screens, text_of, until
from tests.ui.fake_engine import FakeEngine
from tests.ui.setup_rig import SIZES, WORKLOAD, opened, screen_of

pytestmark = pytest.mark.usefixtures("somewhere")


@pytest.mark.parametrize("size", SIZES)
async def test_targets_say_whether_they_answer(
    engine: FakeEngine, size: tuple[int, int], matches: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe(target: Target, writes: bool) -> Callable[[], str]:
        def answer() -> str:
            if target.uri.startswith("s3"):
                raise TargetError("s3://bench-a at http://10.0.0.5:9000/bench-a: the connection was refused; check that the server runs and listens there")  # fmt: skip
            return "/mnt/nvme/bench: ext4, 1.40 TiB free" if writes else "no writes"

        return answer

    monkeypatch.setattr(questions, "probe", probe)
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=size) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: {each.word for each in screen_of(app)._probes.values()} == {"x", "ok"})
        await pilot.pause()
        matches(app, f"setup-unreachable-{size[0]}x{size[1]}")
        await pilot.press("down")
        await pilot.pause()
        assert "ext4, 1.40 TiB free" in text_of(app)


class Shelf:
    """A browser over made-up buckets."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.closed = False

    def page(self, uri: str, following: str = "") -> Page:
        self.asked.append((uri, following))
        if uri == "s3://":
            return Page((Entry("bench-a/", "s3://bench-a/"), Entry("empty/", "s3://empty/"), Entry("secret/", "s3://secret/")))  # fmt: skip
        if uri == "s3://secret/":
            raise TargetError("s3://secret at http://10.0.0.5:9000/secret: listing the bucket was refused: AccessDenied: Access Denied (HTTP 403)")  # fmt: skip
        if uri == "s3://empty/":
            return Page(())
        if following:
            return Page((Entry("part-0002", f"{uri}part-0002", 5),))
        return Page((Entry("data/", f"{uri}data/"), Entry("part-0001", f"{uri}part-0001", 64 << 20)), "more")

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf()

    def browser(target: Target) -> Callable[[], Browser]:
        return lambda: made

    monkeypatch.setattr(questions, "browser", browser)
    return made


def state_of(app: BenchApp) -> str:
    return str(app.screen.query_one(".state", Static).content)


@pytest.mark.parametrize("size", SIZES)
async def test_the_browser_asks_for_what_is_opened_page_by_page(
    engine: FakeEngine, size: tuple[int, int], matches: Screens, shelf: Shelf
) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=size) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: state_of(app) == "all shown")
        await pilot.press("down", "right")
        await until(pilot, lambda: "there are more" in state_of(app))
        await pilot.pause()
        matches(app, f"setup-browse-{size[0]}x{size[1]}")
        assert shelf.asked == [("s3://", ""), ("s3://bench-a/", "")]
        await pilot.press("down", "down", "down", "enter")
        await until(pilot, lambda: state_of(app) == "all shown")
        assert shelf.asked[-1] == ("s3://bench-a/", "more")
        assert "part-0002" in text_of(app) and "enter for more" not in text_of(app)
        await pilot.press("up", "up", "enter")
        await pilot.pause()
        assert screen_of(app).draft.text == WORKLOAD.replace("s3://bench-a/", "s3://bench-a/data/")
    assert shelf.closed


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_empty_or_refused_says_so_on_its_node(
    engine: FakeEngine, size: tuple[int, int], matches: Screens, shelf: Shelf
) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=size) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: state_of(app) == "all shown")
        await pilot.press("down", "down", "right")
        await until(pilot, lambda: state_of(app) == "nothing is in it")
        await pilot.press("down", "right")
        await until(pilot, lambda: "AccessDenied" in state_of(app))
        await pilot.pause()
        matches(app, f"setup-browse-denied-{size[0]}x{size[1]}")
        await pilot.press("escape")
        assert screen_of(app).draft.text == WORKLOAD


async def test_a_server_that_does_not_answer_can_be_given_up(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def browser(target: Target) -> Callable[[], Browser]:
        def open_() -> Browser:
            gate.wait(30)
            return Shelf()

        return open_

    monkeypatch.setattr(questions, "browser", browser)
    app = BenchApp(engine, source=opened(WORKLOAD))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("b")
        await pilot.pause()
        assert "asking for s3://   esc gives up" in text_of(app)
        await pilot.press("escape")
        assert isinstance(app.screen, BrowseDialog) and "given up" in state_of(app)
        gate.set()
        await pilot.pause(0.1)
        assert "bench-a" not in "".join(str(node.label) for node in app.screen._tree.root.children)
        await pilot.press("escape")
        assert app.screen is screen_of(app)


async def test_a_target_that_is_not_valid_is_not_asked(engine: FakeEngine) -> None:
    app = BenchApp(engine, source=opened(WORKLOAD.replace("endpoint:", "endpiont:")))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("b")
        assert app.screen is screen_of(app)
        await pilot.press("t")
        await pilot.pause()
        assert "This target is not valid yet" in text_of(app)


async def test_files_are_browsed_for_real(engine: FakeEngine, somewhere: Path) -> None:
    app = BenchApp(engine)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: "shown" in state_of(app))
        assert "tmp/" in "".join(str(node.label) for node in app.screen._tree.root.children)  # type: ignore[attr-defined]
