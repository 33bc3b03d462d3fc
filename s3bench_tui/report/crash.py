"""What the user is told of a failure that is nobody's fault but the program's: one line, the rest in a file."""

from __future__ import annotations

import tempfile
import traceback

from s3bench_tui.errors import S3BenchError

_MARK = "\nTraceback "


def in_short(error: BaseException) -> str:
    """What went wrong, without a traceback; where there is one, it goes to a file that the text names."""
    text = str(error)
    if isinstance(error, S3BenchError) and _MARK not in text:
        return text
    if isinstance(error, S3BenchError):
        details, said = text, text.strip().splitlines()[-1]
    else:
        details, said = "".join(traceback.format_exception(error)), f"{type(error).__name__}: {error}"
    return f"this is a fault of s3bench-tui: {said}. {_kept(details)}"


def _kept(details: str) -> str:
    try:
        with tempfile.NamedTemporaryFile("w", prefix="s3bench-tui-", suffix=".log", delete=False) as file:
            file.write(details)
    except OSError:
        return "What else is known could not be written to the temporary directory"
    return f"What else is known stands in {file.name}; please send it with a report of what you did"
