"""What a run did over time, for charts: columns of a second, ten seconds, a minute, ten minutes; a fixed number of each.

Pure. A coarse column is made of the same intervals as the fine ones, so its percentiles are true ones.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

from s3bench_tui.engine.messages import Interval
from s3bench_tui.stats.histogram import Histogram, HistogramSum
from s3bench_tui.ui.charts.heat import bins_of

SPANS_S = (1, 10, 60, 600)
"""Lengths of the columns, by level."""
COLUMNS = 1024
"""So many of each are kept: a quarter of an hour by the second, a week by ten minutes."""

SHORTEST_S = 0.25
"""What is left of a phase at its end may be shorter, too short for a rate: it goes into the column after it."""

Bins = tuple[int, "array[int]"]
"""Counts by bin of latency: the first bin, and the counts from there on."""


@dataclass(frozen=True, slots=True)
class Column:
    """A stretch of the run. Tuples go by line of the mix; `heat` has all lines together before them."""

    start_s: float
    end_s: float
    phase: int
    """The one that was on at its end."""
    ops: tuple[int, ...]
    bytes: tuple[int, ...]
    failed: int
    p50_ns: float
    p99_ns: float
    """NaN where there are not enough operations."""
    heat: tuple[Bins, ...]
    cpu_busy: float
    """Share of the machine's cores; NaN where it is not known."""
    peak_ops: float
    peak_bytes: float
    """The highest rates a second of the intervals in it."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end_s - self.start_s


class _Gathering:
    """A column that is not full yet."""

    def __init__(self, lines: int, start_s: float) -> None:
        self.start_s = self.end_s = start_s
        self._ops, self._bytes = [0] * lines, [0] * lines
        self._failed = 0
        self._service = [HistogramSum() for _ in range(lines)]
        self._busy_s = self._host_s = 0.0
        self._phase = 0
        self._peaks = (0.0, 0.0)

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    def add(self, interval: Interval) -> None:
        ops, size = 0, 0
        for key, row in interval.tally.items():
            if key.entry < len(self._ops):
                self._ops[key.entry] += row.ops
                self._bytes[key.entry] += row.bytes
                self._service[key.entry].add(row.service)
                self._failed += row.failed
                ops, size = ops + row.ops, size + row.bytes
        seconds = interval.end_s - interval.start_s
        if seconds > 0.5:  # a shorter one, before a change, is too coarse for a rate
            self._peaks = max(self._peaks[0], ops / seconds), max(self._peaks[1], size / seconds)
        if interval.host is not None and interval.host.cpu is not None:
            self._busy_s += (1 - interval.host.cpu.free) * interval.host.interval_s
            self._host_s += interval.host.interval_s
        self._phase, self.end_s = interval.phase, interval.end_s

    def column(self) -> Column:
        by_line = [service.value() for service in self._service]
        everything = HistogramSum()
        for histogram in by_line:
            everything.add(histogram)
        whole = everything.value()
        p50, p99 = whole.percentiles((50.0, 99.0)) if whole.n else (nan, nan)
        return Column(
            start_s=self.start_s, end_s=self.end_s, phase=self._phase, ops=tuple(self._ops), bytes=tuple(self._bytes),
            failed=self._failed, p50_ns=p50, p99_ns=p99 if whole.n >= 100 else nan,
            heat=tuple(_packed(histogram) for histogram in (whole, *by_line)),
            cpu_busy=self._busy_s / self._host_s if self._host_s else nan,
            peak_ops=self._peaks[0], peak_bytes=self._peaks[1],
        )  # fmt: skip


class History:
    """Intervals in, columns out. `lines` is the number of lines of the mix."""

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._columns: tuple[deque[Column], ...] = tuple(deque(maxlen=COLUMNS) for _ in SPANS_S)
        self._gathering: list[_Gathering | None] = [None] * len(SPANS_S)
        self._made = [0] * len(SPANS_S)

    def add(self, interval: Interval) -> None:
        """One more; in the order of time."""
        for level, span_s in enumerate(SPANS_S):
            gathering = self._gathering[level]
            if gathering is not None and level and interval.start_s // span_s != gathering.start_s // span_s:
                self._keep(level, gathering)
                gathering = None
            if gathering is None:
                gathering = self._gathering[level] = _Gathering(self._lines, interval.start_s)
            gathering.add(interval)
            if not level and gathering.seconds >= SHORTEST_S:
                self._keep(level, gathering)
                self._gathering[level] = None

    def _keep(self, level: int, gathering: _Gathering) -> None:
        self._columns[level].append(gathering.column())
        self._made[level] += 1

    def columns(self, level: int) -> deque[Column]:
        """The complete columns of a level, the oldest first."""
        return self._columns[level]

    def made(self, level: int) -> int:
        """How many of them there have been, so that a reader can tell the new ones."""
        return self._made[level]


def _packed(histogram: Histogram) -> Bins:
    bins = bins_of(histogram)
    if not bins:
        return 0, array("L")
    first = min(bins)
    return first, array("L", (bins.get(number, 0) for number in range(first, max(bins) + 1)))


def unpacked(bins: Bins) -> Mapping[int, int]:
    """Counts by bin, as the heat map takes them."""
    first, counts = bins
    return {first + place: count for place, count in enumerate(counts) if count}
