from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise, product
from math import gcd, log, sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.objects.keys import (
    Chooser,
    Once,
    RandomOffset,
    Sequential,
    SequentialOffset,
    Uniform,
    Zipf,
    _step,
)


def _drawn(chooser: Chooser, draws: int) -> list[int]:
    return [chooser.next() for _ in range(draws)]


def _all(chooser: Chooser) -> list[int]:
    return list(iter(chooser.next, -1))


def _chi_square_z(counts: Counter[int], expected: dict[int, float]) -> float:
    """How many standard deviations chi square lies from its mean; cells too small for it are put together."""
    cells = [(float(counts[key]), mean) for key, mean in expected.items() if mean >= 10]
    small = [(counts[key], mean) for key, mean in expected.items() if mean < 10]
    if sum(mean for _, mean in small) >= 10:
        cells.append((float(sum(count for count, _ in small)), sum(mean for _, mean in small)))
    freedom = len(cells) - 1
    return (sum((count - mean) ** 2 / mean for count, mean in cells) - freedom) / sqrt(2 * freedom)


def test_uniform_draws_every_object_alike() -> None:
    counts = Counter(_drawn(Uniform(50, Random(1).random), 50_000))
    assert set(counts) == set(range(50))
    assert abs(_chi_square_z(counts, dict.fromkeys(range(50), 1000.0))) < 4


# --- zipf -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theta", [0.01, 0.5, 0.99, 1 - 1e-12, 1.0, 1 + 1e-12, 1.2, 2.0, 5.0])
@pytest.mark.parametrize("count", [2, 10, 1000])
def test_zipf_ranks_have_the_exact_probabilities(theta: float, count: int) -> None:
    draws = 40_000
    zipf = Zipf(count, theta, Random(4).random)
    weights = {rank: rank**-theta for rank in range(1, count + 1)}
    scale = draws / sum(weights.values())
    counts = Counter(zipf.rank() for _ in range(draws))
    assert set(counts) <= set(weights)
    assert abs(_chi_square_z(counts, {rank: weight * scale for rank, weight in weights.items()})) < 4


@pytest.mark.parametrize("theta", [1.5, 2.0, 3.0])
def test_zipf_looks_at_the_staircase_where_rounding_alone_is_not_enough(theta: float) -> None:
    """Without that look the ranks from 3 on come 2 to 6 % too seldom."""
    count, draws = 1000, 200_000
    zipf = Zipf(count, theta, Random(2).random)
    share = 1 - (1 + 2**-theta) / sum(rank**-theta for rank in range(1, count + 1))
    drawn = sum(zipf.rank() >= 3 for _ in range(draws))
    assert abs(drawn - draws * share) < 4 * sqrt(draws * share * (1 - share))


@pytest.mark.parametrize("theta", [0.5, 0.99, 1.0, 1.1])
def test_zipf_is_exact_for_a_billion_objects(theta: float) -> None:
    count, draws = 10**9, 40_000
    zipf = Zipf(count, theta, Random(6).random)
    # Sums of r^-theta over decades of ranks, by Euler and Maclaurin beyond the first thousand.
    edges = [1, 2, 3, 5, 10, 100, 1000, 10**4, 10**5, 10**6, 10**7, 10**8, count + 1]

    def total(first: int, end: int) -> float:
        if end <= 1000:
            return sum(rank**-theta for rank in range(first, end))
        low, high = first - 0.5, end - 0.5
        return log(high / low) if theta == 1 else (high ** (1 - theta) - low ** (1 - theta)) / (1 - theta)

    sums = [total(first, end) for first, end in pairwise(edges)]
    ranks = [zipf.rank() for _ in range(draws)]
    counts = Counter(
        {place: sum(edges[place] <= rank < edges[place + 1] for rank in ranks) for place in range(len(sums))}
    )
    assert sum(counts.values()) == draws
    assert abs(_chi_square_z(counts, {place: draws * part / sum(sums) for place, part in enumerate(sums)})) < 4


@pytest.mark.parametrize("drawn", [0.0, 0.25, 0.5, 1 - 2.0**-53])
@pytest.mark.parametrize("theta", [1e-9, 0.99, 1.0, 5.0, 60.0])
@pytest.mark.parametrize("count", [1, 2, 3, 10**12])
def test_zipf_stays_within_the_objects_at_every_edge(drawn: float, theta: float, count: int) -> None:
    edge = iter([drawn])
    further = Random(1).random
    zipf = Zipf(count, theta, lambda: next(edge, None) or further())
    assert 0 <= zipf.next() < count


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 10, 97, 1000])
def test_zipf_gives_every_rank_an_index_of_its_own(count: int) -> None:
    class InOrder(Zipf):
        ranks = iter(range(1, count + 1))

        def rank(self) -> int:
            return next(self.ranks)

    chooser = InOrder(count, 1.0, Random(1).random, seed=3)
    assert sorted(_drawn(chooser, count)) == list(range(count))


def test_workers_of_one_run_share_the_hot_set_and_another_seed_has_another() -> None:
    def hottest(random_seed: int, seed: int) -> list[int]:
        return [
            index
            for index, _ in Counter(_drawn(Zipf(10**6, 1.2, Random(random_seed).random, seed), 20_000)).most_common(5)
        ]

    first = hottest(1, seed=7)
    assert set(first[:3]) == set(hottest(2, seed=7)[:3])
    assert not set(first) & set(hottest(1, seed=8))
    distances = [abs(a - b) for a, b in product(first, first) if a != b]
    assert min(distances) > 10**6 / 20


@settings(deadline=None)
@given(st.integers(1, 10**12))
def test_the_step_of_the_scatter_reaches_every_index(count: int) -> None:
    step = _step(count)
    assert gcd(step, count) == 1
    assert 1 <= step <= count
    assert count < 100 or 0.5 < step / count < 0.75


def test_zipf_refuses_what_has_no_meaning() -> None:
    for count, theta in ((0, 1.0), (10, 0.0), (10, -1.0)):
        with pytest.raises(ValueError, match="theta"):
            Zipf(count, theta, Random(1).random)


# --- one after the other ----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 9))
def test_sequential_workers_together_go_round_in_order(count: int, workers: int) -> None:
    choosers = [Sequential(count, worker, workers) for worker in range(workers)]
    together = [chooser.next() for _ in range(20) for chooser in choosers]
    assert together == [position % count for position in range(20 * workers)]


intervals = st.lists(st.integers(0, 30), max_size=8).map(
    lambda ends: [tuple(pair) for pair in zip(sorted(ends)[::2], sorted(ends)[1::2], strict=False)]
)


@settings(deadline=None)
@given(intervals, st.integers(1, 5), st.data())
def test_once_takes_every_index_once_and_goes_on_where_it_stopped(
    spans: list[tuple[int, int]], workers: int, data: st.DataObject
) -> None:
    wanted = sorted(index for start, stop in spans for index in range(start, stop))
    together: list[int] = []
    for worker in range(workers):
        before = Once(spans, worker, workers)
        cut = data.draw(st.integers(0, before.remaining))
        share = before.remaining
        together += islice(iter(before.next, -1), cut)
        assert before.taken == cut
        after = Once(spans, worker, workers, taken=before.taken)
        assert after.remaining == share - cut
        together += _all(after)
        assert (after.taken, after.remaining, after.next()) == (share, 0, -1)
    assert sorted(together) == wanted


def test_once_over_a_billion_keeps_nothing() -> None:
    once = Once([(0, 10**9), (5 * 10**9, 6 * 10**9)], worker=3, workers=8, taken=10**9 // 8 - 1)
    assert [once.next(), once.next(), once.remaining] == [10**9 - 5, 5 * 10**9 + 3, 10**9 // 8 - 1]


# --- offsets ----------------------------------------------------------------------------------------------------


def test_random_offsets_are_every_aligned_place_in_the_object() -> None:
    offset = RandomOffset(4096, Random(1).random).offset
    assert {offset(5 * 4096 + 100, 8192) for _ in range(500)} == {0, 4096, 8192, 12288}
    assert {offset(8192, 8192) for _ in range(20)} == {0}
    assert {offset(100, 8192) for _ in range(20)} == {0}
    assert {offset(10, 4) for _ in range(20)} == {0}


def test_sequential_offsets_go_round_over_all_workers() -> None:
    readers = [SequentialOffset(1000, worker, 2).offset for worker in range(2)]
    assert [reader(4500, 1000) for _ in range(3) for reader in readers] == [0, 1000, 2000, 3000, 0, 1000]
    assert SequentialOffset(1000, 7).offset(500, 1000) == 0
    assert SequentialOffset(4096, 7).offset(0, 1) == 0
