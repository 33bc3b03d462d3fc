"""A recording played back: the door through which screens see a run of the past as if it were on.

It can be held, wound and sped up; it cannot be steered. Knows nothing of keepers.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from s3bench_tui.engine.messages import Command, Interval, Record, RunEnded, RunStarted
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.live.door import Began, Finished, Word
from s3bench_tui.live.tape import Totals, length_s, timed

_AT_ONCE = 64
"""Records that one `receive` gives: what comes of them must not hold up a screen."""


class _Alarm:
    """A descriptor that becomes readable at an instant; `set` again, it forgets the one before."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rings, self._bell = socket.socketpair()
        self._rings.setblocking(False)
        self._changed = threading.Condition()
        self._at_s: float | None = None
        self._over = False
        threading.Thread(target=self._wait, name="alarm", daemon=True).start()

    def fileno(self) -> int:
        return self._rings.fileno()

    def set(self, at_s: float | None) -> None:
        """To that second of the clock, or to never."""
        with suppress(BlockingIOError):
            while self._rings.recv(64):
                pass
        with self._changed:
            self._at_s = at_s
            self._changed.notify()

    def _wait(self) -> None:
        with self._changed:
            while not self._over:
                left_s = None if self._at_s is None else self._at_s - self._clock()
                if left_s is not None and left_s <= 0:
                    self._at_s = None
                    self._bell.send(b"!")
                else:
                    self._changed.wait(left_s)

    def close(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        self._rings.close()
        self._bell.close()


class Player:
    """`Door` to a recording, `speed` times as fast as it was. Raises ConfigError where `path` is none."""

    can_steer = False

    def __init__(self, path: Path, speed: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._tape: Iterator[tuple[float, Record]] = timed(path)
        self._next: tuple[float, Record] | None = next(self._tape)
        if not isinstance(self._next[1], RunStarted):
            raise ConfigError([Problem("the recording does not start with the start of a run", file=str(path))])
        self._started = self._next[1]
        self.length_s = length_s(path)
        """How long the run took; None where its end is missing."""
        self._totals = Totals(self._started)
        self._began = False
        self._ended: RunEnded | None = None
        self._over = False
        self._speed = speed
        self._held = False
        self._from_s, self._since_s = 0.0, clock()
        self._alarm = _Alarm(clock)
        self._alarm.set(self._since_s)

    # --- a door ---------------------------------------------------------------------------------------------------

    def start(self, text: str, source: str) -> None:
        """A recording starts nothing."""
        hint = f"Leave, and open the program on it: s3bench-tui {source or 'WORKLOAD.yaml'}"
        raise ConfigError([Problem("a recording is played back, in which nothing can be run", hint, file=source)])

    def send(self, command: Command) -> None:
        """What has been cannot be changed."""

    def receive(self) -> Sequence[Word]:
        """What was told up to now, in order, and a snapshot after it."""
        words: list[Word] = []
        if not self._began:
            self._began = True
            words.append(self._beginning())
        showed = False
        until_s = self.position_s
        while self._next is not None and self._next[0] <= until_s and len(words) < _AT_ONCE:
            each = self._next[1]
            self._totals.feed(each)
            showed = showed or isinstance(each, Interval)
            if isinstance(each, RunEnded):
                self._ended = each
            words.append(each)
            self._next = next(self._tape, None)
        if showed and (snapshot := self._totals.snapshot()) is not None:
            words.append(snapshot)
        if self._next is None and not self._over:
            self._over = True
            words.append(self._end())
        self._set_alarm()
        return words

    def fileno(self) -> int:
        """Readable when there is something to receive."""
        return self._alarm.fileno()

    def close(self) -> None:
        """Put the recording away."""
        self._alarm.close()

    # --- the tape -------------------------------------------------------------------------------------------------

    @property
    def position_s(self) -> float:
        """Second of the run."""
        return self._from_s if self._held else self._from_s + (self._clock() - self._since_s) * self._speed

    @property
    def held(self) -> bool:
        """Whether it stands still."""
        return self._held

    @property
    def speed(self) -> float:
        """How many seconds of the run pass in one."""
        return self._speed

    def hold(self, held: bool) -> None:
        """Stand still, or go on."""
        self._move(self.position_s, held=held)

    def play_at(self, speed: float) -> None:
        """Go on at this speed."""
        at_s = self.position_s
        self._speed = speed
        self._move(at_s)

    def wind(self, to_s: float) -> None:
        """Go to a second of the run; backwards, the run is told anew from its beginning."""
        to_s = max(0.0, to_s if self.length_s is None else min(to_s, self.length_s))
        if to_s < self.position_s:
            self._tape = timed(self._path)
            self._next = next(self._tape)
            self._totals = Totals(self._started)
            self._began = self._over = False
            self._ended = None
        self._move(to_s)

    def _move(self, to_s: float, held: bool | None = None) -> None:
        self._held = self._held if held is None else held
        self._from_s, self._since_s = to_s, self._clock()
        self._set_alarm()

    def _set_alarm(self) -> None:
        """For the next record; at once where the screen has not had all that is due."""
        if not self._began or (self._next is not None and self._next[0] <= self.position_s):
            self._alarm.set(self._clock())
        elif self._next is None or self._held:
            self._alarm.set(None)
        else:
            self._alarm.set(self._since_s + (self._next[0] - self._from_s) / self._speed)

    # --- its ends -------------------------------------------------------------------------------------------------

    def _beginning(self) -> Began:
        started = self._started
        text = yaml.safe_dump(dict(started.workload), sort_keys=False, allow_unicode=True)
        name = str(started.workload.get("name", self._path.stem))
        return Began(name, text, "", str(self._path.absolute()), started.started_at)

    def _end(self) -> Finished:
        status = self._ended.status if self._ended is not None else "engine_lost"
        said = "" if self._ended is not None else "the recording ends before its run did"
        report = self._path.with_suffix(".json")
        beside = str(report.absolute()) if report != self._path and report.is_file() else ""
        return Finished(status, 0, said, "", beside, str(self._path.absolute()))
