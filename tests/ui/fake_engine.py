"""A door behind which nobody runs anything: its words are scripted, and what is sent through it is kept."""

from __future__ import annotations

import os
from collections.abc import Sequence

from s3bench_tui.engine.messages import Command
from s3bench_tui.live.door import Word
from s3bench_tui.spec.loading import load_text


class FakeEngine:
    """`tell` brings words; `sent` and `started` are what the program did."""

    def __init__(self, *words: Word, can_steer: bool = True) -> None:
        self.can_steer = can_steer
        self.sent: list[Command] = []
        self.started: list[tuple[str, str]] = []
        self.closed = False
        self._words: list[Word] = []
        self._readable, self._writable = os.pipe()
        self.tell(*words)

    def tell(self, *words: Word) -> None:
        """The run has something to say."""
        if words:
            self._words += words
            os.write(self._writable, b"x")

    def start(self, text: str, source: str) -> None:
        """As the real one: a ConfigError at once where the text is not valid."""
        load_text(text, source=source)
        self.started.append((text, source))

    def send(self, command: Command) -> None:
        """Keep it."""
        self.sent.append(command)

    def receive(self) -> Sequence[Word]:
        """All that was told since the last call."""
        if self._words:
            os.read(self._readable, 4096)
        words, self._words = self._words, []
        return words

    def fileno(self) -> int:
        """Readable when there is something to receive."""
        return self._readable

    def close(self) -> None:
        """Once."""
        if not self.closed:
            self.closed = True
            os.close(self._readable)
            os.close(self._writable)
