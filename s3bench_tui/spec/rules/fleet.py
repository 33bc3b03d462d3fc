"""Rules about the fleet: what is different for single agents is for agents and for targets that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from s3bench_tui.spec.effective import for_agent
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules import targets
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.text.wording import listed, nearest
from s3bench_tui.spec.vocabulary import scheme_of
from s3bench_tui.units import shown

_CLUSTER = re.compile(r"LocalCluster\(([1-9][0-9]{0,3})?\)|([a-z]+://)?([^/\s:]+|\[[^/\s\]]+\]):[0-9]+|[^:]+\.json")


def wrong_with(cluster: str) -> tuple[str, str] | None:
    """Message and hint where this names no Dask cluster; whether there is one shows when it is asked."""
    if _CLUSTER.fullmatch(cluster):
        return None
    hint = "Write tcp://host:8786, tls://host:8786, the file of a scheduler (scheduler.json), or LocalCluster(2)"
    return f"{shown(cluster)} is no Dask cluster", hint


def agents(workload: Workload) -> Iterator[Finding]:
    """What is said of an agent is said of one in the list, and leads it to a target that it can have."""
    if workload.fleet is None:
        return
    known = workload.fleet.agents
    if workload.fleet.dask is None and not known:
        hint = "Write agents: [h1:7761, h2:7761], or dask: tcp://scheduler:8786"
        yield Finding(("fleet",), "names neither agents nor a Dask cluster", hint)
        return
    if workload.fleet.dask is not None and known:
        yield Finding(("fleet", "dask"), "is a second place for agents to be", "Keep agents or dask")
        return
    if workload.fleet.dask is not None and (wrong := wrong_with(workload.fleet.dask)):
        yield Finding(("fleet", "dask"), *wrong)
    for agent, own in workload.fleet.by_agent.items():
        path = ("fleet", "by_agent", agent)
        if known and agent not in known:
            yield Finding(path, "is not among the agents", f"{nearest(agent, known)}Agents: {listed(known)}")
        if own.uri is None and own.endpoint is None:
            continue
        key = "uri" if own.uri is not None else "endpoint"
        if len(workload.targets) > 1:
            message = f"does not say of which of the {len(workload.targets)} targets"
            yield Finding((*path, key), message, "Keep one target, or remove it")
            continue
        scheme = scheme_of(workload.targets[0].uri)
        if own.uri is not None and scheme_of(own.uri) != scheme:
            message = f"is not a {scheme}:// address, as that of the target is"
            yield Finding((*path, "uri"), message, "All agents use one kind of storage")
            continue
        moved = for_agent(workload, agent)
        for rule in (targets.addresses, targets.options):
            before = list(rule(workload))
            yield from (
                Finding((*path, *found.path[2:]), found.message, found.hint, found.warning)
                for found in rule(moved)
                if found not in before
            )
