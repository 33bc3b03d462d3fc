"""What runs the file drivers' tasks: a Ring, or Threads."""

from __future__ import annotations

from typing import TypeAlias

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.threads import Threads
from s3bench_tui.stores.uring import Ring

Runner: TypeAlias = Ring | Threads


def open_runner(io: str, inline: bool) -> Runner:
    """`io`: auto, uring (TargetError where there is none) or threads. On a ring opening a file is done at once, in the
    caller: no good where that asks a server, so that `auto` takes threads without `inline`."""
    if io == "threads" or (io == "auto" and not inline):
        return Threads()
    try:
        return Ring()
    except OSError as error:
        if io == "auto":
            return Threads()
        raise TargetError(
            f"io_uring is not available ({error.strerror}): see kernel.io_uring_disabled, or the container's rules"
        ) from None
