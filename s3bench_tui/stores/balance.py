"""What drivers that choose among several end points tell of them. Knows no protocol; choosing is stores.http.balance's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable


class News(NamedTuple):
    """An end point gives no connections any more, or (`alive`) takes them again."""

    endpoint: int
    alive: bool
    words: str
    """Why it does not."""


@runtime_checkable
class Balances(Protocol):
    """What a driver offers besides `base.Driver` where it leaves out end points that give no connections."""

    def news(self) -> Sequence[News]:
        """What became of them since the last call."""
