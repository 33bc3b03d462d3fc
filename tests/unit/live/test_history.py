"""What a seat is given that comes late, falls behind, or reads along: every operation once, and not too much of it."""

from __future__ import annotations

import gc
import tracemalloc
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.messages import Event, Interval, Phase, PhaseClosed, PhaseOpened, Settings
from s3bench_tui.live.door import Began
from s3bench_tui.live.history import EVENTS_KEPT, TIERS, History, Tier
from s3bench_tui.live.wire import unpacked
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Row, RowKey, total_of

FINE_S, COARSE_S = 40.0, 10.0
SHORT = (Tier(FINE_S, COARSE_S),)
BEGAN = Began("run", "", "", "", "2026-01-02T12:00:00Z")


def second(phase: int, start_s: float, ops: int = 1) -> Interval:
    row = Row(ops=ops, service=Histogram.of_values([int(start_s) + 1] * ops))
    return Interval(phase, start_s, start_s + 1.0, {RowKey(0, 0, 0): row})


def phase(index: int, start_s: float) -> Phase:
    return Phase(index, "measured", start_s, Settings(1, (1.0,), (None,)))


def read(history: History, number: int = 0) -> tuple[list[Any], int]:
    """All that follows, from a seat that had this number last."""
    words = []
    while (following := history.after(number)) is not None:
        number, frame = following
        words.append(unpacked(frame))
    return words, number


def ops(words: list[Any]) -> int:
    return sum(total_of(word.tally).ops for word in words if isinstance(word, Interval))


def test_a_late_seat_gets_all_of_it_in_order() -> None:
    history = History(tiers=SHORT)
    told = [BEGAN, PhaseOpened(phase(0, 0.0)), second(0, 0.0), second(0, 1.0), PhaseClosed(phase(0, 0.0))]
    for word in told:
        history.add(word)
    words, number = read(history)
    assert words == told
    assert history.after(number) is None
    history.add(second(0, 2.0))
    assert read(history, number)[0] == [second(0, 2.0)]


def test_a_long_run_is_kept_by_second_at_its_end_and_by_ten_before() -> None:
    history = History(tiers=SHORT)
    history.add(BEGAN)
    history.add(PhaseOpened(phase(0, 0.0)))
    for at in range(600):
        history.add(second(0, float(at)))
    words, _ = read(history)
    intervals = [word for word in words if isinstance(word, Interval)]
    assert words[:2] == [BEGAN, PhaseOpened(phase(0, 0.0))]
    assert len(intervals) == FINE_S + 1 + (600 - FINE_S) / COARSE_S
    assert ops(words) == 600
    assert all(one.end_s == other.start_s for one, other in pairwise(intervals))
    assert {interval.end_s - interval.start_s for interval in intervals} == {1.0, COARSE_S, 9.0}


def test_the_bounds_of_a_phase_are_kept() -> None:
    history = History(tiers=SHORT)
    history.add(BEGAN)
    for index in range(4):
        history.add(PhaseOpened(phase(index, index * 3.0)))
        for at in range(3):
            history.add(second(index, index * 3.0 + at))
        history.add(PhaseClosed(phase(index, index * 3.0)))
    for at in range(int(FINE_S) + 20):
        history.add(second(4, 12.0 + at))
    open_phase, counted = None, {}
    for word in read(history)[0]:
        if isinstance(word, PhaseOpened):
            open_phase = word.phase.index
        elif isinstance(word, Interval) and word.phase < 4:
            assert word.phase == open_phase
            counted[word.phase] = counted.get(word.phase, 0) + total_of(word.tally).ops
    assert counted == {0: 3, 1: 3, 2: 3, 3: 3}


def test_one_that_is_far_behind_begins_anew() -> None:
    history = History(tiers=SHORT)
    history.add(BEGAN)
    history.add(second(0, 0.0))
    history.add(second(0, 1.0))
    _, behind = read(history)
    for at in range(2, int(FINE_S) + 30):
        history.add(second(0, float(at)))
    words, _ = read(history, behind)
    assert words[0] == BEGAN
    assert ops(words) == int(FINE_S) + 30


def test_the_next_run_replaces_the_one_before() -> None:
    first = History(tiers=SHORT)
    first.add(BEGAN)
    first.add(second(0, 0.0))
    _, number = read(first)
    following = History(first.last)
    following.add(BEGAN)
    assert read(following, number)[0] == [BEGAN]
    assert read(following)[0] == [BEGAN]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0.5, 9.0), st.integers(0, 40)), min_size=1, max_size=120))
def test_whoever_reads_however_slowly_counts_each_operation_once(steps: list[tuple[float, int]]) -> None:
    """Each step: an interval as long as that, then a seat that reads so many words of what it has not had."""
    history = History(tiers=SHORT)
    history.add(BEGAN)
    at_s, told, seen, number = 0.0, 0, 0, 0
    for length_s, reads in steps:
        history.add(Interval(0, at_s, at_s + length_s, {RowKey(0, 0, 0): Row(ops=1)}))
        at_s, told = at_s + length_s, told + 1
        for _ in range(reads):
            if (following := history.after(number)) is None:
                assert seen == told
                break
            number, frame = following
            word = unpacked(frame)
            seen = 0 if isinstance(word, Began) else seen + total_of(word.tally).ops
    while (following := history.after(number)) is not None:
        number, frame = following
        word = unpacked(frame)
        seen = 0 if isinstance(word, Began) else seen + total_of(word.tally).ops
    assert seen == told


def test_what_is_merged_twice_counts_each_operation_once() -> None:
    history = History(tiers=(Tier(FINE_S, COARSE_S), Tier(100.0, 50.0)))
    history.add(PhaseOpened(phase(0, 0.0)))
    for at in range(400):
        history.add(second(0, float(at)))
    words, _ = read(history)
    intervals = [word for word in words if isinstance(word, Interval)]
    assert ops(words) == 400
    assert all(one.end_s == next_one.start_s for one, next_one in pairwise(intervals))
    assert [interval.end_s - interval.start_s for interval in intervals[:3]] == [50.0, 50.0, 50.0]


def test_requests_of_uploads_in_parts_are_merged_too() -> None:
    history = History(tiers=SHORT)
    for at in range(200):
        row = Row(ops=3)
        history.add(Interval(0, float(at), at + 1.0, {}, requests={RowKey(0, 1, 0): row}))
    words, _ = read(history)
    assert sum(total_of(word.requests).ops for word in words) == 600


def test_events_beyond_those_that_are_kept_are_forgotten_and_a_late_seat_reads_on() -> None:
    history = History()
    for at in range(EVENTS_KEPT + 500):
        history.add(Event(float(at), "error", "again"))
    words, _ = read(history, 10)
    assert [word.at_s for word in words] == [float(at) for at in range(500, EVENTS_KEPT + 500)]
    assert len(history) == EVENTS_KEPT


def test_thirty_hours_take_no_more_memory_than_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that runs 48 times as fast, so that all lengths are shorter by that; with a flood of events."""
    speed = 48
    monkeypatch.setattr("s3bench_tui.live.history.EVENTS_KEPT", EVENTS_KEPT // speed)
    history = History(tiers=[Tier(tier.after_s / speed, tier.length_s / speed * 4) for tier in TIERS])
    day_s, longer_s = 24 * 3600 // speed, 30 * 3600 // speed
    tracemalloc.start()
    try:
        kept: list[tuple[int, int]] = []
        for at in range(longer_s):
            history.add(second(0, float(at)))
            if at % 8 == 0:
                history.add(Event(float(at), "error", "again"))
            if at + 1 in (day_s, longer_s):
                gc.collect()
                kept.append((len(history), tracemalloc.get_traced_memory()[0]))
    finally:
        tracemalloc.stop()
    (words, used), (words_later, used_later) = kept
    assert words_later < words * 1.05
    assert used_later < used * 1.1
