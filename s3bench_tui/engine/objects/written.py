"""What this run's puts created, so that its deletes take that and nothing else. Knows no store and no operation.

Keys are computed from ids that count up. Nothing is kept for an object that was written and is just there, nor for
one that is gone: memory is that of the operations in flight, plus the ids that failed puts gave back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush

from s3bench_tui.engine.objects.tree import shard_of

OBJECT, DIRECTORY = "obj", "dir"
"""With what the names begin of what a run makes."""
State = tuple[int, int]
"""First id that may still be there, first id that was never taken: what a cleanup needs to know of a lost worker."""


class Written:
    """The ids of one worker's puts, from `take` to `deleted`.

    take -> completed -> take_for_delete -> deleted
       `-> give_back          `-> kept (the delete failed: the object is left for the cleanup)
    """

    __slots__ = ("_cursor", "_deletable", "_free", "_kept_from", "_next", "_open", "_passed", "key")

    def __init__(self, prefix: str, run_id: str, worker: int, shards: int = 0, name: str = OBJECT) -> None:
        self.key = _keys(prefix, run_id, worker, shards, name)
        self._next = 0
        self._open: set[int] = set()
        """Ids that are no objects yet: puts in flight, and ids given back."""
        self._free: list[int] = []
        self._cursor = 0
        """Deletes have looked at all ids below."""
        self._passed: set[int] = set()
        """Ids below the cursor that may be there: not written yet when it came by, or being deleted."""
        self._deletable: list[int] = []
        """A heap of those among them that have been written since."""
        self._kept_from: int | None = None

    def take(self) -> int:
        """The id for a put: one that was given back, or a new one."""
        if self._free:
            return self._free.pop()
        number = self._next
        self._next = number + 1
        self._open.add(number)
        return number

    def give_back(self, number: int) -> None:
        """The put failed; a later one takes the id again. The cleanup looks for the object all the same."""
        self._free.append(number)

    def completed(self, number: int) -> None:
        """The put succeeded: the object may be deleted from now on."""
        self._open.remove(number)
        if number < self._cursor:
            heappush(self._deletable, number)

    def take_for_delete(self) -> int:
        """The lowest id that was written and not taken before; -1 where there is none."""
        if self._deletable:
            return heappop(self._deletable)
        while self._cursor < self._next:
            number = self._cursor
            self._cursor = number + 1
            self._passed.add(number)
            if number not in self._open:
                return number
        return -1

    def deleted(self, number: int) -> None:
        """The object is gone."""
        self._passed.remove(number)

    def kept(self, number: int) -> None:
        """The delete failed. It is not tried again in this run, or one stubborn object would take every delete."""
        self._passed.remove(number)
        self._kept_from = number if self._kept_from is None else min(number, self._kept_from)

    def state(self) -> State:
        """The bounds of what may be there, puts in flight included; `left` makes keys of them."""
        first = min(self._passed, default=self._cursor)
        return (first if self._kept_from is None else min(first, self._kept_from)), self._next


def left(prefix: str, run_id: str, worker: int, state: State, shards: int = 0, name: str = OBJECT) -> Iterator[str]:
    """Every key that may still be there, and possibly some that are gone: deleting those again does no harm."""
    return map(_keys(prefix, run_id, worker, shards, name), range(*state))


def shard_folders(prefix: str, shards: int) -> list[str]:
    """Where new keys stand that a put writes below `prefix`: there, or in folders there."""
    folder = shard_of(shards)
    return [prefix + folder(number) for number in range(shards)] or [prefix]


def stem(prefix: str) -> str:
    """With what every key begins that any run's puts write into the folder `prefix`."""
    return f"{prefix}{OBJECT}-"


def heads_of_run(prefix: str, run_id: str, shards: int = 0) -> list[str]:
    """With what every key begins that this run's puts write below `prefix`, and no other run's."""
    return [f"{stem(folder)}{run_id}-" for folder in shard_folders(prefix, shards)]


def _keys(prefix: str, run_id: str, worker: int, shards: int, name: str) -> Callable[[int], str]:
    own = f"{name}-{run_id}-{worker}-"
    if shards:
        folder = shard_of(shards)
        return lambda number: f"{prefix}{folder(number)}{own}{number:08d}"
    head = prefix + own
    return lambda number: f"{head}{number:08d}"
