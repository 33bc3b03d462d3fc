"""One transfer between a file and a buffer, and tasks that are made of them.

A task is a generator that carries out one operation: it yields a Transfer where it would have to wait for the disk,
and is sent the system call's result (bytes moved, or a negative errno). Whoever runs tasks, a Ring or Threads, knows
nothing of keys and operations' kinds; a task knows nothing of who runs it.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
from collections.abc import Generator
from typing import NamedTuple, TypeAlias

PAUSE, FSYNC, READ, WRITE = 0, 3, 22, 23
"""Actions, by io_uring's own numbers. PAUSE does nothing but let others have a turn."""


class Buffer:
    """Page-aligned memory, with the address that io_uring wants to know."""

    __slots__ = ("address", "memory", "size", "view")

    def __init__(self, size_bytes: int) -> None:
        self.size = size_bytes
        self.memory = mmap.mmap(-1, size_bytes)
        self.view = memoryview(self.memory)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))


class Transfer(NamedTuple):
    """`length` bytes between `buffer` from `start` on and the file from `offset` on."""

    action: int
    fd: int = -1
    buffer: Buffer | None = None
    length: int = 0
    offset: int = 0
    start: int = 0


Task: TypeAlias = Generator[Transfer, int, None]


def perform(transfer: Transfer) -> int:
    """Do it now, in the calling thread; bytes moved, or a negative errno."""
    try:
        if transfer.action == FSYNC:
            os.fsync(transfer.fd)
        elif transfer.buffer is not None:
            window = transfer.buffer.view[transfer.start : transfer.start + transfer.length]
            if transfer.action == READ:
                return os.preadv(transfer.fd, [window], transfer.offset)
            return os.pwritev(transfer.fd, [window], transfer.offset)
    except OSError as error:
        return -(error.errno or 0)
    return 0


def check(result: int) -> int:
    """The result itself; OSError where it is a negative errno."""
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result


def settled(transfer: Transfer) -> Generator[Transfer, int, int]:
    """Bytes moved, asked again where the call was only interrupted."""
    while (moved := (yield transfer)) in (-errno.EINTR, -errno.EAGAIN):
        pass
    return check(moved)


def write_all(fd: int, buffer: Buffer, length: int, offset: int) -> Generator[Transfer, int, None]:
    """Write the first `length` bytes of the buffer, in as many pieces as the system makes of it."""
    done = 0
    while done < length:
        moved = yield from settled(Transfer(WRITE, fd, buffer, length - done, offset + done, done))
        if moved == 0:
            raise OSError(errno.EIO, "nothing was written")
        done += moved
