"""The words of one run, kept for seats that are taken late or fall behind. Knows nothing of sockets.

Each word has a number. A seat remembers the number of the word that it had last and asks for the next: so no seat
has a queue of its own, and a slow one costs nothing. Older intervals are merged, so that memory has a bound.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass, replace

from s3bench_tui.engine.messages import Interval
from s3bench_tui.live.door import Word
from s3bench_tui.live.wire import packed, unpacked
from s3bench_tui.report.fold import add_arrivals
from s3bench_tui.stats.tally import merged

BY_SECOND_S = 7200.0
"""Intervals of this last stretch are kept as they are."""
COARSE_S = 10.0
"""Earlier ones are merged to this length, never over the bounds of a phase."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Where an interval stands."""

    number: int
    phase: int
    start_s: float
    end_s: float


class History:
    """Words of one run in order, packed; numbers go on from `last`, the last one of the run before."""

    def __init__(self, last: int = 0, by_second_s: float = BY_SECOND_S) -> None:
        self.last = last
        self._by_second_s = by_second_s
        self._numbers: list[int] = []
        self._frames: dict[int, tuple[int, bytes]] = {}
        """By number: the first of the numbers that were merged into it, and the word."""
        self._fine: deque[_Stretch] = deque()
        self._coarse = _Stretch(0, -1, 0.0, 0.0)

    def add(self, word: Word) -> None:
        """Keep the next word."""
        self.last += 1
        self._numbers.append(self.last)
        self._frames[self.last] = (self.last, packed(word))
        if isinstance(word, Interval):
            self._fine.append(_Stretch(self.last, word.phase, word.start_s, word.end_s))
            while word.end_s - self._fine[0].end_s > self._by_second_s:
                self._merge(self._fine.popleft())

    def after(self, number: int) -> tuple[int, bytes] | None:
        """The next word for one that had `number` last (0: none) and its own number; None where there is none yet.

        Where words have been merged of which the one who asks had a part, it is the first of all again.
        """
        index = bisect_right(self._numbers, number)
        if index == len(self._numbers):
            return None
        if self._frames[self._numbers[index]][0] <= number:
            index = 0
        following = self._numbers[index]
        return following, self._frames[following][1]

    def _merge(self, new: _Stretch) -> None:
        """Into the word before it where that is of the same phase, and both lie within the same ten seconds."""
        before, index = self._coarse, bisect_left(self._numbers, new.number) - 1
        if (
            index >= 0
            and self._numbers[index] == before.number
            and before.phase == new.phase
            and before.start_s // COARSE_S == new.start_s // COARSE_S
        ):
            oldest, frame = self._frames.pop(self._numbers.pop(index))
            merged_frame = packed(joined(unpacked(frame), unpacked(self._frames[new.number][1])))
            self._frames[new.number] = (oldest, merged_frame)
        self._coarse = new


def joined(earlier: Interval, later: Interval) -> Interval:
    """Two intervals of one phase as one; gauges and the host are those at its end."""
    return replace(
        later,
        start_s=earlier.start_s,
        tally=merged(earlier.tally, later.tally),
        arrivals=add_arrivals(earlier.arrivals, later.arrivals),
        host=later.host or earlier.host,
    )
