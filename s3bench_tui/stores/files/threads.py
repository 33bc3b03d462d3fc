"""Runs tasks on threads, each task whole in one of them. Offers what Ring does, for all that a ring cannot do."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.files.transfer import Task, perform

_JOIN_S = 2.0


class Threads:
    """A thread for each task that is there at the same time; they are started as needed and stay."""

    def __init__(self, bell: Callable[[], None] | None = None) -> None:
        self.busy = 0
        """Tasks that have not been reaped."""
        self._bell = bell  # rung after each task, from its thread
        self._wanted: queue.SimpleQueue[tuple[Operation, Task] | None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Operation] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def start(self, op: Operation, task: Task) -> bool:
        """Hand the task over; it never ends at once."""
        self.busy += 1
        if self.busy > len(self._threads):
            thread = threading.Thread(target=self._work, name=f"file-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._wanted.put((op, task))
        return False

    def _work(self) -> None:
        while (item := self._wanted.get()) is not None:
            op, task = item
            run(task)
            self._ended.put(op)
            if self._bell is not None:
                self._bell()

    def reap(self, timeout_ns: int) -> Sequence[Operation]:
        """Operations whose tasks have ended, at least one where any ends within the time-out (0: only look)."""
        ended: list[Operation] = []
        try:
            if timeout_ns > 0:
                ended.append(self._ended.get(timeout=timeout_ns / 1e9))
            while True:
                ended.append(self._ended.get_nowait())
        except queue.Empty:
            pass
        self.busy -= len(ended)
        return ended

    def close(self) -> None:
        """Let the threads end; one that hangs in the kernel is left behind, it does not keep the process alive."""
        for _ in self._threads:
            self._wanted.put(None)
        deadline = time.monotonic() + _JOIN_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def run(task: Task) -> None:
    """Carry out a task in the calling thread."""
    try:
        read = next(task)
        while True:
            read = task.send(perform(read))
    except StopIteration:
        pass
