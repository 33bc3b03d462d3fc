"""Agents that listen, as the transport of a fleet. Knows where they are and how they are trusted, not what is said to them."""

from __future__ import annotations

from collections.abc import Sequence

from s3bench_tui.fleet.grpc.address import Address, parse_addresses
from s3bench_tui.fleet.grpc.link import GrpcLink
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.transport import Deliver


class GrpcTransport:
    """Those at these addresses, each `host:port`."""

    name = "grpc"

    def __init__(self, addresses: Sequence[str], trust: Trust) -> None:
        self._written = addresses
        self._trust = trust
        self._addresses: tuple[Address, ...] = ()

    def members(self) -> Sequence[str]:
        """Where they are said to be; nobody is called yet."""
        self._addresses = parse_addresses(",".join(self._written), "fleet.agents")
        return [str(address) for address in self._addresses]

    def link(self, member: int, deliver: Deliver) -> GrpcLink:
        """Call one of them."""
        return GrpcLink(member, self._addresses[member], self._trust, deliver)

    def close(self) -> None:
        """Each link has a channel of its own; nothing is left."""
