"""What members have said and the engine has not heard yet. Bounded: of what is for eyes it keeps the latest of each member, and
whoever is far ahead of the engine waits. Knows of a word only whether it may be missing."""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from multiprocessing.connection import wait

from s3bench_tui.fleet.transport import Arrived

MOST_WAITING = 256
"""Words of one member: minutes of a run. Its transport holds back what comes after them."""


class Inbox:
    """`put` is for threads of a transport, the rest for the one of the engine."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._words: deque[Arrived] = deque()
        self._waiting: Counter[int] = Counter()
        """How many of the words are of each member."""
        self._partials: dict[int, Arrived] = {}
        self._room = threading.Condition()
        self._woken, self._wake = os.pipe()
        self._awake = False
        self._closed = False

    def put(self, arrived: Arrived) -> None:
        """Take one in; waits while too many of this member have not been heard."""
        with self._room:
            if arrived.word is not None and arrived.word.WhichOneof("word") == "partial":
                self._partials[arrived.member] = arrived
            else:
                self._room.wait_for(lambda: self._closed or self._waiting[arrived.member] < self._most)
                self._words.append(arrived)
                self._waiting[arrived.member] += 1
            if not self._awake and not self._closed:
                self._awake = True
                os.write(self._wake, b".")

    def take(self) -> Arrived | None:
        """The next, in the order in which they came, and what is for eyes after all others; None where there is none."""
        with self._room:
            if self._words:
                arrived = self._words.popleft()
                if self._waiting[arrived.member] == self._most:
                    self._room.notify_all()
                self._waiting[arrived.member] -= 1
                return arrived
            if self._partials:
                return self._partials.pop(next(iter(self._partials)))
            if self._awake:
                self._awake = False
                os.read(self._woken, 1)
            return None

    def fileno(self) -> int:
        """Readable while there is something to take."""
        return self._woken

    def wait(self, timeout_s: float) -> None:
        """Until there is something to take, or so long."""
        wait([self._woken], timeout_s)

    def close(self) -> None:
        """Nobody takes any more: nobody waits for room."""
        with self._room:
            if not self._closed:
                self._closed = True
                os.close(self._wake)
                self._room.notify_all()
