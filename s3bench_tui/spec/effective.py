"""The defaults that depend on other keys, filled in; and the effective configuration as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, overload

from s3bench_tui.spec.model.choosing import KeyChoice
from s3bench_tui.spec.model.dataset import Dataset, Payload
from s3bench_tui.spec.model.multipart import Multipart
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.vocabulary import (
    COMMON_LINE_KEYS,
    COMMON_TARGET_KEYS,
    IN_ORDER_SCHEMES,
    LINE_KEYS,
    OPTION_SCHEMES,
    TARGET_KEYS,
    scheme_of,
)
from s3bench_tui.units import NS_PER_S

DEFAULT_DURATION_NS = 60 * NS_PER_S
DEFAULT_PUT_PATH = "written/"
"""Where a put writes that has neither a path nor a data set."""


def numbered(kinds: Iterable[tuple[str | None, str]]) -> tuple[str, ...]:
    """Names for things of which each has a name of its own or a kind: `get`, `get-2`, `put`."""
    pairs = list(kinds)
    taken = {name for name, _ in pairs if name is not None}
    names = []
    for name, kind in pairs:
        if name is None:
            number, name = 1, kind
            while name in taken:
                number += 1
                name = f"{kind}-{number}"
            taken.add(name)
        names.append(name)
    return tuple(names)


def line_names(workload: Workload) -> tuple[str, ...]:
    """What reports and `schedule` call the lines of the mix."""
    return numbered((line.name, line.op) for line in workload.workload)


def target_names(workload: Workload) -> tuple[str, ...]:
    """What reports call the targets."""
    return numbered((target.name, scheme_of(target.uri)) for target in workload.targets)


def dataset_ids(workload: Workload) -> tuple[str, ...]:
    """What lines of the mix call the data sets."""
    return numbered((dataset.id, "dataset") for dataset in workload.datasets)


def dataset_of(workload: Workload, line: OperationSpec) -> Dataset | None:
    """The data set that a line goes over: the one that it names, or the only one where that lies in the line's target;
    None where it has a path, unless it copies the data set there."""
    if (line.path is not None and line.op != "copy") or line.op in ("mkdir", "rmdir"):
        return None
    if line.dataset is None:
        only = workload.datasets[0] if len(workload.datasets) == 1 else None
        return only if only is not None and (not line.target or only.target in (None, line.target)) else None
    return dict(zip(dataset_ids(workload), workload.datasets, strict=True)).get(line.dataset)


def belongs(workload: Workload, spec: Dataset, target: str) -> bool:
    """Whether a data set is to be in a target: lines that run there use it, or it is for none in particular."""
    users = [line.target for line in workload.workload if line.dataset == spec.id]
    return spec.target in (None, target) and (not users or None in users or target in users)


def target_of(workload: Workload, line: OperationSpec) -> str | None:
    """The one target on which a line runs: its own, or that of its data set; None where it runs on all of them."""
    dataset = dataset_of(workload, line)
    return line.target or (dataset.target if dataset is not None else None)


def duration_of(workload: Workload) -> int | None:
    """Length of the measured part in ns; None where only `stop` or `schedule` ends it."""
    stop = workload.stop
    ends_otherwise = stop.ops or stop.bytes or stop.each_key or any(step.stop for step in workload.schedule)
    return workload.duration or (None if ends_otherwise else DEFAULT_DURATION_NS)


def slots_of(workload: Workload) -> int:
    """Operations that can be in flight, over all workers."""
    if workload.load.model == "open" and workload.load.max_in_flight is not None:
        return workload.load.max_in_flight
    return workload.concurrency


def for_agent(workload: Workload, agent: str) -> Workload:
    """The workload of a fleet with the target that one of its agents has."""
    own = workload.fleet.by_agent.get(agent) if workload.fleet is not None else None
    if own is None or (own.uri is None and own.endpoint is None):
        return workload
    (target,) = workload.targets
    said = {key: getattr(own, key) for key in ("uri", "endpoint") if getattr(own, key) is not None}
    return workload.model_copy(update={"targets": (target.model_copy(update=said),)})


def resolved(workload: Workload) -> Workload:
    """The workload with names, duration, paths, sizes and slots filled in; what has been resolved stays as it is.

    After that each line, target and data set has a name; a line has a path or names its data set; a put with a path
    has a size; what has a content of its own says all of it; a delete takes each key once; open loop has
    `max_in_flight`.
    """
    lines = [_line(workload, line, name) for line, name in zip(workload.workload, line_names(workload), strict=True)]
    targets = [
        target.model_copy(update={"name": name})
        for target, name in zip(workload.targets, target_names(workload), strict=True)
    ]
    datasets = [
        dataset.model_copy(
            update={
                "id": name,
                "payload": payload_of(workload, dataset.payload),
                "multipart": _multipart(workload, dataset.multipart, dataset.target),
            }
        )
        for dataset, name in zip(workload.datasets, dataset_ids(workload), strict=True)
    ]
    load = workload.load
    if load.model == "open":
        load = load.model_copy(update={"max_in_flight": slots_of(workload)})
    return workload.model_copy(
        update={
            "targets": tuple(targets),
            "datasets": tuple(datasets),
            "workload": tuple(lines),
            "duration": duration_of(workload),
            "load": load,
        }
    )


def _line(workload: Workload, line: OperationSpec, name: str) -> OperationSpec:
    dataset = dataset_of(workload, line)
    filled: dict[str, Any] = {"name": name, "target": target_of(workload, line)}
    if line.op == "list" and line.path is None:
        filled |= {"path": dataset.prefix if dataset is not None else "", "dataset": None}
    elif (line.path is None or line.op == "copy") and dataset is not None:
        filled["dataset"] = dataset_ids(workload)[workload.datasets.index(dataset)]
    if line.op == "put":
        if line.path is None and dataset is None:
            filled["path"] = DEFAULT_PUT_PATH
        if line.path is not None and line.size is None and workload.datasets:
            filled["size"] = workload.datasets[0].size
        filled["payload"] = payload_of(workload, line.payload)
        filled["multipart"] = _multipart(workload, line.multipart, filled["target"])
    if line.op == "delete":
        filled["keys"] = KeyChoice(choice="once")
    return line.model_copy(update=filled)


def _multipart(workload: Workload, said: Multipart | None, target: str | None) -> Multipart | None:
    """Of what is written to this target; None: to all of them."""
    named = zip(workload.targets, target_names(workload), strict=True)
    schemes = {scheme_of(there.uri) for there, name in named if target in (None, name)}
    return None if said is None else said.resolved(in_order=schemes <= set(IN_ORDER_SCHEMES))


@overload
def payload_of(workload: Workload, payload: Payload) -> Payload: ...
@overload
def payload_of(workload: Workload, payload: None) -> None: ...
def payload_of(workload: Workload, payload: Payload | None) -> Payload | None:
    """A content with what it does not say filled in from the workload's; None where it says nothing of its own."""
    if payload is None:
        return None
    said = {key: getattr(payload, key) for key in payload.model_fields_set}
    return workload.payload.model_copy(update=said)


def as_dict(workload: Workload) -> dict[str, Any]:
    """The workload as plain data in the form of the file: sizes in bytes, durations in seconds. Holds no secrets.

    `load_mapping` of it gives the same workload again.
    """
    data = workload.model_dump(mode="json")
    for target in data["targets"]:
        _keep(target, (*COMMON_TARGET_KEYS, *TARGET_KEYS.get(scheme_of(target["uri"]), ())))
        if not isinstance(target.get("endpoint"), list) or len(target["endpoint"]) < 2:
            target.pop("balance", None)
    for dataset in data["datasets"]:
        _drop(dataset, "shards", "tree")
    for line in data["workload"]:
        _drop(line, "shards")
        _keep(line, (*COMMON_LINE_KEYS, *LINE_KEYS[line["op"]]))
        for key in OPTION_SCHEMES.keys() & line.keys():
            if line[key] is None or line[key] == {}:
                del line[key]
        if line["op"] == "put" and line["path"] is not None:
            del line["keys"]
        if line.get("keys", {}).get("choice") not in (None, "zipf"):
            del line["keys"]["theta"]
    if workload.load.model == "closed":
        _keep(data["load"], ("model",))
    data["outputs"] = {key: value for key, value in data["outputs"].items() if value is not None}
    if workload.fleet is None:
        del data["fleet"]
    else:
        _drop(data["fleet"], "agents", "dask", "by_agent")
    return data


def _drop(data: dict[str, Any], *keys: str) -> None:
    """Leave out what says nothing."""
    for key in keys:
        if not data[key]:
            del data[key]


def _keep(data: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Leave out what has no effect here, so that a reader does not take it for a setting."""
    for key in data.keys() - set(keys):
        del data[key]
