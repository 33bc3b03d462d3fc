"""The fleet's service on an agent: lets a controller in, one at a time, and carries words to and from its run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import grpc

from s3bench_tui.errors import S3BenchError
from s3bench_tui.fleet.grpc.server import caller
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.reception import StrangerError, Turn, let_in
from s3bench_tui.fleet.stay import Keeping, Stay, Tell
from s3bench_tui.fleet.wire import SERVICE


def fleet_service(turn: Turn, keeping: Keeping, tell: Tell) -> grpc.GenericRpcHandler:
    """The service; `tell` is given a line for whoever watches the agent."""

    def run(requests: Iterator[pb.Down], context: grpc.ServicerContext) -> Iterator[pb.Up]:
        try:
            stay, outbox = let_in(next(requests, None), caller(context), turn, keeping, tell)
        except (ValueError, S3BenchError) as error:
            context.abort(_status(error), str(error))
        threading.Thread(target=_listen, args=(requests, stay), name="controller", daemon=True).start()
        context.add_callback(stay.hang_up)
        yield from outbox

    method = grpc.stream_stream_rpc_method_handler(
        run, request_deserializer=pb.Down.FromString, response_serializer=pb.Up.SerializeToString
    )
    return grpc.method_handlers_generic_handler(SERVICE, {"Run": method})


def _status(refusal: Exception) -> grpc.StatusCode:
    if isinstance(refusal, ValueError):
        return grpc.StatusCode.INVALID_ARGUMENT
    strange = isinstance(refusal, StrangerError)
    return grpc.StatusCode.FAILED_PRECONDITION if strange else grpc.StatusCode.RESOURCE_EXHAUSTED


def _listen(requests: Iterator[pb.Down], stay: Stay) -> None:
    with suppress(Exception):  # gRPC raises a bare one where a call is read that was cut
        for word in requests:
            stay.hear(word)
    stay.hang_up()
