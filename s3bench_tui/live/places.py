"""Where keepers of runs are found: a directory each, with a socket and a log, below one that only its user can enter.

It lies in the temporary directory and not in $XDG_RUNTIME_DIR, because that one goes away when its user logs out: a
run must be found again from the next login.
"""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from time import monotonic

from s3bench_tui.errors import EngineError
from s3bench_tui.live.reach import ALONE, Reach
from s3bench_tui.live.wire import About, Ask, Wire, belongs_to_us, packed

_ANSWER_S = 5.0
_BACKLOG = 16


@dataclass(frozen=True, slots=True)
class Place:
    """The directory of one keeper."""

    path: Path

    @property
    def name(self) -> str:
        """What `attach` calls it."""
        return self.path.name

    @property
    def door(self) -> Path:
        """The socket at which it listens."""
        return self.path / "socket"

    @property
    def log(self) -> Path:
        """What it says where it fails."""
        return self.path / "log"

    @property
    def reach(self) -> Reach:
        """What its session was told of a fleet; OSError where there is no such keeper."""
        return Reach.load(self.path / "reach")

    def listen(self) -> socket.socket:
        """The socket of a new keeper. It appears under its name once it listens: one that refuses is of a dead one."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        early = self.path / "socket.new"
        try:
            listener.bind(str(early))
            os.chmod(early, 0o600)
            listener.listen(_BACKLOG)
            os.rename(early, self.door)
        except OSError as error:
            listener.close()
            raise EngineError(f"cannot listen at {self.door}: {error.strerror or error}") from None
        return listener

    def connect(self) -> socket.socket:
        """A connection to the keeper; OSError where there is none, EngineError where it is not our own."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(_ANSWER_S)
            connection.connect(str(self.door))
            if not belongs_to_us(connection):
                raise EngineError(f"the process that listens at {self.door} belongs to another user")
        except BaseException:
            connection.close()
            raise
        return connection

    def ask(self) -> About:
        """What the keeper has in hand; OSError or EOFError where it does not answer."""
        connection = self.connect()
        wire = Wire(connection)
        try:
            wire.put(packed(Ask()))
            deadline = monotonic() + _ANSWER_S
            while (left_s := deadline - monotonic()) > 0:
                _wait(connection, left_s)
                for answer in wire.take():
                    if isinstance(answer, About):
                        return answer
        finally:
            wire.close()
        raise TimeoutError(f"the keeper of runs at {self.path} does not answer")

    def remove(self) -> None:
        """Take away what keepers make; a log that says something stays until somebody has read it."""
        for path in (self.door, self.path / "socket.new", self.path / "reach"):
            path.unlink(missing_ok=True)
        with suppress(OSError):
            if self.log.exists() and not self.log.stat().st_size:
                self.log.unlink()
            self.path.rmdir()


def _wait(connection: socket.socket, timeout_s: float) -> None:
    with DefaultSelector() as selector:
        selector.register(connection, EVENT_READ)
        selector.select(timeout_s)


def home() -> Path:
    """The directory of all keepers of this user, made where it is missing; EngineError where it cannot be trusted."""
    path = Path(tempfile.gettempdir()) / f"s3bench-tui-{os.geteuid()}"
    try:
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        found = path.lstat()
    except OSError as error:
        raise EngineError(f"cannot make the directory {path}: {error.strerror}; set TMPDIR to one of yours") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise EngineError(f"{path} must be a directory that only you can enter; remove it, or set TMPDIR to another")
    return path


def new_place(reach: Reach = ALONE) -> Place:
    """A place of its own for a new keeper, under the smallest number that is free; the dead are cleared away."""
    below = home()
    for place in _places(below):
        if _is_dead(place):
            place.remove()
    number = 1
    while True:
        path = below / str(number)
        try:
            path.mkdir(mode=0o700)
            reach.save(path / "reach")
            return Place(path)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise EngineError(f"cannot make the directory {path}: {error.strerror}") from None


def keepers() -> list[tuple[Place, About]]:
    """All that answer, in the order of their names."""
    found = []
    for place in _places(home()):
        with suppress(OSError, EOFError):
            found.append((place, place.ask()))
    return found


def _places(below: Path) -> Iterator[Place]:
    names = (path for path in below.iterdir() if path.name.isdigit())
    yield from map(Place, sorted(names, key=lambda path: int(path.name)))


def _is_dead(place: Place) -> bool:
    """Whether it has a socket at which nobody listens. One without a socket may be about to get one."""
    try:
        place.connect().close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
