"""Versions that this run makes in buckets that keep them: read and deleted singly, and noted for the clean-up.

A worker reads and deletes the versions that it wrote itself. Notes are kept, in the run's own directory, of versions of
objects that others may have versions of too; all other keys carry the name of this run, and need none. Knows no store.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from s3bench_tui.engine.operations.source import Source
from s3bench_tui.engine.plan import EntryPlan, WorkerPlan
from s3bench_tui.stores.base import COPY, DELETE, GET, PUT, Operation
from s3bench_tui.stores.outcome import OK

LIMIT = 1_000_000
"""So many versions of one path or data set a worker remembers for its reads and deletes."""

_TRIES = 8

Edition = tuple[str, int, str]
"""Key, size, and the store's name for the version."""


class Book:
    """Versions that are there, in no order. Where the store `keeps_shown`, what a key shows is not to be had: its versions are
    named so that a later one sorts behind the others."""

    __slots__ = ("_editions", "_keeps_shown", "_random", "_read", "_shown")

    def __init__(self, random: Callable[[], float], keeps_shown: bool = False) -> None:
        self._random = random
        self._keeps_shown = keeps_shown
        self._shown: dict[str, str] = {}
        """What each key shows, as far as this worker knows."""
        self._editions: list[Edition] = []
        self._read: dict[Edition, int] = {}
        """How many reads of a version are under way: it must not be deleted beneath them."""

    def add(self, edition: Edition) -> None:
        """It was written just now."""
        if len(self._editions) < LIMIT:
            self._editions.append(edition)
            if self._keeps_shown:
                key, _, version = edition
                self._shown[key] = max(self._shown.get(key, ""), version)

    def hide(self, key: str) -> None:
        """The key was deleted, and shows none any more."""
        self._shown.pop(key, None)

    def lend(self) -> Edition | None:
        """Any one, which stays until it was returned; None where there is none."""
        if not self._editions:
            return None
        edition = self._editions[int(self._random() * len(self._editions))]
        self._read[edition] = self._read.get(edition, 0) + 1
        return edition

    def give_back(self, edition: Edition) -> None:
        """It was read."""
        readers = self._read[edition] - 1
        if readers:
            self._read[edition] = readers
        else:
            del self._read[edition]

    def take(self) -> Edition | None:
        """Any one that nobody reads, for good; None where none was found."""
        editions = self._editions
        for _ in range(min(_TRIES, len(editions))):
            place = int(self._random() * len(editions))
            edition = editions[place]
            if edition not in self._read and self._shown.get(edition[0]) != edition[2]:
                editions[place] = editions[-1]
                editions.pop()
                return edition
        return None


class VersionReads:
    """GET of single versions."""

    bounded = exhausted = False

    def __init__(self, book: Book) -> None:
        self._book = book

    def fill(self, op: Operation) -> bool:
        edition = self._book.lend()
        if edition is None:
            return False
        op.kind = GET
        op.key, op.length, op.version_id = edition
        op.offset = op.oldest = -1
        op.token = edition
        return True

    def settle(self, op: Operation) -> None:
        self._book.give_back(op.token)


class VersionDeletes:
    """DELETE of single versions, for good; one that failed is left for the clean-up."""

    bounded = exhausted = False
    settle = None

    def __init__(self, book: Book) -> None:
        self._book = book

    def fill(self, op: Operation) -> bool:
        edition = self._book.take()
        if edition is None:
            return False
        op.kind = DELETE
        op.key, _, op.version_id = edition
        op.offset = op.length = -1
        op.keys = ()
        return True


class Noting:
    """A source whose changes make versions, which are remembered."""

    def __init__(self, source: Source, book: Book, note: Callable[[Operation], None] | None) -> None:
        self._source = source
        self._book = book
        self._note = note
        self.fill = source.fill
        self.bounded = source.bounded

    @property
    def exhausted(self) -> bool:
        return self._source.exhausted

    @property
    def settle(self) -> Callable[[Operation], None]:
        return self._remember

    def _remember(self, op: Operation) -> None:
        if op.outcome == OK and op.kind == DELETE:
            self._book.hide(op.key)
        if op.outcome == OK and op.kind in (PUT, COPY, DELETE) and op.version_id:
            if op.kind != DELETE:
                self._book.add((op.key, op.length, op.version_id))
            if self._note is not None:
                self._note(op)
        if (settle := self._source.settle) is not None:
            settle(op)


class VersionKeeper:
    """The books and the notes of one worker."""

    def __init__(self, plan: WorkerPlan, random: Callable[[], float]) -> None:
        self._random = random
        self._keeps_shown = bool(plan.driver.options.get("keeps_shown"))
        self._books: dict[tuple[str, str], Book] = {}
        self._path = notes_path(plan.directory, plan.index)
        self._file = -1

    def opened(self, entry: EntryPlan) -> Source:
        """The source of a line that goes over single versions."""
        book = self._book(entry)
        return VersionReads(book) if entry.kind == GET else VersionDeletes(book)

    def around(self, entry: EntryPlan, source: Source) -> Source:
        """The source of any other line, heard."""
        if entry.elsewhere or entry.kind not in (PUT, COPY, DELETE):
            return source
        note = self._prepared if entry.prepares else self._mixed
        return Noting(source, self._book(entry), None if entry.keys.source == "written" else note)

    def _book(self, entry: EntryPlan) -> Book:
        path = entry.keys.path
        return self._books.setdefault((path, "" if path else entry.keys.dataset), Book(self._random, self._keeps_shown))

    def _mixed(self, op: Operation) -> None:
        self._write("written", op)

    def _prepared(self, op: Operation) -> None:
        self._write("dataset", op)

    def _write(self, what: str, op: Operation) -> None:
        if self._file < 0:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(self._file, json.dumps([what, op.key, op.version_id]).encode() + b"\n")


def notes_path(directory: str, worker: int) -> Path:
    """Where the notes of this worker lie."""
    return Path(directory) / f"versions-{worker}"


def noted(path: Path, what: str) -> Iterator[tuple[str, str]]:
    """Key and version of each of the notes that are `written` (by the mix) or `dataset` (prepared)."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):  # a killed worker may have left half of one
                kind, key, version = json.loads(line)
                if kind == what:
                    yield key, version
