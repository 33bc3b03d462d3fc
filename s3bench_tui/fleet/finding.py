"""What one agent of a fleet said when it was asked whether it could run a workload. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one target to one agent; `text` is a sentence either way."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one agent said; `problem` is a sentence, and empty where it could run the workload."""

    agent: str
    problem: str = ""
    text: str = ""
    answers: tuple[Answer, ...] = ()
    """Of each target; none where the agent could not be asked."""
