"""What a screen would do, without one: sits before a keeper, and waits for words."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from s3bench_tui.live.door import Began, Door, Finished, Word
from tests.e2e.program import GETS, PATIENCE_S


def text(**changes: Any) -> str:
    """The text of a workload: GETS with these keys in place of its own; None takes a key away."""
    content: Mapping[str, Any] = {key: value for key, value in (GETS | changes).items() if value is not None}
    return yaml.safe_dump(content, sort_keys=False)


class Sitter:
    """All words that came through a door."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.words: list[Word] = []

    def until(self, condition: Callable[[Word], bool]) -> Any:
        """Listen until a new word fulfils this; that word."""
        deadline = time.monotonic() + PATIENCE_S
        while (left_s := deadline - time.monotonic()) > 0:
            if not select.select([self.door], [], [], left_s)[0]:
                break
            received = self.door.receive()
            self.words += received
            for word in received:
                if condition(word):
                    return word
        raise AssertionError(f"it never came; the last words were {self.words[-3:]}")

    def until_kind(self, kind: type[Any]) -> Any:
        return self.until(lambda word: isinstance(word, kind))

    @property
    def run(self) -> list[Word]:
        """The words of the last run, from the last time on that it was told from its beginning."""
        first = max(number for number, word in enumerate(self.words) if isinstance(word, Began))
        return self.words[first:]

    def finish(self) -> Finished:
        """Listen to the end of the run."""
        finished: Finished = self.until_kind(Finished)
        return finished
