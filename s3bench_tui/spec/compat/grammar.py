"""The keys of s3-bench's files, of all its generations, and how a file of its is told from a native one.

Facts about a format, and nothing about what the keys come to here.
"""

from __future__ import annotations

from typing import Any

NATIVE_KEYS = (
    "name",
    "target",
    "duration",
    "concurrency",
    "processes",
    "seed",
    "stop",
    "drain",
    "warmup",
    "payload",
    "errors",
    "schedule",
    "cleanup",
    "thresholds",
    "operation_timeout",
    "connect_timeout",
    "outputs",
    "fleet",
)
"""Native keys that may stand beside s3-bench's, so that an old file can be extended by one line."""

FOREIGN_KEYS = (
    "prepare",
    "range_engine",
    "page_cache_mode",
    "page_cache",
    "distributed",
    "distributed_env",
    "io_rate",
    "processing_mode",
    "error_handling",
    "op_log_path",
    "warmup_period",
    "perf_log",
    "multi_endpoint",
    "cache_checkpoint_interval_secs",
    "enable_metadata_cache",
    "s3dlio_optimization",
    "dynamic_put_pool",
    "backend",
    "objects",
)

ADDRESS_KEYS = ("path", "uri", "bucket", "prefix", "base_uri")
FOREIGN_LINE_KEYS = (
    "uri",
    "bucket",
    "prefix",
    "base_uri",
    "object_size",
    "size_spec",
    "size_distribution",
    "dedup_factor",
    "compress_factor",
    "use_multi_endpoint",
    "recursive",
)
NATIVE_LINE_KEYS = ("op", "weight", "name", "target", "path", "size", "range", "keys", "concurrency", "batch")

DIRECTORY_OPS = ("mkdir", "rmdir")

PREPARE_KEYS = (
    "ensure_objects",
    "cleanup",
    "cleanup_only",
    "cleanup_mode",
    "post_prepare_delay",
    "directory_structure",
    "prepare_strategy",
    "skip_verification",
    "force_overwrite",
    "key_prefix_shards",
    "enabled",
    "fill",
    "dedup_factor",
    "compress_factor",
)
TREE_KEYS = ("width", "depth", "files_per_dir", "distribution", "dir_mask")
ENSURE_KEYS = (
    "base_uri",
    "count",
    "size_spec",
    "size_distribution",
    "size",
    "min_size",
    "max_size",
    "fill",
    "dedup_factor",
    "compress_factor",
    "use_multi_endpoint",
)
PERF_LOG_KEYS = ("enabled", "path", "interval", "interval_seconds")
ERROR_KEYS = (
    "max_total_errors",
    "error_rate_threshold",
    "error_rate_window",
    "backoff_duration",
    "retry_on_error",
    "max_retries",
    "initial_retry_delay_ms",
    "max_retry_delay_ms",
    "retry_backoff_multiplier",
    "retry_jitter_factor",
)

DISTRIBUTED_KEYS = (
    "agents",
    "stages",
    "ssh",
    "deployment",
    "start_delay",
    "path_template",
    "shared_filesystem",
    "tree_creation_mode",
    "path_selection",
    "partition_overlap",
    "grpc_keepalive_interval",
    "grpc_keepalive_timeout",
    "agent_ready_timeout",
    "kv_cache_dir",
    "barrier_sync",
)
AGENT_KEYS = (
    "address",
    "id",
    "target_override",
    "concurrency_override",
    "env",
    "volumes",
    "path_template",
    "listen_port",
    "multi_endpoint",
    "kv_cache_dir",
)
STAGE_KEYS = (
    "name",
    "order",
    "type",
    "completion",
    "barrier",
    "timeout_secs",
    "optional",
    "duration",
    "max_duration",
    "expected_tasks",
    "expected_objects",
    "command",
    "args",
)

SIZE_KEYS = {
    "fixed": ("type", "size"),
    "uniform": ("type", "min", "max"),
    "log-uniform": ("type", "min", "max"),
    "lognormal": ("type", "mean", "std_dev", "min", "max"),
    "list": ("type", "sizes"),
}
FIXED_WORDS = ("fixed", "constant")
FIXED_KEYS = ("size", "bytes", "value", "mean", "min", "max")
"""Where files that say `type: fixed` put the size."""

_ONLY_NATIVE = ("targets", "dataset", "load")


def is_foreign(data: dict[str, Any]) -> bool:
    """Whether a file is written for s3-bench: it holds a key that only s3-bench has, and no part that only this has."""
    if any(key in data for key in _ONLY_NATIVE):
        return False
    if any(key in data for key in FOREIGN_KEYS) or isinstance(data.get("cleanup"), dict):
        return True
    lines = data.get("workload")
    return isinstance(lines, list) and any(isinstance(line, dict) and _is_foreign_line(line) for line in lines)


def _is_foreign_line(line: dict[str, Any]) -> bool:
    path = line.get("path")
    return (
        any(key in line for key in FOREIGN_LINE_KEYS)
        or line.get("op") in DIRECTORY_OPS
        or (isinstance(path, str) and "://" in path)
    )
