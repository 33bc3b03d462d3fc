"""Where an axis has its ticks, and what stands beside them: steps of 1, 2 and 5 in the unit that fits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, isfinite, log10


@dataclass(frozen=True, slots=True)
class Unit:
    """How figures of one kind are labelled: (factor, suffix) from small to large, and what they are, for titles."""

    name: str
    scales: tuple[tuple[float, str], ...]

    def scale(self, value: float) -> tuple[float, str]:
        """The largest factor, with its suffix, that `value` has at least one of."""
        found = self.scales[0]
        for factor, suffix in self.scales:
            if value >= factor * 0.9995:
                found = (factor, suffix)
        return found

    def label(self, value: float, digits: int = 3) -> str:
        """At most three digits (or two) and the suffix, such as `2.5k`, `500Mi`, `20ms`."""
        factor, suffix = self.scale(value)
        number = value / factor
        return f"{number:.0f}{suffix}" if number >= 99.95 else f"{number:.{digits}g}{suffix}"


COUNT = Unit("", ((1, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")))
BYTES = Unit("B", ((1, ""), (1 << 10, "Ki"), (1 << 20, "Mi"), (1 << 30, "Gi"), (1 << 40, "Ti")))
TIME_NS = Unit("", ((1, "ns"), (1e3, "us"), (1e6, "ms"), (1e9, "s")))
SHARE = Unit("%", ((0.01, "%"),))

_LEAST, _MOST = 1e-9, 1e18
_TIME_STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400)


def nice(step: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `step`."""
    power = 10.0 ** floor(log10(step))
    for factor in (1, 2, 5):
        if step <= factor * power * 1.000001:
            return factor * power
    return 10 * power


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from 0 to `top`, with (value, label) of its ticks from the lowest to the highest."""

    top: float
    ticks: tuple[tuple[float, str], ...]


def axis(highest: float, most: int, unit: Unit) -> Axis:
    """From 0 to the first tick that is not below `highest`, with at most `most` steps (one at least)."""
    if not isfinite(highest) or highest < _LEAST:
        highest = unit.scales[0][0]
    highest = min(highest, _MOST)
    factor, _ = unit.scale(highest)
    step = nice(highest / factor / max(1, most))
    count = ceil(highest / factor / step - 1e-6)
    values = [index * step * factor for index in range(count + 1)]
    return Axis(values[-1], tuple((value, unit.label(value) if value else "0") for value in values))


def ladder(lowest: float, highest: float, unit: Unit) -> Axis:
    """A logarithmic axis: every 1, 2, 5 from the last one not above `lowest` to the first one not below `highest`.

    The first tick is the bottom, the last one the top.
    """
    lowest = min(max(lowest, _LEAST), _MOST) if isfinite(lowest) else 1.0
    highest = min(max(highest, lowest), _MOST) if isfinite(highest) else lowest
    values = [10.0 ** (floor(log10(lowest)) - 1)]
    while values[-1] < highest * 0.999999 or len(values) < 2:
        values.append(nice(values[-1] * 1.5))
        if values[1] <= lowest * 1.000001:
            del values[0]
    return Axis(values[-1], tuple((value, unit.label(value)) for value in values))


def time_step_s(seconds_per_column: float, apart: int) -> float:
    """Seconds between labels on a time axis so that they are at least `apart` columns from each other."""
    wanted = max(seconds_per_column, _LEAST) * apart
    return next((step for step in _TIME_STEPS_S if step >= wanted), ceil(wanted / 86400) * 86400)


def clock(seconds: float) -> str:
    """Time since the start: `45`, `1:30`, `2:00:00`."""
    whole = int(max(0.0, seconds) + 0.5)
    if whole < 60:
        return str(whole)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
