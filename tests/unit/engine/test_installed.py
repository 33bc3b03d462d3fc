"""What a workload asks for and is not installed is said before any target is asked."""

from __future__ import annotations

import sys

import pytest

from s3bench_tui.engine.groundwork.preparation import open_targets
from s3bench_tui.errors import TargetError
from s3bench_tui.spec.loading import load_text


@pytest.mark.parametrize(
    "lines",
    [
        "workload: [{op: put, path: a/, size: 1, checksum: crc32c}]\n",
        "dataset: {count: 1, checksum: crc32c}\nworkload: [{op: get}]\n",
    ],
)
def test_a_checksum_without_its_package(lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "awscrt.checksums", None)
    workload = load_text(f"target: {{uri: 's3://b/', endpoint: 'http://127.0.0.1:9'}}\n{lines}").workload
    with pytest.raises(TargetError, match="crc32c needs the package awscrt"):
        open_targets(workload, probe=True, tell=lambda _: None)
