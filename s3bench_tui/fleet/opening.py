"""A session of a workload, on this machine or on its fleet, as the workload says. Knows no options but how to get access."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from s3bench_tui.engine.messages import Record, RunOptions
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.installation import require_dask, require_fleet
from s3bench_tui.session import Engine, EngineMaker, Session, Sink
from s3bench_tui.spec.loading import Loaded
from s3bench_tui.spec.model.fleet import Fleet

if TYPE_CHECKING:
    from distributed import Client

    from s3bench_tui.fleet.finding import Finding
    from s3bench_tui.fleet.transport import Transport

NO_ACCESS = Access()


def open_session(
    loaded: Loaded,
    access: Access = NO_ACCESS,
    *,
    dask: Client | None = None,
    probe: bool = True,
    prepare_only: bool = False,
    sinks: Sequence[Sink] = (),
    journals: str = "",
) -> Session:
    """Begin a run: with the client of a Dask cluster on its hosts, whatever the workload says.

    ConfigError where the fleet cannot be reached as it is told to, or cannot do what is asked.
    """
    if dask is not None:
        loaded = _on(dask, loaded)
    fleet = loaded.workload.fleet
    engine: EngineMaker | None = None
    if fleet is not None:
        if journals:
            hint = "Start the agents with --op-logs: each writes that of its own operations"
            raise ConfigError([Problem("an op-log is for runs on this machine alone", hint)])
        transport = _transport(fleet, access, dask)
        engine = _engine_over(transport, RunOptions(probe=probe, prepare_only=prepare_only))
    return Session(loaded, probe=probe, prepare_only=prepare_only, sinks=sinks, journals=journals, engine=engine)


def look(loaded: Loaded, access: Access) -> list[Finding]:
    """What the agents of a workload's fleet say to it, all of them asked at once; S3BenchError where none can be asked."""
    fleet = loaded.workload.fleet
    assert fleet is not None
    transport = _transport(fleet, access)
    from s3bench_tui.fleet.preflight import look

    return look(transport, loaded.workload)


def _transport(fleet: Fleet, access: Access, client: Client | None = None) -> Transport:
    return _agents(fleet.agents, access) if fleet.dask is None else _dask(fleet.dask, access, client)


def _agents(addresses: Sequence[str], access: Access) -> Transport:
    # Loaded here, as Dask is below: runs without such a fleet must not pay for it.
    require_fleet("fleet.agents")
    from s3bench_tui.fleet.grpc.transport import GrpcTransport
    from s3bench_tui.fleet.grpc.trust import trust_in

    return GrpcTransport(addresses, trust_in(addresses, access))


def _on(client: Client, loaded: Loaded) -> Loaded:
    fleet = (loaded.workload.fleet or Fleet()).model_copy(
        update={"agents": (), "dask": client.scheduler_info()["address"]}
    )
    return replace(loaded, workload=loaded.workload.model_copy(update={"fleet": fleet}))


def _dask(cluster: str, access: Access, client: Client | None) -> Transport:
    require_dask("fleet.dask")
    from s3bench_tui.fleet.dask.cluster import security_of
    from s3bench_tui.fleet.dask.transport import DaskTransport

    return DaskTransport(cluster, security_of(access) if client is None else client.security)


def _engine_over(transport: Transport, options: RunOptions) -> EngineMaker:
    from s3bench_tui.fleet.engine import FleetEngine

    def made(sink: Callable[[Record], None]) -> Engine:
        return FleetEngine(sink, options, transport)

    return made
