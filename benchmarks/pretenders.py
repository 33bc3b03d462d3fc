"""Agents that make no load: each plays back what a real one once said, word by word, to whoever calls it as a controller.

A program of its own, so that what it costs is not counted as the controller's. Many of them are one process: each is
an address of 127.0.0.0/8, all on one port.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns, time_ns
from typing import Any

import grpc
from grpc import aio

from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.wire import SERVICE


@dataclass(frozen=True, slots=True)
class Part:
    """What an agent said, in order: to hello, to prepare, once it was let go on, and from the start of its load on, each
    at its time after that, in ns."""

    welcome: Sequence[bytes]
    prepared: Sequence[bytes]
    released: Sequence[bytes]
    load: Sequence[tuple[int, bytes]]

    def save(self, path: Path) -> None:
        """Write it to a file."""
        words = [
            [base64.b64encode(word).decode() for word in part] for part in (self.welcome, self.prepared, self.released)
        ]
        load = [[at_ns, base64.b64encode(word).decode()] for at_ns, word in self.load]
        path.write_text(json.dumps([*words, load]))


def load(path: Path) -> Part:
    """Read it back."""
    welcome, prepared, released, words = json.loads(path.read_text())
    first, second, third = ([base64.b64decode(word) for word in part] for part in (welcome, prepared, released))
    return Part(first, second, third, [(at_ns, base64.b64decode(word)) for at_ns, word in words])


class Pretender:
    """One call of a controller."""

    def __init__(self, part: Part, requests: AsyncIterator[pb.Down]) -> None:
        self._part = part
        self._requests = requests
        self._sequence = 0
        self._released = 0
        self._out: asyncio.Queue[pb.Up | None] = asyncio.Queue()
        self._playing: asyncio.Task[None] | None = None

    async def words(self) -> AsyncIterator[pb.Up]:
        """All that it answers."""
        listening = asyncio.create_task(self._listen())
        try:
            while (word := await self._out.get()) is not None:
                self._sequence += 1
                word.sequence = self._sequence
                yield word
        finally:
            listening.cancel()
            if self._playing is not None:
                self._playing.cancel()

    async def _listen(self) -> None:
        async for word in self._requests:
            match word.WhichOneof("word"):
                case "hello":
                    self._say(self._part.welcome)
                case "ping":
                    pong = pb.Pong(number=word.ping.number, monotonic_ns=monotonic_ns(), wall_ns=time_ns())
                    self._out.put_nowait(pb.Up(pong=pong))
                case "prepare":
                    self._say(self._part.prepared)
                case "proceed" if not self._released:
                    self._released = 1
                    self._out.put_nowait(pb.Up(released=pb.Released(before="prepare", at_ns=word.proceed.at_ns)))
                    self._say(self._part.released)
                case "proceed":
                    self._out.put_nowait(pb.Up(released=pb.Released(before="load", at_ns=word.proceed.at_ns)))
                    self._playing = asyncio.create_task(self._play(word.proceed.at_ns))
                case "goodbye" | "stop":
                    self._out.put_nowait(None)

    async def _play(self, start_ns: int) -> None:
        for at_ns, word in self._part.load:
            await asyncio.sleep(max(0.0, (start_ns + at_ns - monotonic_ns()) / 1e9))
            self._say([word])

    def _say(self, words: Sequence[bytes]) -> None:
        for word in words:
            self._out.put_nowait(pb.Up.FromString(word))


async def serve(part: Part) -> None:
    """Listen on all of loopback, say where, and serve until the end."""
    server = aio.server(options=[("grpc.so_reuseport", 0)])

    async def run(requests: AsyncIterator[pb.Down], context: Any) -> AsyncIterator[pb.Up]:
        async for word in Pretender(part, requests).words():
            yield word

    method = grpc.stream_stream_rpc_method_handler(
        run, request_deserializer=pb.Down.FromString, response_serializer=pb.Up.SerializeToString
    )
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"Run": method})])
    port = server.add_insecure_port("0.0.0.0:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(load(Path(sys.argv[1]))))
