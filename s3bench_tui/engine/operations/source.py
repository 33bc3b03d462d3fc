"""What a source of operations is: it fills in the next one of its line of the mix, and learns how it ended.

Each kind of them stands in engine.sources.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from s3bench_tui.stores.base import Operation


class Source(Protocol):
    """`exhausted` says that it will never fill another operation; `bounded` that this can happen at all."""

    @property
    def bounded(self) -> bool: ...

    @property
    def exhausted(self) -> bool: ...

    def fill(self, op: Operation) -> bool:
        """Make `op` the next operation; False where there is none now."""

    @property
    def settle(self) -> Callable[[Operation], None] | None:
        """Learns how an operation ended, and may amend the outcome of what the engine does for itself; None where
        there is nothing to learn."""
