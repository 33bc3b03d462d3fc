"""From records to the report: `Fold` takes them one by one while the run lasts, `build` makes the report of it.

The report of a live run and the one built from its recording are equal, since both are folded from records alone.
Knows nothing of files, nor of how a report looks.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from s3bench_tui.engine.messages import (
    Arrivals,
    Event,
    Interval,
    Phase,
    PhaseClosed,
    PhaseOpened,
    Record,
    RunEnded,
    RunStarted,
)
from s3bench_tui.errors import EngineError
from s3bench_tui.report import figures
from s3bench_tui.report.client import Client
from s3bench_tui.report.redaction import REDACTED, clean, clean_text, redacted_paths
from s3bench_tui.stats.histogram import PERCENTILES, Histogram
from s3bench_tui.stats.tally import Tally, TallySum, merged, sum_of, total_of

SCHEMA = "s3bench-tui/report/1"

Judge = Callable[[str, Mapping[str, Any]], str | None]
"""Says why a report fails a threshold, None where it holds."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is left of a run. `as_dict` is the JSON document; the properties are its parts, not to be changed."""

    _data: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The whole report as plain data, as docs/report.md describes it; the caller's to keep."""
        return copy.deepcopy(dict(self._data))

    @property
    def status(self) -> str:
        """ok, stopped, interrupted, error_budget, failed or engine_lost."""
        return str(self._data["status"])

    @property
    def measured_s(self) -> float:
        """Seconds in the measured phases, which all rates are over."""
        return float(self._data["measured_s"])

    @property
    def total(self) -> Mapping[str, Any]:
        """Counters and rates of all operations of the measured phases."""
        part: Mapping[str, Any] = self._data["total"]
        return part

    @property
    def ops(self) -> Mapping[str, Mapping[str, Any]]:
        """Counters, rates and latencies by kind of operation."""
        part: Mapping[str, Mapping[str, Any]] = self._data["ops"]
        return part

    @property
    def phases(self) -> list[Mapping[str, Any]]:
        """Every phase, measured or not, in order."""
        part: list[Mapping[str, Any]] = self._data["phases"]
        return part

    @property
    def series(self) -> list[Mapping[str, Any]]:
        """One row for each interval of about a second."""
        part: list[Mapping[str, Any]] = self._data["series"]
        return part

    @property
    def client(self) -> Mapping[str, Any]:
        """What the load generator itself used, and whether it was the limit."""
        part: Mapping[str, Any] = self._data["client"]
        return part

    @property
    def failed_thresholds(self) -> list[str]:
        """Why the run is not good enough; empty where every threshold holds."""
        return [str(row["reason"]) for row in self._data["thresholds"] if row["passed"] is False]


class _PhaseSum:
    """One phase as it grows: its tally, its arrivals, and when it was last heard of."""

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        self._sum = TallySum()
        self.arrivals = Arrivals()
        self.last_s = phase.start_s

    def add(self, interval: Interval) -> None:
        self._sum.add(interval.tally)
        self.arrivals = _add_arrivals(self.arrivals, interval.arrivals)
        self.last_s = max(self.last_s, interval.end_s)

    def tally(self) -> Tally:
        return self._sum.value()

    @property
    def duration_s(self) -> float:
        return max(0.0, (self.last_s if self.phase.end_s is None else self.phase.end_s) - self.phase.start_s)


class Fold:
    """Takes the records of one run in order. Costs well under 5 ms for each interval of six rows."""

    def __init__(self) -> None:
        self.started: RunStarted | None = None
        self.ended: RunEnded | None = None
        self.phases: dict[int, _PhaseSum] = {}
        self.series: list[dict[str, Any]] = []
        self.events: list[Event] = []
        self.client = Client()
        self.last_s = 0.0

    def feed(self, record: Record) -> None:
        """Take the next record."""
        match record:
            case RunStarted():
                self.started = record
            case PhaseOpened(phase):
                self.phases[phase.index] = _PhaseSum(phase)
                self.last_s = max(self.last_s, phase.start_s)
            case PhaseClosed(phase):
                self.phases.setdefault(phase.index, _PhaseSum(phase)).phase = phase
                self.last_s = max(self.last_s, phase.end_s or 0.0)
            case Interval():
                self._interval(record)
            case Event():
                self.events.append(record)
                self.last_s = max(self.last_s, record.at_s)
            case RunEnded():
                self.ended = record

    def close(self) -> None:
        """A sink is closed at the end; a fold has nothing to let go of."""

    def _interval(self, interval: Interval) -> None:
        if self.started is None or interval.phase not in self.phases:
            raise EngineError(f"an interval of phase {interval.phase} came before that phase was opened")
        phase = self.phases[interval.phase]
        phase.add(interval)
        self.last_s = max(self.last_s, interval.end_s)
        self.client.add(interval, phase.phase.kind == "measured")
        seconds = interval.end_s - interval.start_s
        row: dict[str, Any] = {
            "start_s": round(interval.start_s, 6),
            "end_s": round(interval.end_s, 6),
            "phase": interval.phase,
            "kind": phase.phase.kind,
            **figures.moment(interval.tally, self.started.entries, seconds, self.started.open_loop),
            "in_flight": interval.in_flight,
            "backlog": interval.backlog,
        }
        if self.started.open_loop:
            row["arrivals"] = asdict(interval.arrivals)
        self.series.append(row | {"host": figures.host_essentials(interval.host)})


def build(records: Fold | Iterable[Record], judge: Judge | None = None) -> Report:
    """The report of a run, whole or broken off; EngineError where not even its start was recorded.

    A run whose end was not recorded has the status `engine_lost`, and all that came before.
    """
    fold = records if isinstance(records, Fold) else _folded(records)
    started, ended = fold.started, fold.ended
    if started is None:
        raise EngineError("the run never started, so there is nothing to report")
    series = figures.OPEN_LOOP if started.open_loop else figures.CLOSED_LOOP
    tallies = {index: part.tally() for index, part in fold.phases.items()}
    measured = [part for part in fold.phases.values() if part.phase.kind == "measured"]
    measured_s = sum(part.duration_s for part in measured)
    tally = merged(*(tallies[part.phase.index] for part in measured))
    drained = merged(*(tallies[index] for index, part in fold.phases.items() if part.phase.kind == "drain"))
    total = total_of(tally)
    workload = clean(started.workload)
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "status": ended.status if ended else "engine_lost",
        "reason": clean_text(ended.reason)
        if ended
        else "The engine was lost before the run ended; the figures are those until then.",
        "name": workload.get("name", ""),
        "run_id": started.run_id,
        "started_at": started.started_at,
        "version": started.version,
        "seed": workload.get("seed"),
        "clock": {"name": "CLOCK_MONOTONIC", "unit": "ns"},
        "open_loop": started.open_loop,
        "workload": workload,
        "host": clean(started.host),
        "elapsed_s": round(ended.at_s if ended else fold.last_s, 6),
        "measured_s": round(measured_s, 6),
        "total": figures.counts(total, measured_s),
        "ops": figures.operations(tally, started.entries, measured_s, series, sizes=True),
        "entries": _entries(tally, started, measured_s, series),
        "targets": _targets(tally, started, ended, measured_s, series),
        "errors": _errors(tally, started, fold.events),
        "phases": [_phase(part, tallies[index], started, series) for index, part in sorted(fold.phases.items())],
        "drained": {
            "total": figures.counts(total_of(drained)),
            "ops": figures.operations(drained, started.entries, None, series, sizes=False),
        },
        "censored": _censored(merged(tally, drained), started, ended),
        "series": fold.series,
        "workers": fold.client.workers(),
        "client": fold.client.summary(ended.client if ended else None, total.ops + total.failed),
        "events": [clean(asdict(event)) for event in fold.events],
        "cleaned_up": dict(ended.cleaned_up) if ended else {},
        "security": [_security(target) for target in workload.get("targets", [])],
    }
    if started.open_loop:
        offered = Arrivals()
        for part in measured:
            offered = _add_arrivals(offered, part.arrivals)
        data["arrivals"] = figures.arrivals(offered, total, measured_s)
    data["redaction"] = {"mark": REDACTED, "paths": list(redacted_paths(data))}
    data["thresholds"] = [_threshold(str(text), data, judge) for text in workload.get("thresholds") or ()]
    return Report(data)


def _folded(records: Iterable[Record]) -> Fold:
    fold = Fold()
    for record in records:
        fold.feed(record)
    return fold


def _add_arrivals(one: Arrivals, other: Arrivals) -> Arrivals:
    return Arrivals(one.offered + other.offered, one.dispatched + other.dispatched, one.dropped + other.dropped)


def _entries(tally: Tally, started: RunStarted, seconds: float, series: tuple[str, ...]) -> dict[str, Any]:
    out = {}
    for index, entry in enumerate(started.entries):
        row = sum_of(row for key, row in tally.items() if key.entry == index)
        out[entry.name] = {"op": entry.op, "detail": clean_text(entry.detail)} | figures.figures(row, seconds, series)
    return out


def _targets(
    tally: Tally, started: RunStarted, ended: RunEnded | None, seconds: float, series: tuple[str, ...]
) -> list[dict[str, Any]]:
    out = []
    for index, target in enumerate(started.targets):
        own = {key: row for key, row in tally.items() if key.target == index}
        out.append(
            clean(target)
            | {
                "total": figures.counts(total_of(own), seconds),
                "ops": figures.operations(own, started.entries, seconds, series, sizes=False),
                "counters": clean(ended.targets[index]) if ended and index < len(ended.targets) else {},
            }
        )
    return out


def _phase(part: _PhaseSum, tally: Tally, started: RunStarted, series: tuple[str, ...]) -> dict[str, Any]:
    settings = asdict(part.phase.settings)
    settings["weights"] = {
        entry.name: weight for entry, weight in zip(started.entries, settings["weights"], strict=False)
    }
    settings["limits"] = {entry.name: limit for entry, limit in zip(started.entries, settings["limits"], strict=False)}
    total = total_of(tally)
    out = {
        "index": part.phase.index,
        "kind": part.phase.kind,
        "label": part.phase.label,
        "start_s": round(part.phase.start_s, 6),
        "duration_s": round(part.duration_s, 6),
        "settings": settings,
        "total": figures.counts(total, part.duration_s),
        "ops": figures.operations(tally, started.entries, part.duration_s, series, sizes=False),
    }
    if started.open_loop:
        out["arrivals"] = figures.arrivals(part.arrivals, total, part.duration_s)
    return out


def _errors(tally: Tally, started: RunStarted, events: Iterable[Event]) -> dict[str, Any]:
    """By class: how many, in which operations, and the first words that the server or the system had for it."""
    said: dict[str, str] = {}
    for event in events:
        if event.kind == "error" and "outcome" in event.data:
            said.setdefault(str(event.data["outcome"]), str(event.data.get("detail") or event.text))
    out: dict[str, dict[str, Any]] = {}
    for op, row in figures.by_operation(tally, started.entries).items():
        for name, count in row.errors.items():
            error = out.setdefault(name, {"count": 0, "ops": {}, "said": clean_text(said.get(name, ""))})
            error["count"] += count
            error["ops"][op] = count
    return dict(sorted(out.items(), key=lambda item: (-item[1]["count"], item[0])))


def _censored(tally: Tally, started: RunStarted, ended: RunEnded | None) -> dict[str, Any]:
    """Operations that nobody saw end. Together with those that did end they bound the percentiles from below."""
    series = "response" if started.open_loop else "service"
    out = {}
    for index, entry in enumerate(started.entries):
        open_ns = ended.censored.get(entry.name) if ended else None
        if not open_ns:
            continue
        known = sum_of(row for key, row in tally.items() if key.entry == index)
        completed: Histogram = getattr(known, series)
        everything = completed + open_ns
        bounds = everything.percentiles(tuple(PERCENTILES.values()))
        at_least = {name: bound for name, bound in zip(PERCENTILES, bounds, strict=True) if bound >= open_ns.min_ns}
        out[entry.name] = {
            "op": entry.op,
            "n": open_ns.n,
            "of": everything.n,
            "series": series,
            "open_ns": figures.latency(open_ns),
            "at_least_ns": at_least,
        }
    return out


def _security(target: Mapping[str, Any]) -> dict[str, Any]:
    tls = target.get("tls") or {}
    return {
        "uri": target.get("uri"),
        "certificate_checked": not tls.get("insecure", False),
        "ca_file": tls.get("ca_file"),
        "anonymous": bool(target.get("anonymous", False)),
        "payload_signing": target.get("payload_signing"),
    }


def _threshold(text: str, data: Mapping[str, Any], judge: Judge | None) -> dict[str, Any]:
    if judge is None:
        return {"threshold": text, "passed": None, "reason": "not judged"}
    reason = judge(text, data)
    return {"threshold": text, "passed": reason is None, "reason": reason}
