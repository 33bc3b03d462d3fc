from __future__ import annotations

from collections import Counter
from itertools import repeat
from random import Random

import pytest

from s3bench_tui.engine.operations.mix import Mix

DRAWS = 100_000


def _near(counts: Counter[int], shares: dict[int, float]) -> None:
    """Every count within five standard deviations of its binomial, and nothing else drawn."""
    assert set(counts) == set(shares)
    for index, share in shares.items():
        assert abs(counts[index] - DRAWS * share) < 5 * (DRAWS * share * (1 - share)) ** 0.5 + 1


def test_draws_follow_the_weights() -> None:
    mix = Mix([70, 0, 25, 5], Random(1).random)
    _near(Counter(mix.pick() for _ in range(DRAWS)), {0: 0.7, 2: 0.25, 3: 0.05})


def test_new_weights_hold_from_the_next_draw_on() -> None:
    mix = Mix([1, 0], Random(1).random)
    assert {mix.pick() for _ in range(100)} == {0}
    mix.set([0, 1])
    assert {mix.pick() for _ in range(100)} == {1}


@pytest.mark.parametrize("weights", [[0, 0, 3, 0], [0.1, 0.2, 0.3, 0], [1e-300, 0, 1e-300], [0, 1e300, 1e300]])
@pytest.mark.parametrize("drawn", [0.0, 0.5, 1 - 2.0**-53])
def test_a_line_of_weight_zero_is_never_drawn(weights: list[float], drawn: float) -> None:
    mix = Mix(weights, lambda: drawn)
    assert weights[mix.pick()] > 0
    assert weights[mix.pick_among([True] * len(weights))] > 0


def test_no_weight_at_all_draws_nothing() -> None:
    mix = Mix([0, 0], Random(1).random)
    assert mix.pick() == -1
    assert mix.pick_among([True, True]) == -1
    assert Mix([], Random(1).random).pick() == -1


def test_among_some_lines_their_weights_decide() -> None:
    mix = Mix([50, 30, 20, 0], Random(2).random)
    _near(Counter(map(mix.pick_among, repeat([False, True, True, True], DRAWS))), {1: 0.6, 2: 0.4})
    assert mix.pick_among([False, False, False, True]) == -1
    assert mix.pick_among([False] * 4) == -1


@pytest.mark.parametrize("weights", [[1, -1], [float("nan")], [float("inf"), 1]])
def test_impossible_weights_are_refused_and_the_old_ones_stay(weights: list[float]) -> None:
    mix = Mix([0, 1], Random(1).random)
    with pytest.raises(ValueError, match="0 or more"):
        mix.set(weights)
    assert mix.pick() == 1
