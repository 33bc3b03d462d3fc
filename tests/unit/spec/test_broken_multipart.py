"""Files that ask for parts that no store takes: every message, in full; and what is fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import load_mapping


def _put(target: str, multipart: str, size: str = "1GiB", beside: str = "") -> str:
    return f"target: {target}\nworkload: [{{op: put, path: a/, size: {size}, multipart: {multipart}}}]\n{beside}"


BROKEN = {
    "files": (
        _put("file:///tmp/x/", "8MiB"),
        [
            "w.yaml:2: workload.0.multipart: file:// has no such thing. Remove it, or keep the line off this target; it belongs to s3://, az:// or gs://"
        ],
    ),
    "several parts at once, where they come one after another": (
        _put("gs://b/", "{part_size: 8MiB, parallel: 2}"),
        [
            "w.yaml:2: workload.0.multipart.parallel: gs:// takes the parts of an object one after another. Write 1; an s3:// target on Google's XML API takes several at once"
        ],
    ),
    "parts between Google's": (
        _put("gs://b/", "300KiB"),
        ["w.yaml:2: workload.0.multipart.part_size: gs:// takes parts of whole 256 KiB alone. Write 512 KiB"],
    ),
    "the SDK": (
        _put("{uri: s3://b/, client: sdk}", "8MiB"),
        [
            "w.yaml:2: workload.0.multipart: is not done by client: sdk. Remove it, or write client: lean",
        ],
    ),
    "a get": (
        "target: s3://b/\ndataset: {count: 1}\nworkload: [{op: get, multipart: 8MiB}]\n",
        ["w.yaml:3: workload.0.multipart: has no meaning for get. Remove it; it belongs to put"],
    ),
    "a data set of nothing": (
        "target: null://x/\ndataset: {count: 1, size: 1GiB, multipart: 8MiB}\nworkload: [{op: get}]\n",
        [
            "w.yaml:2: dataset.multipart: null:// does not write in parts. Remove it; it belongs to s3://, az:// or gs://"
        ],
    ),
    "a data set through the SDK": (
        "target: {uri: s3://b/, client: sdk}\ndataset: {count: 1, size: 1GiB, multipart: 8MiB}\nworkload: [{op: get}]\n",
        ["w.yaml:2: dataset.multipart: is not done by client: sdk. Remove it, or write client: lean"],
    ),
    "parts that s3 refuses": (
        _put("s3://b/", "4MiB"),
        ["w.yaml:2: workload.0.multipart.part_size: 4.00 MiB is less than s3:// takes. Write 5.00 MiB or more"],
    ),
    "blocks that az refuses": (
        _put("az://acc/box/", "4001MiB", "8000MiB"),
        ["w.yaml:2: workload.0.multipart.part_size: 3.91 GiB is more than az:// takes. Write 3.91 GiB or less"],
    ),
    "too many parts": (
        _put("s3://b/", "{part_size: 8MiB}", "100GiB"),
        [
            "w.yaml:2: workload.0.multipart.part_size: 12,800 parts of 8.00 MiB an object, and s3:// takes 10,000 at most. Write 11.0 MiB or more"
        ],
    ),
    "between blocks of content": (
        _put("az://acc/box/", "5000000"),
        ["w.yaml:2: workload.0.multipart.part_size: 5000000 bytes are no multiple of 4 KiB. Write 4.77 MiB"],
    ),
    "too wide": (
        _put("s3://b/", "{parallel: 257}"),
        ["w.yaml:2: workload.0.multipart.parallel: 257 is too large. Write 256 or less"],
    ),
    "thresholds of parts that there are not": (
        "target: s3://b/\nworkload:\n  - {op: put, name: up, path: a/, size: 1GiB, multipart: 8MiB}\n  - {op: put, path: b/, size: 1}\n"
        "thresholds: [up.part.p99 < 1s, put.part.p99 < 1s, up.part.lag.p99 < 1s, total.part.p99 < 1s]\n",
        [
            "w.yaml:5: thresholds.1: 'put' is no line of the mix that is written in parts. Lines here that are: up",
            "w.yaml:5: thresholds.2: part has figures of service time or TTFB alone. Write for example put.part.p99",
            "w.yaml:5: thresholds.3: p99 is a latency, which belongs to an operation. Write for example get.p99",
        ],
    ),
    "thresholds of parts where nothing has any": (
        "target: s3://b/\nworkload: [{op: put, path: a/, size: 1}]\nthresholds: [put.part.p99 < 1s]\n",
        ["w.yaml:3: thresholds.0: 'put' is no line of the mix that is written in parts. Add multipart: to a put"],
    ),
    "no size": (
        _put("s3://b/", "many"),
        ["w.yaml:2: workload.0.multipart: 'many' is not a size. Write for example 64KiB, 4MB or 4096"],
    ),
}


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages


def test_what_never_happens_is_a_warning() -> None:
    loaded = load_mapping({"target": "s3://b/", "workload": [_line("4MiB", "8MiB")]})
    assert [str(warning) for warning in loaded.warnings] == [
        "workload.0.multipart: no object is larger than 8.00 MiB, so that none is written in parts. "
        "Make part_size or threshold smaller, or remove it"
    ]


def _line(size: str, multipart: object) -> dict[str, object]:
    return {"op": "put", "path": "a/", "size": size, "multipart": multipart}


def test_large_blobs_are_fine_in_parts_and_none_that_one_request_writes_is_too_large() -> None:
    load_mapping({"target": "az://acc/box/", "workload": [_line("100GiB", "64MiB")]})
    load_mapping(
        {
            "target": "az://acc/box/",
            "dataset": {"count": 1, "size": "9GiB", "multipart": "1GiB"},
            "workload": [{"op": "get"}],
        }
    )


def test_a_line_of_its_own_target_is_fine_beside_files() -> None:
    data = {
        "targets": ["s3://b/", "file:///tmp/x/"],
        "workload": [_line("1GiB", "8MiB") | {"target": "s3"}, {"op": "list"}],
    }
    load_mapping(data)


def test_the_effective_configuration_says_all_and_loads_again() -> None:
    loaded = load_mapping(
        {"target": "s3://b/", "workload": [_line("1GiB", "8MiB"), {"op": "put", "size": 1, "path": "b/"}]}
    )
    data = as_dict(loaded.workload)
    assert data["workload"][0]["multipart"] == {"part_size": 8 << 20, "parallel": 4, "threshold": 8 << 20}
    assert "multipart" not in data["workload"][1]
    assert load_mapping(data).workload == loaded.workload


def test_where_parts_come_one_after_another_there_is_one_at_a_time() -> None:
    loaded = load_mapping({"target": "gs://b/", "workload": [_line("1GiB", "8MiB")]})
    assert not loaded.warnings
    data = as_dict(loaded.workload)
    assert data["workload"][0]["multipart"] == {"part_size": 8 << 20, "parallel": 1, "threshold": 8 << 20}
    assert load_mapping(data).workload == loaded.workload


def test_two_kinds_of_stores_side_by_side_are_warned_of() -> None:
    loaded = load_mapping({"targets": ["gs://b/", "s3://b/"], "workload": [_line("1GiB", "8MiB")]})
    assert [str(warning) for warning in loaded.warnings] == [
        "workload.0.multipart.parallel: gs:// takes the parts of an object one after another; the others take 4 at "
        "once. Write 1 to have the same everywhere"
    ]
    data = as_dict(loaded.workload)
    assert load_mapping(data).workload == loaded.workload
