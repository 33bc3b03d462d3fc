"""An agent within a Dask worker: an actor that takes the controller's words, and says its own as events of the cluster.

Makes no load in the worker's own process: the stay that it holds has programs of its own for that. Words go up in order,
on the stream that the worker has to its scheduler; what waits there is bounded by the time until the controller is lost.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
from pathlib import Path

import dask
from distributed import Worker, get_worker

from s3bench_tui.errors import S3BenchError
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.reception import let_in
from s3bench_tui.fleet.runs import Runs
from s3bench_tui.fleet.stay import Keeping, Outbox, Stay

EXTENSION = "s3bench-tui"
"""Under this name a worker holds the one place where load is made."""
_LOOK_S = 1.0
_LEAVE_S = 2.0


class Resident:
    """One stay; its words are events of `topic`, in which it is the `member`th. Without a word for `alone_s`, not even
    a ping, its controller counts as lost."""

    def __init__(self, topic: str, member: int, alone_s: float) -> None:
        self._worker: Worker = get_worker()
        self._topic = topic
        self._member = member
        self._alone_s = alone_s
        self._stay: Stay | None = None
        self._heard_s = time.monotonic()

    async def hear(self, word: bytes) -> str:
        """Take one word; "" or why the controller is not let in."""
        self._heard_s = time.monotonic()
        down = pb.Down.FromString(word)
        if self._stay is not None:
            self._stay.hear(down)
            return ""
        runs = self._worker.extensions.setdefault(EXTENSION, Runs())
        try:
            tell = logging.getLogger("distributed.s3bench_tui").info
            self._stay, outbox = let_in(down, self._topic, runs.turn, keeping(), tell)
        except (ValueError, S3BenchError) as error:
            return str(error)
        threading.Thread(target=self._tell, args=(outbox,), name="words", daemon=True).start()
        threading.Thread(target=self._watch, args=(self._stay,), name="controller", daemon=True).start()
        return ""

    async def leave(self) -> None:
        """The controller says no more; returns once the stay is over, or after a while."""
        if self._stay is None:
            return
        self._stay.hang_up()
        until_s = time.monotonic() + _LEAVE_S
        while not self._stay.over.is_set() and time.monotonic() < until_s:
            await asyncio.sleep(0.01)

    def _tell(self, outbox: Outbox) -> None:
        for word in outbox:
            self._worker.log_event(self._topic, {"member": self._member, "word": word.SerializeToString()})
        self._worker.log_event(self._topic, {"member": self._member, "word": b""})

    def _watch(self, stay: Stay) -> None:
        while not stay.over.wait(_LOOK_S):
            if time.monotonic() - self._heard_s > self._alone_s:
                stay.hang_up()
                return


def dask_setup(worker: Worker) -> None:
    """Of workers that are started for one run and preload this: Ctrl-C is for the controller, which then ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def keeping() -> Keeping:
    """As the configuration of Dask says on this worker."""
    directory = dask.config.get("s3bench-tui.results", "results")
    return Keeping(Path(directory), bool(dask.config.get("s3bench-tui.op-logs", False)))
