"""s3-bench's interface, from its description alone: names, types and numbers of fields, in descriptors of its own pool.

Shares nothing with the program under test, which has its messages from .proto files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

KINDS = {
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "uint32": descriptor_pb2.FieldDescriptorProto.TYPE_UINT32,
    "uint64": descriptor_pb2.FieldDescriptorProto.TYPE_UINT64,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
    "double": descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
}
MESSAGES: Mapping[str, tuple[str, ...]] = {
    "Empty": (),
    "PingReply": ("1 version string",),
    "RunGetRequest": ("1 uri string", "2 jobs uint32"),
    "RunPutRequest": (
        "1 bucket string", "2 prefix string", "3 object_size uint64", "4 objects uint32", "5 concurrency uint32",
    ),
    "OpSummary": ("1 total_bytes uint64", "2 seconds double", "3 notes string"),
    "RunWorkloadRequest": (
        "1 config_yaml string", "2 agent_id string", "3 path_prefix string", "4 start_timestamp_ns int64",
        "5 shared_storage bool",
    ),
    "OpAggregateMetrics": (
        "1 bytes uint64", "2 ops uint64", "3 mean_us uint64", "4 p50_us uint64", "5 p95_us uint64", "6 p99_us uint64",
    ),
    "WorkloadSummary": (
        "1 agent_id string", "2 wall_seconds double", "3 total_ops uint64", "4 total_bytes uint64",
        "5 get OpAggregateMetrics", "6 put OpAggregateMetrics", "7 meta OpAggregateMetrics", "8 p50_us uint64",
        "9 p95_us uint64", "10 p99_us uint64", "11 console_log string", "12 metadata_json string",
        "13 tsv_content string", "14 results_path string", "15 op_log_path string", "16 histogram_get bytes",
        "17 histogram_put bytes", "18 histogram_meta bytes",
    ),
}  # fmt: skip
CALLS = {
    "Ping": ("Empty", "PingReply"),
    "RunGet": ("RunGetRequest", "OpSummary"),
    "RunPut": ("RunPutRequest", "OpSummary"),
    "RunWorkload": ("RunWorkloadRequest", "WorkloadSummary"),
}


@cache
def message(package: str, name: str) -> Any:
    """The class of a message."""
    return message_factory.GetMessageClass(_pool(package).FindMessageTypeByName(f"{package}.{name}"))


@cache
def _pool(package: str) -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, fields in MESSAGES.items():
        made = file.message_type.add(name=name)
        for field in fields:
            number, field_name, kind = field.split()
            added = made.field.add(name=field_name, number=int(number), label=1)
            if kind in KINDS:
                added.type = KINDS[kind]
            else:
                added.type, added.type_name = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE, f".{package}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


class Client:
    """As the controller of a version calls: its package tells which."""

    def __init__(self, channel: grpc.Channel, package: str = "s3bench") -> None:
        self._channel = channel
        self._package = package

    def start(self, method: str, metadata: tuple[tuple[str, str], ...] = (), timeout: float = 60, **fields: Any) -> Any:
        """Begin a call; its `result()` is the answer."""
        asked, answered = CALLS[method]
        call = self._channel.unary_unary(
            f"/{self._package}.Agent/{method}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=message(self._package, answered).FromString,
        )
        return call.future(message(self._package, asked)(**fields), timeout=timeout, metadata=metadata)

    def call(self, method: str, **fields: Any) -> Any:
        """The answer."""
        return self.start(method, **fields).result()

    def refused(self, method: str, **fields: Any) -> tuple[grpc.StatusCode, str]:
        """Status and text of a call that must fail."""
        try:
            answer = self.start(method, **fields).result()
        except grpc.RpcError as error:
            return error.code(), error.details() or ""
        raise AssertionError(f"{method} was answered: {answer}")


@contextmanager
def client(address: str, package: str = "s3bench") -> Iterator[Client]:
    with grpc.insecure_channel(address) as channel:
        yield Client(channel, package)


@contextmanager
def agent(
    answers: Mapping[str, Callable[[Any, grpc.ServicerContext], Mapping[str, Any]]],
    package: str = "s3bench",
    credentials: grpc.ServerCredentials | None = None,
) -> Iterator[str]:
    """An agent of s3-bench that answers these methods with these fields; its address."""

    def method(name: str) -> Any:
        asked, answered = CALLS[name]
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: message(package, answered)(**answers[name](request, context)),
            request_deserializer=message(package, asked).FromString,
            response_serializer=lambda reply: reply.SerializeToString(),
        )

    with ThreadPoolExecutor(4) as threads:
        server = grpc.server(threads)
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(f"{package}.Agent", {name: method(name) for name in answers}),)
        )
        if credentials is None:
            port = server.add_insecure_port("127.0.0.1:0")
        else:
            port = server.add_secure_port("127.0.0.1:0", credentials)
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(0).wait(10)
