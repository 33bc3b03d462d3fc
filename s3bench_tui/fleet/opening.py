"""A session of a workload, on this machine or on its fleet, as the workload says. Knows no options but how to get access."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from s3bench_tui.engine.messages import Record, RunOptions
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.installation import require_fleet
from s3bench_tui.session import Engine, EngineMaker, Session, Sink
from s3bench_tui.spec.loading import Loaded

if TYPE_CHECKING:
    from s3bench_tui.fleet.finding import Finding
    from s3bench_tui.fleet.transport import Transport


def open_session(
    loaded: Loaded,
    access: Access,
    *,
    probe: bool = True,
    prepare_only: bool = False,
    sinks: Sequence[Sink] = (),
    journals: str = "",
) -> Session:
    """Begin a run. ConfigError where the fleet cannot be reached as it is told to, or cannot do what is asked."""
    fleet = loaded.workload.fleet
    engine: EngineMaker | None = None
    if fleet is not None:
        if journals:
            hint = "Start the agents with --op-logs: each writes that of its own operations"
            raise ConfigError([Problem("an op-log is for runs on this machine alone", hint)])
        require_fleet("fleet")
        engine = _engine_over(_agents(fleet.agents, access), RunOptions(probe=probe, prepare_only=prepare_only))
    return Session(loaded, probe=probe, prepare_only=prepare_only, sinks=sinks, journals=journals, engine=engine)


def look(loaded: Loaded, access: Access) -> list[Finding]:
    """What the agents of a workload's fleet say to it, all of them asked at once; S3BenchError where none can be asked."""
    fleet = loaded.workload.fleet
    assert fleet is not None
    require_fleet("fleet")
    from s3bench_tui.fleet.preflight import look

    return look(_agents(fleet.agents, access), loaded.workload)


def _agents(addresses: Sequence[str], access: Access) -> Transport:
    # Loaded here, since runs without such a fleet must not pay for gRPC.
    from s3bench_tui.fleet.grpc.transport import GrpcTransport
    from s3bench_tui.fleet.grpc.trust import trust_in

    return GrpcTransport(addresses, trust_in(addresses, access))


def _engine_over(transport: Transport, options: RunOptions) -> EngineMaker:
    from s3bench_tui.fleet.engine import FleetEngine

    def made(sink: Callable[[Record], None]) -> Engine:
        return FleetEngine(sink, options, transport)

    return made
