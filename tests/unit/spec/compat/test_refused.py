"""What cannot be run is refused with the author's own lines, and what is left out is never left out in silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from s3bench_tui.errors import ConfigError
from s3bench_tui.spec.compat import grammar
from s3bench_tui.spec.compat.conversion import convert
from s3bench_tui.spec.compat.translation import translated
from s3bench_tui.spec.loading import load_mapping, load_text
from s3bench_tui.spec.text.source import Document

PUT = "{op: put, path: out/, object_size: 4096, weight: 1}"

REFUSED = {
    "prepare is a word beside objects": (
        f"backend: {{type: file, file: {{root_path: /tmp/x}}}}\nobjects: {{count: 1, size: 4096}}\nprepare: true\nworkload: [{PUT}]\n",
        ["w.yaml:3: prepare: is not a mapping of keys. Write key: value lines below it"],
    ),
    "delete of what was there": (
        "target: null://x/\nio_rate: {iops: max}\nworkload: [{op: delete, path: old/key}]\n",
        ["w.yaml:3: workload.0.path: no put of this workload writes below 'old/key'. Deletes only take what this run created: add a put with path: old/key"],
    ),
    "no target": (
        f"perf_log: {{}}\nworkload: [{PUT}]\n",
        ["w.yaml:2: workload.0.path: has no target that it lies below. Write target: s3://bucket/prefix/ or target: file:///directory/ at the top of the file"],
    ),
    "two addresses": (
        "workload:\n  - {op: get, uri: 's3://b/k', path: k}\n",
        ["w.yaml:2: workload.0.path: stands beside uri, which means the same. Keep one of the two"],
    ),
    "outside of the end points": (
        "multi_endpoint: {endpoints: ['file:///mnt/a/', 'file:///mnt/b/']}\nworkload:\n  - {op: get, uri: 'file:///tmp/x/*'}\n",
        ["w.yaml:3: workload.0.uri: lies outside of the end points. Write a path below them"],
    ),
    "a strategy of its own": (
        f"multi_endpoint:\n  strategy: fastest\n  endpoints: ['s3://10.0.0.1:9/b/', 's3://10.0.0.2:9/b/']\nworkload: [{PUT}]\n",
        ["w.yaml:2: multi_endpoint.strategy: is not known. Write round_robin or least_connections"],
    ),
    "old and new budget": (
        f"target: null://x/\nerrors: {{max_total: 1}}\nerror_handling: {{max_total_errors: 2}}\nworkload: [{PUT}]\n",
        ["w.yaml:3: error_handling: stands beside errors, which means the same. Keep one of the two"],
    ),
    "old and new warm-up": (
        f"target: null://x/\nwarmup: 1s\nwarmup_period: 2s\nworkload: [{PUT}]\n",
        ["w.yaml:3: warmup_period: stands beside warmup, which means the same. Keep one of the two"],
    ),
    "old and new results": (
        f"target: null://x/\noutputs: {{op_log: a.tsv}}\nop_log_path: b.tsv\nperf_log: {{}}\nworkload: [{PUT}]\n",
        [
            "w.yaml:3: op_log_path: stands beside outputs, which means the same. Keep one of the two",
            "w.yaml:4: perf_log: stands beside outputs, which means the same. Keep one of the two",
        ],
    ),
    "a perf log in two ways": (
        f"target: null://x/\nperf_log: {{interval: 5s, interval_seconds: 5}}\nworkload: [{PUT}]\n",
        [
            "w.yaml:2: perf_log.interval_seconds: stands beside outputs.perf_log.interval, which means the same. Keep one of the two",
        ],
    ),
    "a secret, wherever": (
        f"target: null://x/\ndistributed: {{agents: [{{address: a, env: {{AWS_SECRET_ACCESS_KEY: hunter2}}}}]}}\nworkload: [{PUT}]\n",
        ["w.yaml:2: distributed.agents.0.env.AWS_SECRET_ACCESS_KEY: holds a secret, which has no place in a workload file. Remove it; credentials come from the vendor's own chain (environment, profile, instance)"],
    ),
    "values are judged under their own names": (
        "target: null://x/\nio_rate: {iops: fast, distribution: bursty}\nprepare:\n  ensure_objects:\n    - {count: many, min_size: big, max_size: 9}\n"
        "error_handling: {max_total_errors: some}\nprocesses: dual\nworkload:\n  - {op: put, path: a/, object_size: huge, weight: heavy}\n  - {op: GET, path: a/*}\n",
        [
            "w.yaml:2: io_rate.iops: 'fast' is not a rate. Write for example 5000/s",
            "w.yaml:2: io_rate.distribution: 'bursty' is not known. Write exponential, uniform or deterministic",
            "w.yaml:5: prepare.ensure_objects.0.count: 'many' is not a count. Write for example 10000, 10,000 or 10_000",
            "w.yaml:5: prepare.ensure_objects.0.min_size: 'big' is not a size. Write for example 64KiB, 4MB or 4096",
            "w.yaml:6: error_handling.max_total_errors: 'some' is not a count. Write for example 10000, 10,000 or 10_000",
            "w.yaml:7: processes: 'dual' is not a number of processes. Write auto, or a whole number from 1 on",
            "w.yaml:9: workload.0.object_size: 'huge' is not a size. Write for example 64KiB, 4MB or 4096",
            "w.yaml:9: workload.0.weight: 'heavy' is not a number. Write for example 1 or 2.5",
            "w.yaml:10: workload.1.op: 'GET' is not known here. Did you mean 'get'? Write get, put, stat, list, delete, copy, mkdir, rmdir, tag or get_tags",
        ],
    ),
    "shapes": (
        "target: 7\nprepare: [1]\nperf_log: 1s\nworkload:\n  - get\n",
        [
            "w.yaml:1: target: is not a URI. Write target: s3://bucket/prefix/ or target: file:///directory/ at the top of the file",
            "w.yaml:2: prepare: is not a mapping of keys. Write key: value lines below it",
            "w.yaml:3: perf_log: is not a mapping of keys. Write key: value lines below it",
            "w.yaml:5: workload.0: is not a mapping of keys. Write for example - {op: get, path: data/*, weight: 1}",
        ],
    ),
    "all lines left out": (
        "target: null://x/\nworkload:\n  - {op: mkdir, path: a/}\n",
        ["w.yaml:2: workload: is empty. Write for example workload: [{op: get}]"],
    ),
    "a variable that is not set": (
        "target: null://x/\nworkload:\n  - {op: put, path: a/, object_size: '${SIZE}'}\n",
        ["w.yaml:3: workload.0.object_size: the environment variable SIZE is not set. Set it, or write ${SIZE:-default}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("text, messages", REFUSED.values(), ids=REFUSED.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages


WARNED = {
    "part of the data set": (
        "target: null://x/\nprepare: {ensure_objects: [{count: 1000}]}\nworkload: [{op: get, path: prepared-00000*}, {op: get, path: '*'}]\n",
        "w.yaml:3: workload.0.path: takes a part of the prepared objects, which has to be there before the run to be listed. Write prepared-* to take all, which needs no listing",
    ),
    "list by pattern": (
        "target: null://x/\nio_rate: {iops: max}\nworkload: [{op: list, path: 'a/*.dat'}]\n",
        "w.yaml:3: workload.0.path: is taken as a/: list takes a prefix, and no *",
    ),
    "two sizes": (
        "target: null://x/\nworkload: [{op: put, path: a/, object_size: 1, size_spec: 2}]\n",
        "w.yaml:2: workload.0.object_size: is left out, because size_spec says the size. Keep one of them",
    ),
    "limits beside a size": (
        f"target: null://x/\nprepare: {{ensure_objects: [{{count: 1, size_spec: 2, min_size: 3}}]}}\nworkload: [{PUT}, {{op: get, path: '*'}}]\n",
        "w.yaml:2: prepare.ensure_objects.0.min_size: is left out, because size_spec says the size. Keep one of them",
    ),
    "target beside end points": (
        f"target: null://x/\nmulti_endpoint: {{endpoints: ['null://y/']}}\nworkload: [{PUT}]\n",
        "w.yaml:1: target: gives way to multi_endpoint",
    ),
    "connections of several targets": (
        f"multi_endpoint:\n  strategy: least_connections\n  endpoints: ['null://x/', 'null://y/']\nworkload: [{PUT}]\n",
        "w.yaml:2: multi_endpoint.strategy: has no effect between targets, each of which has slots of its own",
    ),
    "a target that nothing lies in": (
        "target: null://x/\nworkload: [{op: get, uri: 's3://b/k'}]\n",
        "w.yaml:1: target: is left out: all lines name other places",
    ),
    "cleanup of another form": (
        f"target: null://x/\ncleanup: {{enabled: true}}\nworkload: [{PUT}]\n",
        "w.yaml:2: cleanup: is left out: clean-up has one switch. Write cleanup: all, or cleanup: written",
    ),
    "clean-up first": (
        f"target: null://x/\ndistributed: {{stages: [{{type: cleanup}}]}}\nworkload: [{PUT}]\n",
        "w.yaml:2: distributed.stages.0: is left out: a run deletes only what it created itself",
    ),
    "stage of no kind": (
        f"target: null://x/\ndistributed: {{stages: [{{type: dance}}]}}\nworkload: [{PUT}]\n",
        "w.yaml:2: distributed.stages.0: is left out: its type is not known. Write type: prepare, execute, hybrid, cleanup, custom or validation",
    ),
}  # fmt: skip


def test_a_perf_log_has_rows_of_whole_seconds() -> None:
    text = f"target: null://x/\nperf_log: {{path: p.tsv, interval: 2500ms, intervall: 1}}\nworkload: [{PUT}]\n"
    loaded = load_text(text, source="w.yaml", environ={})
    assert [str(warning) for warning in loaded.warnings] == [
        "w.yaml:2: perf_log.intervall: is not a known key, and is left out. Did you mean 'interval'?",
        "w.yaml:2: perf_log.interval: 2500ms is not a whole number of seconds; a row is 2 s long",
    ]
    assert loaded.workload.outputs.perf_log is not None
    assert loaded.workload.outputs.perf_log.interval == 2_000_000_000


@pytest.mark.parametrize("text, message", WARNED.values(), ids=WARNED.keys())
def test_every_warning_is_exact(text: str, message: str) -> None:
    assert message in [str(warning) for warning in load_text(text, source="w.yaml", environ={}).warnings]


# --- no key is without effect -------------------------------------------------------------------------------------

TELLING: dict[str, Any] = {
    "prepare": {"ensure_objects": [{"count": 1}]},
    "range_engine": {"enabled": True},
    "page_cache_mode": "random",
    "page_cache": {"mode": "random"},
    "distributed": {"agents": []},
    "distributed_env": {"A": "b"},
    "io_rate": {"iops": 10},
    "processing_mode": "multi_runtime",
    "error_handling": {},
    "op_log_path": "ops.tsv",
    "warmup_period": "1s",
    "perf_log": {},
    "multi_endpoint": {"endpoints": ["null://y/"]},
    "cache_checkpoint_interval_secs": 1,
    "enable_metadata_cache": True,
    "s3dlio_optimization": {"auto_threads": False},
    "dynamic_put_pool": True,
    "backend": {"type": "file"},
    "objects": {"count": 3},
    "cleanup": True,
    "cleanup_only": True,
    "cleanup_mode": "strict",
    "post_prepare_delay": 1,
    "directory_structure": {"width": 2, "depth": 2},
    "prepare_strategy": "serial",
    "skip_verification": True,
    "force_overwrite": True,
    "key_prefix_shards": 4,
    "enabled": False,
    "fill": "zero",
    "dedup_factor": 2,
    "compress_factor": 2,
    "base_uri": "null://x/sub/",
    "count": 7,
    "size_spec": 7,
    "size_distribution": 7,
    "size": 7,
    "min_size": 7,
    "max_size": 1 << 30,
    "uri": "null://x/sub/",
    "bucket": "b",
    "prefix": "sub/",
    "object_size": 7,
    "retry_on_error": True,
    "ensure_objects": [{"count": 7}],
}


def outcome(data: dict[str, Any]) -> tuple[Any, list[str]]:
    native = translated(Document(data, "w.yaml"))
    return native.data, sorted(str(problem) for problem in (*native.problems, *native.warnings))


def base() -> dict[str, Any]:
    # `io_rate: max` makes it a file of s3-bench's and nothing else.
    entry = {"base_uri": "null://x/", "count": 1}
    lines = [{"op": "put", "path": "a/"}, {"op": "get", "path": "*"}]
    return {"target": "null://x/", "io_rate": {"iops": 0}, "prepare": {"ensure_objects": [entry]}, "workload": lines}


@pytest.mark.parametrize("key", [key for key in grammar.FOREIGN_KEYS if key != "prepare"])
def test_top_level_keys_are_honoured_or_answered(key: str) -> None:
    assert outcome(base()) != outcome(base() | {key: TELLING[key]})


@pytest.mark.parametrize("key", grammar.PREPARE_KEYS)
def test_keys_of_prepare_are_honoured_or_answered(key: str) -> None:
    data = base()
    data["prepare"] = {**data["prepare"], key: TELLING[key]}
    assert outcome(base()) != outcome(data)


@pytest.mark.parametrize("key", [key for key in grammar.ENSURE_KEYS if key != "use_multi_endpoint"])
def test_keys_of_ensure_objects_are_honoured_or_answered(key: str) -> None:
    data = base()
    data["prepare"]["ensure_objects"][0][key] = TELLING[key]
    assert outcome(base()) != outcome(data)


@pytest.mark.parametrize("key", grammar.ERROR_KEYS)
def test_keys_of_error_handling_are_honoured_or_answered(key: str) -> None:
    data = base() | {"error_handling": {}}
    assert outcome(data) != outcome(base() | {"error_handling": {key: TELLING.get(key, 7)}})


@pytest.mark.parametrize(
    "key", [key for key in grammar.FOREIGN_LINE_KEYS if key not in ("use_multi_endpoint", "recursive")]
)
def test_keys_of_lines_are_honoured_or_answered(key: str) -> None:
    data = base()
    line = data["workload"][0]
    if key in grammar.ADDRESS_KEYS:
        del line["path"]
    line[key] = TELLING[key]
    assert outcome(base()) != outcome(data)


def test_unknown_keys_are_warned_of_at_every_level() -> None:
    data = base()
    data["io_rate"]["x"] = data["prepare"]["x"] = data["prepare"]["ensure_objects"][0]["x"] = data["x"] = 1
    data["workload"][0]["x"] = 1
    data["workload"][0]["size_spec"] = {"type": "uniform", "x": 1}
    data |= {"error_handling": {"x": 1}, "multi_endpoint": {"endpoints": ["null://x/"], "x": 1}, "page_cache": {"x": 1}}
    warned = {
        warning.key for warning in translated(Document(data, "w.yaml")).warnings if "not a known" in warning.message
    }
    assert warned == {
        "x",
        "io_rate.x",
        "prepare.x",
        "prepare.ensure_objects.0.x",
        "workload.0.x",
        "workload.0.size_spec.x",
        "error_handling.x",
        "multi_endpoint.x",
        "page_cache.x",
    }


# --- which files are meant ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        {"target": "null://x/", "workload": [{"op": "list"}]},
        {"targets": ["null://x/"], "prepare": {}},
        {"dataset": {"count": 1}, "io_rate": {"iops": 1}},
        {"load": {"model": "open"}, "workload": [{"op": "get", "uri": "s3://b/k"}]},
        {"workload": 5},
        {"workload": [5]},
    ],
)
def test_native_files_stay_as_they_are(data: dict[str, Any]) -> None:
    document = Document(data, "w.yaml")
    assert translated(document) is document


def test_a_mapping_is_understood_as_a_file_is() -> None:
    data = {"workload": [{"op": "put", "bucket": "b", "prefix": "p/", "object_size": 1024}]}
    assert load_mapping(data).workload == load_text(yaml.safe_dump(data)).workload


def test_options_of_the_command_line_speak_of_the_native_form() -> None:
    text = "workload: [{op: put, bucket: b, prefix: p/, object_size: 1024}]\n"
    loaded = load_text(text, overrides=["target=null://x/", "workload.0.size=2KiB"], shortcuts={"duration": "3s"})
    assert (
        loaded.workload
        == load_text("target: null://x/\nduration: 3s\nworkload: [{op: put, path: p/, size: 2KiB}]\n").workload
    )


def test_convert_refuses_what_is_native_already_and_what_cannot_be_said() -> None:
    with pytest.raises(ConfigError, match=r"a\.yaml: holds no key of s3-bench's; it is in the native form already"):
        convert("target: null://x/\nworkload: [{op: list}]\n", "a.yaml")
    with pytest.raises(ConfigError, match=r"a\.yaml:2: workload\.0\.path: has no target"):
        convert("perf_log: {}\nworkload: [{op: list, path: x/}]\n", "a.yaml")


def test_convert_keeps_variables_as_they_are_written() -> None:
    text = "target: s3://${BUCKET:-lab}/\nworkload: [{op: put, path: 'a/', object_size: \"${SIZE}\"}]\n"
    native = convert(text)
    assert "s3://${BUCKET:-lab}/" in native
    for environ in ({"SIZE": "4096"}, {"SIZE": "1KiB", "BUCKET": "other"}):
        assert load_text(native, environ=environ).workload == load_text(text, environ=environ).workload


def test_every_key_is_documented() -> None:
    text = (Path(__file__).parents[4] / "docs" / "s3-bench.md").read_text("utf-8")
    tables = (
        grammar.FOREIGN_KEYS,
        grammar.FOREIGN_LINE_KEYS,
        grammar.PREPARE_KEYS,
        grammar.ENSURE_KEYS,
        grammar.ERROR_KEYS,
        grammar.DISTRIBUTED_KEYS,
        grammar.AGENT_KEYS,
        ("stages", "completion", "barrier", "timeout_secs", "optional", "expected_objects", "expected_tasks"),
    )
    assert [key for table in tables for key in table if f"`{key}" not in text and f".{key}`" not in text] == []
