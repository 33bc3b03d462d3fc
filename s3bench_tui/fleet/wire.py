"""Words between controller and agent: what stands in a message, from and to the engine's own. Opens no connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from s3bench_tui.engine.messages import Change, Part, Proceed, RunOptions, StopRun
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import load_mapping
from s3bench_tui.spec.model.workload import Workload

PROTOCOL = 1
SERVICE = "s3bench_tui.fleet.v1.Fleet"
METHOD = f"/{SERVICE}/Run"


def mismatch(ours: tuple[int, str], theirs: tuple[int, str]) -> str:
    """Why two programs cannot run one workload together, by protocol and version; "" where they can."""
    if ours == theirs:
        return ""
    if ours[0] != theirs[0]:
        return f"speaks version {theirs[0]} of the fleet's protocol, and this one version {ours[0]}"
    return f"is version {theirs[1]}, and this one {ours[1]}"


def prepare(workload: Workload, options: RunOptions, partials_per_s: int = 0) -> pb.Prepare:
    """What an agent is to run, and how often it tells what it has done since its last interval."""
    return pb.Prepare(
        workload=json.dumps(as_dict(workload)),
        index=options.part.index,
        count=options.part.count,
        partitioned=options.part.partitioned,
        probe=options.probe,
        prepare_only=options.prepare_only,
        wall_shift_ns=options.wall_shift_ns,
        partials_per_s=partials_per_s,
    )


def check(workload: Workload) -> pb.Check:
    """What an agent is asked whether it could run it."""
    return pb.Check(workload=json.dumps(as_dict(workload)))


def workload_of(message: pb.Check) -> Workload:
    """The workload that was sent; ConfigError or ValueError where it is none."""
    return load_mapping(json.loads(message.workload)).workload


def options_of(message: pb.Prepare) -> RunOptions:
    """How an agent runs it; ValueError where that cannot be."""
    if not 0 <= message.index < message.count:
        raise ValueError(f"part {message.index} of {message.count} cannot be")
    return RunOptions(
        probe=message.probe,
        prepare_only=message.prepare_only,
        part=Part(message.index, message.count, message.partitioned),
        held=True,
        wall_shift_ns=message.wall_shift_ns,
    )


def change(of: Change, at_ns: int) -> pb.Change:
    """A change as it is sent; what stays is left out."""
    fields = ("weights", "limits", "concurrency", "rate_per_s", "paused", "label")
    told = {name: value for name in fields if (value := getattr(of, name)) is not None}
    return pb.Change(change=json.dumps(told), at_ns=at_ns)


def change_of(message: pb.Change) -> Change:
    """The change that was sent; ValueError where it is none."""
    try:
        told: Mapping[str, Any] = json.loads(message.change)
        return Change(**told)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"not a change: {error}") from None


def proceed(at_ns: int, prepares: bool) -> pb.Proceed:
    """Go on at this instant of the agent's clock."""
    return pb.Proceed(at_ns=at_ns, prepares=prepares)


def proceed_of(message: pb.Proceed) -> Proceed:
    """Likewise, for the engine."""
    return Proceed(message.at_ns, message.prepares)


def stop_of(message: pb.Stop) -> StopRun:
    """A stop as the engine takes it."""
    return StopRun(message.now, message.reason)
