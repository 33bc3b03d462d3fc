"""What is done with data sets beside a load: made alone, or verified. Parses no arguments."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from s3bench_tui.engine.groundwork.clearance import clear as clear_datasets
from s3bench_tui.engine.groundwork.stocktaking import verify as verify_datasets
from s3bench_tui.errors import ConfigError, ExitCode, Problem
from s3bench_tui.report.build import Report
from s3bench_tui.report.outputs import tell
from s3bench_tui.report.preparation import made_by
from s3bench_tui.session import run
from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import Loaded
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stores.base import ListingRefused
from s3bench_tui.units import format_count, format_size


def require_datasets(loaded: Loaded, option: str) -> None:
    """ConfigError where a workload has no data set, and an option makes no sense without."""
    if not loaded.workload.datasets:
        hint = "Add dataset: {count: 1000, size: 1MiB}"
        raise ConfigError([Problem(f"the workload has no data set, and so nothing for {option}", hint, file=loaded.source)])  # fmt: skip


def verify(loaded: Loaded) -> ExitCode:
    """Compare the data sets with what is there; the findings go to stdout."""
    require_datasets(loaded, "--verify")
    try:
        sound = verify_datasets(loaded.workload, _tell)
    except ListingRefused as refused:
        _tell(f"{refused}; each object is asked for instead, and not how large it is")
        sound = _ask(loaded.workload)
    return ExitCode.OK if sound else ExitCode.TARGET


def _ask(workload: Workload) -> bool:
    """Ask for each object of the data sets by itself; whether all are there."""
    asking = inquiry(workload)
    found = run(asking, probe=False).as_dict()
    missing = 0
    for dataset in asking["datasets"]:
        rows = [found["entries"][line["name"]] for line in asking["workload"] if line["dataset"] == dataset["id"]]
        there, lacking = sum(row["ops"] for row in rows), sum(row["failed"] for row in rows)
        missing += lacking
        _tell(f"data set {dataset['id']}: {there:,} of {there + lacking:,} objects are there")
    for name, row in found["errors"].items():
        _tell(f"  {row['count']:,} x {name}{': ' + row['said'] if row.get('said') else ''}")
    return missing == 0 and found["status"] == "ok"


def inquiry(workload: Workload) -> dict[str, Any]:
    """A workload, as a file says it, that asks for every object of these data sets once and changes nothing."""
    said = as_dict(workload)
    kept = ("name", "targets", "concurrency", "processes", "seed", "operation_timeout", "connect_timeout")
    lines: list[dict[str, Any]] = []
    for dataset in said["datasets"]:
        users = {line.target for line in workload.workload if line.dataset == dataset["id"]}
        named = [None] if None in users or not users else sorted(str(user) for user in users)
        for target in named:
            line = {"op": "stat", "name": f"ask-{len(lines)}", "dataset": dataset["id"], "keys": "once"}
            lines.append(line | {"target": target})
    return {
        **{key: said[key] for key in kept},
        "datasets": [{**dataset, "create": "never"} for dataset in said["datasets"]],
        "workload": lines,
        "stop": {"each_key": "once"},
        "errors": {"max_total": None, "max_rate": None},
    }


def _tell(line: str) -> None:
    print(line, file=sys.stdout, flush=True)


def clear(loaded: Loaded) -> ExitCode:
    """Delete what earlier runs made of the data sets; what came of it goes to stdout."""
    well = clear_datasets(loaded.workload, _tell)
    return ExitCode.OK if well else ExitCode.TARGET


def tell_preparation(report: Report, stream: TextIO) -> None:
    """Say what a run has made that only prepared."""
    made = made_by(report.as_dict())
    if not made.objects:
        tell(stream, "no object was made\n")
        return
    seconds = made.seconds or 1.0
    rate = f"{format_count(made.objects / seconds)}/s, {format_size(made.size_bytes / seconds)}/s"
    tell(stream, f"{made.objects:,} objects made, {format_size(made.size_bytes)} in {seconds:.1f} s: {rate}\n")
