"""What the screens show of the run that is on, folded from the words that came through the door. Pure: draws nothing.

Of bounded size however long a run takes; the next run begins with a new one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from s3bench_tui.engine.messages import (
    Entry,
    Event,
    Interval,
    Phase,
    PhaseClosed,
    PhaseOpened,
    RunEnded,
    RunStarted,
    Settings,
    Snapshot,
)
from s3bench_tui.live.door import Began, Finished, Word

RECENT_S = 60
"""So many seconds of whole intervals are kept, for what is said of the last moments."""
EVENTS_KEPT = 500
PHASES_KEPT = 5_000

IDLE, PREPARING, WARMING_UP, RUNNING = "idle", "preparing", "warming up", "running"
PAUSED, DRAINING, ENDED, FINISHED = "paused", "draining", "ended", "finished"
"""Before a run; the states of a snapshot; and, after `ended`, when its results are written."""


@dataclass(slots=True)
class RunState:
    """One run, as far as it was told."""

    began: Began | None = None
    started: RunStarted | None = None
    snapshot: Snapshot | None = None
    ended: RunEnded | None = None
    finished: Finished | None = None
    phases: deque[Phase] = field(default_factory=lambda: deque(maxlen=PHASES_KEPT))
    recent: deque[Interval] = field(default_factory=lambda: deque(maxlen=RECENT_S))
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    events_seen: int = 0

    def take(self, word: Word) -> None:
        """Fold in one word of this run."""
        match word:
            case Snapshot():
                self.snapshot = word
            case Interval():
                self.recent.append(word)
            case Event():
                self.events.append(word)
                self.events_seen += 1
            case PhaseOpened(phase):
                self._phase(phase)
            case PhaseClosed(phase):
                self._phase(phase)
            case RunStarted():
                self.started = word
            case RunEnded():
                self.ended = word
            case Began():
                self.began = word
            case Finished():
                self.finished = word

    def _phase(self, phase: Phase) -> None:
        for place in range(len(self.phases) - 1, -1, -1):
            if self.phases[place].index == phase.index:
                self.phases[place] = phase
                return
        self.phases.append(phase)

    @property
    def state(self) -> str:
        """One of the words above."""
        if self.finished is not None:
            return FINISHED
        if self.ended is not None:
            return ENDED
        if self.snapshot is not None:
            return self.snapshot.state
        return PREPARING if self.began is not None else IDLE

    @property
    def is_on(self) -> bool:
        """Whether a run has begun that is not over yet."""
        return self.began is not None and self.finished is None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The lines of the mix, without the engine's own."""
        return () if self.started is None else tuple(entry for entry in self.started.entries if not entry.internal)

    @property
    def phase(self) -> Phase | None:
        """The phase that is on."""
        if self.snapshot is not None:
            return self.snapshot.phase
        return self.phases[-1] if self.phases else None

    @property
    def settings(self) -> Settings | None:
        """What holds now: the settings of the phase opened last, which may begin in a moment."""
        if self.phases and (self.snapshot is None or self.phases[-1].index >= self.snapshot.phase.index):
            return self.phases[-1].settings
        return None if self.snapshot is None else self.snapshot.phase.settings
