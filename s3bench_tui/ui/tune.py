"""What can be turned while a run is on, and what turning it comes to. Pure: knows neither keys nor screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor, log10
from typing import TypeVar

from s3bench_tui.engine.messages import Change, Settings
from s3bench_tui.spec.vocabulary import MAX_SLOTS
from s3bench_tui.ui.figures import whole

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dial:
    """One thing to turn. `kind`: concurrency, rate, weight, limit; `line` is its place in the mix."""

    kind: str
    line: int = -1


def dials(settings: Settings) -> tuple[Dial, ...]:
    """All that can be turned, in the order in which it is shown."""
    first = (Dial("concurrency"),) if settings.rate_per_s is None else (Dial("rate"), Dial("concurrency"))
    lines = range(len(settings.weights))
    return (*first, *(Dial("weight", line) for line in lines), *(Dial("limit", line) for line in lines))


def value_of(settings: Settings, dial: Dial) -> float | None:
    """What it stands at; None: no limit."""
    if dial.kind == "concurrency":
        return settings.concurrency
    if dial.kind == "rate":
        return settings.rate_per_s
    return settings.weights[dial.line] if dial.kind == "weight" else settings.limits[dial.line]


def with_value(settings: Settings, dial: Dial, value: float | None) -> Settings:
    """The settings with one dial at another value, kept within what can be; a limit may be taken away with None."""
    if dial.kind == "limit":
        limit = None if value is None else max(1, min(MAX_SLOTS, round(value)))
        return replace(settings, limits=_at(settings.limits, dial.line, limit))
    if value is None:
        return settings
    if dial.kind == "concurrency":
        return replace(settings, concurrency=max(1, min(MAX_SLOTS, round(value))))
    if dial.kind == "rate":
        return replace(settings, rate_per_s=value) if value > 0 else settings
    weights = _at(settings.weights, dial.line, max(0.0, value))
    return replace(settings, weights=weights) if any(weights) else settings


def turned(settings: Settings, dial: Dial, steps: int) -> Settings:
    """The settings with a dial turned by so many steps; a limit that is turned beyond all slots is none."""
    value = value_of(settings, dial)
    if dial.kind == "limit":
        limit = (settings.concurrency if value is None else value) + steps
        return with_value(settings, dial, None if limit >= settings.concurrency else limit)
    assert value is not None
    if dial.kind != "rate":
        return with_value(settings, dial, value + steps)
    for _ in range(abs(steps)):
        step = rate_step(value, down=steps < 0)
        value = round(
            max(step, (value // step if steps > 0 else -(-value // step)) * step + (step if steps > 0 else -step)), 9
        )
    return with_value(settings, dial, value)


def rate_step(rate_per_s: float, down: bool = False) -> float:
    """One in the second digit, so that a step is a tenth of the rate at most: 100 at 9,000, and 10 at 900."""
    if rate_per_s <= 0:
        return 1.0
    power = floor(log10(rate_per_s) + 1e-12)
    if down and rate_per_s <= 10.0**power * (1 + 1e-12):
        power -= 1
    return float(10.0 ** (power - 1))


def change_between(before: Settings, after: Settings, names: Sequence[str]) -> Change | None:
    """The command that turns one into the other; None where they are alike. `names` are those of the mix's lines."""
    weights = {n: b for n, a, b in zip(names, before.weights, after.weights, strict=False) if a != b}
    limits = {n: b for n, a, b in zip(names, before.limits, after.limits, strict=False) if a != b}
    change = Change(
        weights=weights or None,
        limits=limits or None,
        concurrency=after.concurrency if after.concurrency != before.concurrency else None,
        rate_per_s=after.rate_per_s if after.rate_per_s != before.rate_per_s else None,
        paused=after.paused if after.paused != before.paused else None,
    )
    return None if change == Change() else change


def said(before: Settings, after: Settings, names: Sequence[str]) -> str:
    """The same in words: `slots 8>16, get 60>70, pause`."""
    parts = []
    if before.paused != after.paused:
        parts.append("pause" if after.paused else "resume")
    if before.rate_per_s != after.rate_per_s:
        parts.append(f"rate {_written(before.rate_per_s)}>{_written(after.rate_per_s)}")
    if before.concurrency != after.concurrency:
        parts.append(f"slots {before.concurrency}>{after.concurrency}")
    for name, a, b in zip(names, before.weights, after.weights, strict=False):
        if a != b:
            parts.append(f"{name} {_written(a)}>{_written(b)}")
    for name, c, d in zip(names, before.limits, after.limits, strict=False):
        if c != d:
            parts.append(f"limit {name} {_written(c)}>{_written(d)}")
    return ", ".join(parts)


def _written(value: float | None) -> str:
    return "none" if value is None else whole(value)


def _at(values: tuple[T, ...], place: int, value: T) -> tuple[T, ...]:
    return (*values[:place], value, *values[place + 1 :])
