"""`distributed`: what of it means something on one machine, and what is said of the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.text.source import Path
from s3bench_tui.spec.text.wording import listed

_DURATIONS = {"execute": "duration", "hybrid": "max_duration"}
_LEFT_OUT = {
    "custom": "no command is ever run from a workload file",
    "validation": "targets are probed before every run",
}


@dataclass(slots=True)
class Fleet:
    """What one machine takes from `distributed`, each with its place; the places are empty where there is nothing."""

    agent: dict[str, Any] = field(default_factory=dict)
    """The first agent, whose part this machine plays."""
    agent_origin: Path = ()
    duration: Any = None
    duration_origin: Path = ()
    cleanup_origin: Path = ()


def read_fleet(draft: Draft, data: dict[str, Any]) -> Fleet:
    """Warns of all that needs several machines."""
    fleet = Fleet()
    if "distributed" not in data:
        return fleet
    origin: Path = ("distributed",)
    distributed = draft.mapping(origin, data["distributed"])
    agents = distributed.get("agents")
    if isinstance(agents, list) and agents and isinstance(agents[0], dict):
        fleet.agent, fleet.agent_origin = agents[0], (*origin, "agents", 0)
    count = f"{len(agents)} agents" if isinstance(agents, list) and len(agents) > 1 else "its agents"
    draft.warn(origin, f"needs a fleet: the workload runs on this machine alone, without {count}")
    stages = distributed.get("stages")
    for index, stage in enumerate(stages if isinstance(stages, list) else ()):
        if isinstance(stage, dict):
            _stage(draft, fleet, (*origin, "stages", index), stage)
    return fleet


def _stage(draft: Draft, fleet: Fleet, origin: Path, stage: dict[str, Any]) -> None:
    kind = stage.get("type")
    if kind in _DURATIONS:
        key = _DURATIONS[kind]
        if fleet.duration_origin:
            draft.warn(origin, "is left out: one run has one measured part", "Run the file again for it")
        elif key in stage:
            fleet.duration, fleet.duration_origin = stage[key], (*origin, key)
    elif kind == "cleanup" and fleet.duration_origin:
        fleet.cleanup_origin = origin
    elif kind == "cleanup":
        draft.warn(origin, "is left out: a run deletes only what it created itself")
    elif kind in _LEFT_OUT:
        draft.warn(origin, f"is left out: {_LEFT_OUT[kind]}")
    elif kind != "prepare":
        known = listed([*_DURATIONS, "prepare", "cleanup", *_LEFT_OUT])
        draft.warn(origin, "is left out: its type is not known", f"Write type: {known}")
