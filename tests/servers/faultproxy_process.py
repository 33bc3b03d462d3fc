"""The process behind `tests.servers.faultproxy`: a TCP proxy that harms what the server sends. The standard library alone.

Run as: faultproxy_process.py PORT TARGET_PORT '{"latency_s": ..., ...}'; prints one word a line for what it did.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from dataclasses import dataclass
from itertools import count

CHUNK_BYTES = 16384
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Faults:
    """What happens to the bytes from server to client. `cut_after` and `stall_after` hit every `every`th connection."""

    latency_s: float = 0.0
    """Added to every chunk; chunks do not wait for one another."""
    bytes_per_s: float = 0.0
    """0: no limit. For each connection."""
    cut_after: int = -1
    """Reset the connection after that many bytes; -1: never."""
    stall_after: int = -1
    """Send nothing more after that many bytes, and keep the connection open; -1: never."""
    every: int = 1


class FaultProxy:
    """Accepts connections and joins each with one to the target."""

    def __init__(self, target_port: int, faults: Faults) -> None:
        self._target_port = target_port
        self._faults = faults
        self._numbers = count(1)

    async def serve(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        """One connection, from its beginning to its end."""
        print("accept", flush=True)
        struck = next(self._numbers) % self._faults.every == 0
        writers = [client_out]
        tasks: list[asyncio.Task[None]] = []
        try:
            server_in, server_out = await asyncio.open_connection("127.0.0.1", self._target_port)
            writers.append(server_out)
            for writer in writers:
                writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tasks = [
                asyncio.create_task(_copy(client_in, server_out)),
                asyncio.create_task(self._harm(server_in, client_out, struck)),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except OSError:
            client_out.transport.abort()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for writer in writers:
                writer.close()

    async def _harm(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, struck: bool) -> None:
        faults, clock = self._faults, asyncio.get_running_loop().time
        arrived: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(256)

        async def read() -> None:
            while True:
                data = await source.read(CHUNK_BYTES)
                await arrived.put((clock() + faults.latency_s, data))
                if not data:
                    return

        reading = asyncio.create_task(read())
        sent = 0
        try:
            while True:
                due, data = await arrived.get()
                await asyncio.sleep(max(0.0, due - clock()))
                if not data:
                    return
                for limit, strike in ((faults.cut_after, self._cut), (faults.stall_after, self._stall)):
                    if struck and 0 <= limit <= sent + len(data):
                        sink.write(data[: limit - sent])
                        await sink.drain()
                        await strike(sink)
                        return
                sink.write(data)
                await sink.drain()
                sent += len(data)
                if faults.bytes_per_s:
                    await asyncio.sleep(len(data) / faults.bytes_per_s)
        finally:
            reading.cancel()

    async def _cut(self, sink: asyncio.StreamWriter) -> None:
        print("cut", flush=True)
        sink.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        sink.transport.abort()

    async def _stall(self, sink: asyncio.StreamWriter) -> None:
        print("stall", flush=True)
        await asyncio.Event().wait()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK_BYTES):
        sink.write(data)
        await sink.drain()


async def main(port: int, target_port: int, faults: Faults) -> None:
    """Serve on this port of loopback until the process is ended."""
    server = await asyncio.start_server(FaultProxy(target_port, faults).serve, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Faults(**json.loads(sys.argv[3]))))
