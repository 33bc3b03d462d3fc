"""A program in a terminal of 120 x 36, whose every byte is kept with the time at which it came. Knows no key of ours.

Nothing is understood while the program runs, so that the terminal takes no CPU from what is measured; what stood on
the screen, and since when, is found afterwards.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyte

COLUMNS, ROWS = 120, 36
PATIENCE_S = 60.0


class Terminal:
    """`process` is the program at it."""

    def __init__(self, process: subprocess.Popen[bytes], controller: int) -> None:
        self.process = process
        self._controller = controller
        self._chunks: list[tuple[int, bytes]] = []
        self._understood = 0
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                more = os.read(self._controller, 1 << 16)
            except OSError:  # the program has ended
                return
            self._chunks.append((time.monotonic_ns(), more))

    def press(self, key: str) -> int:
        """Send the bytes of a key; when that was, ns of CLOCK_MONOTONIC."""
        pressed_ns = time.monotonic_ns()
        os.write(self._controller, key.encode())
        return pressed_ns

    def bytes_written(self) -> int:
        """By the program, so far."""
        return sum(len(more) for _, more in self._chunks)

    def screens(self) -> Iterator[tuple[int, str]]:
        """What came and has not been looked at: the screen after each piece, and when that came."""
        while self._understood < len(self._chunks):
            at_ns, more = self._chunks[self._understood]
            self._understood += 1
            self._stream.feed(more)
            yield at_ns, self._text()

    def _text(self) -> str:
        return "\n".join(self._screen.display)

    def wait_for(self, shown: Callable[[str], bool], what: str) -> None:
        """Until it is shown. RuntimeError where it never is."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            for _ in self.screens():
                pass
            if shown(self._text()):
                return
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"the screen never showed {what}; it is now:\n{self._text()}")
            time.sleep(0.1)

    def cpu_s(self) -> float:
        """CPU of the program so far, as the kernel counts it: of its own process alone, user and system."""
        return cpu_s(self.process.pid)


def cpu_s(pid: int) -> float:
    """User and system time of a process that runs, with its threads, without its children."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def terminal(argv: Sequence[str], env: Mapping[str, str]) -> Iterator[Terminal]:
    """Start a program at one; it is killed where it still runs at the end."""
    controller, tty = os.openpty()
    fcntl.ioctl(controller, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, 0, 0))

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        argv, env={**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}, stdin=tty, stdout=tty, stderr=tty,
        start_new_session=True, preexec_fn=take_terminal,
    )  # fmt: skip
    os.close(tty)
    try:
        yield Terminal(process, controller)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(controller)
