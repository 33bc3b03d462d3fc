"""What is told of a run while it lasts, record by record."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from s3bench_tui.engine.messages import (
    Arrivals,
    Entry,
    Event,
    Phase,
    PhaseOpened,
    RunEnded,
    RunStarted,
    Settings,
    Snapshot,
)
from s3bench_tui.headless.narration import Narration

SETTINGS = Settings(4, (1.0, 0.0), (None, None))
STARTED = RunStarted("id", "2026-01-01T00:00:00Z", "1", {}, (Entry("get", "get"), Entry("put", "put")), (), {})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def _phase(kind: str, settings: Settings = SETTINGS, label: str = "") -> PhaseOpened:
    return PhaseOpened(Phase(0, kind, 0.0, settings, label))


def _snapshot(at_s: float) -> Snapshot:
    phase = Phase(0, "measured", 0.0, SETTINGS)
    return Snapshot(at_s, phase, "running", {}, {}, at_s, Arrivals(), 4, 0, planned_s=10.0)


def test_phases_say_what_sets_them_apart() -> None:
    stream = io.StringIO()
    narration = Narration(stream, talks=True, progress=True)
    faster = replace(SETTINGS, concurrency=1600, weights=(3.0, 0.5))
    for record in (
        STARTED,
        _phase("prepare"),
        _phase("warmup"),
        _phase("measured"),
        Event(1.0, "change", "settings changed"),
        _phase("measured", faster, "harder"),
        _phase("paused", faster),
        _phase("measured", replace(faster, rate_per_s=5000.0)),
        _phase("drain"),
        Event(1.0, "worker", "worker 1 was\x1b[2J lost"),
        RunEnded(2.0, "interrupted", "interrupted"),
    ):
        narration.feed(record)
    assert stream.getvalue().splitlines() == [
        "preparing the data set",
        "warming up: 4 slots",
        "measuring: 4 slots",
        "measuring: harder, 1,600 slots, weights get 3, put 0.5",
        "paused",
        "measuring: 5.00k arrivals a second",
        "draining",
        "worker 1 was [2J lost",
        "interrupted",
    ]


def test_a_line_a_second_without_a_terminal() -> None:
    stream = io.StringIO()
    narration = Narration(stream, talks=False, progress=True)
    for quarter in range(1, 21):
        narration.progress(_snapshot(quarter / 4))
    begun = [line.split("  ")[0] for line in stream.getvalue().splitlines()]
    assert begun == [f"running {second}/10 s" for second in range(6)]


def test_one_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    narration = Narration(stream, talks=True, progress=True)
    for quarter in range(1, 21):
        narration.progress(_snapshot(quarter / 4))
    narration.say("a word")
    shown = stream.getvalue()
    assert shown.count("\rrunning") == 20
    assert max(len(part) for part in shown.split("\r")) < 40
    assert shown.endswith("\ra word\n")


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_nothing_where_it_is_to_be_quiet(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setenv("TERM", term)
    stream = Terminal()
    narration = Narration(stream, talks=False, progress=False)
    narration.feed(_phase("measured"))
    narration.progress(_snapshot(1.0))
    narration.close()
    assert stream.getvalue() == ""
    narration.complain("the disk is full")
    assert stream.getvalue() == "the disk is full\n"


def test_a_reader_that_left_costs_nothing() -> None:
    narration = Narration(Closed(), talks=True, progress=True)
    for _ in range(2):
        narration.feed(_phase("measured"))
        narration.progress(_snapshot(1.0))
    narration.close()
