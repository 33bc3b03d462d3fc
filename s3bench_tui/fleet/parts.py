"""What of a workload, and of a change while it runs, falls to each agent. Knows no agents and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from s3bench_tui.engine.messages import Change
from s3bench_tui.engine.plan import split
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.spec.effective import for_agent, slots_of
from s3bench_tui.spec.model.fleet import Fleet
from s3bench_tui.spec.model.outputs import OutputFiles
from s3bench_tui.spec.model.workload import Step, Workload


def on_members(workload: Workload, members: Sequence[str]) -> Workload:
    """The workload on the members that were found, where its fleet does not name agents itself; what it says of their hosts
    is then said of them. ConfigError where it speaks of a host that is not among them."""
    assert workload.fleet is not None
    if workload.fleet.agents:
        return workload
    hosts = {member: urlsplit(member).hostname or member for member in members}
    said = workload.fleet.by_agent
    for host in said:
        if host not in hosts.values():
            hint = f"Its hosts: {', '.join(dict.fromkeys(hosts.values()))}"
            raise ConfigError([Problem(f"{host} is no host of the Dask cluster", hint, "fleet.by_agent")])
    own = {member: said[host] for member, host in hosts.items() if host in said}
    fleet = workload.fleet.model_copy(update={"agents": tuple(members), "by_agent": own})
    return workload.model_copy(update={"fleet": fleet})


def shares_of(fleet: Fleet) -> tuple[float, ...]:
    """The part of the load that each agent has, relative to each other."""
    return tuple(fleet.by_agent[agent].share if agent in fleet.by_agent else 1.0 for agent in fleet.agents)


def parts_of(workload: Workload) -> list[Workload]:
    """The workload of each agent of its fleet: together they have its slots, its rate and its quotas.

    ConfigError where it cannot be split so. Mix, data sets, durations and seed are the same for all.
    """
    assert workload.fleet is not None
    shares = shares_of(workload.fleet)
    rates = _proportions(shares)
    if workload.cleanup == "only":
        raise ConfigError([Problem("to clean up is for one machine", "Leave out fleet, and --agents", "cleanup")])
    load, stop = workload.load, workload.stop
    slots = _split("load.max_in_flight" if load.max_in_flight else "concurrency", slots_of(workload), shares)
    ops = _split("stop.ops", stop.ops, shares)
    size = _split("stop.bytes", stop.bytes, shares)
    backlog = split(load.max_backlog, shares)
    limits = [_split("concurrency of a line", line.concurrency, shares) for line in workload.workload]
    schedules = [_steps(step, shares) for step in workload.schedule]
    _refuse_verified_overwrites(workload)
    found = []
    for index, agent in enumerate(workload.fleet.agents):
        own_load: dict[str, Any] = {"max_backlog": backlog[index]}
        if load.rate is not None:
            own_load |= {"rate": load.rate * rates[index], "max_in_flight": slots[index]}
        lines = tuple(
            line.model_copy(update={"concurrency": limit[index]})
            for line, limit in zip(workload.workload, limits, strict=True)
        )
        found.append(
            for_agent(workload, agent).model_copy(
                update={
                    "fleet": None,
                    "thresholds": (),  # they judge the whole
                    "outputs": OutputFiles(),  # written by the controller
                    "concurrency": slots[index],
                    "load": load.model_copy(update=own_load) if load.model == "open" else load,
                    "stop": stop.model_copy(update={"ops": ops[index], "bytes": size[index]}),
                    "workload": lines,
                    "schedule": tuple(steps[index] for steps in schedules),
                }
            )
        )
    return found


def changes_of(change: Change, shares: Sequence[float]) -> list[Change]:
    """The change of each of the agents that have these shares; ConfigError where it cannot be split so."""
    concurrency = _split("concurrency", change.concurrency, shares)
    limits = _limits(change.limits, shares)
    rates = [None if change.rate_per_s is None else change.rate_per_s * part for part in _proportions(shares)]
    return [
        replace(change, concurrency=slots, limits=own, rate_per_s=rate)
        for slots, own, rate in zip(concurrency, limits, rates, strict=True)
    ]


def _steps(step: Step, shares: Sequence[float]) -> list[Step]:
    concurrency = _split("schedule: concurrency", step.concurrency, shares)
    limits = _limits(step.limits, shares)
    rates = [None if step.rate is None else step.rate * part for part in _proportions(shares)]
    return [
        step.model_copy(update={"concurrency": slots, "limits": own, "rate": rate})
        for slots, own, rate in zip(concurrency, limits, rates, strict=True)
    ]


def _limits(limits: Mapping[str, int | None] | None, shares: Sequence[float]) -> list[dict[str, int | None] | None]:
    if limits is None:
        return [None] * len(shares)
    parts = {name: _split(f"the limit of {name}", limit, shares) for name, limit in limits.items()}
    return [{name: part[index] for name, part in parts.items()} for index in range(len(shares))]


def _proportions(shares: Sequence[float]) -> list[float]:
    return [share / sum(shares) for share in shares]


def _split(what: str, total: int | None, shares: Sequence[float]) -> list[int] | list[None]:
    """Parts in proportion to the shares, none of them empty; None stays None."""
    count = len(shares)
    if total is None:
        return [None] * count
    if total < count:
        hint = f"Write {count} or more, or take fewer agents"
        raise ConfigError([Problem(f"{what}: {total} cannot be shared out among {count} agents", hint)])
    return split(total, shares, least=1)


def _refuse_verified_overwrites(workload: Workload) -> None:
    """Which version a verified read may bring is known only to the machine that overwrites."""
    assert workload.fleet is not None
    verified = {line.dataset for line in workload.workload if line.verify != "none" and line.path is None}
    written = {line.dataset for line in workload.workload if line.op == "put" and line.path is None}
    count = len(workload.fleet.agents)
    for dataset in workload.datasets:
        if dataset.id not in verified & written:
            continue
        if workload.fleet.keyspace == "shared":
            message = "the data set is overwritten and verified, by agents that do not know of each other's writes"
            raise ConfigError([Problem(message, "Write keyspace: partitioned, or remove verify", "fleet.keyspace")])
        if dataset.count < count:
            message = f"{dataset.count} objects cannot be partitioned over {count} agents"
            raise ConfigError([Problem(message, "Write a larger count", "datasets")])
