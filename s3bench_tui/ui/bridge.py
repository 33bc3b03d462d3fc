"""Between the door and the screens: takes words when they come, and has them ready when a screen draws.

The only code of the terminal program that touches the door. Draws nothing; every screen asks for `state`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from s3bench_tui.engine.messages import Command, StopRun
from s3bench_tui.errors import ExitCode
from s3bench_tui.live.door import Began, Door, Finished
from s3bench_tui.ui.state import RunState


@runtime_checkable
class Playback(Protocol):
    """What the door to a recording can do beside telling it."""

    @property
    def held(self) -> bool:
        """Whether it stands still."""

    @property
    def speed(self) -> float:
        """How many seconds of the run pass in one."""

    @property
    def position_s(self) -> float:
        """Second of the run."""

    def hold(self, held: bool) -> None:
        """Stand still, or go on."""

    def play_at(self, speed: float) -> None:
        """Go on at this speed."""

    def wind(self, to_s: float) -> None:
        """Go to a second of the run."""


class Bridge:
    """Words in, commands out. `on_began` and `on_finished` are called once a run, `on_lost` where no more will come."""

    def __init__(
        self,
        door: Door,
        on_began: Callable[[Began], None],
        on_finished: Callable[[Finished], None],
        on_lost: Callable[[str], None],
        on_fault: Callable[[Exception], None],
    ) -> None:
        self._door = door
        self._on_lost = on_lost
        self._on_fault = on_fault
        self._on_began = on_began
        self._on_finished = on_finished
        self._loop: asyncio.AbstractEventLoop | None = None
        self.state = RunState()
        self.last_finished: Finished | None = None
        """The run that ended last, while this screen looked on."""
        self.given_text = ""
        """What this screen has run last, as it was written; "" where it has run nothing."""
        self._closed = False
        self.lost = ""
        """Why nothing more will come, as a sentence; empty while the door is open."""

    @property
    def can_steer(self) -> bool:
        """False where this is a recording that is played back."""
        return self._door.can_steer

    @property
    def playback(self) -> Playback | None:
        """The recording, where it is one that is played back."""
        return self._door if isinstance(self._door, Playback) else None

    def open(self) -> None:
        """Begin to listen; to be called in the event loop of the program."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._door.fileno(), self._readable)
        self._readable()

    def _readable(self) -> None:
        try:
            self.receive()
        except Exception as error:  # noqa: BLE001 - the event loop would swallow it; it is shown and logged instead
            self._on_fault(error)

    def receive(self) -> None:
        """Take all that is new."""
        try:
            words = self._door.receive()
        except (OSError, EOFError) as error:
            self._lose(error)
            return
        for word in words:
            if isinstance(word, Began):
                self.state = RunState()
            self.state.take(word)
            if isinstance(word, Began):
                self._on_began(word)
            elif isinstance(word, Finished):
                self.last_finished = word
                self._on_finished(word)

    def _lose(self, error: Exception) -> None:
        self.lost = f"The process that keeps the runs is gone: {error}"
        self.close()
        if self.state.is_on and self.state.began is not None:
            recording = self.state.began.recording
            self.state.take(Finished("engine_lost", int(ExitCode.INTERNAL), self.lost, "", "", recording))
        self._on_lost(self.lost)

    def start(self, text: str, source: str) -> None:
        """Begin a run of this workload file's text. Raises ConfigError where it is not valid."""
        self._door.start(text, source)
        self.given_text = text

    def send(self, command: Command) -> None:
        """Pass a command on to the run that is on; a stop goes to one that is still preparing, too."""
        if not self.lost and self.state.is_on and (isinstance(command, StopRun) or self.can_steer):
            self._door.send(command)

    def close(self) -> None:
        """Leave the seat; a run that is on goes on."""
        if self._loop is not None:
            self._loop.remove_reader(self._door.fileno())
            self._loop = None
        if not self._closed:
            self._closed = True
            self._door.close()
