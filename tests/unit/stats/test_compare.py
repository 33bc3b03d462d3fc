"""Comparisons with known truths: the same source is called the same at the stated rate, and a shifted one is found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import inf, sqrt

import pytest

from s3bench_tui.stats.compare import LATENCY, RATE, SHARE_OF_FAILURES, Figure, Judgement, Rule, Verdict, judge
from s3bench_tui.stats.noise import Estimate, Sample, block_length, difference, estimate, student
from s3bench_tui.stats.steady import steadiness

PAIRS = 400


def seconds(source: random.Random, n: int, mean: float, spread: float, likeness: float = 0.0) -> Sample:
    """Rates that vary by `spread` (a share of the mean) and resemble the second before by `likeness`."""
    state, values = source.gauss(0, 1), []
    for _ in range(n):
        state = likeness * state + sqrt(1 - likeness**2) * source.gauss(0, 1)
        values.append(mean * (1 + spread * state))
    return Sample(tuple(values), (1.0,) * n)


def figure(sample: Sample) -> Figure:
    return Figure(sample.value, sample)


def judgements(shift: float, n: int, spread: float, likeness: float, rule: Rule) -> Iterator[Judgement]:
    source = random.Random(7)
    for _ in range(PAIRS):
        b = seconds(source, n, 1000.0, spread, likeness)
        a = seconds(source, n, 1000.0 * (1 + shift), spread, likeness)
        yield judge(figure(a), figure(b), rule)


@pytest.mark.parametrize("n", [20, 60, 300])
@pytest.mark.parametrize("likeness", [0.0, 0.5, 0.8])
def test_the_same_source_differs_as_often_as_the_confidence_says(n: int, likeness: float) -> None:
    """Five in a hundred, and without the rule that small changes are none; eight where neighbours are alike and few."""
    rule = Rule(higher_is_better=True, least=0.0, widest=inf)
    alarms = sum(one.verdict in (Verdict.BETTER, Verdict.WORSE) for one in judgements(0.0, n, 0.05, likeness, rule))
    assert alarms / PAIRS <= 0.08


@pytest.mark.parametrize("likeness", [0.0, 0.5])
def test_the_same_source_is_called_the_same(likeness: float) -> None:
    found = [one.verdict for one in judgements(0.0, 60, 0.05, likeness, RATE)]
    assert found.count(Verdict.SAME) / PAIRS >= 0.9


@pytest.mark.parametrize(("shift", "verdict"), [(0.05, Verdict.BETTER), (-0.05, Verdict.WORSE), (0.2, Verdict.BETTER)])
def test_a_shift_is_found(shift: float, verdict: Verdict) -> None:
    found = [one.verdict for one in judgements(shift, 60, 0.05, 0.3, RATE)]
    assert found.count(verdict) / PAIRS >= (0.97 if abs(shift) < 0.1 else 1.0)


def test_a_shift_of_latency_is_the_other_way_round() -> None:
    found = [one.verdict for one in judgements(0.2, 60, 0.1, 0.3, LATENCY)]
    assert found.count(Verdict.WORSE) == PAIRS


def test_noise_that_would_hide_a_change_is_no_sameness() -> None:
    found = [one.verdict for one in judgements(0.0, 20, 0.8, 0.0, RATE)]
    assert found.count(Verdict.UNKNOWN) / PAIRS >= 0.9


def test_a_small_change_is_none_however_sure() -> None:
    a, b = Sample((101.0,) * 60, (1.0,) * 60), Sample((100.0,) * 60, (1.0,) * 60)
    found = judge(figure(a), figure(b), RATE)
    assert found.verdict is Verdict.SAME and found.noise == 0 and found.change == pytest.approx(0.01)


def test_too_few_seconds_tell_nothing() -> None:
    a, b = Sample((110.0,) * 19, (1.0,) * 19), Sample((100.0,) * 60, (1.0,) * 60)
    found = judge(figure(a), figure(b), RATE)
    assert found.verdict is Verdict.UNKNOWN and "19 steady seconds" in found.why and found.change == pytest.approx(0.1)


def test_what_is_not_known_is_not_judged() -> None:
    full = figure(Sample((100.0,) * 60, (1.0,) * 60))
    assert judge(Figure(None, None), full, RATE).verdict is Verdict.UNKNOWN
    assert judge(full, Figure(90.0, None), RATE).verdict is Verdict.UNKNOWN


def test_the_figure_and_its_seconds_must_agree() -> None:
    """A rare slow second can move a percentile of the whole run one way while the seconds went the other."""
    a, b = Sample((110.0,) * 60, (1.0,) * 60), Sample((100.0,) * 60, (1.0,) * 60)
    assert judge(Figure(90.0, a), Figure(100.0, b), LATENCY).verdict is Verdict.SAME


def test_failures_are_compared_by_points() -> None:
    none = Sample((0.0,) * 60, (1000.0,) * 60)
    some = Sample(tuple(float(10 + second % 5) for second in range(60)), (1000.0,) * 60)
    assert judge(figure(none), figure(none), SHARE_OF_FAILURES).verdict is Verdict.SAME
    assert judge(figure(some), figure(none), SHARE_OF_FAILURES).verdict is Verdict.WORSE
    assert judge(figure(none), figure(some), SHARE_OF_FAILURES).verdict is Verdict.BETTER


# --- noise --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("confidence", "freedom", "known"), [(0.95, 3, 3.182), (0.95, 10, 2.228), (0.99, 30, 2.750), (0.95, 1e9, 1.960)])  # fmt: skip
def test_quantiles_are_those_of_the_tables(confidence: float, freedom: float, known: float) -> None:
    assert student(confidence, freedom) == pytest.approx(known, rel=0.01)


@pytest.mark.parametrize("likeness", [0.0, 0.4, 0.7])
def test_the_error_is_that_of_many_runs(likeness: float) -> None:
    """The truth: how far the means of many runs really lie apart."""
    source = random.Random(3)
    runs = [estimate(seconds(source, 240, 100.0, 0.1, likeness)) for _ in range(400)]
    mean = sum(run.value for run in runs) / len(runs)
    truth = sqrt(sum((run.value - mean) ** 2 for run in runs) / (len(runs) - 1))
    assert sqrt(sum(run.error**2 for run in runs) / len(runs)) == pytest.approx(truth, rel=0.15)


def test_a_ratio_weighs_its_seconds() -> None:
    sample = Sample((10.0, 400.0), (1.0, 4.0))
    assert sample.value == 82.0
    assert estimate(Sample((1.0,), (1.0,))).error == inf
    assert difference(Estimate(2.0, inf, 1.0), Estimate(1.0, 0.1, 5.0)).found is False


def test_blocks_grow_with_the_likeness_of_neighbours() -> None:
    source = random.Random(5)
    lengths = [
        block_length([value - 100 for value in seconds(source, 600, 100.0, 0.1, likeness).parts])
        for likeness in (0.0, 0.5, 0.9)
    ]
    assert lengths == sorted(lengths) and lengths[0] < lengths[2]
    assert block_length([0.0] * 50) == 1


def test_seconds_that_are_all_alike_count_as_one() -> None:
    slow = Sample(tuple(100.0 + second // 20 for second in range(60)), (1.0,) * 60)
    assert estimate(slow).error == pytest.approx(sqrt(2 / 3)) and estimate(slow).freedom == 3
    assert estimate(slow, roughly=True).error < estimate(slow).error
    assert judge(figure(slow), figure(slow), RATE).verdict is Verdict.SAME


# --- steadiness ---------------------------------------------------------------------------------------------------


def test_a_steady_phase_is_called_steady() -> None:
    source = random.Random(1)
    found = [steadiness(seconds(source, 60, 1000.0, 0.05, 0.3)).steady for _ in range(PAIRS)]
    assert found.count(True) / PAIRS >= 0.97


def test_a_drift_is_found() -> None:
    source = random.Random(1)
    base = seconds(source, 60, 1000.0, 0.05)
    drifting = Sample(tuple(value * (1 - 0.004 * second) for second, value in enumerate(base.parts)), base.wholes)
    found = steadiness(drifting)
    assert found.steady is False and -0.25 < found.drift < -0.1 and "drifting" in found.text


def test_a_short_phase_is_not_judged() -> None:
    assert steadiness(Sample((1.0,) * 14, (1.0,) * 14)).steady is None
    assert steadiness(Sample((0.0,) * 30, (1.0,) * 30)).steady is True
