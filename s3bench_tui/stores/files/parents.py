"""The directories that keys lie in: each is made once, before anything is timed. And those that operations make, timed."""

from __future__ import annotations

import os
import time

from s3bench_tui.stores.base import MKDIR, RMDIR, Operation

_KNOWN = 65536
"""Directories that are remembered; then they are looked at again."""


class Parents:
    """Directories below `place`, of which `root` is the open descriptor. Threads may share it."""

    def __init__(self, place: str, root: int) -> None:
        self.made = 0
        self._place = place
        self._root = root
        self._known: set[str] = set()

    def ensure(self, key: str) -> None:
        """Make the directory of this key where it is missing; OSError where that fails."""
        parent = key.rpartition("/")[0]
        if not parent or parent in self._known:
            return
        if len(self._known) >= _KNOWN:
            self._known.clear()
        try:
            os.stat(parent, dir_fd=self._root)
        except FileNotFoundError:
            os.makedirs(f"{self._place}/{parent}", exist_ok=True)
            self.made += 1
        self._known.add(parent)

    def make(self, op: Operation) -> None:
        """MKDIR of a directory that is not there; OSError where the system refuses."""
        self.ensure(op.key)
        op.dispatch_ns = time.monotonic_ns()
        os.mkdir(op.key, dir_fd=self._root)
        op.done_ns = time.monotonic_ns()

    def remove(self, op: Operation) -> None:
        """RMDIR of an empty directory; OSError where the system refuses."""
        op.dispatch_ns = time.monotonic_ns()
        os.rmdir(op.key, dir_fd=self._root)
        op.done_ns = time.monotonic_ns()

    def forget(self, key: str) -> None:
        """Look again next time: an operation on this key has failed, perhaps the directory is gone."""
        self._known.discard(key.rpartition("/")[0])

    def sync(self, key: str) -> None:
        """Make the directory's entries durable."""
        fd = os.open(key.rpartition("/")[0] or ".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._root)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


DIRECTORY_WAYS = {MKDIR: Parents.make, RMDIR: Parents.remove}
"""How the operations on directories themselves are carried out."""
