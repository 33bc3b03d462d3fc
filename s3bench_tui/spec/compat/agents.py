"""What is different for single agents of `distributed`: slots, targets and end points of their own."""

from __future__ import annotations

from typing import Any

from s3bench_tui.spec.compat.addresses import Site, base_sites
from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.fleet import Fleet
from s3bench_tui.spec.compat.layout import Layout, bases_of
from s3bench_tui.spec.model.quantity import positive
from s3bench_tui.spec.text.source import Path
from s3bench_tui.units import parse_count

DEFAULT_SLOTS = 16


def translate_slots(draft: Draft, data: dict[str, Any], fleet: Fleet) -> None:
    """Set the concurrency of all agents together, and the shares of those that have one of their own."""
    if not fleet.addresses:
        if "concurrency" in data:
            draft.set(("concurrency",), data["concurrency"], ("concurrency",))
        return
    common: tuple[Any, Path] = (
        (data["concurrency"], ("concurrency",)) if "concurrency" in data else (DEFAULT_SLOTS, ("distributed", "agents"))
    )
    given = [
        (agent["concurrency_override"], (*place, "concurrency_override")) if "concurrency_override" in agent else common
        for agent, place in fleet.agents
    ]
    slots = []
    for value, origin in [common, *given]:
        try:
            slots.append(positive(parse_count(value)))
        except ValueError:
            draft.set(("concurrency",), fleet.times(draft, value, origin, parse_count), origin)
            return
    usual, *own = slots
    draft.set(("concurrency",), sum(own), common[1])
    for address, count, (_, origin) in zip(fleet.addresses, own, given, strict=True):
        if count != usual:
            draft.set(("fleet", "by_agent", address, "share"), count / usual, origin)


def place_agents(draft: Draft, layout: Layout, fleet: Fleet) -> None:
    """Set the targets of agents that have another one than all; says where that cannot be."""
    if not fleet.addresses or not layout.sites:
        return
    common = base_sites(layout.bases)
    for address, (agent, place) in zip(fleet.addresses, fleet.agents, strict=True):
        key = next((key for key in ("multi_endpoint", "target_override") if key in agent), None)
        if key is None:
            continue
        own = base_sites(bases_of(draft, agent, place))
        if not own or own == common:
            continue
        if len(own) > 1 or len(common) > 1 or layout.sites != common or own[0].scheme != common[0].scheme:
            message = "is left out: the agent runs on the target of all"
            draft.warn((*place, key), message, "One target that all lines lie in can be another one for each agent")
        else:
            _move(draft, fleet, address, common[0], own[0], (*place, key))


def _move(draft: Draft, fleet: Fleet, address: str, common: Site, own: Site, origin: Path) -> None:
    path: Path = ("fleet", "by_agent", address)
    if own.uri != common.uri:
        draft.set((*path, "uri"), own.uri, origin)
        if not fleet.own_objects:
            fleet.own_objects = True
            if "keyspace" not in draft.data["fleet"]:
                draft.set(("fleet", "keyspace"), "partitioned", origin)
    if own.hosts != common.hosts and own.hosts:
        urls = own.endpoints
        draft.set((*path, "endpoint"), urls[0] if len(urls) == 1 else list(urls), origin)
    elif own.hosts != common.hosts:
        draft.warn(origin, f"names no server, and is spoken to at {', '.join(common.endpoints)}")
