from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.coordination.timeline import Share, Timeline
from s3bench_tui.engine.messages import Change, Settings
from s3bench_tui.errors import ConfigError
from s3bench_tui.units import NS_PER_S

S = NS_PER_S
OPEN = Settings(8, (3.0, 1.0), (None, None), rate_per_s=90.0)


def timeline(*shares: Share, prepares: bool = False) -> Timeline:
    return Timeline(("get", "put"), shares or (Share(0, 0.5), Share(0, 0.5)), prepares)


def settings_of(concurrency: int = 8, limits: tuple[int | None, ...] = (None, None)) -> Settings:
    return Settings(concurrency, (3.0, 1.0), limits)


# --- phases -------------------------------------------------------------------------------------------------------


def test_phases_follow_each_other_without_gap() -> None:
    line = timeline()
    line.open("warmup", 5 * S, settings_of())
    line.open("measured", 7 * S, settings_of(), "go", counts=True)
    line.open("measured", 7 * S, settings_of())  # two changes at one instant: the later one comes right after
    line.finish(9 * S)
    assert [(phase.index, phase.kind, phase.start_s, phase.end_s) for phase in line.phases] == [
        (0, "warmup", 0.0, 2.0),
        (1, "measured", 2.0, 2.000000001),
        (2, "measured", 2.000000001, 4.0),
    ]
    assert line.phases[1].label == "go"
    assert [plan.counts_towards_stop for plan in line.plans] == [False, True, False]


def test_slots_over_the_measured_time() -> None:
    line = timeline()
    line.open("warmup", 0, settings_of(100))
    assert line.mean_slots() == 0
    line.open("measured", 1 * S, settings_of(8))
    line.open("paused", 3 * S, settings_of(100))
    line.open("measured", 5 * S, settings_of(16))
    line.open("drain", 11 * S, settings_of(100))
    assert line.mean_slots() == pytest.approx((8 * 2 + 16 * 6) / 8)


def test_the_phase_that_is_on() -> None:
    line = timeline()
    for kind, at_s in (("warmup", 5), ("measured", 7), ("drain", 9)):
        line.open(kind, at_s * S, settings_of())
    found = [line.at(at).kind for at in (4 * S, 5 * S, 7 * S - 1, 7 * S, 8 * S, 9 * S, 99 * S)]
    assert found == ["warmup", "warmup", "warmup", "measured", "measured", "drain", "drain"]


@pytest.mark.parametrize(
    ("kind", "dispatches"),
    [("prepare", True), ("warmup", True), ("measured", True), ("paused", False), ("drain", False)],
)
def test_only_some_phases_start_operations(kind: str, dispatches: bool) -> None:
    line = timeline()
    line.open(kind, S, settings_of())
    assert line.plans[0].dispatches is dispatches


def test_only_the_preparation_makes_the_data_set() -> None:
    line = timeline(prepares=True)
    line.open("prepare", S, settings_of(limits=(1, 2)))
    line.open("measured", 2 * S, settings_of(limits=(1, 2)))
    assert [plan.weights for plan in line.plans] == [(0.0, 0.0, 1.0), (3.0, 1.0, 0.0)]
    assert [plan.limits for plan in line.plans] == [((1, 1, -1), (0, 1, -1))] * 2


# --- shares -------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([0.25, 0.5, 1.0, 3.0]), min_size=1, max_size=9),
    st.integers(1, 500),
    st.integers(1, 60),
)
def test_parts_add_up_exactly(weights: list[float], concurrency: int, limit: int) -> None:
    line = timeline(*(Share(0, weight) for weight in weights))
    line.open("measured", S, settings_of(concurrency, (limit, None)))
    [plan] = line.plans
    assert sum(plan.slots) == concurrency
    assert min(plan.slots) >= (1 if concurrency >= len(weights) else 0)
    assert plan.limits is not None
    assert sum(limits[0] for limits in plan.limits) == limit
    assert all(limits[1] == -1 for limits in plan.limits)
    whole = sum(weights)
    for weight, slots in zip(weights, plan.slots, strict=True):
        assert abs(slots - concurrency * weight / whole) < 1 + len(weights)


def test_slots_of_those_that_are_done_go_to_the_others() -> None:
    line = timeline(*(Share(0, 0.25) for _ in range(4)))
    line.open("measured", S, settings_of(10, (1, None)), counts=True)
    before = line.plans[0]
    line.share_out([True, False, True, False])
    after = line.plans[0]
    assert after.slots == (0, 5, 0, 5)
    assert after.limits == ((0, -1), (1, -1), (0, -1), (0, -1))
    assert (after.index, after.start_ns, after.weights, after.counts_towards_stop) == (
        before.index,
        before.start_ns,
        before.weights,
        True,
    )
    line.share_out([True, True, True, False])
    assert line.plans[0].slots == (0, 0, 0, 10)
    assert line.plans[0].limits == ((0, -1), (0, -1), (0, -1), (1, -1))
    line.open("measured", 2 * S, settings_of(10))
    assert sorted(line.plans[1].slots) == [2, 2, 3, 3]


def test_the_rate_is_split_by_target_and_told_to_each_of_its_workers_as_a_whole() -> None:
    line = timeline(Share(0, 1.0), Share(0, 1.0), Share(1, 1.0))
    line.open("measured", S, OPEN)
    assert line.plans[0].rates == pytest.approx((60.0, 60.0, 30.0))
    line.open("measured", 2 * S, settings_of())
    assert line.plans[1].rates == (None, None, None)


# --- changes ------------------------------------------------------------------------------------------------------


def test_what_a_change_leaves_out_stays() -> None:
    line = timeline()
    assert line.changed(OPEN, Change()) == OPEN
    changed = line.changed(
        OPEN, Change(weights={"put": 0}, limits={"get": 4}, concurrency=3, rate_per_s=1.5, paused=True)
    )
    assert changed == Settings(3, (3.0, 0), (4, None), 1.5, True)
    assert line.changed(changed, Change(limits={"get": None}, paused=False)) == Settings(3, (3.0, 0), (None, None), 1.5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change(weights={"fetch": 1}), "no line 'fetch'.*get, put"),
        (Change(limits={"prepare": 1}), "no line 'prepare'"),
        (Change(weights={"get": 0, "put": 0}), "no operation has a weight"),
        (Change(weights={"get": -0.5}), "weights.*-0.5"),
        (Change(weights={"get": float("inf")}), "inf"),
        (Change(rate_per_s=-1), "rate"),
        (Change(rate_per_s=float("nan")), "nan"),
        (Change(concurrency=0), "concurrency"),
        (Change(limits={"put": 0}), "limits"),
    ],
)
def test_what_cannot_be_is_refused(change: Change, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        timeline().changed(OPEN, change)


def test_a_closed_loop_has_no_rate() -> None:
    with pytest.raises(ConfigError, match="closed loop"):
        timeline().changed(settings_of(), Change(rate_per_s=5))


def test_a_limit_of_a_line_of_one_target_is_shared_among_its_workers() -> None:
    line = Timeline(("get", "put"), (Share(0, 1.0), Share(1, 0.5), Share(1, 0.5)), False, {1: 1})
    line.open("measured", S, settings_of(limits=(8, 4)))
    assert line.plans[0].limits == ((4, 0), (2, 2), (2, 2))
