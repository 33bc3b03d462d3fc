"""How a member lets a controller in: a hello of its own kind, one at a time. Knows no transport."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from s3bench_tui import __version__
from s3bench_tui.errors import S3BenchError
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.stay import Keeping, Outbox, Stay, Tell
from s3bench_tui.fleet.wire import PROTOCOL, mismatch

Turn = Callable[[str], AbstractContextManager[None]]
"""The one place of an agent where load is made: held as long as a run is on, S3BenchError where it is taken."""


class StrangerError(S3BenchError):
    """The controller is of another version."""


def let_in(first: pb.Down | None, caller: str, turn: Turn, keeping: Keeping, tell: Tell) -> tuple[Stay, Outbox]:
    """Begin the stay that the first word of `caller` asks for, in a thread of its own.

    ValueError where it is no hello, StrangerError where it is one of another version, what `turn` raises where another
    run is on.
    """
    if first is None or first.WhichOneof("word") != "hello":
        raise ValueError("a controller says hello first")
    hello = first.hello
    if not re.fullmatch("[0-9a-f]{8}", hello.run_id):
        raise ValueError("the id of a run is eight hexadecimal digits")
    if wrong := mismatch((PROTOCOL, __version__), (hello.protocol, hello.version)):
        tell(f"{caller} refused: a controller that {wrong}")
        raise StrangerError(
            f"this agent is s3bench-tui {__version__} and speaks version {PROTOCOL} of the fleet's protocol; a controller "
            f"that is {hello.version[:40]!r} and speaks version {hello.protocol} needs agents like itself"
        )
    place = turn(f"run {hello.run_id} of a fleet")
    place.__enter__()  # left in the run's own thread, which may outlive the controller
    outbox = Outbox()
    stay = Stay(hello.run_id, outbox, keeping, tell)
    outbox.put(welcome=pb.Welcome(protocol=PROTOCOL, version=__version__, host_name=socket.gethostname()))
    threading.Thread(target=_run_in, args=(place, stay), name="run", daemon=True).start()
    return stay, outbox


def _run_in(place: AbstractContextManager[None], stay: Stay) -> None:
    try:
        stay.run()
    finally:
        place.__exit__(None, None, None)
