"""Results that could go nowhere: every message, in full; and what an effective configuration says of the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import load_mapping, load_text

HEAD = "target: null://x/\nworkload: [{op: get, path: k}]\n"

BROKEN = {
    "no names": (
        "outputs: {report: '-', tsv: '', results_dir: ' ', perf_log: {path: '-'}}\n",
        [
            "w.yaml:3: outputs.report: '-' is no name. Write the name of a file, or of a directory for results_dir; --report - puts the report on stdout",
            "w.yaml:3: outputs.tsv: '' is no name. Write the name of a file, or of a directory for results_dir",
            "w.yaml:3: outputs.results_dir: ' ' is no name. Write the name of a file, or of a directory for results_dir",
            "w.yaml:3: outputs.perf_log.path: '-' is no name. Write the name of a file, or of a directory for results_dir",
        ],
    ),
    "half a second": (
        "outputs: {perf_log: {path: p.tsv, interval: 500ms}}\n",
        ["w.yaml:3: outputs.perf_log.interval: 500 ms is not a whole number of seconds. Write 1s, or 5s"],
    ),
    "an unknown one": (
        "outputs: {reprot: a.json}\n",
        [
            "w.yaml:3: outputs.reprot: is not a known key. Did you mean 'report'? Known here: report, tsv, hlog, record, op_log, perf_log, results_dir"
        ],
    ),
}


@pytest.mark.parametrize("text, messages", BROKEN.values(), ids=BROKEN.keys())
def test_every_message_is_exact(text: str, messages: list[str], faults: Callable[[str], list[str]]) -> None:
    assert sorted(faults(HEAD + text)) == sorted(messages)


def test_what_is_not_asked_for_is_not_in_the_effective_configuration() -> None:
    assert as_dict(load_text(HEAD).workload)["outputs"] == {}
    asked = load_text(HEAD + "outputs: {tsv: a.tsv, perf_log: {path: p.tsv, interval: 5s}}").workload
    data = as_dict(asked)
    assert data["outputs"] == {"tsv": "a.tsv", "perf_log": {"path": "p.tsv", "interval": 5}}
    assert load_mapping(data).workload == asked
