"""What the plan of a run says of lines that ask for more than their kind needs."""

from __future__ import annotations

from s3bench_tui.report.outline import outline
from s3bench_tui.spec.loading import load_text

TEXT = """\
target: {uri: "s3://b/", versioned: true}
dataset: {count: 10, size: 1KiB}
workload:
  - {op: put, checksum: md5}
  - {op: put, checksum: {algorithm: crc32, send: trailer}}
  - {op: get, versions: true}
"""


def test_single_versions_and_checksums_are_said() -> None:
    said = outline(load_text(TEXT, source="w.yaml"))
    assert "  the data set, with md5 to compare\n" in said
    assert "with crc32 behind the body to compare\n" in said
    assert "  the data set, single versions of its objects\n" in said


MANY = """\
targets: [{uri: "null://far/", name: far}, {uri: "null://near/", name: near}]
duration: 60s
load: {model: open, rate: 100/s}
datasets:
  - {id: a, count: 10, size: 1KiB, prefix: a/}
  - {id: b, count: 20, size: 1KiB, prefix: b/}
workload:
  - {op: get, dataset: a}
  - {op: get, dataset: b, target: near}
schedule:
  - {at: 10s, rate: 200/s}
  - {at: 30s, pause: true}
  - {at: 40s, resume: true}
  - {at: 50s, mark: half}
"""


def test_a_data_set_lies_where_lines_use_it() -> None:
    said = outline(load_text(MANY, source="w.yaml"))
    assert "a: 10 objects below a/, 1.00 KiB: 10.0 KiB in each target\n" in said
    assert "b: 20 objects below b/, 1.00 KiB: 20.0 KiB in near alone\n" in said


def test_arrivals_are_those_of_the_schedule() -> None:
    assert "about 9.00k operations in the measured part\n" in outline(load_text(MANY, source="w.yaml"))
    stopped = MANY.replace("mark: half", "stop: true")
    assert "about 7.00k operations in the measured part\n" in outline(load_text(stopped, source="w.yaml"))


def test_the_plan_of_a_clean_up_has_no_load() -> None:
    said = outline(load_text(MANY + "cleanup: only\n", source="w.yaml"))
    assert [line[:12].strip() for line in said.splitlines()[2:]] == ["targets", "", "data set", "", "clean-up", ""]
    assert "near: null://near/\n" in said
    assert "b: 20 objects below b/, in near alone\n" in said
