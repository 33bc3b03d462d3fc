"""Figures of targets with several end points, by each of them: of the run, of a phase, of an interval.

Of targets with a single one there is nothing to say here. Knows nothing of how they look.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from s3bench_tui.engine.messages import Entry, RunStarted
from s3bench_tui.report import figures
from s3bench_tui.report.redaction import clean_text
from s3bench_tui.stats.tally import Tally, total_of


class Place(NamedTuple):
    """An end point: its target's index, its own among those of the target, its URL."""

    target: int
    number: int
    url: str


def several(started: RunStarted) -> list[Place]:
    """The end points of all targets that have more than one."""
    return [
        Place(index, number, clean_text(str(url)))
        for index, target in enumerate(started.targets)
        for number, url in enumerate(target.get("endpoints", ()))
        if len(target["endpoints"]) > 1
    ]


def of_place(tally: Tally, place: Place) -> Tally:
    """The rows that count what went there."""
    return {key: row for key, row in tally.items() if (key.target, key.endpoint) == (place.target, place.number)}


def over(
    place: Place, tally: Tally, requests: Tally, entries: Sequence[Entry], seconds: float, series: Sequence[str]
) -> dict[str, Any]:
    """Over a stretch of so many seconds: all operations together, each kind of them, requests of those in parts."""
    own, its = of_place(tally, place), of_place(requests, place)
    out: dict[str, Any] = {
        "url": place.url,
        "total": figures.counts(total_of(own), seconds),
        "ops": figures.operations(own, entries, seconds, series, sizes=False),
    }
    return out | ({"requests": figures.requests(its, entries, seconds)} if its else {})


def moment(place: Place, tally: Tally, seconds: float) -> dict[str, Any]:
    """In one interval: counters, rates, and p50 and p99 of the service time of all operations together."""
    row = total_of(of_place(tally, place))
    where = {"target": place.target, "endpoint": place.number}
    return where | figures.totals(row.ops, row.bytes, row.failed, seconds) | figures.middle_and_tail("", row.service)
