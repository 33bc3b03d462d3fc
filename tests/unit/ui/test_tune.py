"""Turning dials, undoing, and keeping what came of it: pure, without a screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3bench_tui.engine.messages import Change, Phase, Settings
from s3bench_tui.errors import ConfigError
from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import load_text
from s3bench_tui.ui.keeping import scheduled, session_steps, tuned
from s3bench_tui.ui.tune import Dial, change_between, dials, rate_step, said, turned, value_of, with_value
from s3bench_tui.ui.tuning import GIVE_UP_S, Tuning

NAMES = ("get", "put", "list")
CLOSED = Settings(16, (70.0, 30.0, 0.0), (None, 4, None))
OPEN = replace(CLOSED, rate_per_s=9000.0)

TEXT = """\
# a comment that matters
name: kept   # and another
target: null://demo/
duration: 60s
concurrency: 16
dataset: {count: 100, size: 4KiB}
workload:
  - {op: get, weight: 70}
  - {op: put, path: out/, size: 4KiB, weight: 30, concurrency: 4}
  - {op: list, path: data/, weight: 0}
"""
OPEN_TEXT = TEXT + "load: {model: open, rate: 9000/s}\n"


# --- dials --------------------------------------------------------------------------------------------------------


def test_a_closed_loop_has_no_rate_and_an_open_one_has() -> None:
    assert [dial.kind for dial in dials(CLOSED)] == ["concurrency"] + ["weight"] * 3 + ["limit"] * 3
    assert dials(OPEN)[0] == Dial("rate")


def test_by_one_and_by_ten_and_never_below_what_can_be() -> None:
    slots = Dial("concurrency")
    assert turned(CLOSED, slots, 1).concurrency == 17
    assert turned(CLOSED, slots, 10).concurrency == 26
    assert turned(CLOSED, slots, -100).concurrency == 1
    assert turned(CLOSED, Dial("weight", 1), -40).weights == (70.0, 0.0, 0.0)


def test_the_last_weight_cannot_be_taken_away() -> None:
    only = replace(CLOSED, weights=(1.0, 0.0, 0.0))
    assert turned(only, Dial("weight", 0), -10) == only


def test_a_limit_comes_from_all_slots_and_goes_beyond_them() -> None:
    assert turned(CLOSED, Dial("limit", 0), -1).limits == (15, 4, None)
    assert turned(CLOSED, Dial("limit", 0), 1).limits == (None, 4, None)
    assert turned(CLOSED, Dial("limit", 1), 12).limits == (None, None, None)
    assert turned(CLOSED, Dial("limit", 1), -10).limits == (None, 1, None)


@pytest.mark.parametrize(
    ("rate", "steps", "expected"),
    [(9000, 1, 9100), (9000, 10, 10_000), (9900, 2, 11_000), (10_000, -1, 9900), (1000, -1, 990), (1.0, -1, 0.99), (9050, -1, 9000)],
)  # fmt: skip
def test_a_rate_turns_in_its_second_digit(rate: float, steps: int, expected: float) -> None:
    assert turned(replace(OPEN, rate_per_s=rate), Dial("rate"), steps).rate_per_s == pytest.approx(expected)


@given(st.floats(0.001, 1e9), st.integers(-30, 30))
def test_a_rate_stays_above_nothing_and_goes_the_right_way(rate: float, steps: int) -> None:
    after = turned(replace(OPEN, rate_per_s=rate), Dial("rate"), steps).rate_per_s
    assert after is not None and after > 0
    assert (after > rate) == (steps > 0) or after == pytest.approx(rate, rel=0.11)
    assert rate_step(rate) <= rate * 0.1000001


_settings = st.builds(
    Settings,
    st.integers(1, 500),
    st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(1, 100)),
    st.tuples(*[st.none() | st.integers(1, 500)] * 3),
)


@given(_settings, _settings)
def test_a_change_says_what_differs_and_nothing_else(before: Settings, after: Settings) -> None:
    change = change_between(before, after, NAMES)
    assert (change is None) == (before == after) == (not said(before, after, NAMES))
    if change is not None:
        weights = tuple((change.weights or {}).get(name, old) for name, old in zip(NAMES, before.weights, strict=True))
        limits = tuple((change.limits or {}).get(name, old) for name, old in zip(NAMES, before.limits, strict=True))
        slots = before.concurrency if change.concurrency is None else change.concurrency
        assert Settings(slots, weights, limits) == after


def test_a_change_in_words() -> None:
    after = replace(
        OPEN, concurrency=32, weights=(60.0, 30.0, 2.5), limits=(None, None, 2), paused=True, rate_per_s=1.5
    )
    assert said(OPEN, after, NAMES) == (
        "pause, rate 9,000>1.5, slots 16>32, get 70>60, list 0>2.5, limit put 4>none, limit list none>2"
    )


# --- the hand on the dials ----------------------------------------------------------------------------------------


def test_keys_add_up_to_one_command() -> None:
    tuning = Tuning()
    tuning.move(CLOSED, 1)
    for steps in (-1, -1, -10, 1):
        tuning.turn(CLOSED, steps, 0.0)
    assert tuning.take(CLOSED, NAMES, 0.2) == Change(weights={"get": 59.0})
    assert tuning.take(CLOSED, NAMES, 0.3) is None


def test_what_was_sent_is_shown_until_it_holds_or_is_given_up() -> None:
    tuning = Tuning()
    tuning.turn(CLOSED, 4, 0.0)
    tuning.take(CLOSED, NAMES, 0.2)
    wanted = replace(CLOSED, concurrency=20)
    assert tuning.shown(CLOSED, 0.3) == wanted and tuning.waiting
    assert tuning.shown(wanted, 0.4) == wanted and not tuning.waiting
    tuning.turn(wanted, 1, 1.0)
    tuning.take(wanted, NAMES, 1.2)
    assert tuning.shown(wanted, 1.3 + GIVE_UP_S) == wanted, "the run refused it"


def test_undo_goes_back_one_change_at_a_time_and_no_further() -> None:
    tuning, actual = Tuning(), CLOSED
    tuning.turn(actual, 4, 0.0)
    assert tuning.take(actual, NAMES, 0.2) == Change(concurrency=20)
    actual = replace(actual, concurrency=20)
    tuning.move(actual, 2)
    tuning.turn(actual, 5, 5.0)
    assert tuning.take(actual, NAMES, 5.2) == Change(weights={"put": 35.0})
    actual = replace(actual, weights=(70.0, 35.0, 0.0))
    assert tuning.undo(actual, NAMES, 6.0) == Change(weights={"put": 30.0})
    actual = replace(actual, weights=(70.0, 30.0, 0.0))
    assert tuning.undo(actual, NAMES, 7.0) == Change(concurrency=16)
    assert tuning.undo(CLOSED, NAMES, 8.0) is None


def test_undo_takes_back_keys_that_are_not_sent_yet() -> None:
    tuning = Tuning()
    tuning.turn(CLOSED, 4, 0.0)
    assert tuning.undo(CLOSED, NAMES, 0.1) is None
    assert tuning.take(CLOSED, NAMES, 0.3) is None


def test_a_pause_is_neither_undone_nor_taken_back_with_the_file() -> None:
    tuning = Tuning()
    tuning.turn(CLOSED, 4, 0.0)
    tuning.take(CLOSED, NAMES, 0.2)
    paused = replace(CLOSED, concurrency=20, paused=True)
    assert tuning.undo(paused, NAMES, 1.0) == Change(concurrency=16)
    turned_again = replace(CLOSED, concurrency=20, paused=True)
    tuning.back_to(turned_again, CLOSED, 9.0)
    assert tuning.take(turned_again, NAMES, 9.2) == Change(concurrency=16)


def test_typed_values() -> None:
    tuning = Tuning()
    tuning.move(CLOSED, 1)
    for character in ("2", ".", ".", "5"):
        tuning.type(character)
    assert tuning.typed == "2.5"
    tuning.enter(CLOSED, 0.0)
    assert tuning.take(CLOSED, NAMES, 0.2) == Change(weights={"get": 2.5})
    tuning.move(CLOSED, -1)
    tuning.type("0")
    tuning.enter(CLOSED, 5.0)
    assert tuning.take(CLOSED, NAMES, 5.2) == Change(concurrency=1), "there is always a slot"


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-20, 20)), max_size=12))
def test_any_number_of_changes_can_be_undone(moves: list[tuple[int, int]]) -> None:
    tuning, actual, now_s, sent = Tuning(), CLOSED, 0.0, 0
    for dial, steps in moves:
        tuning.chosen = dial
        tuning.turn(actual, steps, now_s)
        if tuning.take(actual, NAMES, now_s) is not None:
            sent += 1
            actual = tuning.shown(actual, now_s)
        now_s += 10
    for _ in range(sent):
        assert tuning.undo(actual, NAMES, now_s) is not None
        actual = tuning.shown(actual, now_s)
        now_s += 10
    assert actual == CLOSED and tuning.undo(actual, NAMES, now_s) is None


# --- keeping ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "settings"), [(TEXT, CLOSED), (OPEN_TEXT, OPEN)])
def test_a_tuned_file_keeps_its_comments_and_loads_with_the_new_values(text: str, settings: Settings) -> None:
    after = replace(settings, concurrency=32, weights=(60.0, 30.0, 2.5), limits=(8, None, None))
    after = replace(after, rate_per_s=None if settings.rate_per_s is None else 12_500.0)
    kept = tuned([text], as_dict(load_text(text).workload), after)
    assert "# a comment that matters" in kept and "# and another" in kept
    workload = load_text(kept).workload
    assert tuple(line.weight for line in workload.workload) == after.weights
    assert tuple(line.concurrency for line in workload.workload) == after.limits
    assert workload.concurrency == 32
    assert workload.load.rate == after.rate_per_s


def test_a_file_that_is_another_workload_by_now_is_not_taken() -> None:
    effective = as_dict(load_text(TEXT).workload)
    other = TEXT.replace("count: 100", "count: 999")
    kept = tuned([other, "no: [workload", TEXT], effective, replace(CLOSED, concurrency=17))
    assert "# a comment that matters" in kept and "count: 100" in kept
    alone = load_text(tuned([other], effective, replace(CLOSED, concurrency=17))).workload
    assert alone.concurrency == 17 and as_dict(alone)["datasets"] == effective["datasets"]


def phases() -> list[Phase]:
    first = Phase(0, "warmup", 0.0, CLOSED)
    second = Phase(1, "measured", 5.0, CLOSED)
    third = Phase(2, "measured", 12.5, replace(CLOSED, concurrency=32, weights=(50.0, 50.0, 0.0)))
    fourth = Phase(3, "paused", 20.0, replace(third.settings, paused=True))
    fifth = Phase(4, "measured", 22.0, third.settings)
    sixth = Phase(5, "measured", 30.0, replace(third.settings, limits=(None, None, 2)), label="cache dropped")
    return [first, second, third, fourth, fifth, sixth, Phase(6, "drain", 40.0, sixth.settings)]


def test_a_session_becomes_a_schedule_that_does_it_again() -> None:
    kept = scheduled([TEXT], as_dict(load_text(TEXT).workload), phases(), stopped_s=40.0)
    assert "# a comment that matters" in kept
    steps = load_text(kept).workload.schedule
    assert [step.at / 1e9 for step in steps] == [7.5, 15.0, 17.0, 25.0, 35.0]
    assert steps[0].concurrency == 32 and steps[0].weights == {"get": 50.0, "put": 50.0}
    assert steps[1].pause and steps[2].resume
    assert steps[3].limits == {"put": None, "list": 2} and steps[3].mark == "cache dropped"
    assert steps[4].stop


def test_changes_of_a_warm_up_hold_from_the_start_of_the_measured_part() -> None:
    warm = [Phase(0, "warmup", 0.0, CLOSED), Phase(1, "warmup", 2.0, replace(CLOSED, concurrency=64))]
    steps = session_steps([*warm, Phase(2, "measured", 5.0, warm[1].settings)], NAMES, None)
    assert steps == [{"at": "0.00s", "concurrency": 64}]


def test_a_session_whose_beginning_is_forgotten_becomes_no_schedule() -> None:
    with pytest.raises(ConfigError, match="no longer known"):
        scheduled([TEXT], as_dict(load_text(TEXT).workload), phases()[1:], None)


def test_steps_of_the_file_that_are_still_to_come_stay() -> None:
    text = TEXT + "schedule:\n  - {at: 10s, concurrency: 8}   # done\n  - {at: 50s, concurrency: 4}\n"
    done = [Phase(0, "measured", 0.0, CLOSED), Phase(1, "measured", 10.0, replace(CLOSED, concurrency=8))]
    done.append(Phase(2, "measured", 20.0, replace(CLOSED, concurrency=9)))
    steps = load_text(scheduled([text], as_dict(load_text(text).workload), done, None)).workload.schedule
    assert [(step.at / 1e9, step.concurrency) for step in steps] == [(10.0, 8), (20.0, 9), (50.0, 4)]


def test_values_stay_within_what_can_be() -> None:
    assert with_value(CLOSED, Dial("concurrency"), 1e12).concurrency == 100_000
    assert with_value(OPEN, Dial("rate"), 0) == OPEN
    assert value_of(with_value(CLOSED, Dial("limit", 2), 0), Dial("limit", 2)) == 1
