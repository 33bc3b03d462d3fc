"""`distributed`: the agents of sai3-bench as a native fleet.

Each of its agents has the slots, the rate and, where storage is its own, the objects of the file for itself; the agents of
a native fleet share out what is written. So all of that is multiplied here. Knows no agents, only what is written of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.grammar import AGENT_KEYS, DISTRIBUTED_KEYS
from s3bench_tui.spec.model.hosts import expand_hosts
from s3bench_tui.spec.text.source import Path
from s3bench_tui.spec.text.wording import listed, nearest

_START = "Start s3bench-tui agent on each machine (docs/fleet.md)"
_DIRECTORIES = "has no effect: agents keep apart by the objects that they take, and not by directories"
_NO_CACHE = "has no effect: keys are computed, so that there is no cache"
_SILENCE = "has no effect: an agent that says nothing for 10 s is lost"
_ANSWERS = {
    "ssh": ("is left out: no agent is started from here", _START),
    "deployment": ("is left out: no agent is started from here", _START),
    "start_delay": ("has no effect: the load begins on all at one instant, once the last one is ready", ""),
    "path_template": (_DIRECTORIES, ""),
    "grpc_keepalive_interval": (_SILENCE, ""),
    "grpc_keepalive_timeout": (_SILENCE, ""),
    "agent_ready_timeout": ("has no effect: agents are waited for as long as they answer", ""),
    "kv_cache_dir": (_NO_CACHE, ""),
    "barrier_sync": ("has no effect: all agents wait for each other before the load begins, and at no other time", ""),
}
_AGENT_ANSWERS = {
    "id": ("has no effect: agents are called by their addresses", ""),
    "env": ("is left out: an agent has the environment in which it was started", "Set it where the agent is started"),
    "volumes": ("is left out: no container is started from here", _START),
    "path_template": (_DIRECTORIES, ""),
    "kv_cache_dir": (_NO_CACHE, ""),
}
_OPTIONAL = ("ssh", "deployment", "barrier_sync")
"""What asks for nothing where it says `enabled: false`."""
_KEYSPACES = {"random": "shared", "partitioned": "partitioned", "exclusive": "partitioned", "weighted": "partitioned"}
_TREES = ("isolated", "coordinator", "concurrent")


@dataclass(slots=True)
class Fleet:
    """The agents as they are written, each with its place; none where this machine makes the load itself."""

    agents: list[tuple[dict[str, Any], Path]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    """Of the agents, where the load is theirs."""
    first: tuple[dict[str, Any], Path] | None = None
    """The agent whose target stands for all where the file has no other."""
    own_objects: bool = False
    """Each has objects of its own, as many as are written."""

    def times(self, draft: Draft, value: Any, origin: Path, parse: Callable[[Any], float]) -> Any:
        """What is written for one agent, for all of them; what is no number is for its reader to refuse."""
        count = len(self.addresses)
        if count < 2:
            return value
        if isinstance(value, str) and "${" in value:
            draft.warn(origin, f"is that of one agent, and stands here for all {count}", f"Multiply it by {count}")
            return value
        try:
            return parse(value) * count
        except ValueError:
            return value


def read_fleet(draft: Draft, data: dict[str, Any], alone: bool) -> Fleet:
    """Sets the agents; `alone` leaves the load to this machine, which is one of them."""
    fleet = Fleet()
    origin: Path = ("distributed",)
    if "distributed" not in data:
        return fleet
    distributed = draft.mapping(origin, data["distributed"])
    draft.unknown(origin, distributed, DISTRIBUTED_KEYS)
    _read_agents(draft, fleet, distributed)
    prepare = data.get("prepare")
    if alone:
        return fleet
    if isinstance(prepare, dict) and prepare.get("cleanup_only") is True:
        draft.warn(origin, "is left out: clean-up alone is for one machine", "Run it where the objects are")
        return fleet
    if not fleet.agents:
        hint = "Write agents: [{address: h1:7761}], or give --agents h1:7761,h2:7761"
        draft.warn(origin, "names no agents: the workload runs on this machine alone", hint)
        return fleet
    _spell_out(draft, fleet)
    draft.set(("fleet", "agents"), fleet.addresses, (*origin, "agents"))
    for key, (message, hint) in _ANSWERS.items():
        value = distributed.get(key)
        if key in distributed and not (key in _OPTIONAL and isinstance(value, dict) and value.get("enabled") is False):
            draft.warn((*origin, key), message, hint)
    for key, (message, hint) in _AGENT_ANSWERS.items():
        said = [place for agent, place in fleet.agents if agent.get(key)]
        if said:
            draft.warn((*said[0], key), message, hint)
    for agent, place in fleet.agents:
        if "multi_endpoint" in agent and "target_override" in agent:
            draft.warn((*place, "target_override"), "gives way to multi_endpoint")
    _share_objects(draft, fleet, distributed)
    return fleet


def _read_agents(draft: Draft, fleet: Fleet, distributed: dict[str, Any]) -> None:
    origin: Path = ("distributed", "agents")
    agents = distributed.get("agents")
    if agents is not None and not isinstance(agents, list):
        draft.refuse(origin, "is not a list", "Write - {address: h1:7761} below it")
        return
    for index, agent in enumerate(agents or ()):
        place = (*origin, index)
        if isinstance(agent, dict):
            draft.unknown(place, agent, AGENT_KEYS)
            fleet.agents.append((agent, place))
        else:
            draft.refuse(place, "is not a mapping of keys", "Write - {address: h1:7761}")
    fleet.first = fleet.agents[0] if fleet.agents else None


def _address(draft: Draft, agent: dict[str, Any], origin: Path) -> str:
    address, port = agent.get("address"), agent.get("listen_port")
    if not isinstance(address, str) or not address.strip():
        draft.refuse((*origin, "address"), "is no address of an agent", "Write address: h1:7761")
        return ""
    if port is not None and ":" not in address:
        return f"{address}:{port}"
    if port is not None and not address.endswith(f":{port}"):
        draft.warn((*origin, "listen_port"), "is left out, because the address has a port")
    return address


def _spell_out(draft: Draft, fleet: Fleet) -> None:
    """Give each host that an address stands for an agent of its own, so that each has its slots and its rate."""
    agents, fleet.agents = fleet.agents, []
    for agent, place in agents:
        written = _address(draft, agent, place)
        try:
            hosts = expand_hosts(written)
        except ValueError:
            hosts = (written,)  # for the reader of addresses to refuse
        fleet.addresses += hosts
        fleet.agents += [(agent, place)] * len(hosts)


def _share_objects(draft: Draft, fleet: Fleet, distributed: dict[str, Any]) -> None:
    """Who takes which objects."""
    origin: Path = ("distributed",)
    shared = distributed.get("shared_filesystem", True)
    if not isinstance(shared, bool):
        draft.refuse((*origin, "shared_filesystem"), "is neither true nor false", "Write true or false, without quotes")
    fleet.own_objects = shared is False
    trees = distributed.get("tree_creation_mode", "coordinator")
    if trees not in _TREES:
        hint = f"{nearest(str(trees), _TREES)}Write {listed(_TREES)}"
        draft.refuse((*origin, "tree_creation_mode"), "is not known", hint)
    selection = distributed.get("path_selection", "random")
    if not isinstance(selection, str) or selection not in _KEYSPACES:
        hint = f"{nearest(str(selection), _KEYSPACES)}Write {listed(_KEYSPACES)}"
        draft.refuse((*origin, "path_selection"), "is not known", hint)
    elif selection == "weighted":
        message = "is taken as partitioned: each agent keeps to its own objects, without an overlap"
        draft.warn((*origin, "path_selection"), message)
    if "partition_overlap" in distributed and selection != "weighted":
        draft.warn((*origin, "partition_overlap"), "has no effect: it belongs to path_selection: weighted")
    reasons = {
        "path_selection": _KEYSPACES.get(str(selection)) == "partitioned",
        "shared_filesystem": fleet.own_objects,
        "tree_creation_mode": trees == "isolated",
    }
    reason = next((key for key, holds in reasons.items() if holds), None)
    if reason is not None:
        draft.set(("fleet", "keyspace"), "partitioned", (*origin, reason))
