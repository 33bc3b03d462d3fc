"""Short forms that users of other load generators know: ranges of hosts, and sizes with their weights in one text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from s3bench_tui.spec.loading import load_text
from s3bench_tui.spec.model.choosing import ListedSize, LogUniformSize
from s3bench_tui.spec.model.hosts import expand_hosts

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "workload.schema.json").read_text("utf-8"))
S3 = "target: {uri: s3://lab/, endpoint: %s}\nworkload: [{op: list}]\n"
SIZED = "target: null://x/\nworkload: [{op: put, path: out/, size: %s}]\n"


@pytest.mark.parametrize(
    ("written", "hosts"),
    [
        ("http://a:9000", ["http://a:9000"]),
        ("http://a{1...3}:9000", ["http://a1:9000", "http://a2:9000", "http://a3:9000"]),
        ("a{08...10}", ["a08", "a09", "a10"]),
        ("a{7...7}", ["a7"]),
        ("r{1...2}n{1...2}", ["r1n1", "r1n2", "r2n1", "r2n2"]),
        ("10.0.{0...1}.{254...255}", ["10.0.0.254", "10.0.0.255", "10.0.1.254", "10.0.1.255"]),
        ("a{001...2}", ["a001", "a002"]),
        ("a{9...b}", ["a9", "aa", "ab"]),
        ("a{0e...10}", ["a0e", "a0f", "a10"]),
        ("a{1...2}:1,b:2, c{3...4}", ["a1:1", "a2:1", "b:2", "c3", "c4"]),
        ("a{1...2}-${NAME:-x}", ["a1-${NAME:-x}", "a2-${NAME:-x}"]),
    ],
)
def test_ranges_of_hosts(written: str, hosts: list[str]) -> None:
    assert list(expand_hosts(written)) == hosts


def test_endpoints_may_be_ranges() -> None:
    one = load_text(S3 % '"http://10.0.0.{1...2}:9000"').workload.targets[0]
    assert one.endpoint == ("http://10.0.0.1:9000", "http://10.0.0.2:9000")
    several = load_text(S3 % '["https://a{1...2}", "https://b"]').workload.targets[0]
    assert several.endpoint == ("https://a1", "https://a2", "https://b")
    listed = load_text(S3 % '"http://a{1...2}:1,http://b{3...4}{5...6}:2"').workload.targets[0]
    assert listed.endpoint == ("http://a1:1", "http://a2:1", "http://b35:2", "http://b36:2", "http://b45:2", "http://b46:2")  # fmt: skip
    assert load_text(S3 % '"https://a{4...4}"').workload.targets[0].endpoint == "https://a4"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("https://a{8...1}", "'https://a{8...1}' counts down. Write the smaller number first, such as host{1...8}"),
        ("https://a{1...2000}", "'https://a{1...2000}' stands for more than 1,024 hosts. Write a smaller range"),
        ("https://a{1...99}{1...99}", "'https://a{1...99}{1...99}' stands for more than 1,024 hosts. Write a smaller range"),
        ("https://a{1..3}", "'https://a{1..3}' holds a brace that is no range. Write for example host{1...8}"),
        ("https://a{1...3", "'https://a{1...3' holds a brace that is no range. Write for example host{1...8}"),
        ("https://a{x...z}", "'https://a{x...z}' holds a brace that is no range. Write for example host{1...8}"),
        ("https://a{1...600},https://b{1...600}", "'https://a{1...600},https://b{1...600}' stands for more than 1,024 hosts. Write a smaller range"),
        ("https://a,b:9000", "'b:9000' has neither http:// nor https://. Write https://b:9000"),
        ("a{1...2}:9000", "'a1:9000' has neither http:// nor https://. Write https://a1:9000"),
    ],
)  # fmt: skip
def test_ranges_that_are_none(faults: Callable[[str], list[str]], written: str, message: str) -> None:
    assert f"w.yaml:1: target.endpoint: {message}" in faults(S3 % f'"{written}"')


def test_sizes_with_their_weights() -> None:
    size = load_text(SIZED % '"4096:10740,8KiB:1685"').workload.workload[0].size
    assert isinstance(size, ListedSize)
    assert [(each.size, each.weight) for each in size.sizes] == [(4096, 10740), (8192, 1685)]


def test_the_least_and_the_greatest_size() -> None:
    for written in ("4KiB,1MiB", "4096B, 1024 KiB"):
        size = load_text(SIZED % f'"{written}"').workload.workload[0].size
        assert size == LogUniformSize(type="log-uniform", min=4096, max=1 << 20)
    assert load_text(SIZED % '"64,032"').workload.workload[0].size == load_text(SIZED % 64032).workload.workload[0].size


@pytest.mark.parametrize(
    "written",
    [
        "4096,",
        ",1KiB",
        "1KiB,2KiB,3KiB",
        "1KiB,x",
        "4096:",
        ":1",
        "4096:0",
        "4096:x",
        "4096:1,",
        "4KiB:1,8KiB",
        "1:2:3",
        "4096:inf",
    ],
)
def test_sizes_that_are_none(faults: Callable[[str], list[str]], written: str) -> None:
    (message,) = faults(SIZED % f'"{written}"')
    assert message.startswith("w.yaml:2: workload.0.size")
    assert message.endswith(("Write for example 4KiB:3,1MiB:1", "Write for example 64KiB, 4MB or 4096"))


def test_the_schema_knows_both() -> None:
    lines = [{"op": "put", "path": "out/", "size": size} for size in ("4096:10740,8192:1685", "4KiB,1MiB")]
    target = {"uri": "s3://lab/", "endpoint": "http://a{1...3}:9000"}
    jsonschema.Draft202012Validator(SCHEMA).validate({"target": target, "workload": lines})
