"""Whatever stands in a file of s3-bench's, it loads or is refused in sentences; and all ways to write one thing agree."""

from __future__ import annotations

import copy
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.errors import ConfigError
from s3bench_tui.spec.compat.conversion import convert
from s3bench_tui.spec.loading import Loaded, load_mapping, load_text

FILES = [file.read_text("utf-8") for file in sorted((Path(__file__).parent / "files").glob("*.yaml"))]
DATA = [yaml.safe_load(text) for text in FILES]

FOREIGN = re.compile(
    r"Input should|pydantic|validation error|Traceback|cannot stand at|yaml\.|<unicode|Field required|See docs"
)

junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["uniform", "*", "s3://b/", "file:///", "max", "${X}"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["op", "type", "size", "count", "uri", "x"]), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


def judged(load: Any, value: Any) -> None:
    try:
        loaded: Loaded = load(value)
    except ConfigError as error:
        foreign = FOREIGN.search(str(error))
        assert foreign is None or foreign[0] in str(value), str(error)
        assert all(problem.message for problem in error.problems)
    else:
        assert all(warning.message for warning in loaded.warnings)


@given(st.sampled_from(DATA), junk, st.data())
@settings(max_examples=200, deadline=None)
def test_any_value_at_any_place(document: dict[str, Any], value: Any, data: st.DataObject) -> None:
    changed: Any = copy.deepcopy(document)
    container = changed
    while True:
        keys = list(container) if isinstance(container, dict) else list(range(len(container)))
        key = data.draw(st.sampled_from(keys))
        inner = container[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            container[key] = value
            break
        container = inner
    judged(load_mapping, changed)


@given(st.sampled_from(FILES), st.data())
@settings(max_examples=100, deadline=None)
def test_files_with_typing_errors(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    text = text[:start] + data.draw(st.text("abc:-{}[],'\"*&!|>%@#?\n\t $0159./", max_size=6)) + text[end:]
    judged(lambda text: load_text(text, source="w.yaml", environ={}), text)


# --- all ways to write one thing ----------------------------------------------------------------------------------

ROOTS = {
    "s3": "s3://lab/",
    "file": "file:///data/lab/",
    "direct": "direct:///data/lab/",
    "null": "null://lab/",
}


def addressed(generation: str, root: str, path: str) -> dict[str, str]:
    """One address as each generation writes it."""
    if generation == "uri":
        return {"uri": f"{root}{path}"}
    if generation == "bucket":
        return {"bucket": root.removeprefix("s3://").strip("/"), "prefix": path}
    if generation == "base_uri":
        return {"base_uri": root.rstrip("/"), "prefix": path}
    return {"path": f"{root}{path}" if generation == "path-uri" else path}


MATRIX = [
    (scheme, generation, prepared)
    for scheme, generation, prepared in product(ROOTS, ("uri", "bucket", "base_uri", "path-uri", "path"), (False, True))
    if generation != "bucket" or scheme == "s3"
]


@pytest.mark.parametrize("scheme, generation, prepared", MATRIX)
def test_every_generation_says_the_same(scheme: str, generation: str, prepared: bool) -> None:
    root = ROOTS[scheme]
    lines: list[dict[str, Any]] = [
        {"op": "get", "weight": 5, **addressed(generation, root, "in/prepared-*")},
        {"op": "stat", "weight": 2, **addressed(generation, root, "in/")},
        {"op": "get", "weight": 1, **addressed(generation, root, "in/one-key")},
        {"op": "put", "weight": 3, "object_size": 4096, **addressed(generation, root, "out/")},
        {"op": "list", "weight": 1, **addressed(generation, root, "in/")},
        {"op": "delete", "weight": 1, **addressed(generation, root, "out/*")},
    ]
    old: dict[str, Any] = {"target": root, "duration": "10s", "workload": lines}
    new: dict[str, Any] = {
        "target": root,
        "duration": "10s",
        "workload": [
            {"op": "get", "weight": 5, "path": "in/prepared-*"},
            {"op": "stat", "weight": 2, "path": "in/"},
            {"op": "get", "weight": 1, "path": "in/one-key"},
            {"op": "put", "weight": 3, "path": "out/", "size": "4KiB"},
            {"op": "list", "weight": 1, "path": "in/"},
            {"op": "delete", "weight": 1, "path": "out/"},
        ],
    }
    if prepared:
        old["prepare"] = {"ensure_objects": [{"base_uri": f"{root}in/", "count": 9, "min_size": 10, "max_size": 20}]}
        new["dataset"] = {"count": 9, "size": {"type": "uniform", "min": 10, "max": 20}, "prefix": "in/"}
        del new["workload"][0]["path"], new["workload"][1]["path"]
    assert load_mapping(old).workload == load_mapping(new).workload
    assert load_text(convert(yaml.safe_dump(old))).workload == load_mapping(new).workload


@pytest.mark.parametrize(
    ("written", "native"),
    [
        ("90s", "90s"),
        ("1m 30s", "90s"),
        ("1min 30sec", "90s"),
        ("2 minutes", "2m"),
        ("1hour", "1h"),
        ("1 day", "24h"),
        ("500 millis", "500ms"),
    ],
)
def test_durations_are_those_of_its_own_reader(written: str, native: str) -> None:
    line = {"op": "put", "path": "out/", "object_size": 1}
    old = load_mapping({"target": "null://x/", "duration": written, "workload": [line]})
    new = load_mapping(
        {"target": "null://x/", "duration": native, "workload": [{"op": "put", "path": "out/", "size": 1}]}
    )
    assert old.workload == new.workload
    assert old.warnings == ()


@pytest.mark.parametrize(
    ("pattern", "whole"),
    [
        ("data/prepared-*.dat", True),
        ("data/prepared-*", True),
        ("data/*", True),
        ("data/", True),
        ("", True),
        ("/", True),
        ("*", True),
        ("**/*.dat", True),
        ("data/prepared-0*", False),
        ("data/prepared-*7.dat", False),
        ("data/prepared-00000001.dat", False),
        ("data", False),
        ("other/*", False),
        ("data/*.txt", False),
    ],
)
def test_paths_that_take_all_prepared_objects_are_the_data_set(pattern: str, whole: bool) -> None:
    prepare = {"ensure_objects": [{"base_uri": "null://x/data", "count": 100}]}
    lines = [{"op": "get", "path": pattern}, {"op": "stat", "path": "data/*"}]
    workload = load_mapping({"target": "null://x", "prepare": prepare, "workload": lines}).workload
    assert (workload.workload[0].path is None) == whole
