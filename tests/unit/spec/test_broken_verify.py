"""Files whose reads cannot be verified: every message, in full."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s3bench_tui.spec.loading import load_text

BROKEN = {
    "a value that nobody knows": (
        "target: file:///x/\ndataset: {count: 10}\nworkload: [{op: get, verify: true}]\n",
        ["w.yaml:3: workload.0.verify: true is not known here. Write none or checksum"],
    ),
    "a put": (
        "target: file:///x/\nworkload: [{op: put, size: 1KiB, verify: checksum}]\n",
        ["w.yaml:2: workload.0.verify: has no meaning for put. Remove it; it belongs to get"],
    ),
    "null://": (
        "target: null://x/\ndataset: {count: 10}\nworkload: [{op: get, verify: checksum}]\n",
        ["w.yaml:3: workload.0.verify: null:// keeps no content that could be verified. Remove verify"],
    ),
    "the SDK": (
        "target: {uri: s3://bucket/, client: sdk}\ndataset: {count: 10}\nworkload: [{op: get, verify: checksum}]\n",
        [
            "w.yaml:3: workload.0.verify: client: sdk cannot verify: its bodies stay in the SDK. Remove verify, or write client: lean"
        ],
    ),
    "zeros": (
        "target: file:///x/\ndataset: {count: 10}\nworkload: [{op: get, verify: checksum}]\npayload: {fill: zero}\n",
        ["w.yaml:4: payload.fill: zeros cannot be verified: all objects are alike. Write fill: random"],
    ),
    "nearly nothing but zeros": (
        "target: file:///x/\ndataset: {count: 10}\nworkload: [{op: get, verify: checksum}]\npayload: {compress_factor: 257}\n",
        [
            "w.yaml:4: payload.compress_factor: leaves less than 16 bytes of each block, which is too little to verify. Write 256 or less"
        ],
    ),
    "objects too small": (
        "target: file:///x/\ndataset: {count: 10, size: {type: uniform, min: 0, max: 1KiB}}\nworkload: [{op: get, verify: checksum}]\n",
        [
            "w.yaml:2: dataset.size: verified objects need 16 bytes at least, and the data set may have smaller ones. Write sizes from 16 bytes on, or remove verify"
        ],
    ),
    "ranges too small": (
        "target: file:///x/\ndataset: {count: 10}\nworkload: [{op: get, verify: checksum, range: {size: 30}}]\n",
        ["w.yaml:3: workload.0.range.size: verified ranges need 31 bytes at least. Write 31 or more, or remove verify"],
    ),
}
DOUBTFUL = (
    "target: file:///x/\ndataset: {count: 10}\nworkload:\n  - {op: get, verify: checksum}\n  - {op: put}\n",
    [
        "w.yaml:1: target: files are overwritten in place while they are verified: a read may find two versions in one. Write write: rename, if that is not what you want to see"
    ],
)
FINE = (
    "target: {uri: file:///x/, write: rename}\ndataset: {count: 10}\nworkload:\n  - {op: get, verify: checksum}\n  - {op: put}\n",
    "target: s3://bucket/\ndataset: {count: 10, size: '16:1,4KiB:2,0:1'}\nworkload: [{op: get, verify: checksum}, {op: put}]\n",
    "target: direct:///x/\nworkload: [{op: get, path: in/, verify: checksum, range: {size: 31}}, {op: put, path: out/, size: 1}]\n",
    "target: null://x/\ndataset: {count: 10}\nworkload: [{op: get, verify: none}]\npayload: {fill: zero}\n",
)


@pytest.mark.parametrize(("text", "messages"), BROKEN.values(), ids=BROKEN)
def test_it_is_refused(faults: Callable[[str], list[str]], text: str, messages: list[str]) -> None:
    assert faults(text) == messages


def test_files_that_are_overwritten_in_place_are_a_doubt() -> None:
    text, messages = DOUBTFUL
    assert [str(warning) for warning in load_text(text, source="w.yaml").warnings] == messages


@pytest.mark.parametrize("text", FINE)
def test_it_is_taken(text: str) -> None:
    assert load_text(text, source="w.yaml").warnings == ()
