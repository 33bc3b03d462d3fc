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
from s3bench_tui.stats.histogram import EMPTY, Histogram, HistogramSum
from s3bench_tui.ui.history import History
from s3bench_tui.ui.tune import said

RATE_S = 2.0
LATENCY_INTERVALS = 10
RECENT_S = 60
"""So many seconds of whole intervals are kept, for what is said of the last moments."""
EVENTS_KEPT = 500
PHASES_KEPT = 5_000

IDLE, PREPARING, WARMING_UP, RUNNING = "idle", "preparing", "warming up", "running"
PAUSED, DRAINING, ENDED, FINISHED = "paused", "draining", "ended", "finished"
"""Before a run; the states of a snapshot; and, after `ended`, when its results are written."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A live change: a phase that began with other settings, or a mark. `letter` stands for it on the charts."""

    letter: str
    at_s: float
    phase: int
    text: str


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
    changes: deque[Turn] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    history: History = field(default_factory=lambda: History(0))
    first_settings: Settings | None = None
    """What the workload file says."""
    turns: int = 0
    """How many changes there have been."""
    serial: int = 0
    """Grows with every word, so that a reader can tell whether anything is new."""
    _recent_service: tuple[tuple[int, int], Histogram] = ((-1, -1), EMPTY)
    _whole_service: tuple[Snapshot | None, Histogram] = (None, EMPTY)
    _rates: deque[tuple[float, int, int, int]] = field(default_factory=deque)

    def take(self, word: Word) -> None:
        """Fold in one word of this run."""
        self.serial += 1
        match word:
            case Snapshot():
                self.snapshot = word
                self._note_rate(word)
            case Interval():
                self.recent.append(word)
                self.history.add(word)
            case Event():
                self.events.append(word)
            case PhaseOpened(phase):
                self._note_turn(phase)
                self._phase(phase)
            case PhaseClosed(phase):
                self._phase(phase)
            case RunStarted():
                self.started = word
                self.history = History(len(self.entries))
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

    def _note_turn(self, phase: Phase) -> None:
        if self.first_settings is None:
            self.first_settings = phase.settings
        before = self.phases[-1] if self.phases else None
        if before is None or before.index >= phase.index:
            return
        text = said(before.settings, phase.settings, self.names)
        if phase.label:
            text = f"{phase.label}: {text}" if text else phase.label
        if text:
            letter = chr(ord("A") + self.turns % 26)
            self.turns += 1
            self.changes.append(Turn(letter, phase.start_s, phase.index, text))

    def _note_rate(self, snapshot: Snapshot) -> None:
        ops = size = 0
        for row in snapshot.current.values():
            ops += row.ops
            size += row.bytes
        rates = self._rates
        if rates and (rates[-1][1] != snapshot.phase.index or rates[-1][0] >= snapshot.at_s):
            rates.clear()
        if not rates:
            rates.append((snapshot.phase.start_s, snapshot.phase.index, 0, 0))
        rates.append((snapshot.at_s, snapshot.phase.index, ops, size))
        while len(rates) > 2 and snapshot.at_s - rates[1][0] >= RATE_S:
            rates.popleft()

    @property
    def rates_per_s(self) -> tuple[float, float] | None:
        """Operations and bytes a second over the last 2 seconds of this phase; None where nothing is known."""
        if len(self._rates) < 2 or self._rates[-1][0] <= self._rates[0][0]:
            return None
        (start_s, _, ops, size), (end_s, _, more_ops, more_size) = self._rates[0], self._rates[-1]
        return (more_ops - ops) / (end_s - start_s), (more_size - size) / (end_s - start_s)

    @property
    def recent_service(self) -> Histogram:
        """Service times of the last 10 s of the phase that is on."""
        key = (self.history.made(0), -1 if self.phase is None else self.phase.index)
        if key != self._recent_service[0]:
            service = HistogramSum()
            for interval in list(self.recent)[-LATENCY_INTERVALS:]:
                if interval.phase == key[1]:
                    for row in interval.tally.values():
                        service.add(row.service)
            self._recent_service = key, service.value()
        return self._recent_service[1]

    @property
    def whole_service(self) -> Histogram:
        """Service times of all that was measured."""
        if self.snapshot is not None and self.snapshot is not self._whole_service[0]:
            service = HistogramSum()
            for row in self.snapshot.total.values():
                service.add(row.service)
            self._whole_service = self.snapshot, service.value()
        return self._whole_service[1]

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
    def names(self) -> tuple[str, ...]:
        """Of the lines of the mix."""
        return tuple(entry.name for entry in self.entries)

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
