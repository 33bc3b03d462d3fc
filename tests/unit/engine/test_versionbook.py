"""Versions that a worker remembers: none is deleted while it is read, and none twice; notes outlive their worker."""

from __future__ import annotations

from pathlib import Path
from random import Random

from s3bench_tui.engine.operations.versionbook import Book, VersionDeletes, VersionReads, noted
from s3bench_tui.stores.base import DELETE, GET, Operation


def book(count: int) -> Book:
    made = Book(Random(1).random)
    for number in range(count):
        made.add((f"k{number % 3}", number, f"v{number}"))
    return made


def test_each_version_is_taken_once() -> None:
    full = book(20)
    taken = [full.take() for _ in range(20)]
    assert {edition[2] for edition in taken if edition} == {f"v{number}" for number in range(20)}
    assert full.take() is None and full.lend() is None


def test_what_is_read_is_not_taken() -> None:
    one = book(1)
    first, second = one.lend(), one.lend()
    assert first == second == ("k0", 0, "v0")
    for edition in (first, second):
        assert one.take() is None
        one.give_back(edition)
    assert one.take() == ("k0", 0, "v0")


def test_operations_name_key_size_and_version() -> None:
    shelf = book(1)
    reads, deletes, op, other = VersionReads(shelf), VersionDeletes(shelf), Operation(0), Operation(1)
    op.oldest = 5
    assert reads.fill(op)
    assert (op.kind, op.key, op.length, op.version_id, op.oldest) == (GET, "k0", 0, "v0", -1)
    assert not deletes.fill(other)
    reads.settle(op)
    assert deletes.fill(other)
    assert (other.kind, other.key, other.version_id) == (DELETE, "k0", "v0")
    assert not reads.fill(op)


def test_notes_end_with_the_last_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "versions-0"
    assert list(noted(path, "written")) == []
    path.write_bytes(b'["written", "a\\n", "1"]\n["dataset", "b", "2"]\n["written", "c", "3"]\n["written", "d')
    assert list(noted(path, "written")) == [("a\n", "1"), ("c", "3")]
    assert list(noted(path, "dataset")) == [("b", "2")]
