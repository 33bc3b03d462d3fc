"""The fleet's service on an agent: lets a controller in, one at a time, and carries words to and from its run; and gives
out the recordings that are kept here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import grpc

from s3bench_tui.errors import S3BenchError
from s3bench_tui.fleet.grpc.server import caller
from s3bench_tui.fleet.kept import kept, pieces
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

    def recordings(request: pb.Ask, context: grpc.ServicerContext) -> pb.KeptList:
        found = kept(keeping.directory)
        tell(f"{caller(context)} asked for its recordings: {len(found)}")
        return pb.KeptList(
            kept=[
                pb.Kept(run_id=each.run_id, part=each.part, bytes=each.size_bytes, written_ns=each.written_ns, ended=each.ended)
                for each in found
            ]
        )  # fmt: skip

    def fetch(request: pb.Which, context: grpc.ServicerContext) -> Iterator[pb.Piece]:
        wanted = (request.run_id, request.part)
        found = next((each for each in kept(keeping.directory) if (each.run_id, each.part) == wanted), None)
        if found is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "it keeps no such recording")
            raise AssertionError  # abort raises
        tell(f"{caller(context)} fetches {found.path}")
        try:
            for piece in pieces(found.path):
                yield pb.Piece(data=piece)
        except OSError as error:
            context.abort(grpc.StatusCode.INTERNAL, f"{found.path} cannot be read: {error.strerror}")

    methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        "Run": grpc.stream_stream_rpc_method_handler(
            run, request_deserializer=pb.Down.FromString, response_serializer=pb.Up.SerializeToString
        ),
        "Recordings": grpc.unary_unary_rpc_method_handler(
            recordings, request_deserializer=pb.Ask.FromString, response_serializer=pb.KeptList.SerializeToString
        ),
        "Fetch": grpc.unary_stream_rpc_method_handler(
            fetch, request_deserializer=pb.Which.FromString, response_serializer=pb.Piece.SerializeToString
        ),
    }
    return grpc.method_handlers_generic_handler(SERVICE, methods)


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
