"""What is done with data sets beside a load: made alone, or verified. Parses no arguments."""

from __future__ import annotations

import sys
from typing import TextIO

from s3bench_tui.engine.groundwork.clearance import clear as clear_datasets
from s3bench_tui.engine.groundwork.stocktaking import verify as verify_datasets
from s3bench_tui.errors import ConfigError, ExitCode, Problem
from s3bench_tui.report.build import Report
from s3bench_tui.report.outputs import tell
from s3bench_tui.spec.loading import Loaded
from s3bench_tui.units import format_count, format_size


def require_datasets(loaded: Loaded, option: str) -> None:
    """ConfigError where a workload has no data set, and an option makes no sense without."""
    if not loaded.workload.datasets:
        hint = "Add dataset: {count: 1000, size: 1MiB}"
        raise ConfigError([Problem(f"the workload has no data set, and so nothing for {option}", hint, file=loaded.source)])  # fmt: skip


def verify(loaded: Loaded) -> ExitCode:
    """Compare the data sets with what is there; the findings go to stdout."""
    require_datasets(loaded, "--verify")
    sound = verify_datasets(loaded.workload, lambda line: print(line, file=sys.stdout, flush=True))
    return ExitCode.OK if sound else ExitCode.TARGET


def clear(loaded: Loaded) -> ExitCode:
    """Delete what earlier runs made of the data sets; what came of it goes to stdout."""
    require_datasets(loaded, "--cleanup-only")
    well = clear_datasets(loaded.workload, lambda line: print(line, file=sys.stdout, flush=True))
    return ExitCode.OK if well else ExitCode.TARGET


def tell_preparation(report: Report, stream: TextIO) -> None:
    """Say what a run has made that only prepared."""
    lines = []
    for phase in report.as_dict()["phases"]:
        made = phase["ops"].get("put", {})
        if phase["kind"] == "prepare" and made.get("ops"):
            length_s = phase["duration_s"] or 1.0
            rate = f"{format_count(made['ops'] / length_s)}/s, {format_size(made['bytes'] / length_s)}/s"
            lines.append(f"{made['ops']:,} objects made, {format_size(made['bytes'])} in {length_s:.1f} s: {rate}\n")
    tell(stream, "".join(lines) or "no object was made\n")
