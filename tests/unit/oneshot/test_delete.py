"""What a delete takes: the keys that were there when it looked, in batches, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from s3bench_tui import cli
from s3bench_tui.errors import TargetError
from s3bench_tui.oneshot import objects
from s3bench_tui.stores.base import ListingRefused, ObjectInfo


class Shelf:
    """A store of these keys that notes what it is told to delete, and of each batch keeps the last `stubborn` ones."""

    lacks_objects = True

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = list(keys)
        self.batches: list[list[str]] = []
        self.stubborn = 0
        self.fails_from = 10**9
        self.lists = True

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        if not self.lists:
            raise ListingRefused("no listing here")
        return (ObjectInfo(key, 1) for key in self.keys if key.startswith(prefix))

    def delete(self, keys: Sequence[str]) -> int:
        if len(self.batches) >= self.fails_from:
            raise TargetError("the server has gone")
        self.batches.append(list(keys))
        return len(keys) - self.stubborn


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf([f"a/{number:04d}" for number in range(2500)] + ["b"])

    @contextmanager
    def opened(*_: Any) -> Iterator[Shelf]:
        yield made

    monkeypatch.setattr(objects, "opened", opened)
    return made


def test_batches_of_exactly_what_was_listed(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["delete", "s3://bucket/a/", "--yes"]) == 0
    assert [len(batch) for batch in shelf.batches] == [1000, 1000, 500]
    assert [key for batch in shelf.batches for key in batch] == shelf.keys[:-1]
    out = capsys.readouterr().out
    assert out.startswith("deleted 2,500 objects in ") and "batches of 1,000: p50 " in out


def test_unconfirmed(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["delete", "s3://bucket/a/"]) == 2
    assert shelf.batches == []
    said = capsys.readouterr().err
    assert "s3://bucket/a/ names 2,500 objects. They are s3://bucket/a/0000, " in said
    assert "s3://bucket/a/0004 and 2,495 more. Add --yes" in said


def test_some_that_stay(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.stubborn = 2
    assert cli.main(["delete", "s3://bucket/a/", "--yes"]) == 4
    captured = capsys.readouterr()
    assert "6 of 2,500 objects could not be deleted" in captured.err
    assert captured.out.startswith("deleted 2,494 objects")


def test_a_server_that_goes_away(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.fails_from = 1
    assert cli.main(["delete", "s3://bucket/a/", "--yes"]) == 3
    said = capsys.readouterr().err
    assert "the server has gone; 1,000 of 2,500 objects are gone, and perhaps some of the next 1,000" in said


def test_without_a_listing_only_a_key_can_be_deleted(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    shelf.lists = False
    assert cli.main(["delete", "s3://bucket/a/", "--yes"]) == 3
    assert shelf.batches == []
    assert cli.main(["delete", "s3://bucket/a/0001"]) == 0
    assert shelf.batches == [["a/0001"]]
    assert "no listing here" in capsys.readouterr().err
