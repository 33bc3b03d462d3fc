"""An interval log that HdrHistogram's own tools read: a line a second for each operation, told apart by tags.

A line without a tag is the service time of all operations, which those tools show unless they are asked for a tag.
`Tag=get` is that of GET, `Tag=get.ttfb`, `get.response` and `get.lag` the others; values are ns. `Tag=put.part` is one
request of objects that are written in parts. Only measured phases are written, so that the log adds up to the report.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from s3bench_tui.engine.messages import Interval, PhaseOpened, Record, RunStarted
from s3bench_tui.report import figures, hdr
from s3bench_tui.report.files import Lines, refuse_foreign
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import HISTOGRAMS, sum_of

_BEGINNING = "#[s3bench-tui interval log"
_NS_PER_MS = 1e6


def check(path: Path) -> None:
    """ConfigError where an interval log could not be written here; call it before the run."""
    refuse_foreign(path, _BEGINNING, "an interval log")


class IntervalLog:
    """A sink. Another interval log at `path` is replaced, any other file is refused (ConfigError)."""

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path, _BEGINNING, "an interval log")
        self._started: RunStarted | None = None
        self._measured: set[int] = set()

    def feed(self, record: Record) -> None:
        """Write what of this record belongs into the log."""
        match record:
            case RunStarted():
                self._started = record
                self._head(record)
            case PhaseOpened(phase) if phase.kind == "measured":
                self._measured.add(phase.index)
            case Interval() if self._started is not None and record.phase in self._measured:
                rows = figures.by_operation(record.tally, self._started.entries)
                self._line("", record, sum_of(list(rows.values())).service)
                for op, row in (rows | figures.by_request(record.requests, self._started.entries)).items():
                    for name in HISTOGRAMS:
                        tag = op if name == "service" else f"{op}.{name}"
                        self._line(f"Tag={tag},", record, getattr(row, name))

    def _head(self, started: RunStarted) -> None:
        start = datetime.fromisoformat(started.started_at)
        seconds = f"{start.timestamp():.3f} (seconds since epoch)"
        self._lines.write(
            f"{_BEGINNING} of run {started.run_id}; values in ns, maximum in ms]\n"
            "#[Histogram log format version 1.3]\n"
            f"#[BaseTime: {seconds}]\n"
            f"#[StartTime: {seconds}, {start:%a %b %d %H:%M:%S %Z %Y}]\n"
            '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n'
        )

    def _line(self, tag: str, interval: Interval, histogram: Histogram) -> None:
        if histogram.n:
            length_s = interval.end_s - interval.start_s
            highest_ms = histogram.max_ns / _NS_PER_MS
            self._lines.write(f"{tag}{interval.start_s:.3f},{length_s:.3f},{highest_ms:.3f},{hdr.encode(histogram)}\n")

    @property
    def failure(self) -> str:
        """Why the file ends early; empty where all is well."""
        return self._lines.failure

    def close(self) -> None:
        """End the file."""
        self._lines.close()
