"""file://: listings page by page and by level, against what the system itself says is there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.stores.base import DriverConfig
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import CLIENT, OK
from s3bench_tui.stores.registry import open_driver
from s3bench_tui.stores.walk import names_below
from tests.stores.http_rig import perform

LINES = (LineOptions(max_keys=4), LineOptions(delimiter="/"), LineOptions(max_keys=2, delimiter="/"), LineOptions())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in "abc":
        (tmp_path / "walk" / folder).mkdir(parents=True)
        for number in range(3):
            (tmp_path / "walk" / folder / str(number)).write_bytes(b"x")
    for name in ("walk/x", "walk/y", "other"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


@pytest.fixture
def driver(root: Path) -> Any:
    opened = open_driver(DriverConfig("file", str(root), lines=LINES), Payload(1))
    yield opened
    opened.close()


def counts(driver: Any, entry: int, operations: int, slot: int = 0) -> list[int]:
    ops = [perform(driver, "list", "walk/", entry=entry, slot=slot) for _ in range(operations)]
    assert {op.outcome for op in ops} == {OK}
    return [op.items for op in ops]


def test_one_page_an_operation_around_and_around(driver: Any) -> None:
    assert counts(driver, 0, 7) == [4, 4, 3, 4, 4, 3, 4]
    assert counts(driver, 0, 3, slot=1) == [4, 4, 3]
    assert counts(driver, 0, 2) == [4, 3]


def test_levels(driver: Any) -> None:
    assert counts(driver, 1, 2) == [5, 5]
    assert counts(driver, 2, 4) == [2, 2, 1, 2]
    assert perform(driver, "list", "walk/", entry=3).items == 11


def test_a_walk_over_what_has_vanished_ends_and_begins_anew(driver: Any, root: Path) -> None:
    assert counts(driver, 0, 1) == [4]
    for path in sorted(root.rglob("walk/*/*")):
        path.unlink()
    left = sum(counts(driver, 0, 3))
    assert left >= 2
    assert counts(driver, 0, 1)[0] <= 4


def test_prefixes_that_leave_the_root_are_refused(driver: Any) -> None:
    assert perform(driver, "list", "../", entry=0).outcome == CLIENT
    assert perform(driver, "list", "nothing/here/", entry=0).items == 0


def test_directories_that_a_walk_holds_open_are_closed_with_the_driver(root: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    driver = open_driver(DriverConfig("file", str(root), lines=LINES), Payload(1))
    assert counts(driver, 0, 1) == [4]
    driver.close()
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize(
    ("prefix", "one_level", "names"),
    [
        ("", True, {"walk/", "other"}),
        ("walk/a", True, {"walk/a/"}),
        ("walk/a/", True, {"walk/a/0", "walk/a/1", "walk/a/2"}),
        ("walk/a", False, {"walk/a/0", "walk/a/1", "walk/a/2"}),
        ("wal", True, {"walk/"}),
        ("nothing", True, set()),
    ],
)
def test_names(root: Path, prefix: str, one_level: bool, names: set[str]) -> None:
    fd = os.open(root, os.O_RDONLY)
    try:
        assert set(names_below(fd, prefix, one_level)) == names
    finally:
        os.close(fd)
