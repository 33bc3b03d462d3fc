"""Descriptors that are shared and kept: which file they are of, and that none is left open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from s3bench_tui.stores.files.descriptors import Descriptors


def is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in "abc":
        (tmp_path / name).write_text(name)
    return tmp_path


def test_one_file_has_one_descriptor_and_those_used_last_stay_open(folder: Path) -> None:
    descriptors = Descriptors(lambda key: os.open(folder / key, os.O_RDONLY), limit=2)
    first, again = descriptors.take("a"), descriptors.take("a")
    assert first == again
    descriptors.give("a", first)
    descriptors.give("a", first)
    assert descriptors.take("a") == first
    descriptors.give("a", first)
    for key in "bc":
        descriptors.give(key, descriptors.take(key))
    assert not is_open(first)
    descriptors.close()


def test_who_holds_a_file_that_is_forgotten_reads_on_and_nobody_else_does(folder: Path) -> None:
    descriptors = Descriptors(lambda key: os.open(folder / key, os.O_RDONLY), limit=2)
    held = descriptors.take("a")
    assert descriptors.take("a") == held
    (folder / "new").write_text("new")
    (folder / "new").replace(folder / "a")
    descriptors.forget("a")
    assert descriptors.forgotten == {held: 2}
    fresh = descriptors.take("a")
    assert os.pread(fresh, 9, 0) == b"new"
    assert os.pread(held, 9, 0) == b"a"
    descriptors.give("a", held)
    assert is_open(held)
    descriptors.give("a", held)
    assert not is_open(held)
    descriptors.give("a", fresh)
    descriptors.forget("a")
    assert not is_open(fresh)
    descriptors.forget("nothing")
    descriptors.close()


def test_closing_closes_what_is_idle_used_and_forgotten(folder: Path) -> None:
    descriptors = Descriptors(lambda key: os.open(folder / key, os.O_RDONLY), limit=2)
    fds = [descriptors.take(key) for key in "abc"]
    descriptors.give("b", fds[1])
    descriptors.forget("c")
    descriptors.close()
    assert not any(is_open(fd) for fd in fds)
