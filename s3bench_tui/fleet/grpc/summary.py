"""The report of a run as s3-bench's controller reads it: microseconds, three classes, a histogram for each size class.

Knows nothing of calls. As in s3-bench only successes count, and list, stat and delete are one class, META, all in the
first size class.
"""

from __future__ import annotations

import base64
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from hdrh.histogram import HdrHistogram
from rich.console import Console

from s3bench_tui.fleet.protos import iobench_pb2 as iobench
from s3bench_tui.report import hdr
from s3bench_tui.report.forms import tsv
from s3bench_tui.report.forms.text import summary
from s3bench_tui.report.result import Report
from s3bench_tui.stats.histogram import Histogram, HistogramSum, value_range
from s3bench_tui.stats.tally import SIZE_CLASSES

_NS_PER_US = 1000
_LONGEST_US = 3_600_000_000
_CLASSES: Mapping[str, Sequence[str]] = {"get": ("get",), "put": ("put",), "meta": ("list", "stat", "delete")}
_WIDTH = 100
_COMPRESSED_HEAD_BYTES = 8
_FACTS = ("run_id", "name", "status", "reason", "version", "started_at", "measured_s", "workload", "errors")


def workload_summary(report: Report, agent_id: str) -> iobench.WorkloadSummary:
    """All of it but what lies in files of the agent: it keeps none."""
    data = report.as_dict()
    everything = _latencies(list(data["ops"].values()))
    p50, p95, p99 = _percentiles_us(everything)
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None)
    parts: dict[str, Any] = {}
    for name, kinds in _CLASSES.items():
        ops = [data["ops"][kind] for kind in kinds if kind in data["ops"]]
        parts[name] = _aggregate(ops)
        parts[f"histogram_{name}"] = b"".join(v2_us(each) for each in _by_size(ops, flat=name == "meta"))
    return iobench.WorkloadSummary(
        agent_id=agent_id,
        wall_seconds=report.measured_s,
        total_ops=data["total"]["ops"],
        total_bytes=data["total"]["bytes"],
        p50_us=p50,
        p95_us=p95,
        p99_us=p99,
        console_log=summary(report, console),
        metadata_json=json.dumps({name: data[name] for name in _FACTS}),
        tsv_content=tsv.table(data),
        **parts,
    )


def v2_us(histogram: Histogram) -> bytes:
    """A histogram of nanoseconds as HdrHistogram's plain V2 encoding in microseconds, 1 us to 1 h, 3 digits.

    Each bucket counts at its middle; what is shorter or longer than the range counts at its ends."""
    out = HdrHistogram(1, _LONGEST_US, hdr.SIGNIFICANT_FIGURES)
    for index, count in enumerate(histogram.counts, start=histogram.first):
        if count:
            low, high = value_range(index)
            out.record_value(min(max((low + high) // 2 // _NS_PER_US, 1), _LONGEST_US), count)
    return zlib.decompress(base64.b64decode(out.encode())[_COMPRESSED_HEAD_BYTES:])


def _aggregate(ops: Sequence[Mapping[str, Any]]) -> iobench.OpAggregateMetrics:
    merged = _latencies(ops)
    p50, p95, p99 = _percentiles_us(merged)
    return iobench.OpAggregateMetrics(
        bytes=sum(op["bytes"] for op in ops),
        ops=sum(op["ops"] for op in ops),
        mean_us=round(merged.mean_ns / _NS_PER_US),
        p50_us=p50,
        p95_us=p95,
        p99_us=p99,
    )


def _by_size(ops: Sequence[Mapping[str, Any]], flat: bool) -> list[Histogram]:
    if flat:
        return [_latencies(ops), *[Histogram()] * (len(SIZE_CLASSES) - 1)]
    return [_latencies([op["sizes"][size] for op in ops if size in op["sizes"]]) for size in SIZE_CLASSES]


def _latencies(parts: Sequence[Mapping[str, Any]]) -> Histogram:
    total = HistogramSum()
    for part in parts:
        if part["ops"]:
            total.add(hdr.decode(part["service_ns"]["hdr"]))
    return total.value()


def _percentiles_us(histogram: Histogram) -> list[int]:
    return [round(value / _NS_PER_US) for value in histogram.percentiles((50.0, 95.0, 99.0))]
