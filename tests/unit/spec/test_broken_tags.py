"""Workloads that get tags wrong: where there are none, whose they would be, and what cannot be one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BROKEN: dict[str, tuple[str, list[str]]] = {
    "where there are none": (
        "targets: [{uri: 'gs://b/', name: g}, {uri: 'file:///d/', name: f}]\ndataset: {count: 1}\nworkload:\n"
        "  - {op: tag, tags: {a: b}, target: g}\n  - {op: get_tags, target: f}\n",
        [
            "w.yaml:4: workload.0.op: gs:// has no tags, and the metadata of its objects is none. Remove the line, or give it a target: with s3:// or az://",
            "w.yaml:5: workload.1.op: file:// has no tags. Remove the line, or give it a target: with s3:// or az://",
        ],
    ),
    "no tags": (
        "target: s3://b/\ndataset: {count: 1}\nworkload: [{op: tag}]\n",
        [
            "w.yaml:3: workload.0: tag does not say which tags objects are given. Add tags: such as {team: storage}",
        ],
    ),
    "tags of objects of others": (
        "target: s3://b/\nworkload:\n  - {op: tag, path: in/, tags: {a: b}}\n  - {op: tag, tags: {a: b}}\n  - {op: get_tags, path: ''}\n",
        [
            "w.yaml:3: workload.0.path: tag would take away the tags of objects that are not this program's. Remove path:, so that it goes over a data set",
            "w.yaml:4: workload.1: tag goes over a data set, and there is none. Add dataset: {count: 1000, size: 4KiB}",
            "w.yaml:5: workload.2.path: is empty. Write a key, a prefix that ends in /, or a glob such as data/*",
        ],
    ),
    "tags of a data set of others": (
        "target: s3://b/\ndataset: {count: 1, create: never}\nworkload: [{op: tag, tags: {a: b}}, {op: get_tags}]\n",
        [
            "w.yaml:3: workload.0: tag would take away the tags of a data set that says create: never. Remove the line, or create: never",
        ],
    ),
    "what cannot be a tag": (
        "target: s3://b/\ndataset: {count: 1}\nworkload:\n"
        f"  - {{op: tag, tags: {{{'n' * 129}: v, n: '{'v' * 257}', c: \"\\x07\"}}}}\n"
        f"  - {{op: put, tags: {{{', '.join(f't{number}: v' for number in range(11))}}}}}\n",
        [
            f"w.yaml:4: workload.0.tags.{'n' * 129}: the name of a tag has 128 letters at most. Shorten it",
            "w.yaml:4: workload.0.tags.n: the value of a tag has 256 letters at most. Shorten it",
            "w.yaml:4: workload.0.tags.c: '\\x07' cannot stand in a tag. Write printable letters",
            "w.yaml:5: workload.1.tags: 11 tags, and an object has 10 at most. Remove some",
        ],
    ),
}


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages
