"""The fleet's service on an agent: lets a controller in, one at a time, and carries words to and from its run."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress

import grpc

from s3bench_tui import __version__
from s3bench_tui.errors import S3BenchError
from s3bench_tui.fleet.grpc.server import caller
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.stay import Keeping, Outbox, Stay, Tell
from s3bench_tui.fleet.wire import PROTOCOL, SERVICE, mismatch

Turn = Callable[[str], AbstractContextManager[None]]
"""The one place of an agent where load is made: held as long as a run is on, S3BenchError where it is taken."""


def fleet_service(turn: Turn, keeping: Keeping, tell: Tell) -> grpc.GenericRpcHandler:
    """The service; `tell` is given a line for whoever watches the agent."""

    def run(requests: Iterator[pb.Down], context: grpc.ServicerContext) -> Iterator[pb.Up]:
        hello = _hello(requests, context)
        if wrong := mismatch((PROTOCOL, __version__), (hello.protocol, hello.version)):
            tell(f"{caller(context)} refused: a controller that {wrong}")
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"this agent is s3bench-tui {__version__} and speaks version {PROTOCOL} of the fleet's protocol; a controller "
                f"that is {hello.version[:40]!r} and speaks version {hello.protocol} needs agents like itself",
            )
        place = turn(f"run {hello.run_id} of a fleet")
        try:
            place.__enter__()  # left in the run's own thread, which may outlive this call
        except S3BenchError as error:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(error))
        outbox = Outbox()
        stay = Stay(hello.run_id, outbox, keeping, tell)
        outbox.put(welcome=pb.Welcome(protocol=PROTOCOL, version=__version__, host_name=socket.gethostname()))
        _begin(lambda: _run_in(place, stay), "run")
        _begin(lambda: _listen(requests, stay), "controller")
        context.add_callback(stay.hang_up)
        yield from outbox

    method = grpc.stream_stream_rpc_method_handler(
        run, request_deserializer=pb.Down.FromString, response_serializer=pb.Up.SerializeToString
    )
    return grpc.method_handlers_generic_handler(SERVICE, {"Run": method})


def _hello(requests: Iterator[pb.Down], context: grpc.ServicerContext) -> pb.Hello:
    first = next(requests, None)
    if first is None or first.WhichOneof("word") != "hello":
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a controller says hello first")
        raise AssertionError  # abort raises
    if not re.fullmatch("[0-9a-f]{8}", first.hello.run_id):
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the id of a run is eight hexadecimal digits")
    return first.hello


def _run_in(place: AbstractContextManager[None], stay: Stay) -> None:
    try:
        stay.run()
    finally:
        place.__exit__(None, None, None)


def _listen(requests: Iterator[pb.Down], stay: Stay) -> None:
    with suppress(Exception):  # gRPC raises a bare one where a call is read that was cut
        for word in requests:
            stay.hear(word)
    stay.hang_up()


def _begin(what: Callable[[], None], name: str) -> None:
    threading.Thread(target=what, name=name, daemon=True).start()
