"""What an agent keeps, as its controller asks for it over gRPC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import grpc

from s3bench_tui.fleet.grpc.address import Address
from s3bench_tui.fleet.grpc.channel import CONNECT_TIMEOUT_S, failure, open_channel
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.retrieval import Listed, UnaskedError
from s3bench_tui.fleet.wire import SERVICE


class AgentKeeper:
    """A channel of its own for each question."""

    def __init__(self, address: Address, trust: Trust) -> None:
        self._address = address
        self._trust = trust

    @property
    def address(self) -> str:
        """`host:port`."""
        return str(self._address)

    def listed(self) -> Sequence[Listed]:
        """What it keeps, the newest first."""
        with open_channel(self._address, self._trust) as channel:
            call: Any = channel.unary_unary(
                f"/{SERVICE}/Recordings",
                request_serializer=pb.Ask.SerializeToString,
                response_deserializer=pb.KeptList.FromString,
            )
            try:
                answer: pb.KeptList = call(pb.Ask(), timeout=CONNECT_TIMEOUT_S)
            except grpc.RpcError as error:
                raise UnaskedError(failure(error)) from None
        return [Listed(each.run_id, each.part, each.bytes, each.written_ns, each.ended) for each in answer.kept]

    def pieces(self, run_id: str, part: int) -> Iterator[bytes]:
        """One of them, from its beginning."""
        with open_channel(self._address, self._trust) as channel:
            call = channel.unary_stream(
                f"/{SERVICE}/Fetch",
                request_serializer=pb.Which.SerializeToString,
                response_deserializer=pb.Piece.FromString,
            )
            try:
                for piece in call(pb.Which(run_id=run_id, part=part)):
                    yield piece.data
            except grpc.RpcError as error:
                raise UnaskedError(failure(error)) from None
