"""The controller's end of the call to one agent: words go out, words and the loss come in. Understands none of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from time import monotonic_ns, time_ns

import grpc

from s3bench_tui.fleet.grpc.address import Address
from s3bench_tui.fleet.grpc.channel import failure, open_channel
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.transport import Arrived, Deliver
from s3bench_tui.fleet.wire import METHOD


class GrpcLink:
    """`deliver` is called from a thread of the link's own."""

    def __init__(self, index: int, address: Address, trust: Trust, deliver: Deliver) -> None:
        self._index = index
        self._deliver = deliver
        self._out: SimpleQueue[pb.Down | None] = SimpleQueue()
        self._channel = open_channel(address, trust)
        call = self._channel.stream_stream(
            METHOD, request_serializer=pb.Down.SerializeToString, response_deserializer=pb.Up.FromString
        )
        self._call = call(iter(self._words()))
        self._thread = threading.Thread(target=self._listen, name=f"agent {address}", daemon=True)
        self._thread.start()

    def send(self, word: pb.Down) -> None:
        """Never blocks."""
        self._out.put(word)

    def hang_up(self) -> None:
        """Send no more; what was sent before still goes out."""
        self._out.put(None)

    def close(self, timeout_s: float = 0.0) -> None:
        """End the call; the agent has so long to do it by itself."""
        self._out.put(None)
        self._thread.join(timeout_s)
        self._call.cancel()
        self._channel.close()

    def _words(self) -> Iterator[pb.Down]:
        while (word := self._out.get()) is not None:
            yield word

    def _listen(self) -> None:
        loss, spoken = "it hung up", False
        try:
            for word in self._call:
                spoken = True
                self._deliver(Arrived(self._index, monotonic_ns(), time_ns(), word))
        except grpc.RpcError as error:
            loss = failure(error, spoken)
        except ValueError:
            loss = "the call was ended"  # the channel is closed
        self._deliver(Arrived(self._index, monotonic_ns(), time_ns(), None, loss))
