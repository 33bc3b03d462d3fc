"""A recording played back: when what is told, standing still, winding, and the same sums as the report."""

from __future__ import annotations

import select
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import Event, Interval, RunEnded, Snapshot
from s3bench_tui.errors import ConfigError
from s3bench_tui.live.door import Began, Finished
from s3bench_tui.live.playback import Player
from s3bench_tui.report.build import build
from s3bench_tui.report.record import Recording, encode
from s3bench_tui.stats.tally import total_of
from tests.unit.report.samples import Run, make_run


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def run() -> Run:
    return make_run()


@pytest.fixture
def path(tmp_path: Path, run: Run) -> Path:
    path = tmp_path / "run.jsonl"
    with Recording(path) as recording:
        for each in run.records:
            recording.feed(each)
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def player(path: Path, clock: Clock) -> Iterator[Player]:
    player = Player(path, clock=clock)
    yield player
    player.close()


def records(words: list[Any]) -> list[str]:
    return [encode(word) for word in words if not isinstance(word, (Began, Snapshot, Finished))]


def all_of(player: Player) -> list[Any]:
    """What is due now, however often one must ask."""
    words: list[Any] = []
    while more := player.receive():
        words += more
    return words


def readable(player: Player, timeout_s: float = 0.0) -> bool:
    return bool(select.select([player], [], [], timeout_s)[0])


def test_everything_is_told_in_order_and_adds_up(player: Player, clock: Clock, run: Run) -> None:
    clock.now_s += 1e6
    words = all_of(player)
    assert isinstance(words[0], Began)
    assert records(words) == [encode(each) for each in run.records]
    [*_, snapshot] = [word for word in words if isinstance(word, Snapshot)]
    report = build(run.records)
    assert total_of(snapshot.total).ops == report.total["ops"]
    assert snapshot.measured_s == pytest.approx(report.measured_s)
    ended = run.records[-1]
    assert isinstance(ended, RunEnded)
    assert isinstance(words[-1], Finished)
    assert (words[-1].status, words[-1].error) == (ended.status, "")


def test_each_is_told_at_its_time(player: Player, clock: Clock) -> None:
    said_s = []
    for _ in range(400):
        said_s += [(clock.now_s - 1000.0, word.end_s) for word in player.receive() if isinstance(word, Interval)]
        clock.now_s += 0.125
    assert said_s
    assert all(0 <= at_s - end_s <= 0.125 for at_s, end_s in said_s)


def test_twice_as_fast(path: Path, clock: Clock) -> None:
    player = Player(path, speed=2.0, clock=clock)
    all_of(player)
    clock.now_s += 1.0
    assert player.position_s == 2.0
    player.play_at(4.0)
    clock.now_s += 1.0
    assert player.position_s == 6.0
    player.close()


def test_it_stands_still(player: Player, clock: Clock) -> None:
    clock.now_s += 1.5
    all_of(player)
    player.hold(True)
    clock.now_s += 100.0
    assert all_of(player) == []
    assert not readable(player)
    player.hold(False)
    clock.now_s += 1.0
    assert player.position_s == 2.5
    assert all_of(player)


def test_winding_forwards_leaves_nothing_out(player: Player, run: Run) -> None:
    assert player.length_s is not None
    player.wind(1e9)
    assert player.position_s == player.length_s
    assert records(all_of(player)) == [encode(each) for each in run.records]


def test_winding_back_tells_it_anew(player: Player, clock: Clock, run: Run) -> None:
    clock.now_s += 1e6
    all_of(player)
    player.wind(2.0)
    words = all_of(player)
    assert isinstance(words[0], Began)
    assert not any(isinstance(word, Finished) for word in words)
    assert max(word.end_s for word in words if isinstance(word, Interval)) <= 2.0
    clock.now_s += 1e6
    assert records(words + all_of(player)) == [encode(each) for each in run.records]


def test_a_screen_is_woken_in_time(path: Path) -> None:
    player = Player(path, speed=1000.0)
    words: list[Any] = []
    while not words or not isinstance(words[-1], Finished):
        assert readable(player, 10.0)
        words += player.receive()
    assert not readable(player)
    player.close()


def test_nothing_can_be_started_in_it(player: Player) -> None:
    with pytest.raises(ConfigError, match="played back"):
        player.start("", "mix.yaml")


def test_one_that_was_broken_off(path: Path, clock: Clock) -> None:
    whole = path.read_text()
    path.write_text(whole[: len(whole) * 2 // 3])
    player = Player(path, clock=clock)
    assert player.length_s is None
    clock.now_s += 1e6
    *_, finished = all_of(player)
    assert isinstance(finished, Finished)
    assert finished.status == "engine_lost"
    assert "before its run did" in finished.error
    player.close()


def test_damage_in_the_middle_is_an_event(path: Path, clock: Clock) -> None:
    lines = path.read_text().splitlines(keepends=True)
    lines[len(lines) // 2] = "{}\n"
    path.write_text("".join(lines))
    player = Player(path, clock=clock)
    clock.now_s += 1e6
    events = [word for word in all_of(player) if isinstance(word, Event)]
    assert f"{path}:{len(lines) // 2 + 1}: the recording is damaged" in events[-1].text
    player.close()


def test_the_report_that_lies_beside_it_is_named(path: Path, clock: Clock) -> None:
    path.with_suffix(".json").write_text("{}")
    player = Player(path, clock=clock)
    clock.now_s += 1e6
    *_, finished = all_of(player)
    assert finished.report_path == str(path.with_suffix(".json"))
    player.close()


@pytest.mark.parametrize("content", [None, "", "{}\n"])
def test_no_recording_is_said_at_once(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "none.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError):
        Player(path)
