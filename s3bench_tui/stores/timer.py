"""A timer that epoll can wait for, exact to microseconds where epoll's own time-out counts whole milliseconds.

Python has timerfd from 3.13 on; here it is called through ctypes. Linux only.
"""

from __future__ import annotations

import ctypes
import os

_CLOCK_MONOTONIC = 1
_TFD_NONBLOCK_CLOEXEC = os.O_NONBLOCK | os.O_CLOEXEC
_PR_SET_TIMERSLACK = 29


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class Timer:
    """A timerfd. Register its `fileno()` edge-triggered: then an expiry need not be read, only armed anew."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._settime = libc.timerfd_settime
        self._spec = _Itimerspec()
        self._pointer = ctypes.byref(self._spec)
        self._fd: int = libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")

    def fileno(self) -> int:
        return self._fd

    def arm(self, delay_ns: int) -> None:
        """Expire once, `delay_ns` (> 0) from now."""
        self._spec.value.seconds, self._spec.value.nanoseconds = divmod(delay_ns, 1_000_000_000)
        self._settime(self._fd, 0, self._pointer, None)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def wake_on_time() -> None:
    """Ask the kernel to end this thread's sleeps when they are due, not up to 50 us later. Linux; elsewhere nothing."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
