"""A tuned session as a workload file: with the values that hold now, or with a schedule that replays what was done. Pure.

The file of the run is changed key by key, so that its comments stay; where that cannot be done its effective
configuration is written instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import yaml

from s3bench_tui.engine.messages import Change, Phase, Settings
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.spec.effective import as_dict, line_names
from s3bench_tui.spec.loading import Loaded, load_text
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.text.sheet import Sheet, SheetError
from s3bench_tui.ui.tune import change_between

_LEADING = ("prepare", "warmup")


def tuned(texts: Sequence[str], effective: Mapping[str, Any], settings: Settings, base_dir: str = "") -> str:
    """The workload with these settings in place of its own. Raises ConfigError where no file can say them.

    `texts` are what it may have been written as, the dearest first; `effective` is what it came to.
    """

    def change(sheet: Sheet, workload: Workload) -> Sheet:
        return _with_settings(sheet, workload, settings)

    def holds(loaded: Loaded) -> bool:
        found = loaded.workload
        return settings.weights == tuple(line.weight for line in found.workload) and settings.limits == tuple(
            line.concurrency for line in found.workload
        )

    return _written(texts, effective, base_dir, change, holds)


def scheduled(
    texts: Sequence[str],
    effective: Mapping[str, Any],
    phases: Sequence[Phase],
    stopped_s: float | None,
    base_dir: str = "",
) -> str:
    """The workload with a schedule that does again what was done. `stopped_s`: when it was stopped by hand, on the run's clock."""
    if phases and phases[0].index > 0:
        raise ConfigError(
            [Problem("the beginning of this session is no longer known", "Save the values that hold now")]
        )

    def change(sheet: Sheet, workload: Workload) -> Sheet:
        steps = session_steps(phases, line_names(workload), stopped_s)
        begin_s = _begin_s(phases)
        if begin_s is not None and stopped_s is None:
            done_s = phases[-1].start_s - begin_s
            steps += [_as_plain(step) for step in workload.schedule if step.at / 1e9 > done_s + 0.5]
        sheet = sheet.remove(("schedule",)) if sheet.get(("schedule",)) is not None else sheet
        return sheet.set(("schedule",), steps) if steps else sheet

    return _written(texts, effective, base_dir, change, lambda loaded: True)


def session_steps(phases: Sequence[Phase], names: Sequence[str], stopped_s: float | None) -> list[dict[str, Any]]:
    """The steps of a schedule that make these phases; times are of the measured part."""
    begin_s = _begin_s(phases)
    if begin_s is None:
        return []
    steps: list[dict[str, Any]] = []
    before = phases[0].settings
    for phase in phases[1:]:
        if phase.kind in (*_LEADING, "drain"):
            continue
        change = change_between(before, phase.settings, names)
        step = _step(change) | ({"mark": phase.label} if phase.label else {})
        if step:
            steps.append({"at": _at(phase.start_s - begin_s), **step})
        before = phase.settings
    if stopped_s is not None and stopped_s > begin_s:
        steps.append({"at": _at(stopped_s - begin_s), "stop": True})
    return steps


def _begin_s(phases: Iterable[Phase]) -> float | None:
    """Start of the measured part."""
    return next((phase.start_s for phase in phases if phase.kind in ("measured", "paused")), None)


def _at(seconds: float) -> str:
    return f"{max(0.0, seconds):.2f}s"


def _step(change: Change | None) -> dict[str, Any]:
    if change is None:
        return {}
    step: dict[str, Any] = {}
    if change.weights:
        step["weights"] = {name: _number(weight) for name, weight in change.weights.items()}
    if change.concurrency is not None:
        step["concurrency"] = change.concurrency
    if change.limits:
        step["limits"] = dict(change.limits)
    if change.rate_per_s is not None:
        step["rate"] = _rate(change.rate_per_s)
    if change.paused is not None:
        step["pause" if change.paused else "resume"] = True
    return step


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _rate(rate_per_s: float) -> str:
    return f"{_number(rate_per_s)}/s"


def _as_plain(step: Any) -> dict[str, Any]:
    plain = step.model_dump(mode="json", exclude_unset=True)
    return {**plain, "at": _at(step.at / 1e9)}


def _with_settings(sheet: Sheet, workload: Workload, settings: Settings) -> Sheet:
    for index, (weight, limit) in enumerate(zip(settings.weights, settings.limits, strict=True)):
        line = workload.workload[index]
        if line.weight != weight:
            sheet = sheet.set(("workload", index, "weight"), _number(weight))
        if line.concurrency != limit:
            path = ("workload", index, "concurrency")
            sheet = sheet.remove(path) if limit is None else sheet.set(path, limit)
    open_loop = workload.load.model == "open"
    slots = workload.load.max_in_flight if open_loop else workload.concurrency
    if slots != settings.concurrency:
        separate = open_loop and sheet.get(("load", "max_in_flight")) is not None
        sheet = sheet.set(("load", "max_in_flight") if separate else ("concurrency",), settings.concurrency)
    if settings.rate_per_s is not None and settings.rate_per_s != workload.load.rate:
        sheet = sheet.set(("load", "rate"), _rate(settings.rate_per_s))
    return sheet


def _written(
    texts: Sequence[str],
    effective: Mapping[str, Any],
    base_dir: str,
    change: Callable[[Sheet, Workload], Sheet],
    holds: Callable[[Loaded], bool],
) -> str:
    """`change` of the first text that is this workload and can be changed so that it loads and `holds` is true of it."""
    plain = yaml.safe_dump(dict(effective), sort_keys=False, allow_unicode=True)
    for base in (*texts, plain):
        try:
            workload = load_text(base, base_dir=base_dir).workload
            if base is not plain and as_dict(workload) != effective:
                continue  # another workload by now
            changed = change(Sheet(base), workload).text
            if holds(load_text(changed, base_dir=base_dir)):
                return changed
        except (SheetError, ConfigError):
            continue
    raise ConfigError(
        [Problem("no workload file can say what was turned", "Write it down by hand: the events tell it")]
    )
