"""Reports of made-up runs in a folder, as a session leaves them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from s3bench_tui.engine.messages import RunStarted
from s3bench_tui.report.build import build
from s3bench_tui.report.forms.json import write
from s3bench_tui.report.record import Recording
from tests.unit.report.samples import Run, make_run


def a_run(name: str, number: int, **how: Any) -> Run:
    """A run of 24 measured seconds; the higher its number the later it began."""
    run = make_run(**{"changes": 0, "seconds": 24, "ops": 300, "seed": number} | how)
    started = run.records[0]
    assert isinstance(started, RunStarted)
    workload = dict(started.workload) | {"name": name}
    host = dict(started.host) | {"cpu": {"model": "EPYC 9354", "cores_usable": 16}, "python": {"version": "3.11.7"}}
    run.records[0] = replace(
        started, run_id=f"run-{number}", started_at=f"2026-11-{number:02d}T15:01:00Z", workload=workload, host=host
    )
    return run


def report_of(run: Run, folder: Path, name: str) -> Path:
    """Write its report."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    write(build(run.records), path)
    return path


def many(folder: Path) -> None:
    """Six runs: of three workloads, one with a failed check, one that is only a recording, one file that is damaged."""
    report_of(a_run("mixed 70/30", 22, slower=0.8), folder, "mixed-2")
    report_of(a_run("mixed 70/30", 21), folder, "mixed-1")
    report_of(a_run("get 1 MiB", 20, changes=2, seconds=16), folder, "get")
    report_of(a_run("arrivals", 19, open_loop=True, thresholds=("get.p99 < 1us",)), folder, "arrivals")
    with Recording(folder / "lost.jsonl") as recording:
        for record in a_run("mixed 70/30", 18, end=False).records:
            recording.feed(record)
    (folder / "damaged.json").write_text('{\n  "schema": "s3bench-tui/report/1",\n')
