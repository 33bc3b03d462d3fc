"""What is told of a run while it lasts, line by line: phases, changes, events, its end. Knows nothing of who listens."""

from __future__ import annotations

from collections.abc import Iterator

from s3bench_tui.engine.messages import Event, Phase, PhaseOpened, Record, RunEnded, RunStarted, Settings
from s3bench_tui.units import format_count

_PHASES = {
    "prepare": "preparing the data set",
    "warmup": "warming up",
    "measured": "measuring",
    "paused": "paused",
    "drain": "draining",
}


class Story:
    """Takes the records of one run in order."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._before: Settings | None = None

    def lines(self, record: Record) -> Iterator[str]:
        """What this record adds to it, if anything; as it came, so that it may hold any characters."""
        match record:
            case RunStarted():
                self._names = tuple(entry.name for entry in record.entries if not entry.internal)
            case PhaseOpened(phase):
                what = ", ".join(self._particulars(phase))
                self._before = phase.settings
                yield _PHASES[phase.kind] + (f": {what}" if what else "")
            case Event() if record.kind not in ("change", "mark"):  # the phase that they open says so
                yield record.text
            case RunEnded() if record.reason:
                yield record.reason

    def _particulars(self, phase: Phase) -> Iterator[str]:
        """What sets this phase apart: its label, how hard the load is, and weights where they have changed."""
        settings = phase.settings
        if phase.label:
            yield phase.label
        if phase.kind in ("warmup", "measured"):
            rate = settings.rate_per_s
            yield f"{settings.concurrency:,} slots" if rate is None else f"{format_count(rate)} arrivals a second"
            if self._before is not None and self._before.weights != settings.weights:
                weights = zip(self._names, settings.weights, strict=False)
                yield "weights " + ", ".join(f"{name} {weight:g}" for name, weight in weights)


def printable(text: str) -> str:
    """Without anything that could steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
