"""What is printed: lines for pipes, and the summary of a run."""

from __future__ import annotations

import io
import json
import os
from typing import Any

import pytest

from s3bench_tui.errors import S3BenchError
from s3bench_tui.oneshot.lines import Lines, counted, object_line
from s3bench_tui.oneshot.summary import summary
from s3bench_tui.report.result import Report


def report(**changes: Any) -> Report:
    row = {
        "ops": 3, "bytes": 3072, "failed": 0, "ops_per_s": 1.5, "bytes_per_s": 1536.0,
        "service_ns": {"n": 3, "p50": 1_000_000, "max": 2_000_000}, "ttfb_ns": {"n": 0},
    }  # fmt: skip
    data = {"measured_s": 2.0, "ops": {"get": row}, "total": row, "errors": {}}
    return Report({**data, **changes})


def test_a_summary() -> None:
    assert list(summary(report())) == [
        "get: 3 objects, 3.00 KiB in 2.00 s (1.5 a second, 1.50 KiB/s)",
        "latency: p50 1.00 ms  max 2.00 ms",
    ]


def test_failures_are_told_with_the_servers_words() -> None:
    row = {"ops": 0, "bytes": 0, "failed": 2, "ops_per_s": 0.0, "bytes_per_s": 0.0, "service_ns": {"n": 0}}
    errors = {"http_404": {"count": 1, "said": "NoSuchKey"}, "timeout": {"count": 1, "said": ""}}
    assert list(summary(report(ops={"get": row}, total=row, errors=errors))) == [
        "error: 2 of 2 objects failed",
        "  1 x http_404: NoSuchKey",
        "  1 x timeout",
    ]


def test_an_object_is_one_line() -> None:
    assert object_line("s3://b/k", "k", 5, as_json=False) == "5\ts3://b/k"
    odd = "line\nend\t\x1b[31mé"
    plain = object_line(f"s3://b/{odd}", odd, 5, as_json=False)
    assert plain == "5\ts3://b/line\\nend\\t\\x1b[31mé"
    exact = object_line(f"s3://b/{odd}", odd, 5, as_json=True)
    assert "\n" not in exact
    assert json.loads(exact) == {"uri": f"s3://b/{odd}", "key": odd, "size_bytes": 5}


def test_counts() -> None:
    assert [counted(count) for count in (0, 1, 2000)] == ["0 objects", "1 object", "2,000 objects"]


def test_a_reader_that_leaves_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "w", encoding="utf-8") as stream:
        lines = Lines(stream)
        lines.put("one")
        lines.end()
        assert not lines.listens
        lines.put("two")


def test_a_full_disk_is_one() -> None:
    class Full(io.StringIO):
        def __init__(self, descriptor: int) -> None:
            super().__init__()
            self._descriptor = descriptor

        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

        def fileno(self) -> int:
            return self._descriptor

    read, write = os.pipe()
    with pytest.raises(S3BenchError, match="cannot write to stdout: No space left on device"):
        Lines(Full(write)).put("one")
    os.close(read)
    os.close(write)
