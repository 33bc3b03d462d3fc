"""What goes in and out of a running engine: commands in; snapshots and records out. Plain data.

Times in `*_s` are seconds of the run's own clock, which starts when the workers are ready.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from s3bench_tui.host.sample import HostSample
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Tally

# --- settings and phases ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be turned while running. `weights` and `limits` (None: no limit) follow the plan's mix."""

    concurrency: int
    weights: tuple[float, ...]
    limits: tuple[int | None, ...]
    rate_per_s: float | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch with unchanged settings. `kind`: prepare, warmup, measured, paused, drain."""

    index: int
    kind: str
    start_s: float
    settings: Settings
    label: str = ""
    end_s: float | None = None
    """None while it lasts."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a fleet's load a run makes: the `index`th of `count`. A run that stands alone makes all of it."""

    index: int = 0
    count: int = 1
    partitioned: bool = False
    """Reads and overwrites keep to its own part of the objects; else they take from all of them."""

    def of(self, objects: int) -> tuple[int, int]:
        """Its own part of so many objects, as a half-open interval of their indices."""
        return objects * self.index // self.count, objects * (self.index + 1) // self.count


ALONE = Part()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run is told beside its workload."""

    probe: bool = True
    prepare_only: bool = False
    """Make what is missing of the data sets, and end there; nothing is loaded and nothing cleaned up."""
    snapshots_per_s: int = 4
    journals: str = ""
    """A directory in which each worker leaves a journal of its operations (see engine.journal); none where empty."""
    part: Part = ALONE
    held: bool = False
    """Wait for a `Proceed` before the data sets are made, and before the load."""
    wall_shift_ns: int = 0
    """To be added to this machine's wall clock to have that of the fleet."""


# --- commands -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """Turn any of these; what is None stays. Weights and limits go by the names of the mix's lines."""

    weights: Mapping[str, float] | None = None
    limits: Mapping[str, int | None] | None = None
    concurrency: int | None = None
    rate_per_s: float | None = None
    paused: bool | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Put a note into the events and open a phase."""

    text: str


@dataclass(frozen=True, slots=True)
class StopRun:
    """End the run: drained, or with `now` at once."""

    now: bool = False
    reason: str = "stopped"


Command = Change | Mark | StopRun


@dataclass(frozen=True, slots=True)
class Proceed:
    """To a run that is held: go on at this instant of CLOCK_MONOTONIC, or as soon after it as can be.

    `prepares`: some run of the fleet has objects to make, so that all of them have that phase.
    """

    at_ns: int
    prepares: bool = False


@dataclass(frozen=True, slots=True)
class Timed:
    """A change that is to take effect at an instant of CLOCK_MONOTONIC, in order with those of the schedule."""

    change: Change
    at_ns: int


# --- where a run of a fleet stands --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A run waits for its `Proceed`. `before`: prepare, or load; `lacking`: how many objects it would make."""

    before: str
    lacking: int = 0


@dataclass(frozen=True, slots=True)
class Released:
    """It goes on, at this instant of CLOCK_MONOTONIC."""

    before: str
    at_ns: int


# --- records: what a sink is fed, in order; the report is folded from these alone ---------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the mix as it runs: `op` is its kind (get, put, stat, list, delete)."""

    name: str
    op: str
    detail: str = ""
    internal: bool = False
    """The engine's own, such as the one that makes the data set; never in a measured phase."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The head of every recording. `workload` is the effective configuration, without secrets."""

    run_id: str
    started_at: str
    """UTC, RFC 3339."""
    version: str
    workload: Mapping[str, Any]
    entries: tuple[Entry, ...]
    targets: tuple[Mapping[str, Any], ...]
    """For each: name, uri, scheme, workers, share, probe facts; and its endpoints where there are several."""
    host: Mapping[str, Any]
    open_loop: bool = False
    fleet: Mapping[str, Any] = field(default_factory=dict)
    """Of a fleet: its agents and what was agreed on; `host` is then the controller's."""


@dataclass(frozen=True, slots=True)
class PhaseOpened:
    phase: Phase


@dataclass(frozen=True, slots=True)
class PhaseClosed:
    phase: Phase


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Open loop: how arrivals fared. Cumulative in a snapshot, a difference in an interval."""

    offered: int = 0
    dispatched: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class WorkerSample:
    """One worker process at one instant; the counters are cumulative over its life."""

    index: int
    target: int
    pid: int
    ops: int
    in_flight: int
    backlog: int
    cpu_s: float
    run_delay_s: float
    """Time in which it was ready to run and the machine had no core for it."""
    rss_bytes: int
    loop: Histogram = field(default_factory=Histogram)
    """How long the loop took from waking to having handled all that was ready: no completion waited longer than that."""
    counters: Mapping[str, int] = field(default_factory=dict)
    """The driver's: connects, connect_ns, ..."""
    alive: bool = True


@dataclass(frozen=True, slots=True)
class AgentSample:
    """One agent of a fleet at one instant; counters and p99 are of the measured phases so far."""

    address: str
    state: str
    """connecting, waiting, a state of a snapshot, ended, or lost."""
    ops: int = 0
    bytes: int = 0
    failed: int = 0
    p99_ns: int | None = None
    """Of service times, a few seconds old in a large fleet; None where there are too few."""
    ops_per_s: float = 0.0
    bytes_per_s: float = 0.0
    """In the last second that it told of."""
    in_flight: int = 0
    backlog: int = 0
    cpu_busy: float | None = None
    """Share of its machine's cores; None where it is not known."""
    wall_offset_ns: int | None = None
    """How far its wall clock is ahead of ours, to within `clock_error_ns`."""
    clock_error_ns: int | None = None
    silent_s: float = 0.0
    """How long ago it said something last."""


@dataclass(frozen=True, slots=True)
class Interval:
    """About one second of one phase: what happened in it, and the host at its end."""

    phase: int
    start_s: float
    end_s: float
    tally: Tally
    arrivals: Arrivals = field(default_factory=Arrivals)
    in_flight: int = 0
    backlog: int = 0
    host: HostSample | None = None
    workers: tuple[WorkerSample, ...] = ()
    requests: Tally = field(default_factory=dict)
    """Requests of operations that are written in parts; `entry` of a row is as in stores.multipart.request_row. They
    are no operations, and in no total."""
    agents: tuple[AgentSample, ...] = ()
    """Of a fleet, at the end of the interval."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something a reader of the report should know. `kind`: change, mark, error, worker, server, host, verdict, cleanup, info."""

    at_s: float
    kind: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The foot of every recording; missing where the engine was lost.

    `status`: ok, stopped, interrupted, error_budget, target, agent_lost, failed. `censored` counts operations that were still open
    when the drain ended, by entry name, with how long they had been open so far.
    """

    at_s: float
    status: str
    reason: str
    censored: Mapping[str, Histogram] = field(default_factory=dict)
    client: Mapping[str, Any] = field(default_factory=dict)
    """cpu_s of the whole process tree, verdict and evidence, and what each part cost."""
    targets: tuple[Mapping[str, Any], ...] = ()
    """For each target: counters of its drivers."""
    cleaned_up: Mapping[str, int] = field(default_factory=dict)
    fleet: Mapping[str, Any] = field(default_factory=dict)
    """Of a fleet: what each agent did, and how well they kept together."""


Record = RunStarted | PhaseOpened | PhaseClosed | Interval | Event | RunEnded


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The run at one instant, for eyes: cumulative over the measured phases (`total`) and over this one (`current`)."""

    at_s: float
    phase: Phase
    state: str
    """preparing, warming up, running, paused, draining, ended."""
    total: Tally
    current: Tally
    measured_s: float
    arrivals: Arrivals
    in_flight: int
    backlog: int
    planned_s: float | None = None
    """Length of the measured part where it is known."""
    progress: tuple[int, int] | None = None
    """Done and wanted, while preparing or where the run ends after a number of operations."""
    host: HostSample | None = None
    workers: tuple[WorkerSample, ...] = ()
    requests: Tally = field(default_factory=dict)
    """As in an interval, over the measured phases."""
    agents: tuple[AgentSample, ...] = ()
