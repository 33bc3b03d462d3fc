"""`fleet`: on which machines the workload runs, and how they share it. Knows no addresses beyond their text."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.quantity import Endpoint, Positive, PositiveCount, Text
from s3bench_tui.units import shown


class LossLimit(Model):
    """Go on as long as so many agents are left."""

    min: PositiveCount


def _on_loss(value: Any) -> Any:
    if value in ("continue", "stop") or isinstance(value, LossLimit):
        return value
    least = value.get("min") if isinstance(value, dict) and set(value) == {"min"} else None
    if isinstance(least, int) and not isinstance(least, bool) and least >= 1:
        return LossLimit(min=least)
    raise ValueError(f"{shown(value)} is not what to do; write continue, stop, or {{min: 2}}")


_OnLossInput = Literal["continue", "stop"] | LossLimit
OnLoss = Annotated[
    Literal["continue", "stop"] | LossLimit, BeforeValidator(_on_loss, json_schema_input_type=_OnLossInput)
]


class AgentSettings(Model):
    """What is different for one agent."""

    share: Positive = 1.0
    """Its part of the slots, the rate and the quotas, relative to the other agents'."""
    uri: Text | None = None
    """Where it runs, in place of the `uri` of the one target; it has the same scheme."""
    endpoint: Endpoint | None = None
    """In place of the `endpoint` of the one target."""


class Fleet(Model):
    """Machines that run the workload together: they share out its slots, its rate and its quotas."""

    agents: tuple[Text, ...] = ()
    """`host:port` of each; the port may be left out where it is 7761. Also `--agents a,b`."""
    dask: Text | None = None
    """In place of `agents`: a Dask cluster, each host of which is an agent. Its address (`tcp://host:8786`, `tls://...`),
    the file of its scheduler (`scheduler.json`), or `LocalCluster(2)`, workers on this machine. Also `--dask`."""
    on_agent_loss: OnLoss = "continue"
    """Once the load is on: go on with those that are left, stop, or `{min: N}`: stop when fewer than N are left."""
    keyspace: Literal["shared", "partitioned"] = "shared"
    """`shared`: every agent reads and overwrites all objects; `partitioned`: each a part of its own. Each object is made
    by one agent, and taken by one where it is taken once, either way."""
    by_agent: dict[Text, AgentSettings] = Field(default_factory=dict)
    """By the address of an agent, as it stands in `agents`, or by that of a host of the Dask cluster (`10.0.0.7`): what is
    different for it."""
