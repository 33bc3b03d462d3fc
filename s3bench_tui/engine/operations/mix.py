"""The mix: which line of the workload the next operation is. Knows weights and an index, not what the lines do."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import isfinite


class Mix:
    """Draws indices in proportion to weights, which may be turned at any time.

    `random` gives floats in [0, 1), such as the `random` of a `random.Random`.
    """

    __slots__ = ("_random", "_single", "_upper", "_weights", "pick")

    pick: Callable[[], int]
    """Index of the next line; -1 where no weight is above 0."""

    def __init__(self, weights: Sequence[float], random: Callable[[], float]) -> None:
        self._random = random
        self.set(weights)

    def set(self, weights: Sequence[float]) -> None:
        """Use these weights from the next draw on. ValueError where one is negative or not finite."""
        if not all(isfinite(weight) and weight >= 0 for weight in weights):
            raise ValueError(f"{list(weights)!r} are not weights; every weight is 0 or more")
        self._weights = tuple(weights)
        total = sum(weights)
        # Each line's upper bound in [0, 1]. A line of weight 0 has its predecessor's bound, so no draw falls on it.
        # The bounds are divided by the last of themselves, so that it is exactly 1.
        bounds = list(accumulate(weights)) if total > 0 else []
        self._upper = [bound / bounds[-1] for bound in bounds]
        weighted = [index for index, weight in enumerate(weights) if weight > 0]
        self._single = weighted[0] if weighted else -1
        self.pick = self._draw if len(weighted) > 1 else self._the_only_one

    def _draw(self) -> int:
        return bisect(self._upper, self._random())

    def _the_only_one(self) -> int:
        return self._single

    def pick_among(self, eligible: Sequence[bool]) -> int:
        """Index of the next line out of the eligible ones, by their weights; -1 where none has a weight above 0."""
        total = 0.0
        for weight, may in zip(self._weights, eligible, strict=True):
            if may:
                total += weight
        left = self._random() * total
        chosen = -1
        for index, weight in enumerate(self._weights):
            if weight > 0 and eligible[index]:
                chosen = index
                if left < weight:
                    break
                left -= weight
        return chosen
