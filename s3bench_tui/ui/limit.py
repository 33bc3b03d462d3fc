"""What limits the run just now, in one sentence: the verdict of the report, asked of the last seconds. Pure.

Judges nothing itself: the rules are those of `engine.limits`, and this gathers their evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from s3bench_tui.engine.messages import Interval, RunStarted
from s3bench_tui.engine.verdict.evidence import Evidence, OpenLoad, worker_loads
from s3bench_tui.engine.verdict.limits import Verdict, judge
from s3bench_tui.stats.histogram import HistogramSum
from s3bench_tui.stores.uri import FORMS

JUDGED_S = 10
FEWEST = 3
"""Intervals from which on something is said."""


def judged(intervals: Sequence[Interval], started: RunStarted, concurrency: int) -> Verdict | None:
    """The verdict on the intervals, which are of one phase; None for fewer than can tell."""
    if len(intervals) < FEWEST:
        return None
    # The first one's samples of workers are where the others are counted from.
    before, seen = intervals[0], intervals[1:]
    wall_s = seen[-1].end_s - seen[0].start_s
    rows = [row for interval in seen for row in interval.tally.values()]
    completed = sum(row.ops + row.failed for row in rows)
    service, lag = HistogramSum(), HistogramSum()
    for row in rows:
        service.add(row.service)
        lag.add(row.lag)
    arrivals = None
    if started.open_loop:
        arrivals = OpenLoad(
            offered=sum(interval.arrivals.offered for interval in seen),
            completed=completed,
            dropped=sum(interval.arrivals.dropped for interval in seen),
            backlog=tuple((interval.end_s, float(interval.backlog)) for interval in seen),
            lag=lag.value(),
        )
    return judge(
        Evidence(
            wall_s=wall_s,
            ops=completed,
            concurrency=concurrency,
            workers=worker_loads([(before.workers, seen[-1].workers)]),
            hosts=tuple(interval.host for interval in seen if interval.host is not None),
            service=service.value(),
            local_disk=any(FORMS.get(str(target.get("scheme"))) == "directory" for target in started.targets),
            line_rates=line_rates(started.host),
            arrivals=arrivals,
        )
    )


def line_rates(host: Mapping[str, Any]) -> dict[str, int]:
    """Bits/s of the interfaces of the machine that makes the load, where it told."""
    interfaces = host.get("interfaces")
    if not isinstance(interfaces, Mapping):
        return {}
    speeds = {
        str(name): facts.get("speed_bits_per_s") for name, facts in interfaces.items() if isinstance(facts, Mapping)
    }
    return {name: int(speed) for name, speed in speeds.items() if speed}
