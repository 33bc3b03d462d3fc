"""get, put and stat: each object once, through the engine, with a progress bar and a summary of the latencies."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from s3bench_tui.engine.messages import Snapshot
from s3bench_tui.errors import ConfigError, ExitCode, Problem, TargetError
from s3bench_tui.oneshot.lines import Lines, counted, object_line, printable, remark
from s3bench_tui.oneshot.request import opened, workload_of
from s3bench_tui.oneshot.summary import failures, summary
from s3bench_tui.report.result import Report
from s3bench_tui.session import Session
from s3bench_tui.spec.loading import Loaded
from s3bench_tui.stats.tally import total_of
from s3bench_tui.stores.base import ListingRefused
from s3bench_tui.stores.naming import Place, folder, named
from s3bench_tui.units import format_size, parse_count, parse_size

_ONCE: Mapping[str, Any] = {
    "stop": {"each_key": "once"},
    "errors": {"max_total": None, "max_rate": None},  # each object is tried, whatever becomes of the others
}
_CODES = {
    "ok": ExitCode.OK,
    "stopped": ExitCode.OK,
    "interrupted": ExitCode.INTERRUPTED,
    "error_budget": ExitCode.ERROR_BUDGET,
    "target": ExitCode.TARGET,
}


def get(arguments: argparse.Namespace) -> ExitCode:
    """Read each object once; the bytes are counted and dropped."""
    place = named(arguments.uri)
    mix = {"op": "get", "path": place.path, "keys": "once"}
    return _run(arguments, workload_of(arguments, place, mix, concurrency=_jobs(arguments), **_ONCE), sys.stdout)


def stat(arguments: argparse.Namespace) -> ExitCode:
    """Print size and URI of each object, then ask for each, timed. TargetError where there is none."""
    place = named(arguments.uri)
    mix = {"op": "stat", "path": place.path, "keys": "once"}
    loaded = workload_of(arguments, place, mix, concurrency=_jobs(arguments), **_ONCE)
    count = _print_sizes(arguments, place)
    return _run(arguments, loaded, sys.stderr, count or None)


def put(arguments: argparse.Namespace) -> ExitCode:
    """Write new objects, under keys that no other run has."""
    place = folder(arguments.uri)
    size, wanted = (
        _number(arguments, "object_size", parse_size),
        _number(arguments, "objects", parse_count),
    )
    if not wanted:
        raise ConfigError([Problem("--objects is 0", "Write how many objects to put, from 1 on")])
    # What ends this run is so many successes: without a limit of failures one that never succeeds would never end.
    loaded = workload_of(
        arguments, place, {"op": "put", "path": "", "size": size}, concurrency=_jobs(arguments),
        stop={"ops": wanted}, errors={"max_total": 100, "max_rate": None},
    )  # fmt: skip
    return _run(arguments, loaded, sys.stdout, wanted)


def _print_sizes(arguments: argparse.Namespace, place: Place) -> int:
    lines, count = Lines(sys.stdout), 0
    with opened(arguments, place) as store:
        try:
            for found in place.objects(store):
                lines.put(object_line(place.uri_of(found.key), found.key, found.size_bytes, arguments.json))
                count += 1
        except ListingRefused:
            if not (place.is_one and arguments.no_probe):
                raise
            remark(f"{arguments.uri}: the target does not list, so the size is not shown")
            return 0
        if not count and store.lacks_objects:
            raise TargetError(f"no object matches {arguments.uri}; list its prefix to see what is there")
    lines.end()
    return count


def _jobs(arguments: argparse.Namespace) -> int:
    jobs = _number(arguments, "jobs", parse_count)
    if not jobs:
        raise ConfigError([Problem("--jobs is 0", "Write how many operations may be in flight, from 1 on")])
    return jobs


def _number(arguments: argparse.Namespace, name: str, read: Any) -> int:
    try:
        return int(read(getattr(arguments, name)))
    except ValueError as error:
        raise ConfigError([Problem(f"--{name.replace('_', '-')}: {error}")]) from None


# --- the run ------------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace, loaded: Loaded, results: TextIO, wanted: int | None = None) -> ExitCode:
    """Run it to its end, and print its summary to `results`. `wanted`: how many operations it has, where known."""
    if not arguments.quiet:
        for warning in loaded.warnings:
            remark(f"warning: {warning}")
    with Session(loaded, probe=not arguments.no_probe) as session:
        try:
            _follow(session, f"{arguments.command} {loaded.workload.targets[0].uri}", wanted, arguments.quiet)
        except KeyboardInterrupt:
            remark("interrupted; what was done until now stays done")
            raise
        report = session.report
        if session.lost:
            remark(f"error: {session.error}")
    if arguments.quiet:
        for line in failures(report):
            remark(line)
    else:
        _summarise(report, results)
    code = _CODES.get(report.status, ExitCode.INTERNAL)
    return ExitCode.ERROR_BUDGET if code == ExitCode.OK and report.total["failed"] else code


def _follow(session: Session, what: str, wanted: int | None, quiet: bool) -> None:
    """Draw a bar on stderr while the run lasts, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[done]}"), TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task(what, total=wanted, done="")
        for snapshot in session:
            _draw(progress, task, snapshot)


def _draw(progress: Progress, task: TaskID, snapshot: Snapshot) -> None:
    row = total_of(snapshot.total)
    failed = f", {row.failed:,} failed" if row.failed else ""
    done = row.ops + row.failed
    progress.update(task, completed=done, done=f"{counted(done)}, {format_size(row.bytes)}{failed}")


def _summarise(report: Report, stream: TextIO) -> None:
    lines = Lines(stream)
    for line in summary(report):
        lines.put(printable(line))
    lines.end()
