"""The report as a JSON file. Knows nothing of how a report comes about."""

from __future__ import annotations

import json
from pathlib import Path

from s3bench_tui.report import files
from s3bench_tui.report.result import Report

BEGINNING = '{\n  "schema": "s3bench-tui/report/'
"""The first bytes of every report."""

_WHAT = "a report"


def text_of(report: Report) -> str:
    """The document, indented; the schema comes first."""
    return json.dumps(report.as_dict(), indent=2, allow_nan=False) + "\n"


def check(path: Path) -> None:
    """ConfigError where the report could not be written here; call it before the run."""
    files.refuse_foreign(path, BEGINNING, _WHAT)


def write(report: Report, path: Path) -> None:
    """Write the file whole or not at all; an earlier report is replaced, any other file refused (ConfigError)."""
    files.replace(path, text_of(report), BEGINNING, _WHAT)
