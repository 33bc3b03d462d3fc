from __future__ import annotations

import fcntl
import json
import os
import threading
from pathlib import Path

import pytest

from s3bench_tui.engine import shared
from s3bench_tui.engine.shared import Block, Control, Life, RunDirectory
from s3bench_tui.stats.histogram import COUNTS
from s3bench_tui.stats.tally import SIZE_CLASSES
from s3bench_tui.stores.outcome import OUTCOMES


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shared, "_places", lambda: [tmp_path])
    return tmp_path


def leftover(memory: Path, name: str, uid: int | None = None) -> Path:
    path = memory / f"s3bench-{os.getuid() if uid is None else uid}-{name}"
    path.mkdir()
    (path / "lock").touch()
    (path / "control").write_bytes(bytes(100))
    return path


# --- the directory ------------------------------------------------------------------------------------------------


def test_a_directory_is_private_and_goes_with_all_that_is_in_it(memory: Path) -> None:
    directory = RunDirectory("r1")
    assert directory.path == memory / f"s3bench-{os.getuid()}-r1"
    assert directory.path.stat().st_mode & 0o777 == 0o700
    (directory.path / "stats-0-0").write_bytes(bytes(10))
    directory.remove()
    assert list(memory.iterdir()) == []


def test_leftovers_of_killed_runs_are_removed_and_living_runs_are_not(memory: Path) -> None:
    dead = [leftover(memory, name) for name in ("dead1", "dead2")]
    strangers = leftover(memory, "dead3", uid=os.getuid() + 1)
    being_made = memory / f"s3bench-{os.getuid()}-new"
    being_made.mkdir()
    living = RunDirectory("living")
    assert living.removed_leftovers == 2
    assert not any(path.exists() for path in dead)
    other = RunDirectory("other")
    assert other.removed_leftovers == 0
    assert living.path.exists()
    assert strangers.exists()
    assert being_made.exists()
    living.remove()
    other.remove()


def test_a_place_without_room_is_passed_over_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crowded, roomy = tmp_path / "shm", tmp_path / "tmp"
    crowded.mkdir()
    roomy.mkdir()
    free = {crowded: 15 * 2**20, roomy: 17 * 2**20}
    monkeypatch.setattr(shared, "_places", lambda: [crowded, roomy])
    monkeypatch.setattr(shared, "_free_bytes", free.__getitem__)
    leftover(crowded, "dead")
    directory = RunDirectory("r1")
    assert directory.path.parent == roomy
    assert directory.notes() == [
        "removed what 1 killed run(s) had left in shared memory",
        f"{crowded} has less than 16.0 MiB free: counters are kept in {roomy}",
    ]
    directory.remove()
    free[roomy] = 0
    nowhere = RunDirectory("r2")
    assert nowhere.path.parent == crowded
    assert nowhere.notes() == []
    nowhere.remove()


def test_a_directory_that_is_taken_for_a_leftover_while_it_is_made_is_made_again(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock, raced = fcntl.flock, []

    def flock_late(fd: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX and not raced:
            raced.append(True)
            assert shared._remove_leftovers(memory) == 1  # another run came between making and locking
        flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", flock_late)
    directory = RunDirectory("r1")
    assert raced
    assert (directory.path / "lock").exists()
    assert shared._remove_leftovers(memory) == 0
    directory.remove()


def test_many_runs_at_once_do_not_disturb_each_other(memory: Path) -> None:
    failures: list[Exception] = []

    def runs(number: int) -> None:
        try:
            for turn in range(30):
                directory = RunDirectory(f"{number}-{turn}")
                (directory.path / "control").write_bytes(b"x")
                assert (directory.path / "control").read_bytes() == b"x"
                directory.remove()
        except Exception as error:  # noqa: BLE001 - a thread's failure is shown by the test
            failures.append(error)

    threads = [threading.Thread(target=runs, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(memory.iterdir()) == []


# --- control ------------------------------------------------------------------------------------------------------


def test_control_gives_what_was_published_last(tmp_path: Path) -> None:
    coordinator = Control(tmp_path / "control", create=True)
    worker = Control(tmp_path / "control")
    assert worker.read() == (0, {})
    for number in range(1, 6):
        coordinator.publish({"number": number, "long": "x" * (1000 - number)})
        assert worker.words[0] == number
        assert worker.read() == (number, {"number": number, "long": "x" * (1000 - number)})


def test_a_reader_that_was_overtaken_reads_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coordinator, worker = Control(tmp_path / "control", create=True), Control(tmp_path / "control")
    coordinator.publish({"number": 1})

    class Overtaken:
        """The reader's memory: in the middle of the first read, two more settings are published."""

        def __init__(self) -> None:
            self.reads = 0

        def __getitem__(self, key: slice) -> bytes:
            self.reads += 1
            if self.reads == 1:
                coordinator.publish({"number": 2})
                coordinator.publish({"number": 3, "longer": "than before"})
            return mapped[key]

    mapped, memory = worker._mapped, Overtaken()
    monkeypatch.setattr(worker, "_mapped", memory)
    assert worker.read() == (3, {"number": 3, "longer": "than before"})
    assert memory.reads == 2


def test_settings_that_are_too_long_are_refused_and_the_old_ones_stay(tmp_path: Path) -> None:
    control = Control(tmp_path / "control", create=True)
    control.publish({"a": 1})
    with pytest.raises(ValueError, match="slot"):
        control.publish({"a": "x" * 300_000})
    assert control.read() == (1, {"a": 1})
    room = 256 * 1024 - 8 - len(json.dumps({"a": ""}))
    control.publish({"a": "x" * room})
    control.publish({"a": "y" * room})
    assert control.read() == (3, {"a": "y" * room})


# --- life and statistics ------------------------------------------------------------------------------------------


def test_cursors_of_lines_do_not_touch_each_other_nor_the_gauges(tmp_path: Path) -> None:
    life = Life(tmp_path / "worker-0", 3, create=True)
    for entry in range(3):
        for word in range(Life.CURSORS_PER_ENTRY):
            life.cursors(entry)[word] = 100 * (entry + 1) + word
    assert list(life.words[: Life.BYTES_WANTED + 1]) == [0] * (Life.BYTES_WANTED + 1)
    again = Life(tmp_path / "worker-0", 3)
    assert [again.cursors(entry)[7] for entry in range(3)] == [107, 207, 307]
    assert len(life.cursors(2)) == Life.CURSORS_PER_ENTRY


def test_files_are_made_once(tmp_path: Path) -> None:
    Life(tmp_path / "worker-0", 1, create=True)
    with pytest.raises(FileExistsError):
        Life(tmp_path / "worker-0", 1, create=True)


@pytest.mark.parametrize("open_loop", [False, True])
def test_rows_of_a_block_lie_side_by_side(tmp_path: Path, open_loop: bool) -> None:
    entries = 3
    block = Block(tmp_path / "stats", entries, open_loop, create=True)
    histograms = 4 if open_loop else 2
    ends = shared.LOOP_AT + COUNTS
    for entry in range(entries):
        for size_class in range(len(SIZE_CLASSES)):
            at = block.row_at(entry, size_class)
            assert at == ends
            assert block.errors_at(at) + OUTCOMES == block.counts_at(at, 0)
            ends = block.counts_at(at, histograms - 1) + COUNTS
    assert ends == len(block.words)
    assert list(block.rows(0)) == []
    assert block.loop().n == 0


def test_a_block_that_nothing_touched_costs_nothing(tmp_path: Path) -> None:
    block = Block(tmp_path / "stats", 20, True, create=True)
    list(block.rows(0))
    block.close()
    assert (tmp_path / "stats").stat().st_size > 100_000_000
    assert (tmp_path / "stats").stat().st_blocks * 512 < 1_000_000
