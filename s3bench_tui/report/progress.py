"""One plain line of live progress, from two snapshots. Knows nothing of terminals."""

from __future__ import annotations

from s3bench_tui.engine.messages import Snapshot
from s3bench_tui.stats.tally import Tally, difference, total_of
from s3bench_tui.units import format_count, format_duration, format_size

_ENOUGH = 100
"""A p99 needs as many values."""


def progress_line(previous: Snapshot | None, current: Snapshot, width: int) -> str:
    """Where the run is and how it fares since `previous`, in at most `width` columns: what matters less goes first.

    The p99 is that of the interval, or of the phase so far where the interval is too short to know it.
    """
    parts = [_place(current)]
    if current.state != "ended":
        parts += _rates(previous, current)
    row = total_of(current.total)
    failed = f"{row.failed:,} error{'' if row.failed == 1 else 's'}"
    flight = f"{current.in_flight:,} in flight"
    waiting = f"{current.backlog:,} waiting" if current.backlog else ""
    dropped = f"{current.arrivals.dropped:,} dropped" if current.arrivals.dropped else ""
    line = ""
    for part in (*parts, failed, waiting, dropped, flight):
        longer = f"{line}  {part}" if line and part else line or part
        if len(longer) > width:
            break
        line = longer
    return line[:width]


def _place(current: Snapshot) -> str:
    if current.progress is not None:
        done, wanted = current.progress
        return f"{current.state} {done:,}/{wanted:,}"
    elapsed_s = current.measured_s if current.phase.kind == "measured" else current.at_s - current.phase.start_s
    if current.phase.kind == "measured" and current.planned_s is not None:
        digits = 0 if current.planned_s.is_integer() else 1
        return f"{current.state} {elapsed_s:.{digits}f}/{current.planned_s:.{digits}f} s"
    return f"{current.state} {elapsed_s:.0f} s"


def _rates(previous: Snapshot | None, current: Snapshot) -> list[str]:
    interval, seconds = _since(previous, current)
    row = total_of(interval)
    if seconds <= 0:
        return []
    parts = [f"{format_count(row.ops / seconds)} ops/s", f"{format_size(row.bytes / seconds)}/s"]
    service = row.service if row.service.n >= _ENOUGH else total_of(current.current).service
    if service.n >= _ENOUGH:
        parts.append(f"p99 {format_duration(service.percentiles((99.0,))[0])}")
    return parts


def _since(previous: Snapshot | None, current: Snapshot) -> tuple[Tally, float]:
    if previous is not None and previous.phase.index == current.phase.index:
        return difference(current.current, previous.current), current.at_s - previous.at_s
    return current.current, current.at_s - current.phase.start_s
