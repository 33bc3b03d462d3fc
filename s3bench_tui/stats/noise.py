"""How well a figure is known that was measured second by second, where neighbouring seconds resemble each other. Pure.

The figure is a ratio of sums: operations over seconds, failures over operations. Its standard error comes from the sums
of all overlapping blocks of seconds (overlapping batch means, Meketon and Schmeiser 1984): that is what a block
bootstrap converges to, without a random number. Blocks are as long as the resemblance of neighbours asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, inf, sqrt
from statistics import NormalDist

BLOCKS_AT_LEAST = 4
"""Fewer blocks than this say nothing of how blocks differ."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A figure by seconds: it is the sum of `parts` over the sum of `wholes`."""

    parts: tuple[float, ...]
    wholes: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def value(self) -> float:
        """The figure; 0 where there is nothing to divide by."""
        whole = sum(self.wholes)
        return sum(self.parts) / whole if whole else 0.0

    def __getitem__(self, seconds: slice) -> Sample:
        return Sample(self.parts[seconds], self.wholes[seconds])


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its standard error, and how many independent differences that error rests on."""

    value: float
    error: float
    freedom: float


def estimate(sample: Sample, *, roughly: bool = False) -> Estimate:
    """The figure of a sample, and how well it is known.

    The error is infinite for fewer seconds than there must be blocks. Where seconds are so alike that they make too few blocks,
    it is the spread of the seconds themselves, as if they were all one; `roughly` does with shorter blocks then.
    """
    n, value = len(sample), sample.value
    mean_whole = sum(sample.wholes) / n if n else 0.0
    if n < BLOCKS_AT_LEAST or not mean_whole:
        return Estimate(value, inf, 1.0)
    residuals = [part - value * whole for part, whole in zip(sample.parts, sample.wholes, strict=True)]
    length = block_length(residuals)
    if roughly:
        length = min(length, n // BLOCKS_AT_LEAST)
    if length * BLOCKS_AT_LEAST > n:
        spread = sqrt(sum(residual * residual for residual in residuals) / n)
        return Estimate(value, spread / mean_whole, BLOCKS_AT_LEAST - 1.0)
    running = [0.0, *accumulate(residuals)]
    blocks = [(running[start + length] - running[start]) / length for start in range(n - length + 1)]
    long_run = n * length / (len(blocks) * (n - length)) * sum(block * block for block in blocks)
    return Estimate(value, sqrt(long_run / n) / mean_whole, max(1.0, min(n - 1.0, 1.5 * (n / length - 1))))


def block_length(residuals: Sequence[float]) -> int:
    """Seconds in a block: long enough for a series that forgets as fast as this one, and the cube root of n at least.

    The best length is that of a first-order autoregression, half as long again, because short samples look more
    forgetful than they are.
    """
    n = len(residuals)
    power = sum(residual * residual for residual in residuals)
    if not power:
        return 1
    seen = sum(one * other for one, other in pairwise(residuals)) / power
    likeness = min(0.99, max(0.0, seen + (1 + 3 * seen) / n))
    wanted: float = (6 * likeness**2 / (1 - likeness**2) ** 2 * n) ** (1 / 3)
    least: int = round(n ** (1 / 3))
    return max(1, ceil(1.5 * wanted), least)


@dataclass(frozen=True, slots=True)
class Difference:
    """`a` less `b`; the truth lies within `noise` of it, at the confidence that was asked for."""

    value: float
    noise: float

    @property
    def found(self) -> bool:
        """Whether there is a difference that noise alone would not make."""
        return abs(self.value) > self.noise


def difference(a: Estimate, b: Estimate, confidence: float = 0.95) -> Difference:
    """How far `a` is from `b`, with Welch's degrees of freedom."""
    one, other = a.error**2, b.error**2
    if one + other in (0.0, inf):
        return Difference(a.value - b.value, one + other)
    freedom = (one + other) ** 2 / (one**2 / a.freedom + other**2 / b.freedom)
    return Difference(a.value - b.value, student(confidence, freedom) * sqrt(one + other))


def student(confidence: float, freedom: float) -> float:
    """The two-sided quantile of Student's t, by the expansion of Cornish and Fisher; 1 % off at 3 degrees of freedom."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))
