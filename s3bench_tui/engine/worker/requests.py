"""The requests of operations that are written in parts, as the worker's loop meets them: counted beside the operations.

Only workers whose driver hands out such requests have this in their way. Knows nothing of what a request says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s3bench_tui.stores.base import Driver, Operation
from s3bench_tui.stores.multipart import Upload, Uploads

WITHDRAWAL_NS = 700_000_000
"""How long a worker tries to leave nothing behind; what it could not do is the coordinator's, who waits no second."""

Turn = Callable[[Sequence[Operation]], None]
"""What the worker does with what has completed."""


def beside(turn: Turn, lines: int, count: Callable[[Operation], None]) -> Turn:
    """The same turn over the operations alone; requests among them are given to `count`, in the order of all."""

    def sifted(completed: Sequence[Operation]) -> None:
        operations: list[Operation] = []
        for op in completed:
            if op.entry < lines:
                operations.append(op)
                continue
            if operations:
                turn(operations)
                operations = []
            count(op)
        turn(operations)

    return sifted


def withdrawn(driver: Driver, now_ns: int) -> Sequence[Upload]:
    """Have the driver give up what it has under way; uploads that are left at the store all the same."""
    return driver.withdraw(now_ns + WITHDRAWAL_NS) if isinstance(driver, Uploads) else ()
