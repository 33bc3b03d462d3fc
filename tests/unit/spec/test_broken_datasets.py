"""Every fault in how data sets are described and named is said in these very words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s3bench_tui.spec.loading import load_text

TWO = "datasets:\n  - {id: a, count: 5, prefix: a/}\n  - {id: b, count: 5, prefix: b/}\n"

BROKEN = {
    "trees and shards": (
        "target: null://x/\ndatasets:\n  - {id: a, tree: {width: 2, depth: 2, files_per_dir: 3}, count: 5}\n"
        "  - {id: b, prefix: b/, shards: 4, tree: {width: 2, depth: 1, files_per_dir: 1, dir_mask: d-%d}, name: 'x/{index}'}\n"
        "  - {id: c, prefix: c/, tree: {width: 1000, depth: 9, files_per_dir: 1}}\n"
        "  - {id: d, prefix: d/, count: 0}\n"
        "workload: [{op: list, path: ''}]\n",
        [
            "w.yaml:3: datasets.0.count: is not the 12 objects that the tree has places for. Remove it: the tree says how many there are",
            "w.yaml:4: datasets.1.shards: has no meaning in a tree, which has directories of its own. Remove it",
            "w.yaml:4: datasets.1.tree.dir_mask: 'd-%d' does not hold %d just twice, and no / and other %. Write for example dir-%d-%d",
            "w.yaml:4: datasets.1.name: holds a /, and stands in a directory of the tree. Write for example file-{index:08d}",
            "w.yaml:5: datasets.2.tree: has more than 64 levels or 100,000,000 directories. Lower width or depth",
            "w.yaml:6: datasets.3.count: 0 is too small. Write 1 or more",
        ],
    ),
    "a tree that has no depth": (
        "target: null://x/\ndataset: {tree: {width: 0}}\nworkload: [{op: get}]\n",
        ["w.yaml:2: dataset.tree.width: 0 is too small. Write 1 or more"],
    ),
    "reads of a tree without objects": (
        "target: null://x/\ndataset: {tree: {width: 2, depth: 2}}\nworkload: [{op: get}]\n",
        ["w.yaml:3: workload.0: get goes over a data set whose tree has no objects. Add files_per_dir: 10 to the tree"],
    ),
    "directories": (
        "targets: [{uri: 'file:///d/', name: f}, {uri: 's3://b/', name: s}]\nworkload:\n  - {op: mkdir, path: new/}\n  - {op: mkdir, target: f}\n"
        "  - {op: rmdir, target: f, path: old/}\n  - {op: mkdir, target: f, path: 'a*'}\n  - {op: list, target: s, path: ''}\n",
        [
            "w.yaml:3: workload.0: mkdir needs directories, and s3:// has none. Remove the line, or give it a target: with file:// or direct://",
            "w.yaml:4: workload.1: mkdir has no path. Add a path: such as new/",
            "w.yaml:5: workload.2.path: no mkdir of this workload makes directories below 'old/'. rmdir only takes what this run made: add a mkdir with path: old/",
            "w.yaml:6: workload.3.path: mkdir takes a prefix, and no *. Write for example a",
        ],
    ),
    "shards of puts": (
        "target: null://x/\ndataset: {count: 5}\nworkload:\n  - {op: put, shards: 4}\n  - {op: put, path: o/, shards: 4}\n  - {op: put, path: o/}\n  - {op: get, shards: 2}\n",
        [
            "w.yaml:4: workload.0.shards: a put without path rewrites the data set, whose keys are set there. Write shards: into the data set, or add a path: such as out/",
            "w.yaml:6: workload.2.shards: another line spreads what it writes below o/ over 4 shards. Give one of them another path",
            "w.yaml:7: workload.3.shards: has no meaning for get. Remove it; it belongs to put",
        ],
    ),
    "both forms": (
        "target: null://x/\ndataset: {count: 5}\ndatasets: [{count: 5}]\nworkload: [{op: get}]\n",
        ["w.yaml:2: dataset: stands beside datasets. Keep one of the two"],
    ),
    "a line that does not say which": (
        f"target: null://x/\n{TWO}workload:\n  - {{op: get}}\n  - {{op: put, path: out/}}\n",
        [
            "w.yaml:6: workload.0: get goes over one of 2 data sets, and does not say which. Add dataset: a, or a path:",
            "w.yaml:7: workload.1: put has no size, and there are several data sets to take it from. Add size: 1MiB",
        ],
    ),
    "a data set that there is not": (
        f"target: null://x/\n{TWO}workload:\n  - {{op: get, dataset: bb}}\n  - {{op: get, dataset: a, path: a/}}\n",
        [
            "w.yaml:6: workload.0.dataset: no data set is called 'bb'. Did you mean 'b'? Data sets: a, b",
            "w.yaml:7: workload.1.dataset: stands beside path, and a line goes over one of them. Keep one of the two",
        ],
    ),
    "ids and keys": (
        "target: null://x/\ndatasets:\n  - {id: a, count: 5}\n  - {id: a, count: 6, prefix: x/}\n  - {id: 'a b', count: 5}\nworkload: [{op: list}, {op: get, path: k}]\n",
        [
            "w.yaml:4: datasets.1.id: another data set is called 'a' too. Give each its own id",
            "w.yaml:5: datasets.2: has the very keys of the data set 'a'. Give it another prefix or name",
            "w.yaml:5: datasets.2.id: 'a b' is not an id. Write letters, digits, - and _, at most 40",
            "w.yaml:6: workload.0: list goes over one of 3 data sets, and does not say which. Add dataset: a, or a path:",
        ],
    ),
    "places": (
        "targets: [{uri: 'null://x/', name: x}, {uri: 'null://y/', name: y}]\ndatasets:\n  - {id: a, count: 5, target: x}\n  - {id: b, count: 5, target: z}\n"
        "workload: [{op: get, dataset: a, target: y}, {op: list, path: ''}]\n",
        [
            "w.yaml:4: datasets.1.target: no target is called 'z'. Targets: x, y",
            "w.yaml:5: workload.0.target: runs on 'y', and its data set lies in 'x'. Remove it, or name another data set",
        ],
    ),
    "the one data set lies elsewhere": (
        "targets: [{uri: 'null://x/', name: x}, {uri: 'null://y/', name: y}]\ndataset: {count: 5, target: x}\n"
        "workload: [{op: get}, {op: get, target: y}]\n",
        ["w.yaml:3: workload.1: get has no path, and there is no data set in its target. Add dataset: {count: 1000, size: 1MiB}, or a path:"],
    ),
    "content": (
        "target: null://x/\ndataset: {count: 5}\nworkload:\n  - {op: put, payload: {fill: zero}}\n  - {op: put, path: o/, payload: {fill: zero}}\n  - {op: put, path: o/}\n  - {op: get, payload: {}}\n",
        [
            "w.yaml:4: workload.0.payload: a put without path rewrites the data set, whose content is set there. Write payload: into the data set, or add a path: such as out/",
            "w.yaml:6: workload.2.payload: another put writes other content below o/. Give one of them another path",
            "w.yaml:7: workload.3.payload: has no meaning for get. Remove it; it belongs to put",
        ],
    ),
    "two deletes": (
        "target: null://x/\ndataset: {count: 5}\nworkload:\n  - {op: delete}\n  - {op: delete, batch: 2}\n",
        ["w.yaml:5: workload.1: another delete takes the objects of this data set, and each can be deleted once. Keep one of them, or give it a data set of its own"],
    ),
    "a list that is none": (
        "target: null://x/\ndatasets: {count: 5}\nworkload: [{op: get}]\n",
        [
            "w.yaml:2: datasets: is a mapping where a list is expected. Write for example datasets: [{id: small, count: 1000, size: 4KiB, prefix: small/}]"
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert faults(text) == messages


def test_one_that_no_line_uses_is_told_of() -> None:
    text = f"target: null://x/\n{TWO}workload: [{{op: get, dataset: a}}]\n"
    [warning] = load_text(text, source="w.yaml").warnings
    assert str(warning) == (
        "w.yaml:4: datasets.1: no line of the mix uses the data set. Add dataset: b to a line, or remove the data set"
    )


def test_what_is_resolved_names_the_data_set_its_target_and_all_of_a_content() -> None:
    loaded = load_text(
        "targets: [{uri: 'null://x/', name: x}, {uri: 'null://y/', name: y}]\npayload: {dedup_factor: 3}\n"
        "datasets: [{count: 5, target: x, payload: {compress_factor: 2}}]\n"
        "workload: [{op: get}, {op: put, path: o/, payload: {fill: zero}}, {op: list, target: y}]\n"
    )
    get, put, listing = loaded.workload.workload
    assert (get.dataset, get.target) == ("dataset", "x")
    assert (listing.dataset, listing.path) == (None, "")
    [data] = loaded.workload.datasets
    assert data.payload is not None and put.payload is not None
    assert (data.payload.dedup_factor, data.payload.compress_factor, data.payload.fill) == (3, 2, "random")
    assert (put.payload.dedup_factor, put.payload.fill) == (3, "zero")
