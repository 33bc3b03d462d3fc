"""What is told on stderr while a run lasts: what is probed, phases, changes, losses, and one live line.

On a terminal the live line is redrawn in place; elsewhere it is a plain line a second. Knows nothing of results.
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from typing import TextIO

from s3bench_tui.engine.messages import PhaseOpened, Record, Snapshot
from s3bench_tui.report.progress import progress_line
from s3bench_tui.report.story import Story, printable

_PLAIN_EVERY_S = 1.0
_OVER_S = 1.0
"""Rates on the live line are those of this last stretch."""
_LONGEST_LINE = 120


class Narration:
    """A sink, and the one place that writes to stderr during a run. Silent once nobody listens any more."""

    def __init__(self, stream: TextIO, *, talks: bool, progress: bool) -> None:
        self._stream: TextIO | None = stream
        self._talks = talks
        self._progress = progress
        self._redraws = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._recent: deque[Snapshot] = deque()
        self._next_plain_s = 0.0
        self._drawn = 0
        self._story = Story()

    # --- a sink ---------------------------------------------------------------------------------------------------

    def feed(self, record: Record) -> None:
        if isinstance(record, PhaseOpened):
            self._recent.clear()
            self._next_plain_s = 0.0
        for line in self._story.lines(record):
            self.say(line)

    def close(self) -> None:
        self._clear()

    # --- lines ----------------------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """One line of narration, above the live line; nothing where it was asked to be quiet."""
        if self._talks:
            self.complain(text)

    def complain(self, text: str) -> None:
        """One line that is said even so."""
        self._clear()
        self._write(f"{printable(text)}\n")

    def progress(self, snapshot: Snapshot) -> None:
        """Show where the run is; to be called with every new snapshot."""
        if not self._progress:
            return
        while len(self._recent) > 1 and snapshot.at_s - self._recent[1].at_s >= _OVER_S:
            self._recent.popleft()
        previous = self._recent[0] if self._recent else None
        self._recent.append(snapshot)
        if self._redraws:
            width = shutil.get_terminal_size().columns - 1
            line = progress_line(previous, snapshot, min(width, _LONGEST_LINE))
            self._write(f"\r{line}{' ' * max(0, min(self._drawn, width) - len(line))}")
            self._drawn = len(line)
        elif snapshot.at_s >= self._next_plain_s:
            self._next_plain_s = max(self._next_plain_s + _PLAIN_EVERY_S, snapshot.at_s + _PLAIN_EVERY_S / 2)
            self._write(progress_line(previous, snapshot, _LONGEST_LINE) + "\n")

    def _clear(self) -> None:
        if self._drawn:
            self._write(f"\r{' ' * self._drawn}\r")
            self._drawn = 0

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None
