"""The stages of `distributed`: of a run that has one preparation, one measured part and one clean-up, in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.grammar import STAGE_KEYS
from s3bench_tui.spec.text.source import Path
from s3bench_tui.spec.text.wording import listed

_LENGTHS = {"execute": "duration", "hybrid": "max_duration"}
_LEFT_OUT = {
    "custom": "no command is ever run from a workload file",
    "validation": "targets are probed before every run",
}
_COMPLETIONS = {
    "prepare": ("duration", "tasks_done"),
    "execute": ("duration",),
    "hybrid": ("duration", "duration_or_tasks"),
    "cleanup": ("duration", "tasks_done"),
}
"""How stages end here anyhow."""


@dataclass(slots=True)
class Stages:
    """What a run takes from them; a place is empty where there is nothing."""

    duration: Any = None
    duration_origin: Path = ()
    tasks: Any = None
    tasks_origin: Path = ()
    cleanup_origin: Path = ()


def read_stages(draft: Draft, data: dict[str, Any]) -> Stages:
    """Warns of those that one run does not have."""
    stages = Stages()
    origin: Path = ("distributed", "stages")
    distributed = data.get("distributed")
    listing = distributed.get("stages") if isinstance(distributed, dict) else None
    if listing is None:
        return stages
    if not isinstance(listing, list):
        draft.refuse(origin, "is not a list", "Write - {name: run, order: 1, type: execute, duration: 60s} below it")
        return stages
    found: list[tuple[Path, dict[str, Any]]] = []
    for index, stage in enumerate(listing):
        if isinstance(stage, dict):
            found.append(((*origin, index), stage))
        else:
            draft.refuse((*origin, index), "is not a mapping of keys", "Write - {type: execute, duration: 60s}")
    if all(type(stage.get("order")) is int for _, stage in found):
        found.sort(key=lambda pair: pair[1]["order"])
    executed = False
    for place, stage in found:
        executed = _stage(draft, stages, place, stage, executed)
    return stages


def _stage(draft: Draft, stages: Stages, origin: Path, stage: dict[str, Any], executed: bool) -> bool:
    """Take what the stage says; whether the measured part has come by now."""
    kind = str(stage.get("type"))
    if kind in _LEFT_OUT:
        draft.warn(origin, f"is left out: {_LEFT_OUT[kind]}")
    elif kind not in _COMPLETIONS:
        known = listed([*_COMPLETIONS, *_LEFT_OUT])
        draft.warn(origin, "is left out: its type is not known", f"Write type: {known}")
    elif kind in _LENGTHS and executed:
        draft.warn(origin, "is left out: one run has one measured part", "Run the file again for it")
    elif kind == "cleanup" and not executed:
        draft.warn(origin, "is left out: a run deletes only what it created itself")
    else:
        _answer(draft, origin, stage, kind)
        if kind == "cleanup":
            stages.cleanup_origin = origin
        elif kind in _LENGTHS:
            key = _LENGTHS[kind]
            if key in stage:
                stages.duration, stages.duration_origin = stage[key], (*origin, key)
            if kind == "hybrid" and stage.get("expected_tasks") is not None:
                stages.tasks, stages.tasks_origin = stage["expected_tasks"], (*origin, "expected_tasks")
            return True
    return executed


def _answer(draft: Draft, origin: Path, stage: dict[str, Any], kind: str) -> None:
    """Say what has no effect in a stage that there is."""
    draft.unknown(origin, stage, STAGE_KEYS)
    idle = [key for key in ("barrier", "timeout_secs", "expected_objects") if stage.get(key) is not None]
    idle += [key for key in ("duration", "max_duration", "expected_tasks", "command", "args") if key in stage and not _belongs(kind, key)]  # fmt: skip
    idle += ["optional"] if stage.get("optional", False) is not False else []
    idle += ["completion"] if stage.get("completion", "duration") not in _COMPLETIONS[kind] else []
    if idle:
        has = "has" if len(idle) == 1 else "have"
        draft.warn(origin, f"{listed(idle, 'and')} {has} no effect: a stage ends when what it is for is done")


def _belongs(kind: str, key: str) -> bool:
    return key == _LENGTHS.get(kind) or (kind == "hybrid" and key == "expected_tasks")
