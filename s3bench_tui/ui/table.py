"""Figures of each line of the mix over a window of the run: the numbers of the table of operations. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from s3bench_tui.engine.messages import Interval
from s3bench_tui.stats.histogram import Histogram, HistogramSum
from s3bench_tui.stats.tally import Tally
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
    kinds = {phase.index: phase.kind for phase in state.phases}
    chosen: list[Interval] = []
    for interval in reversed(state.recent):
        if interval.start_s < snapshot.at_s - LAST_S - 1 or kinds.get(interval.phase) == "prepare":
            break
        chosen.append(interval)
    return tuple(interval.tally for interval in chosen), sum(each.end_s - each.start_s for each in chosen)


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
    return [*lines, Figures("all", sum(ops), sum(size), sum(failed), seconds)]


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
