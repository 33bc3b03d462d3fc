"""One new directory for all that a run leaves, with the names that the scripts of sai3-bench's users look for.

Never an older one: where the name is taken, a number is put behind it. Knows nothing of what stands in the results.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import yaml

from s3bench_tui.engine.messages import Record, RunStarted
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.report.redaction import clean_text
from s3bench_tui.report.result import Report
from s3bench_tui.report.story import Story, printable
from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import Loaded

REPORT, TABLE, PREPARED = "report.json", "workload_results.tsv", "prepare_results.tsv"
HISTOGRAMS, RECORDING, PERF_LOG = "histograms.hlog", "recording.jsonl", "perf_log.tsv"
ENDPOINTS, PREPARED_ENDPOINTS = "workload_endpoint_stats.tsv", "prepare_endpoint_stats.tsv"
LEDGER = "populate_ledger.tsv"
_CONFIG, _CONSOLE, _METADATA = "config.yaml", "console_log.txt", "metadata.json"


class ResultsDirectory:
    """`sai3-YYYYMMDD-HHMM-STEM` (UTC) below `parent`; the stem is that of the workload's file, or the workload's name.

    A sink, which keeps the workload as it was given and what is told of the run; raises OSError where it cannot.
    ConfigError where no directory can be made. `command_line` is what the program was called with, if for this run.
    """

    def __init__(self, parent: Path, loaded: Loaded, now: datetime, command_line: Sequence[str] = ()) -> None:
        self._loaded = loaded
        self._command_line = command_line
        self._story = Story()
        self._console: TextIO | None = None
        self._made_for_it = () if parent.exists() else (parent,)
        self.path = _made(parent, f"sai3-{now:%Y%m%d-%H%M}-{_slug(Path(loaded.source).stem or loaded.workload.name)}")

    def feed(self, record: Record) -> None:
        """Note what is told of this record."""
        if isinstance(record, RunStarted):
            self._keep_workload()
            self._console = (self.path / _CONSOLE).open("w", encoding="utf-8", buffering=1)
            self._tell(f"warning: {warning}" for warning in self._loaded.warnings)
        self._tell(self._story.lines(record))

    def close(self) -> None:
        """The run is over; `finish` writes the rest."""
        if self._console is not None:
            self._console.close()

    def _keep_workload(self) -> None:
        loaded = self._loaded
        text = loaded.text or yaml.safe_dump(as_dict(loaded.workload), sort_keys=False, allow_unicode=True)
        (self.path / _CONFIG).write_text(clean_text(text), encoding="utf-8")

    def _tell(self, lines: Iterable[str]) -> None:
        if self._console is not None:
            self._console.writelines(f"{printable(line)}\n" for line in lines)

    def finish(self, report: Report, summary: str, complaints: Sequence[str]) -> None:
        """Write what is known only at the end. OSError where that fails."""
        with (self.path / _CONSOLE).open("a", encoding="utf-8") as console:
            console.writelines(f"error: {printable(complaint)}\n" for complaint in complaints)
            console.write(f"\n{summary}")
        text = json.dumps(self._metadata(report.as_dict()), indent=2) + "\n"
        (self.path / _METADATA).write_text(text, encoding="utf-8")

    def _metadata(self, report: Mapping[str, Any]) -> dict[str, Any]:
        """The keys of sai3-bench first, then ours."""
        started = datetime.fromisoformat(report["started_at"]).astimezone(UTC)
        ended = started + timedelta(seconds=report["elapsed_s"])
        return {
            "version": report["version"],
            "test_name": report["name"],
            "config_path": self._loaded.source,
            "start_time": started.isoformat(timespec="milliseconds"),
            "end_time": ended.isoformat(timespec="milliseconds"),
            "duration_secs": report["elapsed_s"],
            "command_line": [clean_text(word) for word in self._command_line],
            "hostname": report["host"].get("hostname"),
            "distributed": False,
            "agents": [],
            "program": "s3bench-tui",
            "run_id": report["run_id"],
            "status": report["status"],
            "reason": report["reason"],
            "measured_secs": report["measured_s"],
            "verdict": report["client"]["verdict"],
            "host": report["host"],
        }

    def let_go(self) -> None:
        """Remove the directory, and what was made for it to lie in, where nothing came to lie there."""
        let_go(self.path, *self._made_for_it)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] or "run"


def let_go(*directories: Path) -> None:
    """Remove these directories, in this order, where nothing lies in them."""
    try:
        for directory in directories:
            directory.rmdir()
    except OSError:
        return  # there is something in it, or it is gone


def _made(parent: Path, name: str) -> Path:
    path, number = parent / name, 1
    while True:
        try:
            parent.mkdir(exist_ok=True)
            path.mkdir()
        except OSError as error:
            if isinstance(error, FileExistsError) and parent.is_dir():
                number += 1
                path = parent / f"{name}-{number}"
                continue
            hint = "Give a directory that can be written to"
            message = f"no directory of results can be made here: {error.strerror}"
            raise ConfigError([Problem(message, hint, file=str(parent))]) from None
        return path
