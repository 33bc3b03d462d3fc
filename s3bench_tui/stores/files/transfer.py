"""Reads from a file into a buffer, and tasks that are made of them.

A task is a generator that carries out one operation: it yields a Read where it would have to wait for the disk, and
is sent the system call's result (bytes read, or a negative errno). Whoever runs tasks, a Ring or Threads, knows
nothing of keys and kinds of operations; a task knows nothing of who runs it.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
from collections.abc import Generator
from typing import TypeAlias


class Buffer:
    """Page-aligned memory, with the address that io_uring wants to know."""

    __slots__ = ("address", "memory", "size", "view")

    def __init__(self, size_bytes: int) -> None:
        self.size = size_bytes
        self.memory = mmap.mmap(-1, size_bytes)
        self.view = memoryview(self.memory)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))


_MOST_BYTES = 1 << 30
_NO_COPY = (errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM, errno.ETXTBSY)
"""What the kernel says where it cannot copy between these two files by itself; it can still send one to the other."""

Read: TypeAlias = tuple[int, Buffer, int, int]
"""Descriptor, buffer, length, offset: that many bytes of the file from the offset on, to the buffer's start."""

Task: TypeAlias = Generator[Read, int, None]


def perform(read: Read) -> int:
    """Do it now, in the calling thread; bytes read, or a negative errno."""
    fd, buffer, length, offset = read
    try:
        return os.preadv(fd, [buffer.view[:length]], offset)
    except OSError as error:
        return -(error.errno or errno.EIO)


def check(result: int) -> bool:
    """Whether a read came to an end; False where it is to be asked for again, OSError where it failed."""
    if result in (-errno.EINTR, -errno.EAGAIN):
        return False
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return True


def write_all(fd: int, view: memoryview, offset: int) -> None:
    """Write the whole view, in as many pieces as the system makes of it."""
    done = 0
    while done < len(view):
        moved = os.pwritev(fd, [view[done:]], offset + done)
        if moved == 0:
            raise OSError(errno.EIO, "nothing was written")
        done += moved


def copy_all(source: int, target: int) -> int:
    """Copy a whole file within the kernel, from the beginning of both; how many bytes it had."""
    done = 0
    by_range = True
    while True:
        try:
            moved = (
                os.copy_file_range(source, target, _MOST_BYTES)
                if by_range
                else os.sendfile(target, source, None, _MOST_BYTES)
            )
        except OSError as error:
            if not by_range or done or error.errno not in _NO_COPY:
                raise
            by_range = False
            continue
        if not moved:
            return done
        done += moved
