"""Where the results of a run go: checked before the load, written after it, and never lost.

Knows nothing of how a run is made, nor of what stands in a report.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, TextIO

from s3bench_tui.engine.messages import Record, RunStarted
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.report import directory as names
from s3bench_tui.report import record
from s3bench_tui.report.forms import endpointstats, hlog, json, ledger, oplog, perflog, tsv
from s3bench_tui.report.result import Report
from s3bench_tui.spec.model.outputs import OutputFiles
from s3bench_tui.units import NS_PER_S

STDOUT = Path("-")
RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files that were asked for; None: not this one. A report at `-` goes to stdout."""

    report: Path | None = None
    tsv: Path | None = None
    hlog: Path | None = None
    record: Path | None = None
    op_log: Path | None = None
    perf_log: Path | None = None
    perf_interval_s: int = 1
    """So many seconds to a row of the perf log."""
    results_dir: Path | None = None
    """A directory in which the run makes a new one, for all that has no other place."""
    no_report: bool = False
    """Write none, whatever the workload's file says."""
    prepared: Path | None = None
    """The table of the preparation, where there was one; only in a results directory, as the next three."""
    endpoints: Path | None = None
    ledger: Path | None = None
    prepared_endpoints: Path | None = None

    def filled(self, wanted: OutputFiles) -> Outputs:
        """With what the workload's file asks for where nothing is named here. ConfigError where a path is missing."""
        log = wanted.perf_log
        filled = replace(
            self,
            report=self.report or (None if self.no_report else _path(wanted.report)),
            tsv=self.tsv or _path(wanted.tsv),
            hlog=self.hlog or _path(wanted.hlog),
            record=self.record or _path(wanted.record),
            op_log=self.op_log or _path(wanted.op_log),
            perf_log=self.perf_log or _path(log.path if log is not None else None),
            perf_interval_s=self.perf_interval_s if log is None else log.interval // NS_PER_S,
            results_dir=self.results_dir or _path(wanted.results_dir),
        )
        if log is not None and filled.perf_log is None and filled.results_dir is None:
            hint = "Add path: perf_log.tsv, or results_dir: results"
            raise ConfigError([Problem("has no path, and there is no results directory", hint, "outputs.perf_log")])
        return filled

    def within(self, directory: Path) -> Outputs:
        """With a place in this directory for all but the op-log that has no other."""
        return replace(
            self,
            report=self.report or (None if self.no_report else directory / names.REPORT),
            tsv=self.tsv or directory / names.TABLE,
            hlog=self.hlog or directory / names.HISTOGRAMS,
            record=self.record or directory / names.RECORDING,
            perf_log=self.perf_log or directory / names.PERF_LOG,
            prepared=directory / names.PREPARED,
            endpoints=directory / names.ENDPOINTS,
            ledger=directory / names.LEDGER,
            prepared_endpoints=directory / names.PREPARED_ENDPOINTS,
        )

    def check(self) -> None:
        """ConfigError, with every problem, where a file could not be written. Changes no file that is there."""
        problems: list[Problem] = []
        taken: dict[Path, str] = {}
        for option, path, refuse in self._checks():
            try:
                if (other := taken.setdefault(path.absolute(), option)) != option:
                    hint = "Give each a file of its own"
                    raise ConfigError([Problem(f"{other} and {option} name the same file", hint, file=str(path))])
                refuse(path)
                _refuse_unwritable(path)
            except ConfigError as error:
                problems += error.problems
        if problems:
            raise ConfigError(problems)

    def _checks(self) -> Iterator[tuple[str, Path, Callable[[Path], None]]]:
        if self.report is not None and self.report != STDOUT:
            yield "--report", self.report, json.check
        for option, path, refuse in (
            ("--tsv", self.tsv, tsv.check),
            ("--hlog", self.hlog, hlog.check),
            ("--record", self.record, record.check),
            ("--op-log", self.op_log, oplog.check),
            ("--perf-log", self.perf_log, perflog.check),
        ):
            if path is not None:
                yield option, path, refuse

    def sinks(self) -> list[LateFile]:
        """Those that are written while the run lasts."""
        found: list[LateFile] = []
        if self.hlog is not None:
            found.append(LateFile(self.hlog, hlog.IntervalLog))
        if self.record is not None:
            found.append(LateFile(self.record, record.Recording))
        if self.perf_log is not None:
            found.append(LateFile(self.perf_log, lambda path: perflog.PerfLog(path, self.perf_interval_s)))
        return found

    def streamed(self) -> list[tuple[str, str]]:
        """(what, where) of those that the sinks have written."""
        named = (("histograms", self.hlog), ("recording", self.record), ("perf log", self.perf_log))
        return [(what, str(path)) for what, path in named if path is not None]

    def write(self, report: Report, complain: Callable[[str], None]) -> list[tuple[str, str]]:
        """Write report and table; (what, where) of each. A place that fails is complained of, and another one found."""
        written = []
        if self.tsv is not None:
            where = _saved(self.tsv, lambda path: tsv.write(tsv.table(report.as_dict()), path), complain)
            written += [("table", where)] if where else []
        if self.prepared is not None and (made := tsv.prepared(report.as_dict())):
            _saved(self.prepared, lambda path: tsv.write(made, path), complain)
        if self.endpoints is not None and (found := endpointstats.table(report.as_dict())):
            _saved(self.endpoints, lambda path: endpointstats.write(found, path), complain)
        if self.ledger is not None and (kept := ledger.table(report.as_dict())):
            _saved(self.ledger, lambda path: ledger.write(kept, path), complain)
        if self.prepared_endpoints is not None and (before := endpointstats.prepared(report.as_dict())):
            _saved(self.prepared_endpoints, lambda path: endpointstats.write(before, path), complain)
        if self.report == STDOUT:
            if lost := tell(sys.stdout, json.text_of(report)):
                complain(f"cannot write the report to stdout: {lost}")
                _rescued(Path("report.json"), lambda path: json.write(report, path), complain)
        elif self.report is not None:
            where = _saved(self.report, lambda path: json.write(report, path), complain)
            if where is None:
                complain("the report could be written nowhere, so it goes to stdout")
                tell(sys.stdout, json.text_of(report))
            written += [("report", where)] if where else []
        return written


def tell(stream: TextIO, text: str) -> str:
    """Write a text to stdout or stderr; why it could not be, or "" where it could or where the reader has left, as
    `head` does. A stream that has failed is silent from then on."""
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return "" if isinstance(error, BrokenPipeError) else error.strerror or str(error)
    return ""


class _FileSink(Protocol):
    """A sink of lines that keeps to itself why it cannot write any more."""

    @property
    def failure(self) -> str: ...

    def feed(self, record: Record) -> None: ...

    def close(self) -> None: ...


class LateFile:
    """A sink whose file is touched only once the run has begun, so that one that cannot begin costs no older file.

    A file that cannot be written any more raises OSError once.
    """

    def __init__(self, path: Path, open_sink: Callable[[Path], _FileSink]) -> None:
        self._path = path
        self._open = open_sink
        self._sink: _FileSink | None = None

    def feed(self, record: Record) -> None:
        if isinstance(record, RunStarted):
            try:
                self._sink = self._open(self._path)
            except ConfigError as error:
                raise OSError(str(error)) from None
        if self._sink is not None:
            self._sink.feed(record)
            if self._sink.failure:
                raise OSError(self._sink.failure)

    def close(self) -> None:
        if self._sink is not None:
            self._sink.close()
            if self._sink.failure:
                raise OSError(self._sink.failure)


def default_report(name: str, now: datetime) -> Path:
    """`results/s3bench-<name>-<stamp>.json`, with a number where that is taken."""
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] or "run"
    stem = f"s3bench-{slug}-{now:%Y%m%d-%H%M%S}"
    path, number = Path(RESULTS) / f"{stem}.json", 1
    while path.exists() or path.with_suffix(".jsonl").exists():  # a recording lies beside its report
        number += 1
        path = path.with_name(f"{stem}-{number}.json")
    return path


def make_results() -> bool:
    """Make the directory of default reports; whether it was not there. ConfigError where it cannot be made."""
    try:
        Path(RESULTS).mkdir()
    except OSError as error:
        if Path(RESULTS).is_dir():
            return False
        hint = "Say with --report where the report goes, or --no-report"
        raise ConfigError([Problem(f"cannot make this directory: {error.strerror}", hint, file=RESULTS)]) from None
    return True


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _refuse_unwritable(path: Path) -> None:
    """Try what writing will do, beside the file: a temporary one is made and removed."""
    if path.exists() and not path.is_file():
        return
    try:
        if path.is_file():
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
        descriptor, temporary = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.")
        os.close(descriptor)
        os.unlink(temporary)
    except OSError as error:
        raise ConfigError(
            [Problem(f"cannot write here: {error.strerror}", "Give another place", file=str(path))]
        ) from None


def _saved(path: Path, write: Callable[[Path], None], complain: Callable[[str], None]) -> str | None:
    """Where it went: to `path`, or else to a new file in the current or the temporary directory."""
    try:
        write(path)
        return str(path)
    except ConfigError as error:
        complain(str(error))
    return _rescued(path, write, complain)


def _rescued(path: Path, write: Callable[[Path], None], complain: Callable[[str], None]) -> str | None:
    for directory in (Path.cwd(), Path(tempfile.gettempdir())):
        rescue = directory / f"{path.stem}-rescued-{os.getpid()}{path.suffix}"
        try:
            write(rescue)
        except ConfigError:
            continue
        complain(f"{path.name} went to {rescue} instead")
        return str(rescue)
    return None
