"""Every key of sai3-bench's grammar, in any company: it changes what is run, or a warning says what happens instead."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3bench_tui.errors import ConfigError
from s3bench_tui.spec.compat import grammar
from s3bench_tui.spec.compat.conversion import convert
from s3bench_tui.spec.compat.translation import translated
from s3bench_tui.spec.loading import load_mapping, load_text
from s3bench_tui.spec.text.source import Document, Path

ROOT = "file:///tmp/s3bench-compat/"
AGENT: Path = ("distributed", "agents", 0)
STAGE: Path = ("distributed", "stages", 0)
HYBRID: Path = ("distributed", "stages", 1)
ENSURE: Path = ("prepare", "ensure_objects", 0)
TREE: Path = ("prepare", "directory_structure")
GET, PUT, LIST, RMDIR = (("workload", index) for index in range(4))

VALUES: tuple[tuple[Path, Any], ...] = (
    (("duration",), "30s"),
    (("concurrency",), 24),
    (("range_engine",), {"enabled": True, "chunk_size": 1024, "max_concurrent_ranges": 2, "min_split_size": 1, "range_timeout_secs": 3}),
    (("page_cache_mode",), "random"),
    (("io_rate",), {"iops": "1000", "distribution": "uniform"}),
    (("processes",), "single"),
    (("processing_mode",), "multi_runtime"),
    (("op_log_path",), "ops.tsv.zst"),
    (("warmup_period",), "5s"),
    (("perf_log",), {"path": "perf.tsv", "interval": "2s"}),
    (("multi_endpoint",), {"strategy": "least_connections", "endpoints": ["s3://10.0.0.1:9000/b/", "s3://10.0.0.2:9000/b/"]}),
    (("cache_checkpoint_interval_secs",), 300),
    (("enable_metadata_cache",), True),
    (("s3dlio_optimization",), {"enable_range_downloads": True, "range_threshold_mb": 64, "gcs_rapid_mode": True}),
    (("distributed_env",), {"A": "b"}),
    (("dynamic_put_pool",), True),
    *((("error_handling", key), value) for key, value in {
        "max_total_errors": 7, "error_rate_threshold": 2.0, "error_rate_window": 2.0, "backoff_duration": "1s",
        "retry_on_error": True, "max_retries": 2, "initial_retry_delay_ms": 1, "max_retry_delay_ms": 2,
        "retry_backoff_multiplier": 3.0, "retry_jitter_factor": 0.5}.items()),
    *((("prepare", key), value) for key, value in {
        "cleanup": True, "cleanup_only": True, "post_prepare_delay": 3, "prepare_strategy": "sequential",
        "skip_verification": True, "force_overwrite": True, "cleanup_mode": "strict", "key_prefix_shards": 16}.items()),
    *(((*TREE, key), value) for key, value in {"files_per_dir": 3, "distribution": "all", "dir_mask": "d%d_w%d"}.items()),
    *(((*ENSURE, key), value) for key, value in {
        "count": "64,032", "min_size": 7, "max_size": 9, "size_spec": {"type": "lognormal", "mean": "1MB", "std_dev": 5},
        "size_distribution": 12, "fill": "zero", "dedup_factor": 2, "compress_factor": 3}.items()),
    ((*GET, "concurrency"), 3),
    ((*GET, "weight"), 9),
    ((*PUT, "object_size"), 77),
    ((*PUT, "size_distribution"), {"type": "uniform"}),
    ((*PUT, "dedup_factor"), 2),
    ((*PUT, "compress_factor"), 2),
    ((*LIST, "recursive"), True),
    *((("distributed", key), value) for key, value in {
        "ssh": {"enabled": True, "user": "u", "key_path": "k", "timeout": 10, "known_hosts": "x"},
        "deployment": {"deploy_type": "docker", "image": "x", "docker_args": ["a"]}, "start_delay": 2,
        "path_template": "agent-{id}/", "shared_filesystem": False, "tree_creation_mode": "isolated",
        "path_selection": "exclusive", "partition_overlap": 0.3, "grpc_keepalive_interval": 30,
        "grpc_keepalive_timeout": 10, "agent_ready_timeout": 120, "kv_cache_dir": "/tmp",
        "barrier_sync": {"enabled": True, "default_heartbeat_interval": 3}}.items()),
    *(((*AGENT, key), value) for key, value in {
        "id": "one", "target_override": "file:///mnt/one/", "concurrency_override": 4, "env": {"A": "b"},
        "volumes": ["a:b"], "path_template": "x/", "listen_port": 7000, "kv_cache_dir": "/tmp",
        "multi_endpoint": {"endpoints": ["file:///mnt/two/"]}}.items()),
    *(((*STAGE, key), value) for key, value in {
        "duration": "7s", "completion": "tasks_done", "barrier": {"type": "majority"}, "timeout_secs": 9,
        "optional": True, "expected_objects": 4}.items()),
    (HYBRID, {"name": "h", "order": 2, "type": "hybrid", "max_duration": "9s", "expected_tasks": 100}),
)  # fmt: skip

_SPREAD = [("distributed", key) for key in ("shared_filesystem", "tree_creation_mode", "path_selection")]
HIDDEN_BY: tuple[tuple[Path, Path], ...] = (
    (("prepare", "skip_verification"), ("prepare", "force_overwrite")),
    (("prepare", "prepare_strategy"), TREE),
    (("prepare", "key_prefix_shards"), TREE),
    (("prepare", "cleanup"), ("prepare", "cleanup_only")),
    (("distributed",), ("prepare", "cleanup_only")),
    ((*ENSURE, "count"), TREE),
    *((one, other) for one in _SPREAD for other in _SPREAD if one != other),
    *((one, (*AGENT, key)) for one in _SPREAD for key in ("target_override", "multi_endpoint")),
)
"""What cannot be seen in such company: the second leaves nothing of the first that it would not be without it."""


def is_hidden(path: Path, others: list[Path]) -> bool:
    return any(
        path[: len(hidden)] == hidden and other[: len(hider)] == hider
        for hidden, hider in HIDDEN_BY
        for other in others
        if other != path
    )


def base(*paths: Path) -> dict[str, Any]:
    """A file of sai3-bench's with what these paths lie in."""
    data: dict[str, Any] = {
        "target": ROOT,
        "prepare": {
            "ensure_objects": [{"base_uri": f"{ROOT}data/", "count": 9}, {"base_uri": f"{ROOT}more/", "count": 5}]
        },
        "workload": [
            {"op": "get", "path": "data/*", "weight": 2},
            {"op": "put", "path": "out/", "weight": 1},
            {"op": "list", "path": "data/", "weight": 1},
        ],
    }
    if any(path[:1] == ("distributed",) for path in paths):
        data["distributed"] = {
            "agents": [{"address": "h1"}, {"address": "h2"}],
            "stages": [{"name": "run", "order": 1, "type": "execute"}],
        }
    if any(path[:2] == TREE for path in paths):
        data["prepare"]["directory_structure"] = {"width": 2, "depth": 2, "files_per_dir": 1}
        del data["prepare"]["ensure_objects"][1]
    if any(path[:1] == ("error_handling",) for path in paths):
        data["error_handling"] = {}
    return data


def put(data: dict[str, Any], path: Path, value: Any) -> None:
    *outer, last = path
    inner: Any = data
    for part in outer:
        inner = inner[part]
    if isinstance(inner, list) and last == len(inner):
        inner.append(copy.deepcopy(value))
    else:
        inner[last] = copy.deepcopy(value)


def outcome(data: dict[str, Any]) -> tuple[Any, list[str]]:
    native = translated(Document(copy.deepcopy(data), "w.yaml"))
    return native.data, sorted(str(problem) for problem in (*native.problems, *native.warnings))


def test_the_table_has_every_key() -> None:
    told = {path[-1] for path, _ in VALUES} | {"path", "workload", "prepare", "distributed", "error_handling"}
    told |= {"ensure_objects", "directory_structure", "width", "depth", "base_uri", "target", "size_spec"}
    told |= {
        "agents",
        "stages",
        "address",
        "name",
        "order",
        "type",
        "max_duration",
        "expected_tasks",
        "command",
        "args",
    }
    for keys in (
        grammar.DISTRIBUTED_KEYS, grammar.AGENT_KEYS, grammar.STAGE_KEYS, grammar.TREE_KEYS, grammar.ERROR_KEYS,
        [key for key in grammar.ENSURE_KEYS if key not in ("size", "use_multi_endpoint")],
        [key for key in grammar.PREPARE_KEYS if key not in ("enabled", "fill", "dedup_factor", "compress_factor")],
        [key for key in grammar.FOREIGN_KEYS if key not in ("page_cache", "backend", "objects")],
    ):  # fmt: skip
        assert set(keys) - told == set()


@pytest.mark.parametrize(("path", "value"), VALUES, ids=lambda part: ".".join(map(str, part)) if isinstance(part, tuple) else "")  # fmt: skip
def test_alone(path: Path, value: Any) -> None:
    before, after = base(path), base(path)
    put(after, path, value)
    assert outcome(after) != outcome(before)


@given(st.lists(st.sampled_from(VALUES), min_size=2, max_size=9, unique_by=lambda pair: pair[0]))
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_in_any_company(chosen: list[tuple[Path, Any]]) -> None:
    paths = [path for path, _ in chosen]
    data = base(*paths)
    for path, value in chosen:
        put(data, path, value)
    whole = outcome(data)
    for left_out in paths:
        if is_hidden(left_out, paths):
            continue
        fewer = base(*paths)
        for path, value in chosen:
            if path != left_out:
                put(fewer, path, value)
        assert outcome(fewer) != whole, left_out
    try:
        loaded = load_mapping(data)
    except ConfigError as error:
        assert all(problem.message for problem in error.problems)
        return
    assert load_text(convert(yaml.safe_dump(data))).workload == loaded.workload
