"""The door between a screen and a run: words come out of it, commands go in.

The run may be one of this machine, of a fleet, or a recording played back; the screen does not know which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from s3bench_tui.engine.messages import Command, Record, Snapshot


@dataclass(frozen=True, slots=True)
class Began:
    """A run is about to begin; all that comes after it, up to the next of these, is of this run alone."""

    run_name: str
    workload_text: str
    """YAML as it runs, without secrets."""
    source: str
    """Name of the workload file; "" where there is none."""
    recording: str
    """Where the records of this run are written."""
    started_at: str
    """UTC, RFC 3339."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The run has ended, or could not begin."""

    status: str
    """As in the report; `failed` where there was nothing to report."""
    exit_code: int
    error: str
    """What went wrong, as a sentence; "" where nothing did."""
    summary: str
    """What is printed when the program is left."""
    report_path: str
    """"" where no report was written; likewise `recording_path`."""
    recording_path: str


Word = Record | Snapshot | Began | Finished


class Door(Protocol):
    """One seat before a run. Never blocks.

    A seat that is taken while a run is on first receives `Began` and the history so far, then goes on live.
    Another `Began` of the same run means: forget what you had, here is all of it again.
    """

    @property
    def can_steer(self) -> bool:
        """Whether `start` and `send` do anything; not so for one who only watches."""

    def start(self, text: str, source: str) -> None:
        """Begin a run of the text of a workload file; relative file names in it are taken from beside `source`.

        Raises ConfigError where it is not valid; whatever goes wrong later comes as `Finished`.
        """

    def send(self, command: Command) -> None:
        """Change the load, mark an instant, or stop the run; what comes when no run is on is left out."""

    def receive(self) -> Sequence[Word]:
        """All that is new, in order; of snapshots only the newest. May be a part of it, while `fileno` is readable."""

    def fileno(self) -> int:
        """Readable when there is something to receive."""

    def close(self) -> None:
        """Leave the seat; the run goes on."""
