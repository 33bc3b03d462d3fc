"""Sizes of objects: drawn anew for each write, or computed from an object's index. Bytes throughout.

Every distribution is its quantile function: a number from [0, 1) becomes a size. A size of the data set comes from
a hash of (seed, index), so that nothing is stored and every worker and machine agrees on it. Knows no keys.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import exp, lgamma, log, log1p, sqrt
from statistics import NormalDist
from typing import Any

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def size_source(spec: Mapping[str, Any], seed: int = 0) -> SizeSource:
    """The source that a plain mapping describes, with the keys of the workload file.

    `{type: fixed, size}`, `{type: uniform | log-uniform, min, max}`, `{type: lognormal, mean, std_dev, min, max}`,
    `{type: list, sizes: [{size, weight}, ...]}`. ValueError where no size fits the description.
    """
    match spec["type"]:
        case "fixed":
            return FixedSizes(spec["size"])
        case "uniform":
            return UniformSizes(spec["min"], spec["max"], seed)
        case "log-uniform":
            return LogUniformSizes(spec["min"], spec["max"], seed)
        case "lognormal":
            return LognormalSizes(spec["mean"], spec["std_dev"], spec["min"], spec["max"], seed)
        case "list":
            sizes = spec["sizes"]
            return ListedSizes([each["size"] for each in sizes], [each["weight"] for each in sizes], seed)
        case unknown:
            raise ValueError(
                f"{unknown!r} is not a distribution of sizes; there are fixed, uniform, log-uniform, lognormal, list"
            )


class SizeSource(ABC):
    """One distribution of sizes."""

    __slots__ = ("_seed",)

    def __init__(self, seed: int) -> None:
        self._seed = _mixed(seed + _GOLDEN & _MASK)  # something is added because zero stays zero when mixed

    @abstractmethod
    def quantile(self, u: float) -> int:
        """The size below which a share `u` of all sizes lies, 0 <= u < 1."""

    @abstractmethod
    def mean(self) -> float: ...

    @abstractmethod
    def largest(self) -> int: ...

    def draw(self, random: Callable[[], float]) -> int:
        """A size for a new object; `random` gives floats in [0, 1)."""
        return self.quantile(random())

    def size_of(self, index: int) -> int:
        """The size of the data set's object `index`: always the same one for the same seed."""
        return self.quantile((_mixed(self._seed + index * _GOLDEN & _MASK) >> 11) * 2.0**-53)


def _mixed(z: int) -> int:
    """The finalizer of splitmix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of z."""
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
    return z ^ z >> 31


class FixedSizes(SizeSource):
    __slots__ = ("_size",)

    def __init__(self, size: int) -> None:
        super().__init__(0)
        self._size = size

    def quantile(self, u: float) -> int:
        return self._size

    def draw(self, random: Callable[[], float]) -> int:
        return self._size

    def size_of(self, index: int) -> int:
        return self._size

    def mean(self) -> float:
        return float(self._size)

    def largest(self) -> int:
        return self._size


class UniformSizes(SizeSource):
    """Every whole number from `smallest` to `largest`."""

    __slots__ = ("_largest", "_smallest")

    def __init__(self, smallest: int, largest: int, seed: int = 0) -> None:
        super().__init__(seed)
        _check_bounds(smallest, largest)
        self._smallest = smallest
        self._largest = largest

    def quantile(self, u: float) -> int:
        return self._smallest + int(u * (self._largest - self._smallest + 1))

    def mean(self) -> float:
        return (self._smallest + self._largest) / 2

    def largest(self) -> int:
        return self._largest


class LogUniformSizes(SizeSource):
    """size = floor(x) with log x uniform over [log smallest, log(largest + 1)); smallest >= 1."""

    __slots__ = ("_largest", "_ratio", "_smallest")

    def __init__(self, smallest: int, largest: int, seed: int = 0) -> None:
        super().__init__(seed)
        _check_bounds(smallest, largest)
        if smallest < 1:
            raise ValueError("log-uniform sizes begin at 1 byte or more; write for example min: 1")
        self._smallest = smallest
        self._largest = largest
        self._ratio = (largest + 1) / smallest

    def quantile(self, u: float) -> int:
        return min(int(self._smallest * self._ratio**u), self._largest)

    def mean(self) -> float:
        # The sum of k (log(k+1) - log k) from a to b, summed by parts; the logarithms add up to a factorial.
        a, b = self._smallest, self._largest
        return ((b + 1) * log(b + 1) - a * log(a) - lgamma(b + 2) + lgamma(a + 1)) / log(self._ratio)

    def largest(self) -> int:
        return self._largest


class LognormalSizes(SizeSource):
    """Lognormal by mean and standard deviation of the sizes themselves, before all outside the bounds is left out.

    Drawing again until a size lies within the bounds gives the distribution between the two bounds' probabilities;
    so the quantile is taken there at once, and no draw is in vain.
    """

    __slots__ = ("_above", "_below", "_largest", "_mean", "_normal", "_smallest")

    def __init__(self, mean: float, std_dev: float, smallest: int, largest: int, seed: int = 0) -> None:
        super().__init__(seed)
        _check_bounds(smallest, largest)
        if mean <= 0 or std_dev <= 0:
            raise ValueError("lognormal sizes need a mean and a std_dev above 0; for one size write the size alone")
        variance = log1p((std_dev / mean) ** 2)
        self._normal = NormalDist(log(mean) - variance / 2, sqrt(variance))
        self._smallest = smallest
        self._largest = largest
        self._below = self._share_below(smallest)
        self._above = self._share_below(largest)
        kept = self._above - self._below
        if kept < 1e-6:
            raise ValueError(
                f"hardly any size of mean {mean} and std_dev {std_dev} lies between {smallest} and {largest}; widen min and max"
            )
        # Of a lognormal X, E[X; a < X < b] = mean * P(a < X' < b) where log X' is shifted up by the variance.
        self._mean = mean * (self._share_below(largest, variance) - self._share_below(smallest, variance)) / kept

    def _share_below(self, size: int, shift: float = 0.0) -> float:
        return self._normal.cdf(log(size) - shift) if size > 0 else 0.0

    def quantile(self, u: float) -> int:
        share = self._below + u * (self._above - self._below)
        share = min(max(share, 1e-300), 1 - 2.0**-53)  # the ends themselves are infinitely far away
        size = round(exp(self._normal.inv_cdf(share)))
        return min(max(size, self._smallest), self._largest)

    def mean(self) -> float:
        return self._mean

    def largest(self) -> int:
        return self._largest


class ListedSizes(SizeSource):
    """One of some sizes, by weight."""

    __slots__ = ("_mean", "_sizes", "_upper")

    def __init__(self, sizes: Sequence[int], weights: Sequence[float], seed: int = 0) -> None:
        super().__init__(seed)
        if not sizes or len(sizes) != len(weights) or min(weights) <= 0:
            raise ValueError("a list of sizes needs at least one size, and a weight above 0 for each")
        total = sum(weights)
        self._sizes = tuple(sizes)
        self._upper = [bound / total for bound in accumulate(weights)][:-1]
        self._mean = sum(size * weight for size, weight in zip(sizes, weights, strict=True)) / total

    def quantile(self, u: float) -> int:
        return self._sizes[bisect(self._upper, u)]

    def mean(self) -> float:
        return self._mean

    def largest(self) -> int:
        return max(self._sizes)


def _check_bounds(smallest: int, largest: int) -> None:
    if not 0 <= smallest <= largest:
        raise ValueError(f"no size is at least {smallest} and at most {largest} bytes; write a min below the max")
