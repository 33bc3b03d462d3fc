"""The exception tree, and the exit codes that every face of the program shares.

Knows nothing of workloads, stores or engines: it is at the bottom of the house.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller; documented in docs/headless.md."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    TARGET = 3
    ERROR_BUDGET = 4
    INTERNAL = 70
    INTERRUPTED = 130


class S3BenchError(Exception):
    """Anything the user can act on; printed as text, never as a traceback."""

    exit_code = ExitCode.INTERNAL


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a workload file: where it is, what is wrong, what to do.

    `line` and `column` count from 1; 0 means that the value came from the command line.
    """

    message: str
    hint: str = ""
    key: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        parts = [part for part in (place, self.key) if part]
        text = f"{': '.join(parts)}: {self.message}" if parts else self.message
        return f"{text}. {self.hint}" if self.hint else text


class ConfigError(S3BenchError):
    """The workload or the command line cannot be run as written; holds every problem found."""

    exit_code = ExitCode.USAGE

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[list[Problem]]]:
        return type(self), (self.problems,)


class TargetError(S3BenchError):
    """A target, or an agent of a fleet, cannot be reached, or refuses; carries the server's own words where it said any."""

    exit_code = ExitCode.TARGET


class EngineError(S3BenchError):
    """The engine itself failed; whatever it had recorded is still reported."""
