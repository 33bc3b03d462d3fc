"""What the requests of one line of the mix carry beside what every operation of its kind needs.

Plain data that a driver works into its requests when it opens, so that operations without options pay nothing for
them. Each backend documents what it makes of them; a workload is refused where it can make nothing of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from s3bench_tui.stores.multipart import Multipart


@dataclass(frozen=True, slots=True)
class LineOptions:
    """The options of one line; the defaults ask for nothing."""

    max_keys: int = 0
    """LIST: one operation is one page of at most so many keys, and the next one goes on behind it; 0: all pages."""
    delimiter: str = ""
    """LIST: names that have this behind the prefix are rolled up into one item, their common prefix."""
    multipart: Multipart | None = None
    """PUT: how large objects are written in parts; None: every object by one request."""


NO_OPTIONS = LineOptions()


def writes_in_parts(lines: Iterable[LineOptions]) -> bool:
    """Whether any of these lines does."""
    return any(line.multipart is not None for line in lines)
