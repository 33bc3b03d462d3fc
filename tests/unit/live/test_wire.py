"""Whole messages over a socket, whatever pieces they come in; and the directories in which keepers are found."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3bench_tui.errors import EngineError
from s3bench_tui.fleet.access import Access
from s3bench_tui.live import places
from s3bench_tui.live.reach import Reach
from s3bench_tui.live.wire import Wire, belongs_to_us, packed


@pytest.fixture
def ends() -> Iterator[tuple[Wire, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield Wire(ours), theirs
    ours.close()
    theirs.close()


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short one: the name of a socket has room for about a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="s3b", dir="/tmp") as directory:
        monkeypatch.setattr(tempfile, "tempdir", directory)
        yield Path(directory)


def test_messages_are_whole_in_whatever_pieces_they_come(ends: tuple[Wire, socket.socket]) -> None:
    wire, other = ends
    frames = packed("one") + packed({"two": [2] * 50})
    taken = []
    for byte in frames:
        other.send(bytes([byte]))
        taken += wire.take()
    assert taken == ["one", {"two": [2] * 50}]
    assert wire.take() == []


def test_nothing_waits_for_one_that_does_not_read(ends: tuple[Wire, socket.socket]) -> None:
    wire, other = ends
    sent = packed(os.urandom(1 << 22))
    wire.put(sent)
    assert not wire.idle
    reader, got = Wire(other), []
    while not wire.idle or not got:
        wire.flush()
        got += reader.take()
    assert packed(got[0]) == sent


def test_the_end_is_told_after_what_was_said_before_it(ends: tuple[Wire, socket.socket]) -> None:
    wire, other = ends
    other.send(packed("last word"))
    other.close()
    assert wire.take() == ["last word"]
    with pytest.raises(EOFError):
        wire.take()


def test_the_other_end_is_of_the_same_user(ends: tuple[Wire, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    assert belongs_to_us(ends[1])
    monkeypatch.setattr(os, "geteuid", lambda: 4_242_424)
    assert not belongs_to_us(ends[1])


def test_only_its_user_can_enter(temporary: Path) -> None:
    place = places.new_place()
    listener = place.listen()
    assert places.home().stat().st_mode & 0o777 == 0o700
    assert place.path.stat().st_mode & 0o777 == 0o700
    assert place.door.stat().st_mode & 0o777 == 0o600
    listener.close()


def test_what_was_said_of_a_fleet_is_there_for_whoever_comes(temporary: Path) -> None:
    reach = Reach({"fleet.agents": ["h1:7761"]}, Access(agent_ca="ca.pem", token_env="FLEET_TOKEN"))
    place = places.new_place(reach)
    assert places.Place(place.path).reach == reach
    place.listen().close()
    place.remove()
    assert not place.path.exists()
    assert places.new_place().reach == Reach()


@pytest.mark.parametrize("trouble", ["open", "link", "file"])
def test_a_directory_that_is_not_safe_is_refused(temporary: Path, trouble: str) -> None:
    home = temporary / f"s3bench-tui-{os.geteuid()}"
    if trouble == "open":
        home.mkdir()
        home.chmod(0o755)
    elif trouble == "link":
        (temporary / "elsewhere").mkdir(mode=0o700)
        home.symlink_to(temporary / "elsewhere")
    else:
        home.write_text("mine")
    with pytest.raises(EngineError, match="only you can enter"):
        places.new_place()


def test_the_dead_are_cleared_away_and_the_living_are_not(temporary: Path) -> None:
    dead, alive, early = places.new_place(), places.new_place(), places.new_place()
    dead.listen().close()
    listener = alive.listen()
    assert [place.name for place in (dead, alive, early)] == ["1", "2", "3"]
    assert places.new_place().name == "1"
    assert alive.door.exists()
    assert early.path.exists(), "one without a socket may be about to get it"
    listener.close()


def test_a_log_that_says_something_is_kept(temporary: Path) -> None:
    place = places.new_place()
    place.listen().close()
    place.log.write_text("why it died")
    assert places.new_place().name == "2"
    assert place.log.read_text() == "why it died"
    assert not place.door.exists()


def test_a_path_that_is_too_long_is_a_sentence(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = temporary / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with pytest.raises(EngineError, match="cannot listen at"):
        places.new_place().listen()


def test_one_that_does_not_answer_is_not_listed(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_ANSWER_S", 0.05)
    listener = places.new_place().listen()
    assert places.keepers() == []
    listener.close()
