"""What a fleet needs of a transport: links to its members, on which words go out, and words and losses come in.

Nobody on this side knows more of it, so that one engine drives members over gRPC and over Dask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from s3bench_tui.fleet.protos import fleet_pb2 as pb


class Arrived(NamedTuple):
    """One word of a member, and our clocks as it came; without a word it is lost, and `loss` says why."""

    member: int
    at_ns: int
    wall_ns: int
    word: pb.Up | None
    loss: str = ""


Deliver = Callable[[Arrived], None]
"""Takes what comes from members; called from threads of the transport's own, which
wait there while the engine is too far behind."""


class Link(Protocol):
    """To one member, whose words are delivered in the order in which it said them, and its loss as the last of them."""

    def send(self, word: pb.Down) -> None:
        """Never blocks."""
        ...

    def hang_up(self) -> None:
        """Send no more; what was sent before still goes out."""
        ...

    def close(self, timeout_s: float = 0.0) -> None:
        """Let the member go; it has so long to end by itself."""
        ...


class Transport(Protocol):
    """The members of one fleet, and the way to them."""

    @property
    def name(self) -> str:
        """As it stands in the report."""
        ...

    def members(self) -> Sequence[str]:
        """The address of each, in the order of their parts. S3BenchError where they cannot be named, or not be found."""
        ...

    def link(self, member: int, deliver: Deliver) -> Link:
        """Call one of them; whatever goes wrong with it is delivered."""
        ...

    def close(self) -> None:
        """Leave nothing open, once all links are closed."""
        ...
