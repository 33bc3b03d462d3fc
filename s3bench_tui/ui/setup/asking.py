"""Questions to targets, each in a thread of its own, so that no answer that takes its time holds up the screen.

A thread is a daemon: leaving the program does not wait for a server. Knows nothing of what is asked.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from textual.message import Message
from textual.widget import Widget

from s3bench_tui.errors import S3BenchError, TargetError


class Answered(Message):
    """The answer, or the error in its place; `token` is what the question was asked with."""

    def __init__(self, token: object, answer: Any) -> None:
        super().__init__()
        self.token = token
        self.answer = answer


def ask(asker: Widget, token: object, question: Callable[[], Any]) -> None:
    """Have `question` answered by an `Answered` to `asker`; who does not want it any more forgets the token."""

    def run() -> None:
        answer: Any
        try:
            answer = question()
        except S3BenchError as error:
            answer = error
        except Exception as error:  # noqa: BLE001 - a library's own fault must come back as a sentence, too
            answer = TargetError(f"this failed in an unexpected way: {type(error).__name__}")
        with suppress(RuntimeError):  # the program has been left meanwhile
            asker.post_message(Answered(token, answer))

    threading.Thread(target=contextvars.copy_context().run, args=(run,), name="question", daemon=True).start()
