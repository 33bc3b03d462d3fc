"""Open loop: arrivals that wait for a slot, each already drawn, with its intended start."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from s3bench_tui.stores.base import Operation


class Backlog:
    """First come, first served, among the lines of the mix that are below their limits."""

    def __init__(self, entries: int) -> None:
        self._queues: list[deque[Operation]] = [deque() for _ in range(entries)]
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Operation]:
        for queue in self._queues:
            yield from queue

    def push(self, op: Operation) -> None:
        """Let the arrival wait behind all others of its line."""
        self._queues[op.entry].append(op)
        self._length += 1

    def pop(self, limits: Sequence[int] | None, in_flight: Sequence[int]) -> Operation | None:
        """The earliest arrival whose line has fewer in flight than its limit (-1: none); None where there is none."""
        if not self._length:
            return None
        earliest: deque[Operation] | None = None
        for entry, queue in enumerate(self._queues):
            if not queue or (limits and 0 <= limits[entry] <= in_flight[entry]):
                continue
            if earliest is None or queue[0].intended_ns < earliest[0].intended_ns:
                earliest = queue
        if earliest is None:
            return None
        self._length -= 1
        return earliest.popleft()
