"""What the next operation is: the mix, the sources behind its lines, and their limits. Knows no driver and no time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s3bench_tui.engine.operations.mix import Mix
from s3bench_tui.engine.operations.source import Source
from s3bench_tui.engine.operations.sources import Nothing
from s3bench_tui.stores.base import Operation


class Supply:
    """Fills operations by the weights and limits of the phase that is on.

    `in_flight` counts by line of the mix; the owner keeps it up to date. `limits` are this worker's shares, -1 where
    a line has none, None where no line has one. A line that has no key now gives its turn to the others: `starved`
    counts these turns, and `dry` says that nobody could take the last one.
    """

    def __init__(self, sources: Sequence[Source], random: Callable[[], float]) -> None:
        self._sources = sources
        self._fills = [source.fill for source in sources]
        self.settles = [source.settle for source in sources]
        """By line: what is to be told of each operation that ended; None where nothing is."""
        self._weights: Sequence[float] = (1.0,) * len(sources)
        self._mix = Mix(self._weights, random)
        self.limits: Sequence[int] | None = None
        self.in_flight = [0] * len(sources)
        self.starved = 0
        self.dry = False
        self.revocable = False
        """Whether an operation that was filled need never begin: nobody keeps account of what was handed out."""

    def turn(self, weights: Sequence[float], limits: Sequence[int] | None) -> None:
        """Use these from the next operation on."""
        # A line without any source here would be picked in vain each time.
        self._weights = [
            0.0 if isinstance(source, Nothing) else weight
            for source, weight in zip(self._sources, weights, strict=True)
        ]
        self._mix.set(self._weights)
        self.limits = limits
        self.revocable = limits is None and not any(
            weight and (source.bounded or source.settle)
            for source, weight in zip(self._sources, self._weights, strict=True)
        )

    def fill(self, op: Operation) -> bool:
        """Make `op` the next operation, of a line below its limit; False where there is none now."""
        entry = self._mix.pick()
        limits = self.limits
        if limits and 0 <= limits[entry] <= self.in_flight[entry]:
            entry = self._pick_eligible(())
        return self._take(op, entry)

    def draw(self, op: Operation) -> bool:
        """The same for an arrival, which waits where its line is at its limit, and so may be of any line."""
        return self._take(op, self._mix.pick(), limited=False)

    def exhausted(self, each_key: bool) -> bool:
        """Whether no line will ever fill an operation again; with `each_key`, whether those with an end came to it."""
        weighted = [source for source, weight in zip(self._sources, self._weights, strict=True) if weight]
        if not weighted:
            return True  # this phase is for other targets
        judged = [source for source in weighted if source.bounded] if each_key else weighted
        return bool(judged) and all(source.exhausted for source in judged)

    def _take(self, op: Operation, entry: int, limited: bool = True) -> bool:
        if entry < 0:
            return False
        op.entry = entry
        if self._fills[entry](op):
            self.dry = False
            return True
        return self._take_from_another(op, entry, limited)

    def _take_from_another(self, op: Operation, starved: int, limited: bool) -> bool:
        self.starved += 1
        without = [starved]
        while (entry := self._pick_eligible(without, limited)) >= 0:
            op.entry = entry
            if self._sources[entry].fill(op):
                self.dry = False
                return True
            without.append(entry)
        self.dry = True
        return False

    def _pick_eligible(self, without: Sequence[int], limited: bool = True) -> int:
        limits = (self.limits if limited else None) or (-1,) * len(self._sources)
        return self._mix.pick_among(
            [
                entry not in without and not 0 <= limit <= in_flight
                for entry, (limit, in_flight) in enumerate(zip(limits, self.in_flight, strict=True))
            ]
        )
