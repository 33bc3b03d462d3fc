"""Keys: the key space, which object comes next, and from where in it. All of it is computed, nothing is stored per key.

The key space is the same for every number of workers. Knows nothing of stores and operations.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import exp, expm1, gcd, log, log1p
from random import Random
from string import Formatter
from typing import Protocol

# --- key spaces -------------------------------------------------------------------------------------------------


class Keys(Protocol):
    """Objects by index: 0 <= index < count."""

    count: int

    def key(self, index: int) -> str: ...

    def size(self, index: int) -> int:
        """Bytes; -1: not known."""

    def index_of(self, key: str) -> int | None:
        """The inverse of `key`; None for what is not one of these objects."""


class KeySpace:
    """`count` keys made from a template, such as `prepared-{index:08d}.dat`, behind a literal prefix.

    The template has one `{index}`, decimal or (`x`, `X`, `o`) hexadecimal or octal, with or without a width.
    `size` tells an object's bytes from its index. ValueError for any other template.
    """

    __slots__ = ("_base", "_head", "_tail", "count", "key", "size")

    def __init__(self, prefix: str, template: str, count: int, size: Callable[[int], int] | None = None) -> None:
        head, self._tail, spec = _split(template)
        self._head = prefix + head
        pattern = f"{self._head.replace('%', '%%')}%{spec}{self._tail.replace('%', '%%')}"
        # Bound once: both are called for every operation.
        self.key: Callable[[int], str] = pattern.__mod__
        self.size: Callable[[int], int] = size or _not_known
        self._base = {"x": 16, "o": 8}.get(spec[-1].lower(), 10)
        self.count = count

    def index_of(self, key: str) -> int | None:
        if not (key.startswith(self._head) and key.endswith(self._tail)):
            return None
        try:
            index = int(key[len(self._head) : len(key) - len(self._tail)], self._base)
        except ValueError:
            return None
        # The way back again refuses all that `int` reads but `key` never writes: signs, missing zeros, other digits.
        return index if 0 <= index < self.count and self.key(index) == key else None


def _not_known(index: int) -> int:
    return -1


def _split(template: str) -> tuple[str, str, str]:
    """Text before the index, text after it, and its format as the % operator knows it."""
    wrong = f"{template!r} is not a name for objects; write one {{index}} into it, for example obj-{{index:08d}}"
    texts, specs = [""], []
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"{wrong} ({error})") from None
    for text, field, spec, conversion in parts:
        texts[-1] += text
        if field is not None:
            if field != "index" or conversion or not re.fullmatch(r"[0-9]{0,3}[dxXo]?", spec or ""):
                raise ValueError(wrong)
            specs.append(spec if spec and spec[-1] in "dxXo" else f"{spec or ''}d")
            texts.append("")
    if len(specs) != 1:
        raise ValueError(wrong)
    return texts[0], texts[1], specs[0]


class ListedKeys:
    """Keys that a listing found, for a glob. `sizes` are their bytes."""

    __slots__ = ("_indices", "_keys", "_sizes", "count")

    def __init__(self, keys: Sequence[str], sizes: Sequence[int]) -> None:
        if len(keys) != len(sizes):
            raise ValueError(f"{len(keys)} keys have {len(sizes)} sizes")
        self._keys = keys
        self._sizes = sizes
        self._indices: dict[str, int] = {}
        self.count = len(keys)

    def key(self, index: int) -> str:
        return self._keys[index]

    def size(self, index: int) -> int:
        return self._sizes[index]

    def index_of(self, key: str) -> int | None:
        if not self._indices:
            self._indices = {known: index for index, known in enumerate(self._keys)}
        return self._indices.get(key)


# --- choosers: which object comes next --------------------------------------------------------------------------


class Chooser(Protocol):
    def next(self) -> int:
        """Index of the next object; -1 where there is none left."""


class Uniform:
    """Every object is as likely as any other. `random` gives floats in [0, 1)."""

    __slots__ = ("_count", "_random")

    def __init__(self, count: int, random: Callable[[], float]) -> None:
        self._count = count
        self._random = random

    def next(self) -> int:
        return int(self._random() * self._count)


class Zipf:
    """The object of rank r = 1 ... count is chosen in proportion to 1 / r^theta; any theta > 0, 1 included.

    Rejection-inversion (W. Hoermann, G. Derflinger: Rejection-inversion to generate variates from monotone discrete
    distributions, 1996): exact, without tables, whatever the count. With H the integral of h(x) = x^-theta, draw u
    evenly below H, go back to x, and round: k is right at once where it lies close enough to x, and nearly always
    after one look at the staircase otherwise.

    Ranks are scattered over the indices by index = (rank * step + first) mod count with a step near the golden
    section of count, which keeps hot objects as far apart as can be. `seed` turns the ring; workers of one run pass
    the same seed and so share one hot set.
    """

    __slots__ = ("_count", "_first", "_low", "_near", "_q", "_random", "_span", "_step", "_theta")

    def __init__(self, count: int, theta: float, random: Callable[[], float], seed: int = 0) -> None:
        if count < 1 or theta <= 0:
            raise ValueError(f"zipf needs objects and a theta above 0, not {count} objects and theta {theta}")
        self._count = count
        self._theta = theta
        self._q = 1.0 - theta
        self._random = random
        self._low = self._integral(1.5) - 1.0
        self._span = self._integral(count + 0.5) - self._low
        self._near = 2.0 - self._inverse(self._integral(2.5) - 2.0**-theta)
        self._step = _step(count)
        self._first = Random(f"zipf {seed}").randrange(count)

    def _integral(self, x: float) -> float:
        """H(x) = (x^q - 1) / q with q = 1 - theta, and its limit log x; without cancellation near theta = 1."""
        return expm1(self._q * log(x)) / self._q if self._q else log(x)

    def _inverse(self, u: float) -> float:
        return exp(log1p(max(self._q * u, -1.0 + 1e-16)) / self._q) if self._q else exp(u)

    def rank(self) -> int:
        """A rank from 1 (the hottest) to count."""
        q = self._q
        while True:
            u = self._low + self._random() * self._span
            x = exp(log1p(q * u) / q) if q and q * u > -1.0 else self._inverse(u)
            k = int(x + 0.5)
            if k < 1:
                k = 1
            elif k > self._count:
                k = self._count
            if k - x <= self._near or u >= self._integral(k + 0.5) - k**-self._theta:
                return k

    def next(self) -> int:
        return (self.rank() * self._step + self._first) % self._count


def _step(count: int) -> int:
    """The number nearest to the golden section of `count` that has no divisor in common with it."""
    golden = round(count * 0.6180339887498949)
    for distance in range(count):
        for step in (golden + distance, golden - distance):
            if step > 0 and gcd(step, count) == 1:
                return step
    return 1


class Sequential:
    """One after the other, round and round; of W workers, worker w takes every Wth from the wth on."""

    __slots__ = ("_count", "_position", "_workers")

    def __init__(self, count: int, worker: int = 0, workers: int = 1) -> None:
        self._count = count
        self._position = worker
        self._workers = workers

    def next(self) -> int:
        position = self._position
        self._position = position + self._workers
        return position % self._count


class Within:
    """Indices of a part of the objects, whose first one is `first`, from a chooser that counts from 0."""

    __slots__ = ("_first", "_next")

    def __init__(self, chooser: Chooser, first: int) -> None:
        self._next = chooser.next
        self._first = first

    def next(self) -> int:
        return self._next() + self._first


class Once:
    """Every index of the half-open intervals once; of W workers, worker w takes every Wth from the wth on.

    `taken` tells how many this worker has had; given to a new one it goes on from there.
    """

    __slots__ = ("_ends", "_position", "_shift", "_starts", "_until", "_worker", "_workers")

    def __init__(self, intervals: Sequence[tuple[int, int]], worker: int = 0, workers: int = 1, taken: int = 0) -> None:
        filled = [(start, stop) for start, stop in intervals if stop > start]
        self._starts = [start for start, _ in filled]
        self._ends = list(accumulate(stop - start for start, stop in filled))
        """Positions count through all intervals as if they were one; here each interval ends."""
        self._worker = worker
        self._workers = workers
        self._position = worker + taken * workers
        self._until = self._shift = 0

    def next(self) -> int:
        position = self._position
        if position >= self._until and not self._enter(position):
            return -1
        self._position = position + self._workers
        return position + self._shift

    def _enter(self, position: int) -> bool:
        """Find the interval of a position; False beyond the last one."""
        place = bisect(self._ends, position)
        if place == len(self._ends):
            return False
        self._until = self._ends[place]
        self._shift = self._starts[place] - (self._ends[place - 1] if place else 0)
        return True

    @property
    def taken(self) -> int:
        return (self._position - self._worker) // self._workers

    @property
    def remaining(self) -> int:
        """How many this worker has still to take."""
        total = self._ends[-1] if self._ends else 0
        return max(0, -((self._position - total) // self._workers))


# --- offsets of ranged reads ------------------------------------------------------------------------------------


class RandomOffset:
    """Any multiple of `align` at which the whole range lies within the object; `random` gives floats in [0, 1)."""

    __slots__ = ("_align", "_random")

    def __init__(self, align: int, random: Callable[[], float]) -> None:
        self._align = align
        self._random = random

    def offset(self, object_size: int, range_size: int) -> int:
        """0 where the range does not fit."""
        places = (object_size - range_size) // self._align + 1
        return int(self._random() * places) * self._align if places > 1 else 0


class SequentialOffset:
    """The next multiple of `align`, round and round; of W workers, worker w takes every Wth from the wth on."""

    __slots__ = ("_align", "_place", "_workers")

    def __init__(self, align: int, worker: int = 0, workers: int = 1) -> None:
        self._align = align
        self._place = worker
        self._workers = workers

    def offset(self, object_size: int, range_size: int) -> int:
        """0 where the range does not fit."""
        place = self._place
        self._place = place + self._workers
        places = (object_size - range_size) // self._align + 1
        return place % places * self._align if places > 1 else 0
