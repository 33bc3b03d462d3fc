"""Which versions of an object a read may bring, where this run overwrites what it reads and verifies.

A version is the time at which its put began. A read that begins after a put has succeeded must bring that version or
a later one; of two puts that overlapped either may be the last. So each put, as it begins, notes the oldest put of
its key that is still open: once it has succeeded, anything older than that is stale. A put that failed may still
arrive at any time and stays open for ever; so does one whose worker was lost.

One table for each worker of a target: two words a key, written by it alone, and read by its team. Knows no operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from s3bench_tui.engine.shared import table_words

OVERLAP_NS = 1_000_000
"""Puts that begin within this time count as overlapping: their workers may not have seen each other's note."""


class Versions:
    """The keys of one data set by index. `paths` are the team's tables, of which the `member`th is written here;
    `clock` gives ns, the same for all of the team, and later than any version of an earlier run."""

    def __init__(self, paths: Sequence[Path], member: int, count: int, clock: Callable[[], int]) -> None:
        self._tables = [table_words(path, 16 * count) for path in paths]
        """For each key: when the oldest open put began (0: none is open), and the oldest version that reads may bring."""
        self._own = self._tables[member]
        self._others = [table for table in self._tables if table is not self._own]
        self._clock = clock
        self._last = 0
        self._open: dict[int, list[int]] = {}
        """Puts of this worker that are in flight, by key, the oldest first."""
        self._lost: dict[int, int] = {}
        """The oldest that failed, by key."""

    def begin(self, index: int) -> tuple[int, int]:
        """The version of a put that begins now, and what becomes the oldest that reads may bring once it succeeds."""
        own, at = self._own, 2 * index
        puts = self._open.get(index)
        if puts is None:
            puts = self._open[index] = []
            if own[at] and index not in self._lost:
                self._lost[index] = own[at]  # of a worker that was lost, and whose table this was
        version = max(self._clock(), self._last + 1)
        while not own[at]:
            own[at] = version
            if self._clock() - version < OVERLAP_NS:
                break
            own[at] = 0  # it took too long until the note was made: others may have begun without having seen it
            version = max(self._clock(), self._last + 1)
        self._last = version
        puts.append(version)
        began = [own[at], *(table[at] for table in self._others if table[at])]
        return version, min(began) - OVERLAP_NS

    def succeeded(self, index: int, version: int, oldest: int) -> None:
        """What `begin` gave holds from now on."""
        at = 2 * index
        self._own[at + 1] = max(self._own[at + 1], oldest)
        self._end(index, version)

    def failed(self, index: int, version: int) -> None:
        """Nobody knows whether it will be there."""
        self._lost[index] = min(version, self._lost.get(index, version))
        self._end(index, version)

    def oldest(self, index: int) -> int:
        """The oldest version that a read may bring which begins now."""
        at = 2 * index + 1
        return max([table[at] for table in self._tables])

    def _end(self, index: int, version: int) -> None:
        puts = self._open[index]
        puts.remove(version)
        first = puts[0] if puts else 0
        lost = self._lost.get(index, 0)
        self._own[2 * index] = min(first, lost) if first and lost else first or lost
        if not puts:
            del self._open[index]
