from s3bench_tui.fleet.protos import s3bench_pb2 as _s3bench_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunWorkloadRequest(_message.Message):
    __slots__ = ("config_yaml", "agent_id", "path_prefix", "start_timestamp_ns", "shared_storage")
    CONFIG_YAML_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    PATH_PREFIX_FIELD_NUMBER: _ClassVar[int]
    START_TIMESTAMP_NS_FIELD_NUMBER: _ClassVar[int]
    SHARED_STORAGE_FIELD_NUMBER: _ClassVar[int]
    config_yaml: str
    agent_id: str
    path_prefix: str
    start_timestamp_ns: int
    shared_storage: bool
    def __init__(self, config_yaml: _Optional[str] = ..., agent_id: _Optional[str] = ..., path_prefix: _Optional[str] = ..., start_timestamp_ns: _Optional[int] = ..., shared_storage: _Optional[bool] = ...) -> None: ...

class OpAggregateMetrics(_message.Message):
    __slots__ = ("bytes", "ops", "mean_us", "p50_us", "p95_us", "p99_us")
    BYTES_FIELD_NUMBER: _ClassVar[int]
    OPS_FIELD_NUMBER: _ClassVar[int]
    MEAN_US_FIELD_NUMBER: _ClassVar[int]
    P50_US_FIELD_NUMBER: _ClassVar[int]
    P95_US_FIELD_NUMBER: _ClassVar[int]
    P99_US_FIELD_NUMBER: _ClassVar[int]
    bytes: int
    ops: int
    mean_us: int
    p50_us: int
    p95_us: int
    p99_us: int
    def __init__(self, bytes: _Optional[int] = ..., ops: _Optional[int] = ..., mean_us: _Optional[int] = ..., p50_us: _Optional[int] = ..., p95_us: _Optional[int] = ..., p99_us: _Optional[int] = ...) -> None: ...

class WorkloadSummary(_message.Message):
    __slots__ = ("agent_id", "wall_seconds", "total_ops", "total_bytes", "get", "put", "meta", "p50_us", "p95_us", "p99_us", "console_log", "metadata_json", "tsv_content", "results_path", "op_log_path", "histogram_get", "histogram_put", "histogram_meta")
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    WALL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_OPS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    GET_FIELD_NUMBER: _ClassVar[int]
    PUT_FIELD_NUMBER: _ClassVar[int]
    META_FIELD_NUMBER: _ClassVar[int]
    P50_US_FIELD_NUMBER: _ClassVar[int]
    P95_US_FIELD_NUMBER: _ClassVar[int]
    P99_US_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_LOG_FIELD_NUMBER: _ClassVar[int]
    METADATA_JSON_FIELD_NUMBER: _ClassVar[int]
    TSV_CONTENT_FIELD_NUMBER: _ClassVar[int]
    RESULTS_PATH_FIELD_NUMBER: _ClassVar[int]
    OP_LOG_PATH_FIELD_NUMBER: _ClassVar[int]
    HISTOGRAM_GET_FIELD_NUMBER: _ClassVar[int]
    HISTOGRAM_PUT_FIELD_NUMBER: _ClassVar[int]
    HISTOGRAM_META_FIELD_NUMBER: _ClassVar[int]
    agent_id: str
    wall_seconds: float
    total_ops: int
    total_bytes: int
    get: OpAggregateMetrics
    put: OpAggregateMetrics
    meta: OpAggregateMetrics
    p50_us: int
    p95_us: int
    p99_us: int
    console_log: str
    metadata_json: str
    tsv_content: str
    results_path: str
    op_log_path: str
    histogram_get: bytes
    histogram_put: bytes
    histogram_meta: bytes
    def __init__(self, agent_id: _Optional[str] = ..., wall_seconds: _Optional[float] = ..., total_ops: _Optional[int] = ..., total_bytes: _Optional[int] = ..., get: _Optional[_Union[OpAggregateMetrics, _Mapping]] = ..., put: _Optional[_Union[OpAggregateMetrics, _Mapping]] = ..., meta: _Optional[_Union[OpAggregateMetrics, _Mapping]] = ..., p50_us: _Optional[int] = ..., p95_us: _Optional[int] = ..., p99_us: _Optional[int] = ..., console_log: _Optional[str] = ..., metadata_json: _Optional[str] = ..., tsv_content: _Optional[str] = ..., results_path: _Optional[str] = ..., op_log_path: _Optional[str] = ..., histogram_get: _Optional[bytes] = ..., histogram_put: _Optional[bytes] = ..., histogram_meta: _Optional[bytes] = ...) -> None: ...
