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
