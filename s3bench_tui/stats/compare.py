"""One figure of a run A against the same of a run B: better, worse, the same within noise, or not to be told. Pure.

A verdict rests on the seconds of the steady measured phases (see `noise`). It is never stronger than they allow: few
seconds, or noise so wide that it would hide what matters, and the answer is that nothing can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from s3bench_tui.stats.noise import Sample, difference, estimate

CONFIDENCE = 0.95
SECONDS_AT_LEAST = 20


class Verdict(StrEnum):
    """What came of a comparison, of A as seen from B."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Rule:
    """How a kind of figure is judged. Changes are shares of B's figure, or where `absolute` plain differences."""

    higher_is_better: bool
    least: float = 0.02
    """A smaller change is none, however sure it is: two runs of one thing differ by as much."""
    widest: float = 0.15
    """With noise wider than this, no change found means nothing."""
    absolute: bool = False


RATE = Rule(higher_is_better=True)
LATENCY = Rule(higher_is_better=False)
SHARE_OF_FAILURES = Rule(higher_is_better=False, least=0.0005, widest=0.01, absolute=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is shown, and by seconds; without a sample where no second alone has it."""

    value: float | None
    sample: Sample | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """`change` of A against B and its `noise`, in the rule's terms; None where they are not known."""

    verdict: Verdict
    why: str
    change: float | None = None
    noise: float | None = None


def judge(a: Figure, b: Figure, rule: Rule) -> Judgement:
    """Whether A is better than B in this figure."""
    if a.value is None or b.value is None:
        return Judgement(Verdict.UNKNOWN, f"{'A' if a.value is None else 'B'} has too few operations to know it")
    scale = 1.0 if rule.absolute else abs(b.value)
    if not scale:
        if not a.value:
            return Judgement(Verdict.SAME, "nothing in either", 0.0, 0.0)
        return Judgement(Verdict.UNKNOWN, "B has none of it")
    change = (a.value - b.value) / scale
    if a.sample is None or b.sample is None:
        return Judgement(Verdict.UNKNOWN, "a second is too short to know it, so its noise is not known", change)
    for name, sample in (("A", a.sample), ("B", b.sample)):
        if len(sample) < SECONDS_AT_LEAST:
            return Judgement(
                Verdict.UNKNOWN, f"{name} has {len(sample)} steady seconds of it; {SECONDS_AT_LEAST} are needed", change
            )
    found = difference(estimate(a.sample), estimate(b.sample), CONFIDENCE)
    sample_scale = 1.0 if rule.absolute else abs(b.sample.value)
    noise = found.noise / sample_scale if sample_scale else inf
    return _verdict(change, found.found and found.value * change > 0, noise, rule)


def _verdict(change: float, found: bool, noise: float, rule: Rule) -> Judgement:
    band = f"{noise:.2%} points" if rule.absolute else f"{noise:.1%}"
    if found and abs(change) >= rule.least:
        good = (change > 0) == rule.higher_is_better
        return Judgement(Verdict.BETTER if good else Verdict.WORSE, f"noise is {band}", change, noise)
    if noise > rule.widest:
        return Judgement(Verdict.UNKNOWN, f"noise of {band} would hide a change: run longer", change, noise)
    why = f"within noise of {band}" if not found else "too small a change to matter"
    return Judgement(Verdict.SAME, why, change, noise)
