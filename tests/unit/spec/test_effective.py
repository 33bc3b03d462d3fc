"""Defaults that depend on other keys, and the effective configuration."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s3bench_tui.spec.effective import as_dict, duration_of, resolved, slots_of
from s3bench_tui.spec.loading import load_mapping
from s3bench_tui.spec.model.choosing import FixedSize, KeyChoice
from s3bench_tui.spec.model.workload import Workload


def workload(**keys: Any) -> Workload:
    return load_mapping({"target": "null://x/", "workload": [{"op": "list"}], **keys}).workload


def test_lines_are_named_by_operation_and_number() -> None:
    lines = [{"op": "get"}, {"op": "put"}, {"op": "get"}, {"op": "get", "name": "get-3"}, {"op": "get"}]
    names = [line.name for line in workload(dataset={"count": 1}, workload=lines).workload]
    assert names == ["get", "put", "get-2", "get-3", "get-4"]


def test_targets_are_named_by_scheme_and_number() -> None:
    targets = ["null://x/", {"uri": "null://y/"}, "file:///a/", {"uri": "null://z/", "name": "third"}]
    loaded = load_mapping({"targets": targets, "workload": [{"op": "list"}]}).workload
    assert [target.name for target in loaded.targets] == ["null", "null-2", "file", "third"]


@pytest.mark.parametrize(
    "keys, duration_s",
    [
        ({}, 60),
        ({"duration": 5}, 5),
        ({"stop": {"ops": 5}}, None),
        ({"stop": {"bytes": 5}}, None),
        ({"stop": {"ops": 5}, "duration": 7}, 7),
        ({"schedule": [{"at": 100, "stop": True}]}, None),
        ({"schedule": [{"at": 5, "mark": "x"}]}, 60),
    ],
)
def test_duration(keys: dict[str, Any], duration_s: int | None) -> None:
    expected = None if duration_s is None else duration_s * 10**9
    assert workload(**keys).duration == expected
    assert duration_of(workload(**keys)) == expected


def test_slots() -> None:
    assert slots_of(workload(concurrency=5)) == 5
    opened = workload(concurrency=5, load={"model": "open", "rate": 10})
    assert (slots_of(opened), opened.load.max_in_flight) == (5, 5)
    assert slots_of(workload(concurrency=5, load={"model": "open", "rate": 10, "max_in_flight": 50})) == 50


def test_paths_and_sizes() -> None:
    lines = [
        {"op": "list"},
        {"op": "put", "path": "out/"},
        {"op": "put"},
        {"op": "delete"},
        {"op": "delete", "path": "out/"},
    ]
    with_data = workload(dataset={"count": 9, "size": 5, "prefix": "data/"}, workload=lines).workload
    assert [line.path for line in with_data] == ["data/", "out/", None, None, "out/"]
    assert [line.size for line in with_data[1:3]] == [FixedSize(size=5), None]
    assert [line.keys for line in with_data[3:]] == [KeyChoice(choice="once")] * 2
    without = workload(
        workload=[{"op": "list"}, {"op": "put", "size": 1}, {"op": "delete", "path": "written/"}]
    ).workload
    assert [line.path for line in without] == ["", "written/", "written/"]


def test_what_is_resolved_stays() -> None:
    once = workload(dataset={"count": 9}, workload=[{"op": "get"}, {"op": "put"}, {"op": "delete"}])
    assert resolved(once) == once


def test_the_effective_configuration_is_in_the_units_of_the_file() -> None:
    data = as_dict(
        workload(
            duration="1m30s", warmup="500ms", dataset={"count": "1,000", "size": "64KiB"}, errors={"max_rate": "5%"}
        )
    )
    assert (data["duration"], data["warmup"], data["drain"]) == (90, 0.5, 30)
    assert data["datasets"][0]["size"] == {"type": "fixed", "size": 65536}
    assert (data["datasets"][0]["count"], data["errors"]["max_rate"]) == (1000, 0.05)
    assert json.loads(json.dumps(data)) == data


def test_the_effective_configuration_leaves_out_what_has_no_effect() -> None:
    data = as_dict(workload(dataset={"count": 1}, workload=[{"op": "get"}, {"op": "list"}]))
    assert set(data["targets"][0]) == {"uri", "name", "share", "null"}
    assert "keys" not in data["workload"][1]
    assert data["load"] == {"model": "closed"}
    assert data["workload"][0]["keys"] == {"choice": "uniform"}


def test_the_effective_configuration_loads_to_the_same_workload() -> None:
    loaded = workload(
        dataset={"count": 9, "size": {"type": "lognormal", "mean": "1MiB", "std_dev": 5}},
        workload=[
            {"op": "get", "keys": "zipf", "range": {"size": 5, "offset": 7}},
            {"op": "put", "path": "o/"},
            {"op": "delete"},
        ],
        schedule=[{"at": 0.123456789, "limits": {"get": None}, "pause": True}],
        load={"model": "open", "rate": "5/m"},
        thresholds=["get.p99 < 5ms"],
    )
    assert load_mapping(as_dict(loaded)).workload == loaded
