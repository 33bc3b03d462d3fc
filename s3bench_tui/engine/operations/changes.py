"""Sources of operations that make objects or take them away: puts, copies, deletes, and the preparation of a data set.

Cursors are words in shared memory, which a replacement of a lost worker goes on from, and the cleanup reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s3bench_tui.engine.objects.keys import Chooser, Keys, Once
from s3bench_tui.engine.objects.sizes import SizeSource
from s3bench_tui.engine.objects.written import Written
from s3bench_tui.stores.base import COPY, DELETE, MKDIR, PUT, STAT, Operation
from s3bench_tui.stores.outcome import OK

NOT_FOUND = (404, 600 + 2)
"""HTTP's and the system's way to say that there is no such object."""


class Makers:
    """What sources of new objects have in common: names that this run alone uses, given back where making failed."""

    def __init__(self, written: Written, cursors: memoryview, bounded: bool = False) -> None:
        self._written = written
        self._cursors = cursors
        self.bounded = bounded
        self.exhausted = False

    def settle(self, op: Operation) -> None:
        if op.outcome == OK:
            self._written.completed(op.token)
        else:
            self._written.give_back(op.token)


class Puts(Makers):
    """PUT of new objects."""

    def __init__(self, written: Written, sizes: SizeSource, random: Callable[[], float], cursors: memoryview) -> None:
        super().__init__(written, cursors)
        self._sizes = sizes
        self._random = random

    def fill(self, op: Operation) -> bool:
        number = self._written.take()
        self._cursors[1] = self._written.state()[1]
        op.kind = PUT
        op.key = self._written.key(number)
        op.offset = -1
        op.length = self._sizes.draw(self._random)
        op.version = 0
        op.token = number
        return True


class Copies(Makers):
    """COPY of objects of the data set to new keys, as those of puts."""

    def __init__(self, written: Written, keys: Keys, chooser: Chooser, cursors: memoryview, bounded: bool) -> None:
        super().__init__(written, cursors, bounded)
        self._keys = keys
        self._next = chooser.next

    def fill(self, op: Operation) -> bool:
        index = self._next()
        if index < 0:
            self.exhausted = True
            return False
        number = self._written.take()
        self._cursors[0] += 1
        self._cursors[1] = self._written.state()[1]
        op.kind = COPY
        op.source = self._keys.key(index)
        op.key = self._written.key(number)
        op.offset = -1
        op.length = self._keys.size(index)
        op.token = number
        return True


class Directories(Makers):
    """MKDIR of new directories."""

    def fill(self, op: Operation) -> bool:
        number = self._written.take()
        self._cursors[1] = self._written.state()[1]
        op.kind = MKDIR
        op.key = self._written.key(number)
        op.offset = op.length = -1
        op.token = number
        return True


class DeletesOfWritten:
    """DELETE of what the puts and copies of the same worker made, or RMDIR of its directories, the oldest first; of several
    prefixes in turn."""

    def __init__(self, written: Sequence[Written], batch: int, cursors: memoryview, kind: int = DELETE) -> None:
        self._kind = kind
        self._written = list(written)
        self._batch = batch
        self._cursors = cursors
        self.bounded = self.exhausted = False

    def fill(self, op: Operation) -> bool:
        taken: list[tuple[Written, int]] = []
        for written in self._written:
            while len(taken) < self._batch and (number := written.take_for_delete()) >= 0:
                taken.append((written, number))
        if not taken:
            return False
        if len(self._written) > 1:
            self._written.append(self._written.pop(0))
        op.kind = self._kind
        op.offset = op.length = -1
        op.token = taken
        op.keys = ()
        keys = [written.key(number) for written, number in taken]
        op.key = keys[0]
        if self._batch > 1:
            op.keys = keys
        return True

    def settle(self, op: Operation) -> None:
        for written, number in op.token:
            if op.outcome == OK:
                written.deleted(number)
            else:
                written.kept(number)
        if len(self._written) == 1:
            self._cursors[0] = self._written[0].state()[0]


class DeletesOfDataset:
    """DELETE of the data set's objects, each once; a failed one is not tried again in this run."""

    bounded = True
    settle = None

    def __init__(self, keys: Keys, once: Once, batch: int, cursors: memoryview) -> None:
        self._keys = keys
        self._once = once
        self._batch = batch
        self._cursors = cursors
        self.exhausted = False

    def fill(self, op: Operation) -> bool:
        found: list[str] = []
        while len(found) < self._batch and (index := self._once.next()) >= 0:
            found.append(self._keys.key(index))
        self.exhausted = len(found) < self._batch
        if not found:
            return False
        self._cursors[0] += len(found)
        op.kind = DELETE
        op.offset = op.length = -1
        op.key = found[0]
        op.keys = found if self._batch > 1 else ()
        return True


class Preparation:
    """The data set's missing objects, each made once; where the target cannot list, each is asked for first."""

    bounded = True

    def __init__(self, keys: Keys, once: Once, ask: bool, cursors: memoryview) -> None:
        self._keys = keys
        self._once = once
        self._ask = ask
        self._cursors = cursors
        self._missing: list[int] = []
        self._asking = 0
        self.exhausted = False

    def fill(self, op: Operation) -> bool:
        if self._missing:
            index, op.kind = self._missing.pop(), PUT
        else:
            index = self._once.next()
            if index < 0:
                self.exhausted = not self._asking
                return False
            self._cursors[0] += 1
            op.kind = STAT if self._ask else PUT
            self._asking += self._ask
        op.key = self._keys.key(index)
        op.offset = -1
        op.length = self._keys.size(index)
        op.version = 0
        op.token = index
        return True

    def settle(self, op: Operation) -> None:
        if op.kind == PUT:
            self._cursors[1] += op.outcome == OK
            return
        self._asking -= 1
        if op.outcome in NOT_FOUND:
            self._missing.append(op.token)
            op.outcome = OK
