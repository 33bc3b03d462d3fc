"""How far another machine's clocks are from ours, from pings. Sends none itself.

Of a ping that left at `sent`, came back at `received`, and was answered in between with the other clock's time, the
offset is known to half of the way there and back; the quickest ping knows it best.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_KEPT = 16


@dataclass(frozen=True, slots=True)
class Offset:
    """Added to our clock it gives theirs, to within `error_ns` on either side."""

    monotonic_ns: int
    wall_ns: int
    error_ns: int


class Clocks:
    """The clocks of one other machine, by the quickest of the last pings."""

    def __init__(self) -> None:
        self._found: deque[Offset] = deque(maxlen=_KEPT)

    def add(self, sent_ns: int, received_ns: int, monotonic_ns: int, wall_ns: int, our_wall_ns: int) -> None:
        """Take one ping; `our_wall_ns` is our wall clock at `received_ns`."""
        half_ns = (received_ns - sent_ns + 1) // 2
        middle_ns = sent_ns + half_ns
        self._found.append(
            Offset(monotonic_ns - middle_ns, wall_ns - (our_wall_ns - (received_ns - middle_ns)), half_ns)
        )

    @property
    def pings(self) -> int:
        """How many are known, up to a few."""
        return len(self._found)

    @property
    def offset(self) -> Offset:
        """The best that is known; there must have been a ping."""
        return min(self._found, key=lambda found: found.error_ns)
