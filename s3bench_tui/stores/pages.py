"""Which page of a listing an operation asks for: all of them one after the other, or one in each operation.

Page by page, each slot walks through the listing for itself, around and around. Knows no requests.
"""

from __future__ import annotations

from collections.abc import Sequence

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions


class Pages:
    """Keeps the mark of the page that each slot asks for next, by line of the mix."""

    __slots__ = ("_lines", "_marks")

    def __init__(self, lines: Sequence[LineOptions]) -> None:
        self._lines = lines
        self._marks: dict[tuple[int, int], str] = {}

    def options(self, op: Operation) -> LineOptions:
        """Those of the operation's line."""
        return self._lines[op.entry] if self._lines else NO_OPTIONS

    def first(self, op: Operation) -> str | None:
        """The mark that the operation begins at; None for the first page."""
        return self._marks.get((op.entry, op.slot))

    def following(self, op: Operation, mark: str | None) -> str | None:
        """Having a page that said how it goes on (None: it was the last): the mark at which this same operation goes
        on, None where it ends here."""
        if not self.options(op).max_keys:
            return mark
        if mark:
            self._marks[op.entry, op.slot] = mark
        else:
            self.forget(op)
        return None

    def forget(self, op: Operation) -> None:
        """Begin anew: the mark may be what the server refused."""
        self._marks.pop((op.entry, op.slot), None)
