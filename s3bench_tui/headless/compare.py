"""`s3bench-tui compare A B`: two runs against each other, without a screen; the exit code says whether A is worse."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from s3bench_tui.errors import EngineError, ExitCode
from s3bench_tui.report.comparison.figures import compare
from s3bench_tui.report.comparison.words import markdown_of, text_of
from s3bench_tui.report.folder import read_report
from s3bench_tui.report.outputs import tell

_FOOT = """\
A figure is judged by the one-second intervals of the steady measured phases (docs/compare.md).

exit codes:
  0    A is in no figure worse than B
  1    A is worse in one figure or more
  2    a file is neither report nor recording
"""


def run(words: Sequence[str]) -> ExitCode:
    """Print the comparison that the words after `compare` ask for. Raises ConfigError; argparse exits by itself."""
    arguments = _parser().parse_args(words)
    found = compare(read_report(arguments.a), read_report(arguments.b))
    text = (markdown_of if arguments.markdown else text_of)(found, (str(arguments.a), str(arguments.b)))
    if lost := tell(sys.stdout, text):
        raise EngineError(f"cannot write to stdout: {lost}")
    return ExitCode.CHECK_FAILED if found.worse else ExitCode.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="s3bench-tui compare",
        description="Compare a run A with a run B: better, worse, the same within noise, or not to be told.",
        epilog=_FOOT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("a", metavar="A", type=Path, help="report or recording of the run in question")
    parser.add_argument("b", metavar="B", type=Path, help="report or recording of the run it is measured against")
    parser.add_argument("--markdown", action="store_true", help="print Markdown, for a ticket")
    return parser
