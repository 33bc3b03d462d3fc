"""What the screens show, against figures known another way; and that none of it grows with the length of a run."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from s3bench_tui.engine.messages import Arrivals, Event, Interval, Phase, PhaseOpened, RunStarted, Settings, Snapshot
from s3bench_tui.live.door import Began
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Row, RowKey, merged
from s3bench_tui.stores.multipart import COMPLETE, PART, request_row
from s3bench_tui.ui.history import COLUMNS, SPANS_S, History, unpacked
from s3bench_tui.ui.state import EVENTS_KEPT, PHASES_KEPT, RunState
from s3bench_tui.ui.table import LAST, PHASE, RUN, counts, latencies, requests, window_of
from tests.unit.report.samples import make_run

SETTINGS = Settings(16, (60.0, 10.0, 20.0, 3.0), (None, 4, None, None))


def told(open_loop: bool = False) -> tuple[RunState, object]:
    run = make_run(open_loop=open_loop, changes=2, seconds=5)
    state = RunState()
    state.take(Began("made up", "", "", "", ""))
    for record in run.records:
        state.take(record)
    return state, run


def test_columns_hold_what_was_done() -> None:
    state, run = told()
    assert isinstance(state.history, History)
    columns = list(state.history.columns(0))
    assert sum(sum(column.ops) for column in columns) == len(run.done)  # type: ignore[attr-defined]
    assert sum(column.failed for column in columns) == len(run.failed)  # type: ignore[attr-defined]
    assert sum(sum(column.bytes) for column in columns) == sum(size for _, _, size, _ in run.done)  # type: ignore[attr-defined]
    for column in columns:
        assert sum(unpacked(column.heat[0]).values()) == sum(column.ops)
        for line, ops in enumerate(column.ops):
            assert sum(unpacked(column.heat[line + 1]).values()) == ops


def test_a_coarse_column_has_true_percentiles() -> None:
    history = History(1)
    values = [[1_000_000] * 90 + [50_000_000] * 10, [2_000_000] * 300]
    phase = Phase(0, "measured", 0.0, SETTINGS)
    for second, service in enumerate([*values, [3_000_000]] + [[3_000_000]] * 9):
        row = Row(ops=len(service), service=Histogram.of_values(service))
        history.add(Interval(phase.index, float(second), second + 1.0, {RowKey(0, 0, 0): row}))
    coarse = history.columns(1)[0]
    everything = Histogram.of_values([value for service in values for value in service] + [3_000_000] * 8)
    assert [coarse.p50_ns, coarse.p99_ns] == everything.percentiles((50.0, 99.0))
    assert coarse.ops == (408,) and coarse.seconds == 10.0 and coarse.peak_ops == 300.0


@pytest.mark.parametrize("open_loop", [False, True])
def test_the_table_has_the_figures_of_its_window(open_loop: bool) -> None:
    state, run = told(open_loop)
    intervals = [record for record in run.records if isinstance(record, Interval)]  # type: ignore[attr-defined]
    measured = {phase.index for phase in state.phases if phase.kind == "measured"}
    last = max(measured)
    in_run = [each.tally for each in intervals if each.phase in measured]
    in_phase = [each.tally for each in intervals if each.phase == last]
    phase = next(each for each in state.phases if each.index == last)
    state.take(
        Snapshot(
            16.0,
            replace(phase, end_s=None),
            "running",
            merged(*in_run),
            merged(*in_phase),
            15.0,
            intervals[0].arrivals,
            16,
            0,
        )
    )
    for window, seconds in ((RUN, 15.0), (PHASE, 16.0 - phase.start_s)):
        tallies, length = window_of(state, window)
        assert length == seconds
        *lines, whole = counts(tallies, state.names, length)
        done = [each for each in run.done if each[0] == "measured"]  # type: ignore[attr-defined]
        if window == RUN:
            assert whole.ops == len(done) and whole.ops_per_s == len(done) / 15
            assert whole.failed == sum(kind == "measured" for kind, _, _ in run.failed)  # type: ignore[attr-defined]
            known = latencies(tallies, len(state.names), "service")[-1]
            assert known.p99 == Histogram.of_values([ns for _, _, _, ns in done]).percentiles((99.0,))[0]
        assert sum(line.ops for line in lines) == whole.ops
    tallies, length = window_of(state, LAST)
    assert 10 <= length <= 12 and len(tallies) == length


def test_changes_have_letters_and_say_what_was_turned() -> None:
    state, _ = told()
    assert [(turn.letter, turn.text) for turn in state.changes] == [
        ("A", "slots 16>17"), ("B", "step 1: slots 17>18"), ("C", "step 2: slots 18>19"), ("D", "slots 19>20"),
    ]  # fmt: skip


def test_a_rate_is_of_the_last_two_seconds_and_of_one_phase() -> None:
    state, _ = told()
    phase = state.phases[-1]
    for quarter in range(1, 17):
        row = Row(ops=quarter * 100, bytes=quarter * 1000)
        tally = {RowKey(0, 0, 0): row}
        state.take(Snapshot(phase.start_s + quarter / 4, phase, "running", tally, tally, 1.0, Arrivals(), 0, 0))
    assert state.rates_per_s == pytest.approx((400.0, 4000.0))
    other = replace(phase, index=phase.index + 1, start_s=phase.start_s + 4)
    tally = {RowKey(0, 0, 0): Row(ops=50)}
    state.take(Snapshot(other.start_s + 0.5, other, "running", tally, tally, 1.0, Arrivals(), 0, 0))
    assert state.rates_per_s == pytest.approx((100.0, 0.0))


def test_a_day_of_words_takes_no_more_memory_than_half_of_it() -> None:
    run = make_run(seconds=1)
    state = RunState()
    state.take(Began("a day", "", "", "", ""))
    state.take(next(record for record in run.records if isinstance(record, RunStarted)))
    row = Row(
        ops=40,
        bytes=40_000,
        errors={"http_503": 1},
        service=Histogram.of_values(list(range(1_000_000, 1_040_000, 1000))),
    )
    tally = {RowKey(0, 0, 1): row}

    def live(start_s: int, end_s: int) -> int:
        """Pass the time a minute at a step, each with a change and a failure; how large the state is then."""
        for second in range(start_s, end_s, 60):
            settings = replace(SETTINGS, concurrency=16 + second // 60 % 7)
            phase = Phase(second // 60, "measured", float(second), settings)
            state.take(PhaseOpened(phase))
            state.take(Event(float(second), "error", f"get data/{second:08d}: http_503"))
            state.take(Interval(phase.index, float(second), second + 60.0, tally, in_flight=16))
            state.take(Snapshot(second + 60.0, phase, "running", tally, tally, 1.0, Arrivals(), 16, 0))
        return len(pickle.dumps(state))

    half, whole = live(0, 18 * 3600), live(18 * 3600, 36 * 3600)
    assert all(len(state.history.columns(level)) <= COLUMNS for level in range(len(SPANS_S)))
    assert whole < half * 1.25, (half, whole)
    assert len(state.phases) <= PHASES_KEPT and len(state.events) <= EVENTS_KEPT and len(state.changes) <= EVENTS_KEPT


def test_requests_stand_with_the_line_whose_objects_they_write() -> None:
    state, _ = told()
    started, snapshot = state.started, state.snapshot
    assert started is not None
    lines = len(started.entries)
    part = Row(ops=40, bytes=40 << 20, errors={"timeout": 2}, service=Histogram.of_values([7_000_000] * 40))
    tally = {
        RowKey(0, request_row(lines, 1, PART), 0): part,
        RowKey(1, request_row(lines, 1, PART), 0): part,
        RowKey(0, request_row(lines, 1, COMPLETE), 0): Row(ops=8, service=Histogram.of_values([1_000_000] * 8)),
    }
    phase = Phase(1, "measured", 0.0, SETTINGS)
    snapshot = Snapshot(20.0, phase, "running", {}, {}, 10.0, Arrivals(), 0, 0, requests=tally)
    state.take(snapshot)
    found = requests(state, RUN, "service")
    assert list(found) == [1] and [each.name.strip() for each in found[1]] == ["part", "complete"]
    parts = found[1][0]
    assert (parts.ops, parts.failed, parts.ops_per_s, parts.bytes_per_s) == (80, 4, 8.0, 8 << 20)
    assert parts.latencies.p50 == pytest.approx(7_000_000, rel=1e-3)
    assert not requests(state, PHASE, "service")
