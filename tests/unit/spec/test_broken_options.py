"""Files whose lines ask for what an operation, a store or a client does not have: every message, in full."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BROKEN = {
    "pages of null": (
        "target: null://x/\nworkload: [{op: list, max_keys: 10}]\n",
        [
            "w.yaml:2: workload.0.max_keys: null:// has no such thing. Remove it, or keep the line off this target; it belongs to s3://, az://, gs://, file:// or direct://"
        ],
    ),
    "pages of a get": (
        "target: s3://b/\ndataset: {count: 1}\nworkload: [{op: get, max_keys: 10}]\n",
        ["w.yaml:3: workload.0.max_keys: has no meaning for get. Remove it; it belongs to list"],
    ),
    "a copy of nothing": (
        "target: null://x/\ndataset: {count: 1}\nworkload: [{op: copy}, {op: get}]\n",
        [
            "w.yaml:3: workload.0: copy copies objects of the data set to keys below its path, and needs both. Add a dataset:, and a path: such as copies/"
        ],
    ),
    "a copy past the page cache": (
        "target: direct:///tmp/x/\ndataset: {count: 1}\nworkload: [{op: copy, path: c/}]\n",
        [
            "w.yaml:3: workload.0.op: direct:// does not copy by itself. Remove the line; copy belongs to s3://, az://, gs://, file:// or null://"
        ],
    ),
    "too large a copy": (
        "target: az://account/box/\ndataset: {count: 1, size: 257MiB}\nworkload: [{op: copy, path: c/}]\n",
        [
            "w.yaml:3: workload.0.op: up to 257 MiB an object, and az:// copies 256 MiB at most in one request. Make the objects of the data set smaller"
        ],
    ),
    "missing keys of a path": (
        "target: file:///tmp/x/\nworkload: [{op: get, path: a, keys: missing}, {op: stat, path: b, expect: 404}]\n",
        [
            "w.yaml:2: workload.0.keys: missing keys are made from those of a data set. Remove path:, or write expect: 404 for one key that is not there"
        ],
    ),
    "missing keys to copy": (
        "target: s3://b/\ndataset: {count: 1}\nworkload: [{op: copy, path: c/, keys: missing}]\n",
        ["w.yaml:3: workload.0.keys: copy cannot take keys that are not there. Remove it; it belongs to get or stat"],
    ),
    "missing keys of null": (
        "target: null://x/\ndataset: {count: 1}\nworkload: [{op: get, keys: missing}, {op: stat, expect: 404}]\n",
        [
            "w.yaml:3: workload.0.keys: on null:// every key is there. Remove it",
            "w.yaml:3: workload.1.expect: null:// has no such thing. Remove it, or keep the line off this target; it belongs to s3://, az://, gs://, file:// or direct://",
        ],
    ),
    "too large a page": (
        "target: s3://b/\nworkload: [{op: list, max_keys: 1001}, {op: list, max_keys: 1000}]\n",
        [
            "w.yaml:2: workload.0.max_keys: 1001 keys, and s3:// gives 1000 at most in one page. Write 1000 or less",
        ],
    ),
}


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages
