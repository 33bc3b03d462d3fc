"""The workload model: what one YAML file can say, and nothing about how it is done.

The attribute names are the file's keys. Durations are nanoseconds, sizes bytes, rates per second, shares 0-1;
`mode="json"` writes durations as seconds, so that what is dumped can be loaded again. The models are frozen;
cross-field rules stand in `checks`, the reading of files in `loading`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.dataset import Dataset, Payload
from s3bench_tui.spec.model.fleet import Fleet
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.outputs import OutputFiles
from s3bench_tui.spec.model.quantity import (
    Count,
    Duration,
    Flag,
    PositiveCount,
    PositiveDuration,
    PositiveSize,
    Rate,
    Share,
    Text,
    Weight,
    positive,
)
from s3bench_tui.spec.model.target import TargetSpec
from s3bench_tui.units import NS_PER_S, parse_count, shown

# --- how hard, how long ------------------------------------------------------------------------------------------


class Load(Model):
    """Closed loop (default): `concurrency` slots, each busy all the time. Open loop: arrivals at a rate."""

    model: Literal["closed", "open"] = "closed"
    rate: Rate | None = None
    """Arrivals per second, over all workers; open loop only."""
    arrivals: Literal["poisson", "constant"] = "poisson"
    """`poisson`: independent of each other, as from many clients; `constant`: evenly spaced."""
    max_in_flight: PositiveCount | None = None
    """Slots in open loop; default: `concurrency`."""
    max_backlog: Count = 10_000
    """Arrivals that may wait for a slot, over all workers; further ones are dropped, and counted."""


class Stop(Model):
    """Other ends than `duration`; whichever comes first."""

    ops: PositiveCount | None = None
    """After this many successful operations of the measured part."""
    bytes: PositiveSize | None = None
    """After this many object bytes."""
    each_key: Literal["once"] | None = None
    """Ends when each line with `keys: once` has taken every key."""


def _error_class(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("is not an error class; write for example http_503, 503, timeout or os_ENOENT")
    return value


ErrorClass = Annotated[str | int, BeforeValidator(_error_class)]


class ErrorBudget(Model):
    """How many failed operations a run may have; more end it with exit code 4."""

    max_total: Count | None = 100
    """`null`: no limit."""
    max_rate: Share | None = 0.05
    """Share of failed operations, judged from 100 operations on. `null`: no limit."""
    ignore: tuple[ErrorClass, ...] = ()
    """Classes that the budget does not count, such as `http_503`, `503` or `timeout`; they are still reported."""


class Step(Model):
    """A change at a time, counted from the start of the measured part."""

    at: Duration
    weights: dict[str, Weight] | None = None
    """New weights by the names of the mix's lines; the others keep theirs."""
    concurrency: PositiveCount | None = None
    limits: dict[str, PositiveCount | None] | None = None
    """New limits of concurrency by line; `null` takes a limit away."""
    rate: Rate | None = None
    """Open loop: the new rate of arrivals."""
    pause: Flag = False
    """Start nothing more until `resume`."""
    resume: Flag = False
    stop: Flag = False
    """End the run here."""
    mark: Text | None = None
    """A note for the report; opens a phase."""


def _processes(value: Any) -> Any:
    if value == "auto":
        return value
    try:
        return positive(parse_count(value))
    except ValueError:
        raise ValueError(
            f"{shown(value)} is not a number of processes; write auto, or a whole number from 1 on"
        ) from None


def _visible(name: str) -> str:
    if not name.strip():
        raise ValueError("is empty; write a name, or leave it out")
    return name


_ProcessesInput = Literal["auto"] | PositiveCount
Processes = Annotated[Literal["auto"] | int, BeforeValidator(_processes, json_schema_input_type=_ProcessesInput)]


class Workload(Model):
    """One run: where, what, how hard, how long."""

    name: Annotated[Text, AfterValidator(_visible)] = "workload"
    """What the report calls the run."""
    targets: Annotated[tuple[TargetSpec, ...], Field(min_length=1)]
    """Also written `target:` where there is one."""
    duration: PositiveDuration | None = None
    """Of the measured part; default 60 s where `stop` says nothing."""
    warmup: Duration = 0
    """Load before the measured part; excluded from all figures, shown as a phase."""
    stop: Stop = Stop()
    drain: Duration = 30 * NS_PER_S
    """How long operations in flight may take to finish after the end."""
    concurrency: PositiveCount = 16
    """Slots: operations in flight, over all workers and targets."""
    processes: Processes = "auto"
    """Worker processes; `auto` goes by the machine's cores and the concurrency."""
    seed: Count = 0
    """Of every random choice: two runs with one seed choose alike."""
    datasets: tuple[Dataset, ...] = ()
    """Objects that are there before the load. Also written `dataset:` where there is one."""
    workload: Annotated[tuple[OperationSpec, ...], Field(min_length=1)]
    """The mix: lines that are chosen by weight."""
    payload: Payload = Payload()
    load: Load = Load()
    errors: ErrorBudget = ErrorBudget()
    schedule: tuple[Step, ...] = ()
    post_prepare_delay: Duration = 0
    """How long nothing is done once missing objects of the data sets were made, for stores where they settle later."""
    cleanup: Literal["none", "written", "all", "only"] = "none"
    """`written` deletes what this run's puts made, `all` also the data set objects that this run or an earlier one created.
    `only`: there is no load, what earlier runs made of the data sets is deleted."""
    cleanup_mode: Literal["strict", "tolerant", "besteffort"] = "tolerant"
    """What clean-up alone takes for success: `strict`: all was there and is deleted; `tolerant`: what was gone already does not
    count; `besteffort`: nor does what could not be deleted. After a load, `strict`: what stays is exit code 3."""
    operation_timeout: PositiveDuration = 60 * NS_PER_S
    """An operation that takes longer failed, with the class `timeout`."""
    connect_timeout: PositiveDuration = 5 * NS_PER_S
    thresholds: tuple[Text, ...] = ()
    """Such as `get.p99 < 50ms`, `errors < 0.1%`, `total.bytes_per_s > 1GiB/s`; one that fails gives exit code 1."""
    outputs: OutputFiles = OutputFiles()
    """Where results go, beside what the command line says."""
    fleet: Fleet | None = None
    """Other machines that make the load, each a part of it; without them, this one does."""
