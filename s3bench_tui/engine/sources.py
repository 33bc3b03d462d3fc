"""Where operations come from: for each line of the mix a source that fills in the next one, and learns how it ended.

Everything is computed from plans; knows no driver and no statistics. `exhausted` says that a source will never fill
another operation; `bounded` that this can happen at all. Cursors are words in shared memory, which a replacement of
a lost worker goes on from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

from s3bench_tui.engine.keys import (
    Chooser,
    Keys,
    KeySpace,
    ListedKeys,
    Once,
    RandomOffset,
    Sequential,
    SequentialOffset,
    Uniform,
    Zipf,
)
from s3bench_tui.engine.plan import EntryPlan, RangePlan, WorkerPlan
from s3bench_tui.engine.shared import Life
from s3bench_tui.engine.sizes import SizeSource, size_source
from s3bench_tui.engine.written import Written
from s3bench_tui.stores.base import DELETE, GET, LIST, PUT, STAT, Operation
from s3bench_tui.stores.outcome import OK

NOT_FOUND = (404, 600 + 2)
"""HTTP's and the system's way to say that there is no such object."""


class Source(Protocol):
    bounded: bool
    exhausted: bool

    def fill(self, op: Operation) -> bool:
        """Make `op` the next operation; False where there is none now."""

    @property
    def settle(self) -> Callable[[Operation], None] | None:
        """Learns how an operation ended, and may amend the outcome of what the engine does for itself; None where
        there is nothing to learn."""


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

    def fill(self, op: Operation) -> bool:
        if not super().fill(op):
            return False
        size, wanted = op.length, self._range_bytes
        if not size:
            return True  # no range lies within an empty object
        op.offset = offset = self._offsets(size, wanted)
        # A range that begins beyond the end is asked for as it is: the refusal is the store's to give.
        op.length = wanted if offset >= size else min(wanted, size - offset)
        return True


class Puts:
    """PUT of new objects, whose keys this run alone uses."""

    def __init__(self, written: Written, sizes: SizeSource, random: Callable[[], float], cursors: memoryview) -> None:
        self._written = written
        self._sizes = sizes
        self._random = random
        self._cursors = cursors
        self.bounded = self.exhausted = False

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

    def settle(self, op: Operation) -> None:
        if op.outcome == OK:
            self._written.completed(op.token)
        else:
            self._written.give_back(op.token)


class Rewrites(Reads):
    """PUT over objects of the data set, which has the same size again and other content."""

    def __init__(self, keys: Keys, chooser: Chooser, cursor: memoryview | None, version: int) -> None:
        super().__init__(PUT, keys, chooser, cursor)
        self._version = version

    def fill(self, op: Operation) -> bool:
        self._version += 1
        op.version = self._version
        return super().fill(op)


class DeletesOfWritten:
    """DELETE of what the puts of the same worker made, the oldest first; of several prefixes in turn."""

    def __init__(self, written: Sequence[Written], batch: int, cursors: memoryview) -> None:
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
        op.kind = DELETE
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


class Nothing:
    """What a line that runs on other targets only has to offer here."""

    bounded = False
    exhausted = True
    settle = None

    def fill(self, op: Operation) -> bool:
        return False


def open_sources(plan: WorkerPlan, life: Life, rng: Random) -> list[Source]:
    """One source for each line of the plan's mix, going on from the plan's cursors where it replaces a lost worker."""
    seed = plan.seed
    dataset: KeySpace | None = None
    if plan.dataset is not None:
        sizes = size_source(plan.dataset.sizes, seed)
        dataset = KeySpace(plan.dataset.prefix, plan.dataset.template, plan.dataset.count, sizes.size_of)
    written: dict[str, Written] = {}
    for entry in plan.entries:
        if entry.kind == PUT and entry.keys.source == "written":
            written.setdefault(entry.keys.path, Written(entry.keys.path, plan.run_id, plan.index))
    sources: list[Source] = []
    for number, entry in enumerate(plan.entries):
        cursors = life.cursors(number)
        # Ids of puts begin anew under the replacement's own number. So does its part of the preparation: what was in
        # flight may be missing, and to make the same object again does no harm.
        if plan.cursors and entry.keys.source != "written" and not entry.prepares:
            for word, value in enumerate(plan.cursors[number]):
                cursors[word] = value
        sources.append(_open_source(plan, entry, cursors, dataset, written, rng))
    return sources


def _open_source(
    plan: WorkerPlan,
    entry: EntryPlan,
    cursors: memoryview,
    dataset: KeySpace | None,
    written: dict[str, Written],
    rng: Random,
) -> Source:
    keys_plan = entry.keys
    if entry.elsewhere:
        return Nothing()
    if entry.kind == LIST:
        return Lists(keys_plan.path)
    if keys_plan.source == "written":
        # Puts and deletes of one prefix share its ids; a delete takes from the puts whose prefixes lie below its own.
        if entry.kind == PUT:
            assert entry.sizes is not None
            return Puts(written[keys_plan.path], size_source(entry.sizes, plan.seed), rng.random, cursors)
        below = [made for path, made in written.items() if path.startswith(keys_plan.path)]
        return DeletesOfWritten(below, entry.batch, cursors)
    keys = _keys(entry, dataset)
    if entry.prepares:
        assert plan.dataset is not None
        once = Once(plan.dataset.missing, plan.member, plan.members, cursors[0])
        return Preparation(keys, once, plan.dataset.ask, cursors)
    if entry.kind == DELETE:
        return DeletesOfDataset(
            keys, Once(((0, keys.count),), plan.member, plan.members, cursors[0]), entry.batch, cursors
        )
    chooser = _chooser(plan, entry, keys, cursors, rng)
    cursor = cursors if keys_plan.choice == "once" else None
    if entry.kind == PUT:
        return Rewrites(keys, chooser, cursor, version=plan.index << 40)
    if entry.range is None:
        return Reads(entry.kind, keys, chooser, cursor)
    return RangedReads(keys, chooser, cursor, entry.range, _offsets(plan, entry.range, rng))


def _keys(entry: EntryPlan, dataset: KeySpace | None) -> Keys:
    if entry.keys.source == "dataset":
        assert dataset is not None
        return dataset
    return ListedKeys([key for key, _ in entry.keys.listed], [size for _, size in entry.keys.listed])


def _chooser(plan: WorkerPlan, entry: EntryPlan, keys: Keys, cursors: memoryview, rng: Random) -> Chooser:
    match entry.keys.choice:
        case "zipf":
            return Zipf(keys.count, entry.keys.theta, rng.random, plan.seed)
        case "sequential":
            return Sequential(keys.count, plan.member, plan.members)
        case "once":
            return Once(((0, keys.count),), plan.member, plan.members, cursors[0])
        case _:
            return Uniform(keys.count, rng.random)


def _offsets(plan: WorkerPlan, range_plan: RangePlan, rng: Random) -> Callable[[int, int], int]:
    if range_plan.offset == "random":
        return RandomOffset(range_plan.align_bytes, rng.random).offset
    if range_plan.offset == "sequential":
        return SequentialOffset(range_plan.align_bytes, plan.member, plan.members).offset
    fixed = int(range_plan.offset)
    return lambda _object_size, _range_size: fixed
