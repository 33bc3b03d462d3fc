"""What one run leaves, from before it begins until its last file is written: the same for every face of the program.

Knows nothing of how a run is made; it is given the records, and at the end the report.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType

from s3bench_tui.engine.messages import RunStarted
from s3bench_tui.report.directory import ResultsDirectory, let_go
from s3bench_tui.report.forms.oplog import OpLog
from s3bench_tui.report.outputs import RESULTS, LateFile, Outputs, make_results
from s3bench_tui.report.result import Report
from s3bench_tui.spec.loading import Loaded

_SUMMARY_WIDTH = 100


class Results:
    """A context manager, which removes what was set up for a run that did not come so far.

    ConfigError where a result could not be written. `command_line` is what the program was called with for this run.
    A results directory keeps what was `loaded`.
    """

    def __init__(
        self, outputs: Outputs, loaded: Loaded | None, now: datetime, command_line: Sequence[str] = ()
    ) -> None:
        self._undo = ExitStack()
        self._directory: ResultsDirectory | None = None
        self._op_log: OpLog | None = None
        with ExitStack() as undo:
            if outputs.results_dir is not None:
                assert loaded is not None
                self._directory = ResultsDirectory(outputs.results_dir, loaded, now, command_line)
                undo.callback(self._directory.let_go)
                outputs = outputs.within(self._directory.path)
            elif outputs.report is not None and outputs.report.parent == Path(RESULTS) and make_results():
                undo.callback(let_go, Path(RESULTS))
            outputs.check()
            if outputs.op_log is not None:
                self._op_log = OpLog(outputs.op_log)
                undo.callback(self._op_log.close)
            self._undo = undo.pop_all()
        self.outputs = outputs
        """With every file in its place."""
        self.report: Path | None = None
        """Where the report was written, once it is."""

    def sinks(self) -> list[LateFile | ResultsDirectory]:
        """What the records of the run go to."""
        return [*([self._directory] if self._directory is not None else []), *self.outputs.sinks()]

    @property
    def journals(self) -> str:
        """Where the workers note every operation; "" where nobody asked for an op-log."""
        return self._op_log.journals if self._op_log is not None else ""

    def write(self, report: Report, started: RunStarted | None, complaints: list[str]) -> list[tuple[str, str]]:
        """Write all that is made after the run; (what, where) of everything. What fails is added to the complaints."""
        files = self.outputs.write(report, complaints.append)
        self.report = next((Path(where) for what, where in files if what == "report"), None)
        if self._op_log is not None and started is not None:
            try:
                self._op_log.write(started)
                files.append(("op-log", str(self._op_log.path)))
            except OSError as error:
                complaints.append(str(error))
        files += self.outputs.streamed()
        if self._directory is None:
            return files
        place = self._directory.path
        files = [("results", str(place)), *(file for file in files if Path(file[1]).parent != place)]
        try:
            self._directory.finish(report, _plain_summary(report, files), complaints)
        except OSError as error:
            complaints.append(f"{place}: {error.strerror or error}")
        return files

    def close(self) -> None:
        """Let go of what was set up and is not needed any more."""
        self._undo.close()

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _plain_summary(report: Report, files: Sequence[tuple[str, str]]) -> str:
    from rich.console import Console

    from s3bench_tui.report.forms.text import summary

    return summary(report, Console(file=io.StringIO(), width=_SUMMARY_WIDTH, color_system=None), files)
