"""The program in a terminal of its own, as its users have it: keys in, a screen of characters out."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyte

from tests.e2e.program import PATIENCE_S, command, environment

KEYS = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "enter": "\r", "escape": "\x1b", "tab": "\t",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "space": " ",
    "shift+right": "\x1b[1;2C", "shift+left": "\x1b[1;2D",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}  # fmt: skip
ALTERNATE_ON, ALTERNATE_OFF = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """A program at a terminal; `screen` is what it shows, `raw` all that it ever wrote."""

    def __init__(self, process: subprocess.Popen[bytes], controller: int, terminal: int, size: tuple[int, int]) -> None:
        self.process = process
        self.raw = b""
        self._controller = controller
        self._terminal = terminal
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)

    def settings(self) -> list[Any]:
        """What `stty -a` would show."""
        return termios.tcgetattr(self._terminal)

    def read(self, timeout_s: float = 0.0, at_most: int = 1 << 16) -> bool:
        """Take so many bytes of what the program writes; False where it wrote nothing in that time."""
        if not select.select([self._controller], [], [], timeout_s)[0]:
            return False
        try:
            more = os.read(self._controller, at_most)
        except OSError:
            return False
        self.raw += more
        self._stream.feed(more)
        return True

    @property
    def screen(self) -> str:
        """The lines that are shown."""
        while self.read():
            pass
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, *texts: str) -> str:
        """Until the screen shows all of these; that screen."""
        deadline = time.monotonic() + PATIENCE_S
        while not all(text in self.screen for text in texts):
            if time.monotonic() > deadline or (self.process.poll() is not None and not self.read(0.1)):
                raise AssertionError(f"{texts} never stood on the screen, which is now:\n{self.screen}")
            self.read(0.1)
        return self.screen

    def press(self, *keys: str) -> None:
        """One key after another; what is no key of KEYS is typed."""
        for key in keys:
            os.write(self._controller, KEYS.get(key, key).encode())

    def resize(self, columns: int, rows: int) -> None:
        """As when the window is dragged."""
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._controller, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGWINCH)

    def hang_up(self) -> None:
        """The terminal goes away, as when its window is closed."""
        os.close(self._terminal)
        os.close(self._controller)
        self._controller = self._terminal = -1

    def end(self) -> int:
        """Wait for the program's end; its exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.1)
        while self.read(0.1):
            pass
        return self.process.wait(PATIENCE_S)


@contextmanager
def terminal(
    *arguments: object, cwd: Path, size: tuple[int, int] = (120, 36), more: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Start the program in a terminal of this size (columns, rows); it is killed if it still runs at the end."""
    controller, tty = os.openpty()
    fcntl.ioctl(controller, termios.TIOCSWINSZ, struct.pack("4H", size[1], size[0], 0, 0))
    surroundings = environment(TERM="xterm-256color", COLORTERM="truecolor")
    for told in ("COLUMNS", "LINES"):  # the terminal has a size of its own; readline exports both to whom a test starts
        surroundings.pop(told, None)
    surroundings |= more or {}

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        command(*arguments), cwd=cwd, env=surroundings, stdin=tty, stdout=tty, stderr=tty,
        start_new_session=True, preexec_fn=take_terminal,
    )  # fmt: skip
    shown = Terminal(process, controller, tty, size)
    try:
        yield shown
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE_S)
        if shown._controller >= 0:
            os.close(controller)
            os.close(tty)
