"""Objects that are written in parts: what workload, worker, driver, statistics and control plane agree on.

The operation stays one: it is dispatched with the first request and done with the last. Beside it a driver that writes
in parts hands out each of its requests as a completion of its own, with figures of its own, in rows of their own
(`request_row`), so that parts never count as operations. Knows no protocol and no sockets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from s3bench_tui.spec.vocabulary import REQUESTS

PART, CREATE, COMPLETE = range(3)
"""The requests that have figures of their own, as indices into REQUESTS; a number never changes, it stands in shared
memory."""


@dataclass(frozen=True, slots=True)
class Multipart:
    """How a line of the mix writes its objects: those of more than `above_bytes` in parts, `parallel` at a time."""

    part_bytes: int
    parallel: int
    above_bytes: int


def rows(lines: int, in_parts: bool) -> int:
    """How many rows of statistics a mix of so many lines has: its own, and where it writes in parts its requests'."""
    return lines * (1 + len(REQUESTS)) if in_parts else lines


def request_row(lines: int, line: int, request: int) -> int:
    """The row in which the requests of a line are counted."""
    return lines * (1 + request) + line


def request_of(lines: int, row: int) -> tuple[int, str]:
    """Line and name of the request that is counted in `row`; the inverse of `request_row`."""
    return row % lines, REQUESTS[row // lines - 1]


Upload = tuple[str, str]
"""An upload that was begun and neither completed nor aborted: its key, and the store's name for it."""


@runtime_checkable
class Uploads(Protocol):
    """What a driver offers besides `base.Driver` where it leaves something at the store when it is interrupted."""

    def withdraw(self, deadline_ns: int) -> Sequence[Upload]:
        """Give up every upload under way and have the store forget it; those for which it did not until then."""


@runtime_checkable
class AbortsUploads(Protocol):
    """What a store offers besides `base.Store` where uploads can be left behind. Raises TargetError."""

    finds_uploads: bool
    """Whether it can tell which uploads there are; where not, it forgets by itself those that nobody names."""

    def abort_uploads(self, uploads: Sequence[Upload], prefixes: Sequence[str]) -> int:
        """Abort these uploads, and all that it finds of keys that start with one of `prefixes`; how many were still
        there."""
