"""Writes whole files for the file drivers' PUT: in place, or under a temporary name that is then renamed.

Blocking, in whatever thread calls it. Content is made outside of the time that counts.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from contextlib import suppress

from s3bench_tui.stores.base import DriverConfig, Operation, PayloadSource
from s3bench_tui.stores.files.parents import Parents
from s3bench_tui.stores.files.transfer import Buffer, copy_all, write_all


class Writer:
    """PUTs below the open directory `root`. Threads may share it, where they can share the payload."""

    flags = os.O_WRONLY | os.O_CREAT
    """Without O_TRUNC: who reads an object while it is written over in place sees old or new bytes, not a short file."""

    def __init__(self, config: DriverConfig, payload: PayloadSource, root: int, parents: Parents) -> None:
        self._payload = payload
        self._root = root
        self._parents = parents
        self._rename = config.options.get("write", "in_place") == "rename"
        self._fsync = bool(config.options.get("fsync", False))
        self._lines = config.lines
        self._serials = itertools.count()
        self._token = os.urandom(4).hex()  # other workers and machines write here too

    def put(self, op: Operation, buffer: Buffer) -> None:
        """Write the object through this buffer; OSError where the system refuses."""
        length = max(op.length, 0)
        self._fill(op, buffer, 0, min(length, buffer.size))

        def write(fd: int) -> None:
            self._write(op, fd, buffer, length)
            if os.fstat(fd).st_size > length:  # it was longer, or its last block was padded
                os.ftruncate(fd, length)

        new = bool(self._lines) and self._lines[op.entry].if_none_match == "*"
        self._place(op, self.flags | os.O_EXCL if new else self.flags, write, length)
        op.transferred = length

    def copy(self, op: Operation) -> None:
        """Make the object a copy of `op.source`, in the kernel: shared blocks where the file system has such."""

        self._parents.ensure(op.key)
        begun_ns = op.dispatch_ns = time.monotonic_ns()
        source = os.open(op.source, os.O_RDONLY, dir_fd=self._root)
        try:
            length = os.fstat(source).st_size
            self._place(op, Writer.flags, lambda fd: os.ftruncate(fd, copy_all(source, fd)), length)
        finally:
            os.close(source)
        op.dispatch_ns = begun_ns  # the source's opening is part of it

    def _place(self, op: Operation, flags: int, write: Callable[[int], None], length: int) -> None:
        """Time the making of a file that `write` fills; under its own name, or under another until it is whole.

        One that it could not fill, as on a full disk, goes again: cut short it would be no object of anybody's.
        """
        self._parents.ensure(op.key)
        name = f"{op.key}.{self._token}-{next(self._serials):x}.part" if self._rename else op.key
        op.dispatch_ns = time.monotonic_ns()
        fd = os.open(name, flags, 0o666, dir_fd=self._root)
        try:
            try:
                write(fd)
                if self._fsync:
                    os.fsync(fd)
            finally:
                os.close(fd)
            if self._rename:
                if flags & os.O_EXCL:  # a rename would take the place of what is there
                    os.link(name, op.key, src_dir_fd=self._root, dst_dir_fd=self._root)
                    os.unlink(name, dir_fd=self._root)
                else:
                    os.rename(name, op.key, src_dir_fd=self._root, dst_dir_fd=self._root)
                if self._fsync:
                    self._parents.sync(op.key)
        except BaseException:
            with suppress(OSError):  # the write's own failure is what counts
                if self._rename or os.stat(name, dir_fd=self._root).st_size < length:
                    os.unlink(name, dir_fd=self._root)
            raise
        op.done_ns = time.monotonic_ns()

    def _write(self, op: Operation, fd: int, buffer: Buffer, length: int) -> None:
        """Write the body, whose first window is in the buffer."""
        for done in range(0, length, buffer.size):
            window = min(buffer.size, length - done)
            self._next_window(op, buffer, done, window)
            write_all(fd, buffer.view[:window], done)

    def _next_window(self, op: Operation, buffer: Buffer, done: int, window: int) -> None:
        """Make what follows the first window; the time that takes is not the store's."""
        if done:
            since = time.monotonic_ns()
            self._fill(op, buffer, done, window)
            op.dispatch_ns += time.monotonic_ns() - since

    def _fill(self, op: Operation, buffer: Buffer, offset: int, length: int) -> None:
        if length:
            self._payload.fill(buffer.view[:length], op.key, op.version, offset)
