"""The parts of a report that take more than a line: by target, by phase, errors, censored operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from s3bench_tui.engine.messages import Event, RunEnded, RunStarted
from s3bench_tui.report import endpoints, figures
from s3bench_tui.report.fold import PhaseSum
from s3bench_tui.report.redaction import clean, clean_text
from s3bench_tui.spec.thresholds import failure, parse_threshold
from s3bench_tui.stats.histogram import PERCENTILES, Histogram
from s3bench_tui.stats.tally import Tally, sum_of, total_of


def entries(tally: Tally, started: RunStarted, seconds: float, series: tuple[str, ...]) -> dict[str, Any]:
    """Figures of each line of the mix, by its name."""
    out = {}
    for index, entry in enumerate(started.entries):
        if entry.internal:
            continue
        row = sum_of(row for key, row in tally.items() if key.entry == index)
        out[entry.name] = {"op": entry.op, "detail": clean_text(entry.detail)} | figures.figures(row, seconds, series)
    return out


def targets(
    tally: Tally, requests: Tally, started: RunStarted, ended: RunEnded | None, seconds: float, series: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Each target as the engine described it, with its figures and the counters of its drivers; where it has several
    end points, also with theirs."""
    out = []
    places = endpoints.several(started)
    for index, target in enumerate(started.targets):
        own = {key: row for key, row in tally.items() if key.target == index}
        described = clean(target)
        described.pop("endpoints", None)
        described |= {
            "total": figures.counts(total_of(own), seconds),
            "ops": figures.operations(own, started.entries, seconds, series, sizes=False),
            "counters": clean(ended.targets[index]) if ended and index < len(ended.targets) else {},
        }
        if here := [place for place in places if place.target == index]:
            described["endpoints"] = [
                endpoints.over(place, own, requests, started.entries, seconds, series) for place in here
            ]
        out.append(described)
    return out


def phase(part: PhaseSum, tally: Tally, started: RunStarted, series: tuple[str, ...]) -> dict[str, Any]:
    """One phase: what held in it, and what came of it."""
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
        "ops": figures.operations(tally, started.entries, part.duration_s, series, sizes=part.phase.kind == "prepare"),
    }
    if started.open_loop:
        out["arrivals"] = figures.arrivals(part.arrivals, total, part.duration_s)
    requests = part.requests()
    if requests:
        out["requests"] = figures.requests(requests, started.entries, part.duration_s)
    if places := endpoints.several(started):
        out["endpoints"] = [
            {"target": place.target} | endpoints.over(place, tally, requests, started.entries, part.duration_s, series)
            for place in places
        ]
    return out


def errors(tally: Tally, started: RunStarted, events: Iterable[Event]) -> dict[str, Any]:
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


def censored(tally: Tally, started: RunStarted, ended: RunEnded | None) -> dict[str, Any]:
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


def security(target: Mapping[str, Any]) -> dict[str, Any]:
    """What of a target's settings bears on how far its answers can be trusted."""
    tls = target.get("tls") or {}
    return {
        "uri": target.get("uri"),
        "certificate_checked": not tls.get("insecure", False),
        "ca_file": tls.get("ca_file"),
        "anonymous": bool(target.get("anonymous", False)),
        # The SDK decides by itself, request by request.
        "payload_signing": None if target.get("client") == "sdk" else target.get("payload_signing"),
    }


def fleet(started: RunStarted, ended: RunEnded | None) -> dict[str, Any]:
    """What a fleet agreed on, and how well it kept together; degraded where its end is not known."""
    out = {key: value for key, value in started.fleet.items() if key != "agents"}
    told = ended.fleet if ended is not None else {"degraded": True}
    return out | {key: value for key, value in told.items() if key != "agents"}


def agents(started: RunStarted, ended: RunEnded | None) -> list[dict[str, Any]]:
    """Each machine of a fleet: what it is, and what it did as far as that is known."""
    ends = ended.fleet.get("agents", ()) if ended is not None else ()
    after = {agent["address"]: agent for agent in ends}
    unknown = {"status": "lost", "reason": "The controller was lost before it could tell."}
    return [clean({**agent, **after.get(agent["address"], unknown)}) for agent in started.fleet["agents"]]


def threshold(text: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the report holds this threshold, and why not."""
    try:
        reason = failure(parse_threshold(text), data)
    except ValueError as error:
        reason = str(error)
    return {"threshold": text, "passed": reason is None, "reason": reason}
