"""Where operations come from: for each line of the mix a source that fills in the next one, and learns how it ended.

Here are those that leave keys as they are; `changes` has the others, `assignment` opens them. Everything is computed
from plans; knows no driver and no statistics.
"""

from __future__ import annotations

from collections.abc import Callable

from s3bench_tui.engine.objects.keys import Chooser, Keys
from s3bench_tui.engine.plan import RangePlan
from s3bench_tui.stores.base import GET, LIST, PUT, Operation


class Reads:
    """GET and STAT of objects that are there."""

    settle = None

    def __init__(self, kind: int, keys: Keys, chooser: Chooser, cursor: memoryview | None) -> None:
        self._kind = kind
        self._key = keys.key
        self._size = keys.size
        self._next = chooser.next
        self._cursor = cursor
        self.bounded = cursor is not None
        self.exhausted = False

    def fill(self, op: Operation) -> bool:
        index = self._next()
        if index < 0:
            self.exhausted = True
            return False
        if self._cursor is not None:
            self._cursor[0] += 1
        op.kind = self._kind
        op.key = self._key(index)
        op.offset = -1
        op.length = self._size(index)
        return True


class RangedReads(Reads):
    """GET of a part of an object; where the object is smaller than the range, of all of it."""

    def __init__(
        self,
        keys: Keys,
        chooser: Chooser,
        cursor: memoryview | None,
        range_plan: RangePlan,
        offsets: Callable[[int, int], int],
    ) -> None:
        super().__init__(GET, keys, chooser, cursor)
        self._range_bytes = range_plan.size_bytes
        self._offsets = offsets
        self._fill_whole = super().fill  # bound once: to look it up costs an operation 0.2 us

    def fill(self, op: Operation) -> bool:
        if not self._fill_whole(op):
            return False
        size, wanted = op.length, self._range_bytes
        if not size:
            return True  # no range lies within an empty object
        op.offset = offset = self._offsets(size, wanted)
        # A range that begins beyond the end is asked for as it is: the refusal is the store's to give.
        op.length = wanted if offset >= size else min(wanted, size - offset)
        return True


class Rewrites(Reads):
    """PUT over objects of the data set, which has the same size again and other content."""

    def __init__(self, keys: Keys, chooser: Chooser, cursor: memoryview | None, version: int) -> None:
        super().__init__(PUT, keys, chooser, cursor)
        self._version = version

    def fill(self, op: Operation) -> bool:
        self._version += 1
        op.version = self._version
        return super().fill(op)


class Lists:
    """LIST of one prefix, all pages."""

    settle = None

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.bounded = self.exhausted = False

    def fill(self, op: Operation) -> bool:
        op.kind = LIST
        op.key = self._prefix
        op.offset = op.length = -1
        return True


class Nothing:
    """What a line that runs on other targets only has to offer here."""

    bounded = False
    exhausted = True
    settle = None

    def fill(self, op: Operation) -> bool:
        return False
