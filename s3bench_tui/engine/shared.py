"""Shared memory between coordinator and workers: one directory a run, one writer for each file in it.

    control          written by the coordinator: generation, and two slots of settings of which one is valid
    worker-W         written by worker W: its gauges and cursors (`Life`)
    stats-W-P        written by worker W in phase P: counters and histograms (`Block`)
    versions-T-D-M   written by the Mth worker of target T: data set D, where it is verified and overwritten (engine.versions)

A phase has files of its own, so that the counters of a phase are exact and the phases add up to the run.
The files are sparse: pages that nothing touched cost nothing. All values are unsigned 64-bit words.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import shutil
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

from s3bench_tui.stats.histogram import COUNTS, SUB_BUCKET_BITS, Histogram
from s3bench_tui.stats.tally import SIZE_CLASSES, Row, RowKey
from s3bench_tui.stores.outcome import OUTCOMES, name_of
from s3bench_tui.units import format_size

_DIRECTORY_PREFIX = "s3bench-"
_CONTROL_SLOT_BYTES = 256 * 1024
_ROOM_BYTES = 16 * 1024 * 1024
"""A place with less is passed over: a page that cannot be had ends the process that touches it."""


def _words(path: Path, size_bytes: int, create: bool) -> tuple[mmap.mmap, memoryview]:
    flags = os.O_RDWR | (os.O_CREAT | os.O_EXCL if create else 0)
    fd = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        if create:
            os.ftruncate(fd, size_bytes)
        mapped = mmap.mmap(fd, size_bytes)
    finally:
        os.close(fd)
    return mapped, memoryview(mapped).cast("Q")


def table_words(path: Path, size_bytes: int) -> memoryview:
    """A file of zeros that any of those who share it makes, with the same size; it stays mapped while this is held."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(fd, size_bytes)
        return memoryview(mmap.mmap(fd, size_bytes)).cast("Q")
    finally:
        os.close(fd)


# --- the directory ------------------------------------------------------------------------------------------------


class RunDirectory:
    """A directory in memory that lives as long as its run; whoever holds its lock is alive.

    A killed run leaves its directory behind without a lock; the next run of the same user removes it.
    """

    def __init__(self, run_id: str) -> None:
        self.removed_leftovers = 0
        places = _places()
        for base in places:
            self.removed_leftovers += _remove_leftovers(base)
            if _free_bytes(base) >= _ROOM_BYTES:
                break
        else:
            base = places[0]
        self._crowded = places[: places.index(base)]
        self.path = base / f"{_DIRECTORY_PREFIX}{os.getuid()}-{run_id}"
        while not self._take():
            continue

    def notes(self) -> list[str]:
        """What the report should say of it."""
        said = []
        if self.removed_leftovers:
            said.append(f"removed what {self.removed_leftovers} killed run(s) had left in shared memory")
        for place in self._crowded:
            said.append(
                f"{place} has less than {format_size(_ROOM_BYTES)} free: counters are kept in {self.path.parent}"
            )
        return said

    def _take(self) -> bool:
        """Make the directory and lock it; False where another run took it for a leftover between the two."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        lock = self.path / "lock"
        with suppress(FileNotFoundError):
            self._lock = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if lock.exists():
                return True
            os.close(self._lock)
        return False

    def remove(self) -> None:
        """Delete the directory and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _places() -> list[Path]:
    """Where a run's directory may lie; the first that has room is the best."""
    shm = Path("/dev/shm")  # noqa: S108 the kernel's own memory file system, not a temporary directory
    usable = shm.is_dir() and os.access(shm, os.W_OK)
    return [*([shm] if usable else []), Path(tempfile.gettempdir())]


def _free_bytes(place: Path) -> int:
    system = os.statvfs(place)
    return system.f_bavail * system.f_frsize


def _remove_leftovers(base: Path) -> int:
    removed = 0
    for path in base.glob(f"{_DIRECTORY_PREFIX}{os.getuid()}-*"):
        try:
            lock = os.open(path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue  # being made or being removed by its owner just now
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue  # its run is alive
        else:
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
        finally:
            os.close(lock)
    return removed


# --- control ------------------------------------------------------------------------------------------------------


class Control:
    """The coordinator's word to all workers: a generation, and the settings that belong to it.

    Settings go to the slot that is not valid, then the generation makes it so; a reader that finds the
    generation changed after it read reads again.
    """

    def __init__(self, path: Path, create: bool = False) -> None:
        self._mapped, self.words = _words(path, 4096 + 2 * _CONTROL_SLOT_BYTES, create)

    def publish(self, settings: dict[str, Any]) -> None:
        """Make these settings valid. Coordinator only."""
        text = json.dumps(settings).encode()
        if len(text) > _CONTROL_SLOT_BYTES - 8:
            raise ValueError("the settings do not fit their slot")
        generation = self.words[0] + 1
        at = self._slot(generation)
        self._mapped[at + 8 : at + 8 + len(text)] = text
        self.words[at // 8] = len(text)
        self.words[0] = generation

    def read(self) -> tuple[int, dict[str, Any]]:
        """The generation and its settings."""
        while True:
            generation = self.words[0]
            at = self._slot(generation)
            text = self._mapped[at + 8 : at + 8 + self.words[at // 8]]
            if generation == self.words[0]:
                return generation, json.loads(text) if text else {}

    @staticmethod
    def _slot(generation: int) -> int:
        return 4096 + (generation & 1) * _CONTROL_SLOT_BYTES


# --- a worker's gauges and cursors --------------------------------------------------------------------------------


class Life:
    """One worker's state, by word: gauges that the coordinator shows, cursors that a replacement goes on from."""

    BEAT_NS, PHASE, FINISHED, FINISHED_NS, IN_FLIGHT, BACKLOG, OPS, STARVED, OPS_WANTED, BYTES_WANTED, LATE_NS = range(11)  # fmt: skip
    _CURSORS = 16
    CURSORS_PER_ENTRY = 8

    def __init__(self, path: Path, entries: int, create: bool = False) -> None:
        self._mapped, self.words = _words(path, 8 * (self._CURSORS + self.CURSORS_PER_ENTRY * entries), create)

    def cursors(self, entry: int) -> memoryview:
        """The words that line `entry` of the mix keeps across a loss of its worker."""
        at = self._CURSORS + self.CURSORS_PER_ENTRY * entry
        return self.words[at : at + self.CURSORS_PER_ENTRY]


# --- statistics ---------------------------------------------------------------------------------------------------

OPS, BYTES, ITEMS, PAGES, OUT_OF_RANGE, FAILED, LOW_OCTAVE, HIGH_OCTAVE = range(8)
"""Words at the head of a row. Octaves are those of the histogram layout; both are 0 until something is recorded."""

_ROW_HEAD = 16
_ROW_COUNTS = _ROW_HEAD + OUTCOMES
TOP_OCTAVE = (COUNTS >> (SUB_BUCKET_BITS - 1)) - 2

OFFERED, DISPATCHED, DROPPED, LOOP_LOW_OCTAVE, LOOP_HIGH_OCTAVE = range(5)
_BLOCK_HEAD = 16
LOOP_AT = _BLOCK_HEAD
"""Index of the first count of the loop's histogram."""

_ROWS = LOOP_AT + COUNTS

SERVICE, TTFB, RESPONSE, LAG = range(4)


def histograms_per_row(open_loop: bool) -> int:
    """Service time and TTFB; in open loop response time and schedule lag too."""
    return 4 if open_loop else 2


class Block:
    """One worker's statistics in one phase: rows by end point, line of the mix and size class, and the loop's own times.

    Where objects are written in parts `entries` counts the rows of their requests too (stores.multipart.rows)."""

    def __init__(self, path: Path, entries: int, open_loop: bool, create: bool = False, endpoints: int = 1) -> None:
        self._histograms = histograms_per_row(open_loop)
        self._stride = _ROW_COUNTS + self._histograms * COUNTS
        self._entries = entries
        self._endpoints = endpoints
        size_bytes = 8 * (_ROWS + endpoints * entries * len(SIZE_CLASSES) * self._stride)
        self._mapped, self.words = _words(path, size_bytes, create)

    def row_at(self, entry: int, size_class: int, endpoint: int = 0) -> int:
        """Index of the row's first word."""
        return _ROWS + ((endpoint * self._entries + entry) * len(SIZE_CLASSES) + size_class) * self._stride

    @staticmethod
    def errors_at(row: int) -> int:
        """Index of the word that counts outcome 0 of the row that starts at `row`."""
        return row + _ROW_HEAD

    @staticmethod
    def counts_at(row: int, histogram: int) -> int:
        """Index of the first count of one of the row's histograms."""
        return row + _ROW_COUNTS + histogram * COUNTS

    def arrivals(self) -> tuple[int, int, int]:
        """Offered, dispatched, dropped."""
        return self.words[OFFERED], self.words[DISPATCHED], self.words[DROPPED]

    def loop(self) -> Histogram:
        """How long the worker's loop took, from waking to having handled all that was ready."""
        return self._histogram(LOOP_AT, self.words[LOOP_LOW_OCTAVE], self.words[LOOP_HIGH_OCTAVE])

    def rows(self, target: int) -> Iterator[tuple[RowKey, Row]]:
        """All rows in which anything happened, under this target's index."""
        for endpoint, entry, size_class in product(
            range(self._endpoints), range(self._entries), range(len(SIZE_CLASSES))
        ):
            at = self.row_at(entry, size_class, endpoint)
            if self.words[at + OPS] or self.words[at + FAILED]:
                yield RowKey(target, entry, size_class, endpoint), self._row(at)

    def _row(self, at: int) -> Row:
        words = self.words
        errors: dict[str, int] = {}
        if words[at + FAILED]:
            counts = words[self.errors_at(at) : self.errors_at(at) + OUTCOMES].tolist()
            errors = {name_of(outcome): count for outcome, count in enumerate(counts) if count}
        low, high = words[at + LOW_OCTAVE], words[at + HIGH_OCTAVE]
        found = [self._histogram(self.counts_at(at, histogram), low, high) for histogram in range(self._histograms)]
        return Row(words[at + OPS], words[at + BYTES], words[at + ITEMS], words[at + PAGES], words[at + OUT_OF_RANGE], errors, *found)  # fmt: skip

    def _histogram(self, base: int, low: int, high: int) -> Histogram:
        # Octave 0 holds 2048 buckets, each further one the upper 1024 of its 2048.
        first, end = ((low << 10) + 1024 if low else 0), (high << 10) + 2048
        return Histogram.of_counts(array("Q", self.words[base + first : base + end].tobytes()), first)

    def close(self) -> None:
        """Unmap; the file stays until the directory goes or the coordinator unlinks it."""
        self.words.release()
        self._mapped.close()
