"""Figures of each line of the mix over a window of the run: the numbers of the table of operations. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from s3bench_tui.engine.messages import Interval
from s3bench_tui.stats.histogram import Histogram, HistogramSum
from s3bench_tui.stats.tally import Tally
from s3bench_tui.stores.multipart import request_of
from s3bench_tui.ui.state import RunState

LAST_S = 10

RUN, PHASE, LAST = "whole run", "this phase", f"last {LAST_S} s"
WINDOWS = (RUN, PHASE, LAST)

TIMES = {"service": "service time", "ttfb": "time to first byte", "response": "response time", "lag": "schedule lag"}
"""What a latency may be of, by the field of a row; the last two exist in open loop only."""


class Latencies(NamedTuple):
    """Nanoseconds; None where there are too few operations to know."""

    p50: int | None = None
    p90: int | None = None
    p99: int | None = None
    p999: int | None = None
    highest: int | None = None


NOT_KNOWN = Latencies()


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one line, or of all."""

    name: str
    ops: int = 0
    bytes: int = 0
    failed: int = 0
    seconds: float = 0.0
    latencies: Latencies = NOT_KNOWN

    @property
    def ops_per_s(self) -> float:
        """Successful operations a second."""
        return self.ops / self.seconds if self.seconds > 0 else 0.0

    @property
    def bytes_per_s(self) -> float:
        """Object bytes a second."""
        return self.bytes / self.seconds if self.seconds > 0 else 0.0

    @property
    def failed_share(self) -> float | None:
        """Failures among all that ended; None where nothing did."""
        return self.failed / (self.ops + self.failed) if self.ops or self.failed else None


def window_of(state: RunState, window: str) -> tuple[Sequence[Tally], float]:
    """What happened in the window, and for how many seconds; a warm-up is in no whole run."""
    snapshot = state.snapshot
    if snapshot is None:
        return (), 0.0
    if window == RUN:
        return (snapshot.total,), snapshot.measured_s
    if window == PHASE:
        return (snapshot.current,), snapshot.at_s - snapshot.phase.start_s
    chosen = _last(state, snapshot.at_s)
    return tuple(interval.tally for interval in chosen), _length_s(chosen)


def _last(state: RunState, now_s: float) -> list[Interval]:
    kinds = {phase.index: phase.kind for phase in state.phases}
    chosen: list[Interval] = []
    for interval in reversed(state.recent):
        if interval.start_s < now_s - LAST_S - 1 or kinds.get(interval.phase) == "prepare":
            break
        chosen.append(interval)
    return chosen


def _length_s(intervals: Sequence[Interval]) -> float:
    return sum(each.end_s - each.start_s for each in intervals)


def requests(state: RunState, window: str, time: str) -> Mapping[int, Sequence[Figures]]:
    """By line, the requests of which its operations consist where they are written in parts, which are in no other
    figure. They are not known of a single phase."""
    snapshot, started = state.snapshot, state.started
    if snapshot is None or started is None or window == PHASE or not snapshot.requests:
        return {}
    tallies, seconds = [snapshot.requests], snapshot.measured_s
    if window == LAST:
        chosen = _last(state, snapshot.at_s)
        tallies, seconds = [interval.requests for interval in chosen], _length_s(chosen)
    found: dict[int, list[Figures]] = {}
    for place in sorted({key.entry for tally in tallies for key in tally}):
        rows = [row for tally in tallies for key, row in tally.items() if key.entry == place]
        line, name = request_of(len(started.entries), place)
        times = HistogramSum()
        for row in rows:
            times.add(getattr(row, time))
        ops, size, failed = (sum(parts) for parts in zip(*((r.ops, r.bytes, r.failed) for r in rows), strict=True))
        found.setdefault(line, []).append(Figures(f"  {name}", ops, size, failed, seconds, _known(times.value())))
    return found


def counts(tallies: Sequence[Tally], names: Sequence[str], seconds: float) -> list[Figures]:
    """All lines and then all together, without latencies; the engine's own line is not among them."""
    ops, size, failed = [0] * len(names), [0] * len(names), [0] * len(names)
    for tally in tallies:
        for key, row in tally.items():
            if key.entry < len(names):
                ops[key.entry] += row.ops
                size[key.entry] += row.bytes
                failed[key.entry] += row.failed
    lines = [Figures(*each, seconds) for each in zip(names, ops, size, failed, strict=True)]
    return [*lines, Figures("total", sum(ops), sum(size), sum(failed), seconds)]


def latencies(tallies: Sequence[Tally], lines: int, time: str) -> list[Latencies]:
    """Of each line and then of all together; `time` is one of TIMES."""
    sums = [HistogramSum() for _ in range(lines)]
    for tally in tallies:
        for key, row in tally.items():
            if key.entry < lines:
                sums[key.entry].add(getattr(row, time))
    histograms = [one.value() for one in sums]
    whole = HistogramSum()
    for histogram in histograms:
        whole.add(histogram)
    return [_known(histogram) for histogram in (*histograms, whole.value())]


def _known(histogram: Histogram) -> Latencies:
    if not histogram.n:
        return NOT_KNOWN
    found = histogram.known_percentiles()
    return Latencies(found.get("p50", None), found.get("p90"), found.get("p99"), found.get("p999"), histogram.max_ns)
