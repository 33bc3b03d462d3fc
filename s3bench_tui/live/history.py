"""The words of one run, kept for seats that are taken late or fall behind. Knows nothing of sockets.

Each word has a number. A seat remembers the number of the word that it had last and asks for the next: so no seat
has a queue of its own, and a slow one costs nothing. Older intervals are merged and older events
forgotten, so that memory has a bound.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from s3bench_tui.engine.messages import Event, Interval
from s3bench_tui.live.door import Word
from s3bench_tui.live.wire import packed, unpacked
from s3bench_tui.report.fold import add_arrivals
from s3bench_tui.stats.tally import merged


@dataclass(frozen=True, slots=True)
class Tier:
    """Intervals that ended more than `after_s` ago are merged to `length_s`, never over the bounds of a phase."""

    after_s: float
    length_s: float


TIERS = (Tier(2 * 3600.0, 10.0), Tier(12 * 3600.0, 600.0))
"""By second, by ten seconds, by ten minutes: what the longest columns of a chart need, and flat over days."""
EVENTS_KEPT = 1000
"""More than a screen keeps; older ones are in the recording."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Where an interval stands."""

    number: int
    phase: int
    start_s: float
    end_s: float


class History:
    """Words of one run in order, packed; numbers go on from `last`, the last one of the run before."""

    def __init__(self, last: int = 0, tiers: Sequence[Tier] = TIERS) -> None:
        self.last = last
        self._tiers = tiers
        self._numbers: list[int] = []
        self._frames: dict[int, tuple[int, bytes]] = {}
        """By number: the first of the numbers that were merged into it, and the word."""
        self._stretches: tuple[deque[_Stretch], ...] = tuple(deque() for _ in range(len(tiers) + 1))
        """Of intervals as they came, and of those merged by each tier; of the last tier only the newest is needed."""
        self._events: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, word: Word) -> None:
        """Keep the next word."""
        self.last += 1
        self._numbers.append(self.last)
        self._frames[self.last] = (self.last, packed(word))
        if isinstance(word, Event):
            self._events.append(self.last)
            if len(self._events) > EVENTS_KEPT:
                self._forget(self._events.popleft())
        elif isinstance(word, Interval):
            self._stretches[0].append(_Stretch(self.last, word.phase, word.start_s, word.end_s))
            for place, tier in enumerate(self._tiers):
                waiting = self._stretches[place]
                while waiting and word.end_s - waiting[0].end_s > tier.after_s:
                    self._merge(waiting.popleft(), self._stretches[place + 1], tier.length_s)
            while len(self._stretches[-1]) > 1:
                self._stretches[-1].popleft()

    def _forget(self, number: int) -> None:
        del self._numbers[bisect_left(self._numbers, number)], self._frames[number]

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

    def _merge(self, new: _Stretch, into: deque[_Stretch], length_s: float) -> None:
        """With the newest of `into`, where that is the word before it, of the same phase, and within the same length."""
        before = into[-1] if into else None
        index = bisect_left(self._numbers, new.number) - 1
        if (
            before is not None
            and index >= 0
            and self._numbers[index] == before.number
            and before.phase == new.phase
            and before.start_s // length_s == new.start_s // length_s
        ):
            oldest, frame = self._frames.pop(self._numbers.pop(index))
            merged_frame = packed(joined(unpacked(frame), unpacked(self._frames[new.number][1])))
            self._frames[new.number] = (oldest, merged_frame)
            into.pop()
            new = replace(new, start_s=before.start_s)
        into.append(new)


def joined(earlier: Interval, later: Interval) -> Interval:
    """Two intervals of one phase as one; gauges and the host are those at its end."""
    return replace(
        later,
        start_s=earlier.start_s,
        tally=merged(earlier.tally, later.tally),
        arrivals=add_arrivals(earlier.arrivals, later.arrivals),
        requests=merged(earlier.requests, later.requests),
        host=later.host or earlier.host,
    )
