from __future__ import annotations

from itertools import pairwise
from math import exp, sqrt
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.worker.pacer import NEVER_NS, Arrivals

S = 1_000_000_000
START = 123_456_789_012_345
KINDS: tuple[Literal["poisson", "constant"], ...] = ("poisson", "constant")
each_kind = pytest.mark.parametrize("kind", KINDS)


def _until(arrivals: Arrivals, end_ns: int) -> list[int]:
    """Take all arrivals before `end_ns`."""
    taken = []
    while arrivals.next_ns < end_ns:
        taken.append(arrivals.next_ns)
        arrivals.advance()
    return taken


def _gaps(times: list[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(times)]


def _ks(gaps: list[int], mean: float) -> float:
    """Kolmogorov and Smirnov's distance from the exponential distribution, times sqrt(n): above 1.95 once in 1000."""
    shares = [1 - exp(-gap / mean) for gap in sorted(gaps)]
    n = len(shares)
    return sqrt(n) * max(max((place + 1) / n - share, share - place / n) for place, share in enumerate(shares))


# --- constant ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [1000.0, 7.0, 1 / 3, 123456.789])
@pytest.mark.parametrize("workers", [1, 3, 8])
def test_constant_workers_together_are_the_schedule(rate: float, workers: int) -> None:
    end = START + int(500 * S / rate)
    together = sorted(
        time for worker in range(workers) for time in _until(Arrivals("constant", rate, worker, workers, 1, START), end)
    )
    assert together == [START + int(place * S / rate + 0.5) for place in range(500)]


@pytest.mark.parametrize("machines", [2, 3, 5])
def test_constant_arrivals_of_several_machines_are_one_schedule(machines: int) -> None:
    rate, end = 300.0, START + 2 * S
    split = []
    for machine in range(machines):
        for worker in range(2):
            arrivals = Arrivals("constant", rate / machines, worker, 2, 1, START, machine / machines)
            arrivals.retune(2 * rate / machines, START + S)
            split += _until(arrivals, end)
    gaps = _gaps(sorted(split))
    before = gaps[:299]
    assert len(split) == 900
    assert max(before) - min(before) <= 2 and abs(before[0] - S / rate) <= 2
    after = gaps[300:]
    assert max(after) - min(after) <= 2 and abs(after[0] - S / rate / 2) <= 2


def test_constant_arrivals_do_not_drift_over_days() -> None:
    rate, days = 3.0, 3
    arrivals = Arrivals("constant", rate, 1, 4, 1, START)
    count = days * 86400 * 3 // 4
    for _ in range(count):
        arrivals.advance()
    exact = START + (1 + 4 * count) * S // 3
    assert abs(arrivals.next_ns - exact) <= 1


def test_constant_count_is_exact_over_a_long_time() -> None:
    counts = [len(_until(Arrivals("constant", 997.0, worker, 7, 1, START), START + 100 * S)) for worker in range(7)]
    assert sum(counts) == 99_700
    assert max(counts) - min(counts) <= 1


# --- poisson ----------------------------------------------------------------------------------------------------


def test_poisson_gaps_are_exponential_for_each_worker_and_for_all_together() -> None:
    rate, workers = 1000.0, 4
    times = [_until(Arrivals("poisson", rate, worker, workers, 11, START), START + 20 * S) for worker in range(workers)]
    for mine in times:
        assert _ks(_gaps(mine), S * workers / rate) < 1.95
    assert _ks(_gaps(sorted(time for mine in times for time in mine)), S / rate) < 1.95


def test_the_distance_sees_what_is_not_exponential() -> None:
    even = _gaps(_until(Arrivals("constant", 1000, 0, 1, 1, START), START + S))
    assert _ks(even, S / 1000) > 10
    poisson = _gaps(_until(Arrivals("poisson", 1000, 0, 1, 1, START), START + 20 * S))
    assert _ks(poisson, 1.1 * S / 1000) > 1.95


def test_poisson_counts_vary_as_they_should() -> None:
    """The variance of counts in a second is their mean."""
    times = _until(Arrivals("poisson", 50, 0, 1, 3, 0), 2000 * S)
    counts = [0] * 2000
    for time in times:
        counts[time // S] += 1
    mean = len(times) / 2000
    assert mean == pytest.approx(50, abs=5 * sqrt(50 / 2000))
    assert sum((count - mean) ** 2 for count in counts) / 2000 == pytest.approx(50, rel=0.15)


def test_poisson_workers_and_seeds_differ_and_the_same_seed_repeats() -> None:
    schedules = [
        tuple(_until(Arrivals("poisson", 100, worker, 2, seed, START), START + S))
        for seed in (1, 2)
        for worker in (0, 1)
    ]
    assert len(set(schedules)) == 4
    assert tuple(_until(Arrivals("poisson", 100, 0, 2, 1, START), START + S)) == schedules[0]


# --- changes ----------------------------------------------------------------------------------------------------

changes = st.lists(st.tuples(st.integers(0, 3 * S), st.sampled_from([0.0, 0.5, 10.0, 33.3, 1000.0])), max_size=6)


@settings(deadline=None, max_examples=60)
@given(kind=st.sampled_from(KINDS), changes=changes, workers=st.integers(1, 4), late_ns=st.integers(-S, S))
def test_changes_lose_and_double_nothing(
    kind: Literal["poisson", "constant"], changes: list[tuple[int, float]], workers: int, late_ns: int
) -> None:
    """Whether a worker hears of a change before, at or after its instant, as many arrivals come as the integral wants."""
    end, wanted, taken, rate, since = START, 0.0, 0, 100.0, START
    everyone = [Arrivals(kind, rate, worker, workers, 5, START) for worker in range(workers)]
    for wait_ns, changed in changes:
        end += wait_ns
        wanted += (end - since) * rate / S
        since, rate = end, changed
        for arrivals in everyone:
            taken += len(_until(arrivals, end + late_ns))
            arrivals.retune(changed, end)
    end += 2 * S
    wanted += (end - since) * rate / S
    taken += sum(len(_until(arrivals, end)) for arrivals in everyone)
    for arrivals in everyone:
        assert arrivals.due(end) == pytest.approx(wanted, rel=1e-9, abs=1e-6)
    if late_ns <= 0 and kind == "constant":
        assert wanted - 1e-6 <= taken <= wanted + 1 + 1e-6
    else:
        # Taken ahead of a change: no more than came in the time by which it was late, at the highest rate.
        ahead = 1000 * max(late_ns, 0) / S
        spread = 6 * sqrt(wanted + ahead) + 6 if kind == "poisson" else 1
        assert wanted - spread - 1e-6 <= taken <= wanted + ahead + spread + 1e-6


@each_kind
@pytest.mark.parametrize("late_ns", [-S // 2, 0])
def test_arrivals_before_a_change_keep_their_times(kind: Literal["poisson", "constant"], late_ns: int) -> None:
    change = START + S
    untouched = _until(Arrivals(kind, 100, 1, 3, 5, START), change)
    arrivals = Arrivals(kind, 100, 1, 3, 5, START)
    before = _until(arrivals, change + late_ns)
    arrivals.retune(5000, change)
    arrivals.retune(0, change + S)
    assert before + _until(arrivals, change) == untouched
    after = _until(arrivals, NEVER_NS)
    assert change <= after[0] <= after[-1] <= change + S
    assert len(after) == pytest.approx(5000 / 3, abs=5 * sqrt(5000 / 3))


def test_constant_keeps_its_phase_through_changes() -> None:
    """Half of the way to the next arrival stays half of the way."""
    arrivals = Arrivals("constant", 1, 0, 1, 1, 0)
    arrivals.advance()
    assert arrivals.next_ns == S
    arrivals.retune(10, S // 2)
    assert arrivals.next_ns == S // 2 + S // 20
    arrivals.advance()
    assert arrivals.next_ns == S // 2 + S // 20 + S // 10


def test_a_change_heard_late_is_made_up_for() -> None:
    arrivals = Arrivals("constant", 1000, 0, 1, 1, 0)
    assert len(_until(arrivals, S + S // 100)) == 1010
    arrivals.retune(10, S)
    assert arrivals.next_ns == 2 * S


@each_kind
def test_poisson_stays_exponential_and_constant_even_through_many_changes(kind: Literal["poisson", "constant"]) -> None:
    arrivals = Arrivals(kind, 1000, 0, 1, 8, START)
    times: list[int] = []
    for step in range(1, 2000):
        times += _until(arrivals, START + step * S // 200)
        arrivals.retune(1000, START + step * S // 200)
    if kind == "poisson":
        assert _ks(_gaps(times), S / 1000) < 1.95
    else:
        assert {abs(gap - S // 1000) <= 1 for gap in _gaps(times)} == {True}


@each_kind
@pytest.mark.parametrize("stopped", [None, 0, 0.0])
def test_no_rate_no_arrivals_until_the_next_change(kind: Literal["poisson", "constant"], stopped: float | None) -> None:
    arrivals = Arrivals(kind, stopped, 0, 1, 1, START)
    assert arrivals.next_ns >= NEVER_NS
    assert arrivals.due(START + S) == 0
    arrivals.retune(1000, START + S)
    taken = _until(arrivals, START + 2 * S)
    assert taken[0] >= START + S
    assert len(taken) == pytest.approx(1000, abs=160)
    arrivals.retune(stopped, START + 2 * S)
    assert arrivals.next_ns >= NEVER_NS
    assert arrivals.due(START + 9 * S) == pytest.approx(1000)


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_impossible_rates_are_refused(rate: float) -> None:
    arrivals = Arrivals("constant", 1, 0, 1, 1, 0)
    with pytest.raises(ValueError, match="rate"):
        arrivals.retune(rate, 0)
    with pytest.raises(ValueError, match="rate"):
        Arrivals("constant", rate, 0, 1, 1, 0)
    assert arrivals.next_ns == 0
