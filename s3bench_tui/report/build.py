"""The report of a run, from the records of it.

The report of a live run and the one built from its recording are equal, since both are folded from records alone.
Knows nothing of files, nor of how a report looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from s3bench_tui.engine.messages import Arrivals, Record
from s3bench_tui.errors import EngineError
from s3bench_tui.report import figures, parts
from s3bench_tui.report.fold import Fold, add_arrivals
from s3bench_tui.report.redaction import REDACTED, clean, clean_text, redacted_paths
from s3bench_tui.report.result import Report
from s3bench_tui.stats.tally import merged, total_of

__all__ = ["SCHEMA", "Fold", "Report", "build"]

SCHEMA = "s3bench-tui/report/1"

_LOST = "The engine was lost before the run ended; the figures are those until then."


def build(records: Fold | Iterable[Record]) -> Report:
    """The report of a run, whole or broken off; EngineError where not even its start was recorded.

    A run whose end was not recorded has the status `engine_lost`, and all that came before.
    """
    fold = records if isinstance(records, Fold) else Fold.of(records)
    started, ended = fold.started, fold.ended
    if started is None:
        raise EngineError("the run never started, so there is nothing to report")
    series = figures.OPEN_LOOP if started.open_loop else figures.CLOSED_LOOP
    tallies = {index: part.tally() for index, part in fold.phases.items()}
    measured = [part for part in fold.phases.values() if part.phase.kind == "measured"]
    measured_s = sum(part.duration_s for part in measured)
    tally = merged(*(tallies[part.phase.index] for part in measured))
    drained = merged(*(tallies[index] for index, part in fold.phases.items() if part.phase.kind == "drain"))
    requests = merged(*(part.requests() for part in measured))
    total = total_of(tally)
    workload, host = clean(started.workload), clean(started.host)
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "status": ended.status if ended else "engine_lost",
        "reason": clean_text(ended.reason) if ended else _LOST,
        "name": workload.get("name", ""),
        "run_id": started.run_id,
        "started_at": started.started_at,
        "version": started.version,
        "seed": workload.get("seed"),
        "clock": {"name": "CLOCK_MONOTONIC", "unit": "ns"} | (host.get("clock") or {}),
        "open_loop": started.open_loop,
        "workload": workload,
        "host": host,
        "elapsed_s": round(ended.at_s if ended else fold.last_s, 6),
        "measured_s": round(measured_s, 6),
        "total": figures.counts(total, measured_s),
        "ops": figures.operations(tally, started.entries, measured_s, series, sizes=True),
        "entries": parts.entries(tally, started, measured_s, series),
        "targets": parts.targets(tally, requests, started, ended, measured_s, series),
        "errors": parts.errors(tally, started, fold.events),
        "phases": [parts.phase(phase, tallies[index], started, series) for index, phase in sorted(fold.phases.items())],
        "drained": {
            "total": figures.counts(total_of(drained)),
            "ops": figures.operations(drained, started.entries, None, series, sizes=False),
        },
        "censored": parts.censored(merged(tally, drained), started, ended),
        "series": fold.series,
        "workers": fold.client.workers(),
        "client": fold.client.summary(ended.client if ended else None, total.ops + total.failed),
        "events": [clean(asdict(event)) for event in fold.events],
        "cleaned_up": dict(ended.cleaned_up) if ended else {},
        "security": [parts.security(target) for target in workload.get("targets", [])],
    }
    if started.open_loop:
        offered = Arrivals()
        for part in measured:
            offered = add_arrivals(offered, part.arrivals)
        data["arrivals"] = figures.arrivals(offered, total, measured_s)
    if requests:
        data["requests"] = figures.requests(requests, started.entries, measured_s)
    if started.fleet:
        data["fleet"], data["agents"] = parts.fleet(started, ended), parts.agents(started, ended)
    data["redaction"] = {"mark": REDACTED, "paths": list(redacted_paths(data))}
    data["thresholds"] = [parts.threshold(str(text), data) for text in workload.get("thresholds") or ()]
    return Report(data)
