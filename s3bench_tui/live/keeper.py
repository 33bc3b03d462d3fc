"""The keeper: a process that holds runs, one at a time, while screens come and go.

Started by `live.launch` with the number of its listening socket and its directory in argv, in a session of its own:
a terminal that goes away does not reach it. It ends when the last seat has been left and no run is on. One thread,
which never waits for a seat.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from time import monotonic
from typing import Any

from s3bench_tui import __version__
from s3bench_tui.engine.messages import Change, Mark, Snapshot, StopRun
from s3bench_tui.live.course import Course
from s3bench_tui.live.door import Word
from s3bench_tui.live.history import History
from s3bench_tui.live.places import Place
from s3bench_tui.live.wire import About, Ask, Start, TakeSeat, Wire, belongs_to_us, packed
from s3bench_tui.spec.loading import Loaded

_TURN_S = 1.0
_FIRST_SEAT_S = 30.0
"""So long a keeper waits for somebody to come."""


class _Seat:
    """One who is connected: a seat once it has said so."""

    def __init__(self, connection: socket.socket) -> None:
        self.wire = Wire(connection)
        self.taken = False
        self.steers = False
        self.read_until = 0
        self.wants_snapshot = False


class Keeper:
    """`clock` gives seconds."""

    def __init__(self, listener: socket.socket, place: Place, clock: Callable[[], float] = monotonic) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._place = place
        self._access = place.reach.access
        self._clock = clock
        self._patience_ends_s = clock() + _FIRST_SEAT_S
        self._seats: list[_Seat] = []
        self._history = History()
        self._course: Course | None = None
        self._snapshot: Snapshot | None = None
        self._snapshot_frame = b""
        self._told_to_go = 0
        self._obeyed = 0

    def serve(self) -> None:
        """Until nobody needs it any more."""
        signal.signal(signal.SIGTERM, self._go)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while self._is_wanted():
            self._turn()
        self._listener.close()
        for seat in self._seats:
            seat.wire.close()

    def _is_wanted(self) -> bool:
        if self._running:
            return True
        return not self._told_to_go and (bool(self._seats) or self._clock() < self._patience_ends_s)

    @property
    def _running(self) -> bool:
        return self._course is not None and not self._course.over

    def _go(self, number: int, frame: object) -> None:
        """Asked to end from outside: the run ends in good order first, at the second time at once."""
        self._told_to_go += 1

    # --- one turn -------------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        with DefaultSelector() as selector:
            selector.register(self._listener, EVENT_READ)
            run = self._course.fileno() if self._course is not None else None
            if run is not None:
                selector.register(run, EVENT_READ)
            for seat in self._seats:
                wants = EVENT_READ if seat.wire.idle else EVENT_READ | EVENT_WRITE
                selector.register(seat.wire, wants, seat)
            ready = selector.select(_TURN_S)
        for key, events in ready:
            if key.fileobj is self._listener:
                self._let_in()
            elif key.data is not None and events & EVENT_READ:
                self._hear(key.data)
        while self._obeyed < self._told_to_go:
            self._obeyed += 1
            if self._course is not None:
                self._course.send(StopRun(now=self._obeyed > 1, reason="interrupted"))
        if self._course is not None and not self._course.over:
            self._course.receive()
            self._show(None if self._course.over else self._course.latest)
        for seat in tuple(self._seats):
            self._serve(seat)

    def _show(self, snapshot: Snapshot | None) -> None:
        """Have it sent to every seat, in the place of one that has not been sent yet. None: there is none any more."""
        if snapshot is not self._snapshot:
            self._snapshot = snapshot
            self._snapshot_frame = packed(snapshot) if snapshot is not None and self._seats else b""
            for seat in self._seats:
                seat.wants_snapshot = bool(self._snapshot_frame)

    # --- seats ----------------------------------------------------------------------------------------------------

    def _let_in(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            if belongs_to_us(connection):
                self._seats.append(_Seat(connection))
            else:
                connection.close()

    def _leave(self, seat: _Seat) -> None:
        if seat in self._seats:
            self._seats.remove(seat)
            seat.wire.close()
            if seat.taken:
                self._patience_ends_s = 0.0

    def _hear(self, seat: _Seat) -> None:
        try:
            messages = seat.wire.take()
        except (OSError, EOFError):
            self._leave(seat)
            return
        for message in messages:
            self._obey(seat, message)

    def _obey(self, seat: _Seat, message: Any) -> None:
        match message:
            case Ask():
                with suppress(OSError):
                    seat.wire.put(packed(self._about()))
            case TakeSeat(steers):
                seat.taken, seat.steers = True, steers
            case Start(loaded) if seat.steers and not self._running:
                self._begin(loaded)
            case Change() | Mark() | StopRun() if seat.steers and self._course is not None:
                self._course.send(message)

    def _serve(self, seat: _Seat) -> None:
        """Send what the seat has not had yet, as far as it takes it now; the newest snapshot when all else is sent."""
        try:
            seat.wire.flush()
            while seat.taken and seat.wire.idle:
                following = self._history.after(seat.read_until)
                if following is not None:
                    seat.read_until, frame = following
                elif seat.wants_snapshot:
                    seat.wants_snapshot, frame = False, self._snapshot_frame
                else:
                    return
                seat.wire.put(frame)
        except OSError:
            self._leave(seat)

    # --- runs -----------------------------------------------------------------------------------------------------

    def _begin(self, loaded: Loaded) -> None:
        self._history = History(self._history.last)
        self._course = Course(loaded, self._keep, self._access)

    def _keep(self, word: Word) -> None:
        self._history.add(word)

    def _about(self) -> About:
        course = self._course
        return About(
            self._place.name,
            os.getpid(),
            __version__,
            str(Path.cwd()),
            course.name if course else "",
            self._running,
            course.since if course else "",
            sum(seat.taken for seat in self._seats),
        )


def main(descriptor: int, directory: Path) -> None:
    """Keep runs; leave nothing behind but what they have written."""
    place = Place(directory)
    try:
        Keeper(socket.socket(fileno=descriptor), place).serve()
    finally:
        place.remove()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
