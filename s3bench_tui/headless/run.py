"""A run without a terminal program: narration on stderr, results on stdout and in files, an exit code at the end.

docs/headless.md is its manual. Parses no arguments; raises what the user is to be told, never prints a traceback.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from s3bench_tui.engine.messages import RunStarted, StopRun
from s3bench_tui.errors import ConfigError, ExitCode, Problem
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.opening import open_session
from s3bench_tui.headless.narration import Narration
from s3bench_tui.headless.upkeep import require_datasets, tell_preparation
from s3bench_tui.report import record
from s3bench_tui.report.build import Fold, Report, build
from s3bench_tui.report.crash import in_short
from s3bench_tui.report.outputs import STDOUT, Outputs, default_report, tell
from s3bench_tui.report.results import Results
from s3bench_tui.session import Session, Sink
from s3bench_tui.spec.loading import Loaded, load_mapping
from s3bench_tui.units import format_duration

_POLL_S = 0.1
_GIVE_UP_S = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """How to run and where results go, beside the workload itself."""

    outputs: Outputs
    """What was asked for beside the workload's file; where nobody names a report, it gets a name of its own."""
    probe: bool = True
    prepare_only: bool = False
    """Make the data sets, and end there."""
    strict: bool = False
    quiet: bool = False
    progress: bool = False
    """Show progress even where all else is quiet."""
    access: Access = Access()  # noqa: RUF009 - frozen, and so one for all
    """How the agents of a fleet are reached."""


def run(loaded: Loaded, options: Options) -> ExitCode:
    """Run a workload to its end. Raises ConfigError, TargetError or EngineError where it cannot begin."""
    if options.strict and loaded.warnings:
        raise ConfigError(list(loaded.warnings))
    if options.prepare_only:
        require_datasets(loaded, "--prepare-only")
    now = datetime.now(UTC)
    outputs = options.outputs.filled(loaded.workload.outputs)
    if not (outputs.report or outputs.no_report or outputs.results_dir or options.prepare_only):
        outputs = replace(outputs, report=default_report(loaded.workload.name, now))
    results = Results(outputs, loaded, now, sys.argv)
    narration = Narration(sys.stderr, talks=not options.quiet, progress=options.progress or not options.quiet)
    for warning in loaded.warnings:
        narration.say(f"warning: {warning}")
    narration.say(f"{loaded.workload.name}: opening {', '.join(target.uri for target in loaded.workload.targets)}")
    with Interrupts() as interrupts, results:
        session = open_session(
            loaded,
            options.access,
            probe=options.probe,
            prepare_only=options.prepare_only,
            sinks=[narration, *results.sinks()],
            journals=results.journals,
        )
        try:
            given_up = _follow(session, narration, interrupts)
        finally:
            session.close(_GIVE_UP_S)
        if not session.began:
            if interrupts.count:
                narration.complain("interrupted before the run began; there is nothing to report")
                return ExitCode.INTERRUPTED
            raise session.error
        code = _leave(session, results, options, narration)
    return ExitCode.INTERRUPTED if given_up else code


def rebuild(recording: Path, options: Options) -> ExitCode:
    """The results of a recorded run once more; OK however that run had ended. ConfigError where there is none."""
    records = record.read(recording)
    first = next(records, None)
    if not isinstance(first, RunStarted):
        raise ConfigError([Problem("is empty", "Give a file that --record wrote", file=str(recording))])
    loaded = None
    if options.outputs.results_dir is not None:
        loaded = load_mapping(first.workload)
    began = datetime.fromisoformat(first.started_at).astimezone(UTC)
    fold = Fold()
    complaints: list[str] = []
    with Results(options.outputs, loaded, began, sys.argv) as results:
        sinks: list[Sink] = [fold, *results.sinks()]
        for each in chain([first], records):
            for sink in sinks:
                sink.feed(each)
        for sink in sinks:
            sink.close()
        report = build(fold)
        files = results.write(report, None, complaints)
    for complaint in complaints:
        print(f"error: {complaint}", file=sys.stderr)
    _summarise(report, files, options, to_stderr=options.outputs.report == STDOUT)
    return ExitCode.INTERNAL if complaints else ExitCode.OK


# --- while it lasts -----------------------------------------------------------------------------------------------


class Interrupts:
    """Counts Ctrl-C, SIGTERM and SIGHUP in place of dying of them; SIGHUP stays ignored where it is, as under nohup."""

    def __init__(self) -> None:
        self.count = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            before = signal.getsignal(number)
            if number != signal.SIGHUP or before != signal.SIG_IGN:
                self._before[number] = before
                signal.signal(number, self._count)
        return self

    def _count(self, number: int, frame: FrameType | None) -> None:
        self.count += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)


def _follow(session: Session, narration: Narration, interrupts: Interrupts) -> bool:
    """Show the run until it ends, and pass interrupts on; True where it was given up instead."""
    obeyed, told, seen = 0, 0, None
    while not session.ended:
        session.receive(_POLL_S)
        for error in session.sink_errors[told:]:
            narration.complain(f"{error}; the run goes on without it")
            told += 1
        if session.latest is not None and session.latest is not seen:
            seen = session.latest
            narration.progress(seen)
        while obeyed < interrupts.count and not session.ended:
            obeyed += 1
            if obeyed > 2 or not session.began:
                session.close(_GIVE_UP_S)
                return True
            _interrupt(session, narration, at_once=obeyed == 2)
    return False


def _interrupt(session: Session, narration: Narration, at_once: bool) -> None:
    session.send(StopRun(now=at_once, reason="interrupted"))
    if at_once:
        narration.say("ending at once; once more to leave without waiting for that")
        return
    if session.latest is not None and session.latest.state == "ended":
        narration.say("interrupted: what is being cleaned up still is; once more to leave the rest")
        return
    drain = format_duration(session.workload.drain)
    narration.say(f"interrupted: up to {drain} for operations in flight; once more to end at once")


# --- at its end ---------------------------------------------------------------------------------------------------


def _leave(session: Session, results: Results, options: Options, narration: Narration) -> ExitCode:
    """Write what came of the run, and say it."""
    report = session.report
    if session.lost:
        narration.complain(f"error: {in_short(session.error)}")
    if sys.stdout.isatty():
        narration.say("")  # on one screen the results stand apart from what was told before
    complaints = [str(error) for error in session.sink_errors]
    if results.journals:
        narration.say("writing the op-log")
    files = results.write(report, session.started, complaints)
    for complaint in complaints:
        narration.complain(f"error: {complaint}")
    code = report.exit_code(options.strict)
    if options.quiet and not session.lost and code not in (ExitCode.OK, ExitCode.INTERRUPTED):
        for reason in (report.reason, *report.failed_thresholds):  # the summary, which would say so, is not shown
            if reason:
                narration.complain(f"error: {reason}")
    _summarise(report, files, options, to_stderr=results.outputs.report == STDOUT)
    return ExitCode.INTERNAL if complaints else code


def _summarise(report: Report, files: Sequence[tuple[str, str]], options: Options, to_stderr: bool) -> None:
    if options.quiet:
        return
    if options.prepare_only:
        tell_preparation(report, sys.stderr if to_stderr else sys.stdout)
        return
    from rich.console import Console

    from s3bench_tui.report.forms.text import summary

    stream = sys.stderr if to_stderr else sys.stdout
    tell(stream, summary(report, Console(file=stream), files))
