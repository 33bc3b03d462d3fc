"""Nothing in a workload file is out of sight in Setup: what has no field is listed with its line and value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from s3bench_tui.spec.text.source import Path as KeyPath
from s3bench_tui.spec.text.source import dotted
from s3bench_tui.ui.setup.document import Check, Draft
from s3bench_tui.ui.setup.fields import DATA, LINE, LOAD, REPORT, TARGET
from s3bench_tui.ui.setup.others import other_keys

WORKLOADS = sorted((Path(__file__).resolve().parents[3] / "workloads").glob("*.yaml"))


def test_a_key_without_a_field_is_listed_with_its_line_and_value() -> None:
    text = (
        "target: s3://bucket/\n"
        "post_prepare_delay: 5s\n"
        "datasets:\n"
        "  - {id: a, count: 2, prefix: a/}\n"
        "  - {id: b, count: 3, prefix: b/}\n"
        "workload:\n"
        "  - {op: get, dataset: a}\n"
        "  - {op: get, dataset: b}\n"
        "  - op: put\n"
        "    path: out/\n"
        "    metadata: {colour: blue}\n"
    )
    assert other_keys(Draft(text)) == [
        Check("", "Other keys of the file; enter goes to the line"),
        Check("", "post_prepare_delay: 5s", 2),
        Check("", "datasets.0.id: a", 4),
        Check("", "datasets.1: {id: b, count: 3, prefix: b/}", 5),
        Check("", "workload.2.metadata: {colour: blue}", 11),
    ]


def test_the_bare_word_null_is_a_key_like_any_other() -> None:
    draft = Draft("target:\n  uri: null://x/\n  null: {latency: 1ms, ops_per_s: 500}\nworkload: [{op: get}]\n")
    assert draft.get(("target", "null", "latency")) == "1ms"
    assert other_keys(draft)[1:] == [Check("", "target.null.ops_per_s: 500", 3)]


@pytest.mark.parametrize("text", ["target: null://x/\nworkload: [{op: get, weight: 2}]\n", "a: [", "", "- 1\n"])
def test_there_is_no_list_where_all_have_fields_or_nothing_can_be_read(text: str) -> None:
    assert other_keys(Draft(text)) == []


@pytest.mark.parametrize("file", WORKLOADS, ids=lambda file: file.stem)
def test_every_key_of_the_examples_has_a_field_or_is_listed(file: Path) -> None:
    draft = Draft.open(str(file))
    listed = {check.text.partition(": ")[0] for check in other_keys(draft)}
    bases = [((), (*LOAD, *DATA, *REPORT)), *((path, TARGET) for path in draft.targets())]
    bases += [(path, LINE) for path in draft.lines()]
    fields = {
        dotted(draft.place_of((*base, *field.key)))
        for base, group in bases
        for field in group
        if field.only is None or field.only(draft.get(base))
    }
    leaves = _leaves(yaml.safe_load(file.read_text()), ())
    assert leaves
    for leaf in leaves:
        around = {dotted(leaf[:length]) for length in range(1, len(leaf) + 1)}
        assert around & (listed | fields), dotted(leaf)


def _leaves(value: Any, path: KeyPath) -> list[KeyPath]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [leaf for key, part in parts for leaf in _leaves(part, (*path, key))] or [path]
