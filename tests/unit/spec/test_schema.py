"""The JSON Schema and the loader say the same about documents that were made at random."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.errors import ConfigError
from s3bench_tui.spec.loading import load_mapping
from s3bench_tui.spec.schema import json_schema

VALIDATOR = jsonschema.Draft202012Validator(json_schema())

sizes = st.one_of(
    st.integers(1, 1 << 40),
    st.sampled_from(["4KiB", "4 MB", "1.5GiB", "10,000", "4k"]),
    st.fixed_dictionaries({"type": st.just("uniform"), "min": st.just("1KiB"), "max": st.sampled_from(["2KiB", 4096])}),
    st.fixed_dictionaries({"type": st.just("lognormal"), "mean": st.just("1MiB"), "std_dev": st.integers(0, 1000)}),
    st.fixed_dictionaries({"type": st.just("list"), "sizes": st.lists(st.fixed_dictionaries({"size": st.just("1KiB")}), min_size=1)}),
)  # fmt: skip
durations = st.one_of(st.integers(1, 10_000), st.floats(0.001, 100), st.sampled_from(["500ms", "1m30s", "2h", "5 s"]))
counts = st.one_of(st.integers(1, 1000), st.sampled_from(["100", "1,000", "1_000", "2k"]))
targets = st.one_of(
    st.sampled_from(["null://x/", "file:///tmp/a/", "s3://bucket/"]),
    st.fixed_dictionaries({"uri": st.just("s3://b/")}, optional={"region": st.just("x"), "anonymous": st.booleans()}),
    st.fixed_dictionaries({"uri": st.just("null://b/"), "null": st.fixed_dictionaries({"latency": durations})}),
)
choices = st.sampled_from(["uniform", "zipf", "sequential", {"choice": "zipf", "theta": 1.2}])
lines = st.one_of(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["get", "stat"])}, optional={"weight": st.integers(1, 9), "keys": choices}
    ),
    st.fixed_dictionaries({"op": st.just("put"), "path": st.just("out/"), "size": sizes}),
    st.fixed_dictionaries({"op": st.just("list")}, optional={"path": st.text("ab", max_size=4), "concurrency": counts}),
)
documents = st.fixed_dictionaries(
    {
        "target": targets,
        "dataset": st.fixed_dictionaries({"count": counts}, optional={"size": sizes}),
        "workload": st.lists(lines, min_size=1, max_size=4),
    },
    optional={
        "duration": durations,
        "warmup": durations,
        "concurrency": counts,
        "processes": st.sampled_from(["auto", 1, "2"]),
        "load": st.just({"model": "open", "rate": "5000/s"}),
        "errors": st.just({"max_total": None, "max_rate": "5%", "ignore": [503, "timeout"]}),
    },
)
junk = st.sampled_from([True, -1, "many words", "5 parsecs", [], [1], {"x": 1}, "auto!", "1,5"])


def loads(document: dict[str, Any]) -> bool:
    try:
        load_mapping(document)
    except ConfigError:
        return False
    return True


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(data)
    container = changed
    for key in path[:-1]:
        container = container[key]
    container[path[-1]] = value
    return changed


@given(documents)
@settings(max_examples=60, deadline=None)
def test_good_documents_are_good_for_both(document: dict[str, Any]) -> None:
    assert loads(document)
    VALIDATOR.validate(document)


@given(documents, junk, st.data())
@settings(max_examples=150, deadline=None)
def test_what_the_schema_refuses_does_not_load(document: dict[str, Any], value: Any, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([place for place in places(document) if place]))
    broken = replaced(document, place, value)
    if not VALIDATOR.is_valid(broken):
        assert not loads(broken)


@pytest.mark.parametrize(
    "path, value",
    [
        (("concurrency",), True),
        (("concurrency",), 0),
        (("concurrency",), "lots"),
        (("duration",), "soon"),
        (("duration",), 0),
        (("workload",), []),
        (("workload", 0, "op"), "append"),
        (("workload", 0, "wieght"), 1),
        (("workload", 0, "weight"), "60%"),
        (("workload", 0, "weight"), True),
        (("workload", 0, "keys"), "hot"),
        (("workload", 0, "size"), {"type": "normal"}),
        (("workload", 0, "size"), "4XB"),
        (("workload", 0, "range"), {"offset": 5}),
        (("workload", 0, "batch"), 1001),
        (("dataset",), {"size": 5}),
        (("dataset",), {"count": 1, "create": "yes"}),
        (("targets",), ["null://x/"]),
        (("target",), {"region": "x"}),
        (("load",), {"model": "open", "rate": "fast"}),
        (("errors",), {"max_rate": "500"}),
        (("payload",), {"compress_factor": 5000}),
        (("schedule",), [{"mark": "x"}]),
        (("unknown",), 1),
    ],
)
def test_bad_documents_are_bad_for_both(path: tuple[Any, ...], value: Any) -> None:
    good = {"target": "null://x/", "workload": [{"op": "stat", "path": "a"}]}
    VALIDATOR.validate(good)
    assert loads(good)
    bad = replaced(good, path, value)
    assert not VALIDATOR.is_valid(bad)
    assert not loads(bad)


@pytest.mark.parametrize(
    "path, value",
    [
        (("concurrency",), "${N:-4}"),
        (("workload", 0, "weight"), "${N:-4}"),
        (("workload", 0, "op"), "${OP:-stat}"),
        (("target",), {"uri": "s3://b/", "anonymous": "${ANONYMOUS:-true}"}),
    ],
)
def test_the_schema_allows_variables(path: tuple[Any, ...], value: Any) -> None:
    VALIDATOR.validate(replaced({"target": "null://x/", "workload": [{"op": "stat", "path": "a"}]}, path, value))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_keys_have_descriptions_and_defaults_as_a_file_writes_them() -> None:
    properties = json_schema()["properties"]
    assert properties["drain"]["default"] == 30
    assert properties["drain"]["description"] == "How long operations in flight may take to finish after the end."
    assert properties["concurrency"]["default"] == 16
