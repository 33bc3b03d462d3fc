"""What a reader wants to know of operations, as plain numbers: rates, latencies, by operation and by size.

Durations in `*_ns` are nanoseconds. A figure that the sample cannot support is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from s3bench_tui.engine.messages import Arrivals, Entry, Interval
from s3bench_tui.host.sample import HostSample
from s3bench_tui.report import hdr
from s3bench_tui.stats.histogram import EMPTY, Histogram
from s3bench_tui.stats.tally import SIZE_CLASSES, Row, RowKey, Tally, sum_of
from s3bench_tui.stores.multipart import request_of
from s3bench_tui.units import NS_PER_S

CLOSED_LOOP = ("service", "ttfb")
OPEN_LOOP = ("service", "ttfb", "response", "lag")


def latency(histogram: Histogram) -> dict[str, Any]:
    """n, mean, min, the percentiles that n supports, max, and the histogram itself; only n where that is 0."""
    if not histogram.n:
        return {"n": 0}
    return {
        "n": histogram.n,
        "mean": round(histogram.mean_ns, 1),
        "min": histogram.min_ns,
        **histogram.known_percentiles(),
        "max": histogram.max_ns,
        "hdr": hdr.encode(histogram),
    }


def counts(row: Row, seconds: float | None = None) -> dict[str, Any]:
    """Counters of a row, with rates and the achieved concurrency where it covers a known number of seconds.

    `concurrency` is Little's law: the time that all successes took, over the time that passed.
    """
    out: dict[str, Any] = {
        "ops": row.ops,
        "bytes": row.bytes,
        "errors": dict(sorted(row.errors.items())),
        "failed": row.failed,
    }
    out |= {name: value for name in ("items", "pages", "out_of_range") if (value := getattr(row, name))}
    if seconds is not None:
        out["ops_per_s"] = rate(row.ops, seconds)
        out["bytes_per_s"] = rate(row.bytes, seconds)
        out["concurrency"] = rate(row.service.mean_ns * row.service.n / NS_PER_S, seconds)
    return out


def rate(count: float, seconds: float) -> float:
    """`count` each second; 0 where no time passed."""
    return round(count / seconds, 3) if seconds > 0 else 0.0


def figures(row: Row, seconds: float | None, series: Sequence[str]) -> dict[str, Any]:
    """Counters and latencies; `series` is CLOSED_LOOP or OPEN_LOOP."""
    return counts(row, seconds) | {f"{name}_ns": latency(getattr(row, name)) for name in series}


def grouped(tally: Tally, group: Callable[[RowKey], str]) -> dict[str, Row]:
    """The rows added up by what `group` calls them, in order of first appearance by target, line and size."""
    groups: dict[str, list[Row]] = {}
    for key in sorted(tally):
        groups.setdefault(group(key), []).append(tally[key])
    return {name: sum_of(rows) for name, rows in groups.items()}


def by_operation(tally: Tally, entries: Sequence[Entry]) -> dict[str, Row]:
    """One row for each kind of operation that the mix has or that was done, in the order of the mix."""
    rows = dict.fromkeys((entry.op for entry in entries if not entry.internal), Row())
    return rows | grouped(tally, lambda key: entries[key.entry].op)


def operations(
    tally: Tally, entries: Sequence[Entry], seconds: float | None, series: Sequence[str], sizes: bool
) -> dict[str, Any]:
    """`figures` for each kind of operation; with `sizes` also for each of its size classes."""
    out = {}
    for op, row in by_operation(tally, entries).items():
        out[op] = figures(row, seconds, series)
        if sizes:
            of_op = {key: value for key, value in tally.items() if entries[key.entry].op == op}
            by_size = grouped(of_op, lambda key: SIZE_CLASSES[key.size_class])
            names = [name for name in SIZE_CLASSES if name in by_size]
            out[op]["sizes"] = {name: figures(by_size[name], seconds, series) for name in names}
    return out


def by_request(tally: Tally, entries: Sequence[Entry]) -> dict[str, Row]:
    """One row for each request of the lines that are written in parts: `put.part`, `put.create`, `put.complete`."""
    lines = len(entries)
    out = {}
    for key in sorted({key.entry for key in tally}, key=lambda row: (row % lines, row)):
        line, name = request_of(lines, key)
        out[f"{entries[line].name}.{name}"] = sum_of(row for place, row in tally.items() if place.entry == key)
    return out


def requests(tally: Tally, entries: Sequence[Entry], seconds: float) -> dict[str, Any]:
    """`figures` of each request of the lines that are written in parts."""
    return {name: figures(row, seconds, CLOSED_LOOP) for name, row in by_request(tally, entries).items()}


def moment(interval: Interval, entries: Sequence[Entry], open_loop: bool) -> dict[str, Any]:
    """One interval for the time series: counters, and p50 and p99 of each operation in just this interval; likewise of
    the requests of operations in parts."""
    tally, seconds = interval.tally, interval.end_s - interval.start_s
    needed = {key: replace(row, ttfb=EMPTY, lag=EMPTY) for key, row in tally.items()}
    ops = {}
    for op, row in by_operation(needed, entries).items():
        if row.ops or row.errors:
            ops[op] = counts(row) | middle_and_tail("", row.service)
            if open_loop:
                ops[op] |= middle_and_tail("response_", row.response)
    ops_, bytes_, failed = (sum(op[name] for op in ops.values()) for name in ("ops", "bytes", "failed"))
    out: dict[str, Any] = {"total": totals(ops_, bytes_, failed, seconds), "ops": ops}
    if interval.requests:
        out["requests"] = {
            name: counts(row) | middle_and_tail("", row.service)
            for name, row in by_request(interval.requests, entries).items()
        }
    return out


def totals(ops: int, size: int, failed: int, seconds: float) -> dict[str, Any]:
    """Counters with their rates."""
    done: dict[str, Any] = {"ops": ops, "bytes": size, "failed": failed}
    return done | {"ops_per_s": rate(ops, seconds), "bytes_per_s": rate(size, seconds)}


def middle_and_tail(prefix: str, histogram: Histogram) -> dict[str, int]:
    """p50 of what an interval has, and p99 where it has enough."""
    if not histogram.n:
        return {}
    middle, tail = histogram.percentiles((50.0, 99.0))
    return {f"{prefix}p50_ns": middle} | ({f"{prefix}p99_ns": tail} if histogram.n >= 100 else {})


def arrivals(sum_: Arrivals, row: Row, seconds: float) -> dict[str, Any]:
    """How open-loop arrivals fared; `completed` are successes."""
    return {
        "offered": sum_.offered,
        "dispatched": sum_.dispatched,
        "completed": row.ops,
        "failed": row.failed,
        "dropped": sum_.dropped,
        "offered_per_s": rate(sum_.offered, seconds),
        "completed_per_s": rate(row.ops, seconds),
    }


def host_essentials(sample: HostSample | None) -> Mapping[str, Any] | None:
    """What of a host sample belongs beside the load, second by second; the recording has all of it."""
    if sample is None:
        return None
    links = [rates for name, rates in sample.interfaces.items() if not name.startswith("lo")]
    disks = sample.disks.values()
    utilised = [disk.utilisation for disk in disks if disk.utilisation is not None]
    return {
        "cpu_busy": None if sample.cpu is None else round(1 - sample.cpu.free, 4),
        "cpu_iowait": None if sample.cpu is None else sample.cpu.iowait,
        "cpu_steal": None if sample.cpu is None else sample.cpu.steal,
        "own_cpu_cores": sample.own.cpu_cores,
        "own_rss_bytes": sample.own.rss_bytes,
        "rx_bytes_per_s": round(sum(link.rx_bytes_per_s for link in links), 1),
        "tx_bytes_per_s": round(sum(link.tx_bytes_per_s for link in links), 1),
        "disk_read_bytes_per_s": round(sum(disk.read_bytes_per_s for disk in disks), 1),
        "disk_write_bytes_per_s": round(sum(disk.write_bytes_per_s for disk in disks), 1),
        "disk_utilisation": max(utilised) if utilised else None,
        "tcp_retransmits_per_s": sample.tcp_retransmits_per_s,
    }
