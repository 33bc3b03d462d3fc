"""What of a workload, and of a change while it runs, falls to each agent. Knows no agents and no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from s3bench_tui.engine.messages import Change
from s3bench_tui.engine.plan import split
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.spec.effective import slots_of
from s3bench_tui.spec.model.outputs import OutputFiles
from s3bench_tui.spec.model.workload import Step, Workload


def parts_of(workload: Workload, count: int) -> list[Workload]:
    """The workload of each of `count` agents: together they have its slots, its rate and its quotas.

    ConfigError where it cannot be split so. Mix, data sets, durations and seed are the same for all.
    """
    if workload.cleanup == "only":
        raise ConfigError([Problem("to clean up is for one machine", "Leave out fleet, and --agents", "cleanup")])
    load, stop = workload.load, workload.stop
    slots = _split("load.max_in_flight" if load.max_in_flight else "concurrency", slots_of(workload), count)
    ops = _split("stop.ops", stop.ops, count)
    size = _split("stop.bytes", stop.bytes, count)
    backlog = split(load.max_backlog, [1] * count)
    limits = [_split("concurrency of a line", line.concurrency, count) for line in workload.workload]
    schedules = [_steps(step, count) for step in workload.schedule]
    _refuse_verified_overwrites(workload)
    found = []
    for index in range(count):
        own_load: dict[str, Any] = {"max_backlog": backlog[index]}
        if load.rate is not None:
            own_load |= {"rate": load.rate / count, "max_in_flight": slots[index]}
        lines = tuple(
            line.model_copy(update={"concurrency": limit[index]})
            for line, limit in zip(workload.workload, limits, strict=True)
        )
        found.append(
            workload.model_copy(
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


def changes_of(change: Change, count: int) -> list[Change]:
    """The change of each of `count` agents; ConfigError where it cannot be split so."""
    concurrency = _split("concurrency", change.concurrency, count)
    limits = _limits(change.limits, count)
    rate = None if change.rate_per_s is None else change.rate_per_s / count
    return [
        replace(change, concurrency=concurrency[index], limits=limits[index], rate_per_s=rate) for index in range(count)
    ]


def _steps(step: Step, count: int) -> list[Step]:
    concurrency = _split("schedule: concurrency", step.concurrency, count)
    limits = _limits(step.limits, count)
    rate = None if step.rate is None else step.rate / count
    return [
        step.model_copy(update={"concurrency": concurrency[index], "limits": limits[index], "rate": rate})
        for index in range(count)
    ]


def _limits(limits: Mapping[str, int | None] | None, count: int) -> list[dict[str, int | None] | None]:
    if limits is None:
        return [None] * count
    parts = {name: _split(f"the limit of {name}", limit, count) for name, limit in limits.items()}
    return [{name: part[index] for name, part in parts.items()} for index in range(count)]


def _split(what: str, total: int | None, count: int) -> list[int] | list[None]:
    """Parts as equal as can be, none of them empty; None stays None."""
    if total is None:
        return [None] * count
    if total < count:
        hint = f"Write {count} or more, or take fewer agents"
        raise ConfigError([Problem(f"{what}: {total} cannot be shared out among {count} agents", hint)])
    return split(total, [1] * count)


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
