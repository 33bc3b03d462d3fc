"""One run from its start to what is left of it: drives a session and tells every word of it, in order.

Knows nothing of who listens. Writes what `headless` writes: some of it as the run goes, the report at the end.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import yaml

from s3bench_tui.engine.messages import Command, Event, Record, Snapshot, StopRun
from s3bench_tui.errors import ConfigError, ExitCode, S3BenchError
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.opening import open_session
from s3bench_tui.live.door import Began, Finished, Word
from s3bench_tui.report.crash import in_short
from s3bench_tui.report.outputs import Outputs, default_report
from s3bench_tui.report.redaction import clean
from s3bench_tui.report.results import Results
from s3bench_tui.session import Session
from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import Loaded

_SUMMARY_WIDTH = 80
_GIVE_UP_S = 1.0


class Course:
    """A run that has been started; `tell` is given every word of it, the first at once; of snapshots only the last.

    Results go where the workload says, and to `results/` below the current directory. Agents are reached by `access`.
    """

    def __init__(
        self, loaded: Loaded, tell: Callable[[Word], None], access: Access, now: Callable[[], datetime] | None = None
    ) -> None:
        started = (now or _utc)()
        self.name = loaded.workload.name
        self.since = started.isoformat(timespec="seconds").replace("+00:00", "Z")
        self.over = False
        self._tell = tell
        self._session: Session | None = None
        self._stopped = False
        self._at_once = False
        self._told_errors = 0
        self._finished: Finished | None = None
        self._writer: Thread | None = None
        try:
            self._results = Results(_outputs(loaded, started), loaded, started)
        except ConfigError as error:
            self._begin(loaded, None)
            self._fail(error)
            return
        self._begin(loaded, self._results.outputs.record)
        sinks = [_Teller(self._tell), *self._results.sinks()]
        try:
            self._session = open_session(loaded, access, sinks=sinks, journals=self._results.journals)
        except ConfigError as error:
            self._fail(error)

    def _begin(self, loaded: Loaded, recording: Path | None) -> None:
        text = yaml.safe_dump(clean(as_dict(loaded.workload)), sort_keys=False, allow_unicode=True)
        self._tell(Began(self.name, text, loaded.source, _absolute(recording), self.since))

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot; None until there is one."""
        return self._session.latest if self._session is not None else None

    def fileno(self) -> int | None:
        """Readable when there is something to receive; None once all of the run has been received."""
        return None if self._session is None or self._session.ended else self._session.fileno()

    def receive(self) -> None:
        """Take what is new."""
        if self._session is None or self.over:
            return
        if self._writer is not None:
            self._conclude()
            return
        self._session.receive()
        for error in self._session.sink_errors[self._told_errors :]:
            self._told_errors += 1
            latest = self._session.latest
            self._tell(Event(latest.at_s if latest else 0.0, "error", f"{error}; the run goes on without it"))
        if self._session.ended:
            self._finish(self._session)

    def send(self, command: Command) -> None:
        """Pass a command on. A stop ends what has not begun yet, and the third one does not wait for the engine."""
        if self._session is None or self.over or self._writer is not None:
            return
        if isinstance(command, StopRun):
            self._stopped = True
            given_up = self._at_once and command.now
            self._at_once = self._at_once or command.now
            if given_up or not self._session.began:
                self._session.close(_GIVE_UP_S)
                self._finish(self._session)
                return
        self._session.send(command)

    def _finish(self, session: Session) -> None:
        """Write what is made after the run: at once, but an op-log may take long, so that others are served meanwhile."""
        if not session.began:
            self._results.close()
            self._fail(None if self._stopped else session.error)
            return
        if self._results.journals:
            self._tell(Event(session.latest.at_s if session.latest else 0.0, "info", "writing the op-log"))
            self._writer = Thread(target=self._write, args=(session,))
            self._writer.start()
            return
        self._write(session)
        self._conclude()

    def _write(self, session: Session) -> None:
        from rich.console import Console

        from s3bench_tui.report.forms.text import summary

        error = in_short(session.error) if session.lost and not self._stopped else ""
        complaints = [str(each) for each in session.sink_errors]
        report = session.report
        with self._results:
            files = self._results.write(report, session.started, complaints)
        text = summary(report, Console(file=io.StringIO(), width=_SUMMARY_WIDTH, color_system=None), files)
        code = ExitCode.INTERNAL if complaints else report.exit_code()
        self._finished = Finished(
            report.status,
            int(code),
            ". ".join(part for part in (error, *complaints) if part),
            text,
            _absolute(self._results.report),
            _absolute(self._results.outputs.record),
        )

    def _conclude(self) -> None:
        """Say that it is over, if all is written."""
        if self._writer is not None and self._writer.is_alive():
            return
        self.over = True
        if self.latest is not None:
            self._tell(self.latest)  # for those who come later, too
        assert self._finished is not None
        self._tell(self._finished)

    def _fail(self, error: Exception | None) -> None:
        """The run could not begin, or was stopped before it had; there is nothing to report."""
        self.over = True
        if error is None:
            said, code = "the run was stopped before it began; there is nothing to report", ExitCode.INTERRUPTED
        elif isinstance(error, S3BenchError):
            said, code = in_short(error), ExitCode(error.exit_code)
        else:
            said, code = in_short(error), ExitCode.INTERNAL
        self._tell(Finished("failed" if error else "interrupted", int(code), said, "", "", ""))


class _Teller:
    """A sink that passes records on."""

    def __init__(self, tell: Callable[[Word], None]) -> None:
        self._tell = tell

    def feed(self, record: Record) -> None:
        self._tell(record)

    def close(self) -> None:
        """There is nothing to let go of."""


def _outputs(loaded: Loaded, now: datetime) -> Outputs:
    """What the workload asks for; a report and its recording always, so that the screens have something to show."""
    outputs = Outputs().filled(loaded.workload.outputs)
    if outputs.results_dir is not None:
        return outputs
    report = outputs.report or default_report(loaded.workload.name, now)
    return replace(outputs, report=report, record=outputs.record or report.with_suffix(".jsonl"))


def _absolute(path: Path | None) -> str:
    return "" if path is None else str(path.absolute())


def _utc() -> datetime:
    return datetime.now(UTC)
