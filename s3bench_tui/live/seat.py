"""A seat before a keeper of runs: the door that screens of this machine use. Knows nothing of how runs are kept."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from s3bench_tui.engine.messages import Command, Snapshot
from s3bench_tui.live.door import Word
from s3bench_tui.live.places import Place
from s3bench_tui.live.wire import Start, TakeSeat, Wire, packed
from s3bench_tui.spec.loading import load_text


class Seat:
    """`Door` to the keeper at this place. Workload files are read in this process, with its environment.

    `receive` raises EOFError once the keeper is gone. OSError where there is none to begin with.
    """

    def __init__(self, place: Place, *, can_steer: bool = True, environ: Mapping[str, str] = os.environ) -> None:
        self.can_steer = can_steer
        self.place = place
        self._environ = environ
        self._shortcuts = place.reach.shortcuts
        self._wire = Wire(place.connect())
        self._wire.put(packed(TakeSeat(can_steer)))

    def start(self, text: str, source: str) -> None:
        """Begin a run of the text of a workload file. Raises ConfigError where it is not valid."""
        base = os.path.dirname(os.path.abspath(source)) if source else ""
        loaded = load_text(text, source=source, shortcuts=self._shortcuts, base_dir=base, environ=self._environ)
        self._put(Start(loaded))

    def send(self, command: Command) -> None:
        """Pass a command on to the run that is on."""
        self._put(command)

    def _put(self, message: object) -> None:
        if self.can_steer:
            with suppress(OSError):  # `receive` will say so
                self._wire.put(packed(message))

    def receive(self) -> Sequence[Word]:
        """What has come, in order; of snapshots only the newest."""
        with suppress(OSError):
            self._wire.flush()
        try:
            words: list[Word] = self._wire.take()
        except (OSError, EOFError):
            raise EOFError(f"what it said last stands in {self.place.log}") from None
        newest = next((word for word in reversed(words) if isinstance(word, Snapshot)), None)
        return [word for word in words if word is newest or not isinstance(word, Snapshot)]

    def fileno(self) -> int:
        """Readable when there is something to receive."""
        return self._wire.fileno()

    def close(self) -> None:
        """Leave the seat; a run that is on goes on."""
        self._wire.close()
