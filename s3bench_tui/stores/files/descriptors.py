"""Open descriptors of files that are read in ranges, so that a range costs a read and not an open and a close too."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


class Descriptors:
    """At most `limit` open files, those used last; one that is in use is never closed. Threads may share it.

    A file stays readable through its descriptor after another process has deleted or replaced it."""

    def __init__(self, open_file: Callable[[str], int], limit: int) -> None:
        self._open_file = open_file
        self._limit = limit
        self._lock = threading.Lock()
        self._idle: dict[str, int] = {}  # oldest first
        self._used: dict[str, tuple[int, int]] = {}  # descriptor, users
        self.forgotten: dict[int, int] = {}
        """Users of each descriptor whose file is no longer the one of its name."""

    def take(self, key: str) -> int:
        """A descriptor for this file, until `give`; OSError where it cannot be opened."""
        with self._lock:
            if key in self._used:
                fd, users = self._used[key]
                self._used[key] = (fd, users + 1)
                return fd
            if key in self._idle:
                fd = self._idle.pop(key)
                self._used[key] = (fd, 1)
                return fd
        fd = self._open_file(key)
        with self._lock:
            if key not in self._used:
                self._used[key] = (fd, 1)
                return fd
            other, users = self._used[key]
            self._used[key] = (other, users + 1)
        os.close(fd)
        return other

    def give(self, key: str, fd: int) -> None:
        """Back what `take` gave."""
        with self._lock:
            if fd in self.forgotten:
                self.forgotten[fd] -= 1
                if not self.forgotten[fd]:
                    del self.forgotten[fd]
                    os.close(fd)
                return
            users = self._used[key][1]
            if users > 1:
                self._used[key] = (fd, users - 1)
                return
            del self._used[key]
            self._idle[key] = fd
            while len(self._idle) + len(self._used) > self._limit and self._idle:
                os.close(self._idle.pop(next(iter(self._idle))))

    def forget(self, key: str) -> None:
        """The file of this name is now another one, or none; who is reading the old one reads on."""
        with self._lock:
            if key in self._used:
                used, users = self._used.pop(key)
                self.forgotten[used] = users
            fd = self._idle.pop(key, None)
        if fd is not None:
            os.close(fd)

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            for fd in (*self._idle.values(), *(fd for fd, _ in self._used.values()), *self.forgotten):
                os.close(fd)
            self._idle.clear()
            self._used.clear()
            self.forgotten.clear()


class FreshDescriptors(Descriptors):
    """None is kept: each `take` opens the file that has the name now."""

    def take(self, key: str) -> int:
        return self._open_file(key)

    def give(self, key: str, fd: int) -> None:
        os.close(fd)
