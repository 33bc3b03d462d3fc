"""The controller's way to one member in a Dask worker: words go out as calls of its actor, one after the other.

What comes in is delivered by whoever listens to the cluster's events; understands none of it.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from time import monotonic_ns, time_ns
from typing import Any

from distributed import Client

from s3bench_tui.fleet.dask.member import Resident
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.transport import Arrived, Deliver

CALL_S = 10.0
"""For the worker to take an actor, or a word."""
ALONE_S = 20.0
"""A controller that has not even asked a member for the time so long is lost."""
LEFT = "its worker has left the cluster"


class DaskLink:
    """Begins with an actor on the worker at `address`, and with no other."""

    def __init__(self, client: Client, member: int, address: str, deliver: Deliver, alone_s: float = ALONE_S) -> None:
        self._client = client
        self._member = member
        self._address = address
        self._deliver = deliver
        self._alone_s = alone_s
        self._out: SimpleQueue[pb.Down | None] = SimpleQueue()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._speak, name=f"agent {address}", daemon=True)
        self._thread.start()

    def send(self, word: pb.Down) -> None:
        """Never blocks."""
        self._out.put(word)

    def hang_up(self) -> None:
        """Send no more; what was sent before still goes out."""
        self._out.put(None)

    def close(self, timeout_s: float = 0.0) -> None:
        """Let the member go; it has so long to end by itself."""
        self._out.put(None)
        self._thread.join(timeout_s)
        self._lost.set()

    def take(self, word: bytes) -> None:
        """One word of the member, as it came; empty after the last of them."""
        if not word:
            self.lose("it hung up")
        elif not self._lost.is_set():
            self._deliver(Arrived(self._member, monotonic_ns(), time_ns(), pb.Up.FromString(word)))

    def lose(self, why: str) -> None:
        """Nothing more comes from there."""
        if not self._lost.is_set():
            self._lost.set()
            self._deliver(Arrived(self._member, monotonic_ns(), time_ns(), None, why))

    def _speak(self) -> None:
        with self._client.as_current():  # what Dask makes of an actor here asks for it
            self._converse()

    def _converse(self) -> None:
        try:
            actor = self._client.submit(
                Resident, self._client.id, self._member, self._alone_s, actor=True, pure=False, retries=0,
                workers=[self._address], allow_other_workers=False,
            )  # fmt: skip
            resident: Any = actor.result(timeout=CALL_S)
            while (word := self._out.get()) is not None and not self._lost.is_set():
                refusal = resident.hear(word.SerializeToString()).result(timeout=CALL_S)
                if refusal:
                    self.lose(refusal)
                    return
            resident.leave().result(timeout=CALL_S)
        except Exception as error:  # noqa: BLE001 - whatever Dask raises, the worker cannot be asked any more
            self.lose("the Dask scheduler is gone" if self._client.status != "running" else reason(error))


def reason(error: BaseException, within_s: float = CALL_S) -> str:
    """Why a worker does not do what it is asked within this time, in a sentence."""
    if isinstance(error, ModuleNotFoundError):
        return f"it has no {error.name}; install the same s3bench-tui[dask] there"
    if isinstance(error, TimeoutError):
        return f"it took nothing for {within_s:.0f} s: all its threads are busy, or it is frozen"
    said = " ".join(str(error).split())
    if "holding Actor was lost" in said:  # as Dask says it
        return LEFT
    return f"{said or type(error).__name__}"
