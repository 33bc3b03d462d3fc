"""Who runs the file drivers' tasks: a ring those that only read, threads the others; or threads all of them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.files.threads import Threads
from s3bench_tui.stores.files.transfer import Buffer, Task
from s3bench_tui.stores.files.uring import Ring

_BELL_SLOT = 1 << 62
_BELL_BYTES = 8


class Runner:
    """`io`: auto, uring (TargetError where there is none) or threads."""

    def __init__(self, io: str) -> None:
        self.ring = _ring(io)
        self._bell_fd = os.eventfd(0) if self.ring else -1
        self._threads = Threads(self._ring_bell if self.ring else None)
        self._bell = Operation(_BELL_SLOT)
        self._bell_buffer = Buffer(4096)
        self._listening = False

    def start_read(self, op: Operation, task: Task) -> bool:
        """Run a task that waits for nothing but its reads; True where it ended at once."""
        return (self.ring or self._threads).start(op, task)

    def start(self, op: Operation, task: Task) -> None:
        """Run a task that may wait anywhere."""
        self._threads.start(op, task)

    def begin(self) -> Sequence[Operation]:
        """Begin the single reads that the ring has taken; returns operations that are seen to have ended meanwhile."""
        assert self.ring is not None
        ended = self.ring.begin()
        return [op for op in ended if op is not self._bell] if self._bell in ended else ended

    def reap(self, timeout_ns: int) -> Sequence[Operation]:
        """Operations whose tasks have ended, at least one where any ends within the time-out (0: only look)."""
        ring, threads = self.ring, self._threads
        if ring is None or (not ring.busy and threads.busy):
            return threads.reap(timeout_ns)
        if not threads.busy and not self._listening:
            return ring.reap(timeout_ns)
        deadline_ns = time.monotonic_ns() + timeout_ns
        while True:
            if not self._listening:
                ring.start(self._bell, self._listen())
                self._listening = True
            ended = [op for op in (*threads.reap(0), *ring.reap(0)) if op is not self._bell]
            left_ns = deadline_ns - time.monotonic_ns()
            if ended or left_ns <= 0:
                return ended
            ended.extend(op for op in ring.reap(left_ns) if op is not self._bell)
            ended.extend(threads.reap(0))
            if ended:
                return ended

    def _listen(self) -> Task:
        """A task among the ring's, that ends when a thread has ended one of its own: so one wait is for both."""
        yield self._bell_fd, self._bell_buffer, _BELL_BYTES, 0
        self._listening = False

    def _ring_bell(self) -> None:
        os.eventfd_write(self._bell_fd, 1)

    def close(self) -> None:
        """End everything; see Ring.close and Threads.close."""
        self._threads.close()
        if self.ring is not None:
            self._ring_bell()
            self.ring.close()
            os.close(self._bell_fd)


def _ring(io: str) -> Ring | None:
    if io == "threads":
        return None
    try:
        return Ring()
    except OSError as error:
        if io == "auto":
            return None
        raise TargetError(
            f"io_uring is not available ({error.strerror}): see kernel.io_uring_disabled, or the container's rules"
        ) from None
