"""Open loop: when operations are meant to start, whatever the store does. Knows no queue, no clock and no operation.

Each worker computes its own part of the schedule, so none has to ask another. Time is warped, not counted: arrivals
lie on an axis on which all workers together have one per unit, and the axis is laid over time by the integral of the
rate. A change of the rate bends the axis at one instant and moves nothing on it, so no arrival is lost or doubled.

    arrivals  |    |    |    |    |         worker i of n has i, i + n, i + 2n ...   (constant)
    axis      0----1----2----3----4-->      or its own exponential gaps of mean n    (poisson)
    time      0----1----2-3-4-->            the rate doubled at 2
"""

from __future__ import annotations

from math import isfinite, log
from random import Random
from typing import Literal

from s3bench_tui.units import NS_PER_S

NEVER_NS = 1 << 62
"""The next arrival where there is none: later than any clock."""


class Arrivals:
    """One worker's arrivals; `next_ns` is the intended start of the next one, on the clock of `start_ns`.

    `rate_per_s` is that of all workers together; 0 or None: none until the next change. ValueError for other rates
    below 0. The caller takes an arrival by reading `next_ns`, then `advance()`. Times are computed from the last
    change on and never added up, so they do not drift. `shift` moves constant arrivals along the axis, so that those of
    several machines fall between each other; Poisson's are independent by seed.
    """

    __slots__ = (
        "_ahead",
        "_due",
        "_later",
        "_ns_each",
        "_origin_ns",
        "_random",
        "_rate",
        "_since_ns",
        "_workers",
        "next_ns",
    )

    def __init__(
        self,
        kind: Literal["poisson", "constant"],
        rate_per_s: float | None,
        worker: int,
        workers: int,
        seed: int,
        start_ns: int,
        shift: float = 0.0,
    ) -> None:
        self._random = Random(f"arrivals {seed} {worker}").random if kind == "poisson" else None
        self._workers = workers
        self._since_ns = start_ns
        self._due = 0.0
        """The integral of the rate from the start to `_since_ns`."""
        self._later: list[tuple[int, float]] = []
        self._bend(_checked(rate_per_s))
        self._ahead = worker + shift
        """Where on the axis the next arrival lies, counted from `_since_ns` on."""
        if self._random:
            self._ahead = -log(1.0 - self._random()) * workers
        self._settle()

    def advance(self) -> None:
        """Go on to the next arrival."""
        if random := self._random:
            self._ahead -= log(1.0 - random()) * self._workers
        else:
            self._ahead += self._workers
        if self._later:
            self._settle()
        else:
            self.next_ns = self._origin_ns + int(self._ahead * self._ns_each + 0.5)

    def retune(self, rate_per_s: float | None, at_ns: int) -> None:
        """Change the rate at an instant, which is no earlier than that of the change before.

        Arrivals due before then that have not been taken yet keep their times. Where arrivals after `at_ns` have been
        taken already, the next ones make up for that.
        """
        self._later.append((at_ns, _checked(rate_per_s)))
        self._settle()

    def due(self, at_ns: int) -> float:
        """Arrivals wanted from the start to `at_ns` over all workers: the integral of the rate.

        `at_ns` is not before the last change whose earlier arrivals have all been taken.
        """
        due, since_ns, rate = self._due, self._since_ns, self._rate
        for change_ns, changed in self._later:
            if change_ns >= at_ns:
                break
            due += (change_ns - since_ns) * rate / NS_PER_S
            since_ns, rate = change_ns, changed
        return due + (at_ns - since_ns) * rate / NS_PER_S

    def _settle(self) -> None:
        """Compute the next arrival; changes that do not lie after it take effect first."""
        self.next_ns = self._origin_ns + int(self._ahead * self._ns_each + 0.5)
        while self._later and self.next_ns >= self._later[0][0]:
            at_ns, rate = self._later.pop(0)
            at_ns = max(at_ns, self._since_ns)
            passed = (at_ns - self._since_ns) * self._rate / NS_PER_S
            self._due += passed
            self._ahead -= passed
            self._since_ns = at_ns
            self._bend(rate)
            self.next_ns = self._origin_ns + int(self._ahead * self._ns_each + 0.5)

    def _bend(self, rate: float) -> None:
        self._rate = rate
        self._ns_each = NS_PER_S / rate if rate else 0.0
        self._origin_ns = self._since_ns if rate else NEVER_NS


def _checked(rate_per_s: float | None) -> float:
    rate = float(rate_per_s or 0.0)
    if not isfinite(rate) or rate < 0:
        raise ValueError(f"{rate_per_s!r} is not a rate of arrivals; it is 0 or more per second")
    return rate
