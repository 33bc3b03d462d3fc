"""The workload model: what one YAML file can say, and nothing about how it is done.

The attribute names are the file's keys. Durations are nanoseconds, sizes bytes, rates per second, shares 0-1;
`mode="json"` writes durations as seconds, so that what is dumped can be loaded again. The models are frozen;
cross-field rules stand in `checks`, the reading of files in `loading`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from s3bench_tui.spec.quantity import (
    Count,
    Duration,
    Endpoint,
    Flag,
    Positive,
    PositiveCount,
    PositiveDuration,
    PositiveSize,
    Rate,
    Share,
    Size,
    SizeHistogram,
    Text,
    Weight,
    positive,
    size_histogram,
)
from s3bench_tui.units import NS_PER_S, parse_count, parse_size, shown


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# --- sizes and keys ---------------------------------------------------------------------------------------------


class FixedSize(Model):
    """Every object has this size. Written short as the size itself."""

    type: Literal["fixed"] = "fixed"
    size: Size


class UniformSize(Model):
    """Every size from min to max is as likely as any other."""

    type: Literal["uniform"]
    min: Size
    max: Size


class LogUniformSize(Model):
    """Every power of two between min and max is as likely as any other."""

    type: Literal["log-uniform"]
    min: PositiveSize
    max: Size


class LognormalSize(Model):
    """Lognormal with this mean and standard deviation of the sizes themselves, cut off at min and max."""

    type: Literal["lognormal"]
    mean: PositiveSize
    std_dev: Size
    min: Size = 1
    max: Size = 1 << 40


class WeightedSize(Model):
    """A size, and how often it comes relative to the others of its list."""

    size: Size
    weight: Positive = 1.0


class ListedSize(Model):
    """One of these sizes, by weight."""

    type: Literal["list"]
    sizes: Annotated[tuple[WeightedSize, ...], Field(min_length=1)]


def _short_size(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value
    if isinstance(value, dict):
        return value if "type" in value else {"type": "fixed", **value}
    if isinstance(value, str) and ":" in value:
        return {"type": "list", "sizes": size_histogram(value)}
    return {"type": "fixed", "size": value}


_AnySize = Annotated[FixedSize | UniformSize | LogUniformSize | LognormalSize | ListedSize, Field(discriminator="type")]
SizeSpec = Annotated[_AnySize, BeforeValidator(_short_size, json_schema_input_type=Size | SizeHistogram | _AnySize)]


Choice = Literal["uniform", "zipf", "sequential", "once"]


class KeyChoice(Model):
    """Which object comes next. Written short as the name alone."""

    choice: Choice = "uniform"
    """`uniform`: any, equally likely; `zipf`: few are hot; `sequential`: in order, around and around; `once`: each one
    time, then the line falls silent."""
    theta: Annotated[Positive, Field(le=5)] = 0.99
    """Skew of zipf: the key of rank r is chosen in proportion to 1 / r^theta."""


def _short_choice(value: Any) -> Any:
    return {"choice": value} if isinstance(value, str) else value


KeySpec = Annotated[KeyChoice, BeforeValidator(_short_choice, json_schema_input_type=Choice | KeyChoice)]


# --- what is done -----------------------------------------------------------------------------------------------


def _offset(value: Any) -> Any:
    if value in ("random", "sequential"):
        return value
    try:
        return parse_size(value)
    except ValueError:
        raise ValueError(
            f"{shown(value)} is not an offset; write random, sequential, or a size such as 64KiB"
        ) from None


_OffsetInput = Literal["random", "sequential"] | Size
Offset = Annotated[Literal["random", "sequential"] | int, BeforeValidator(_offset, json_schema_input_type=_OffsetInput)]


class Range(Model):
    """A ranged GET: `size` bytes from `offset` on, or from a random or the next multiple of `align`."""

    size: PositiveSize
    offset: Offset = "random"
    align: PositiveSize | None = None
    """Random and sequential offsets are multiples of this; default: of the range's size."""


class OperationSpec(Model):
    """One line of the mix."""

    op: Literal["get", "put", "stat", "list", "delete"]
    weight: Weight = 1.0
    name: Text | None = None
    """What reports and `schedule` call this line; default: the op, with a number where an op stands twice."""
    target: Text | None = None
    """The name of the one target on which this line runs. Default: all of them."""
    path: Text | None = None
    """Below the target: a key, a prefix that ends in `/`, or a glob in which `*` also crosses `/`. For put and
    delete a prefix. Default: the data set."""
    size: SizeSpec | None = None
    range: Range | None = None
    keys: KeySpec = KeyChoice()
    concurrency: PositiveCount | None = None
    """At most this many of these in flight, over all workers."""
    batch: Annotated[PositiveCount, Field(le=1000)] = 1
    """Keys for each delete request."""


class Dataset(Model):
    """Objects whose keys and sizes are computed from their index, never stored."""

    count: PositiveCount
    size: SizeSpec = FixedSize(size=1024 * 1024)
    prefix: Text = ""
    name: Text = "prepared-{index:08d}.dat"
    """Key below the prefix; `{index}` may carry a format such as `{index:08d}`."""
    create: Literal["missing", "always", "never"] = "missing"
    """`never` trusts that all objects are there; for end points that cannot list or must not be written to."""


class Payload(Model):
    """The content of what is written."""

    fill: Literal["random", "zero"] = "random"
    dedup_factor: PositiveCount = 1
    """N: one block of 4 KiB in N is unique within its object."""
    compress_factor: Annotated[PositiveCount, Field(le=4096)] = 1
    """N: each block of 4 KiB is zeros but for its first Nth."""


# --- where it is done -------------------------------------------------------------------------------------------


class Tls(Model):
    """How an https end point is trusted. Default: by the system's authorities, or `AWS_CA_BUNDLE`."""

    ca_file: Text | None = None
    """PEM file of the authorities to trust; relative to the folder of the workload file."""
    insecure: Flag = False
    """Accept any certificate. Stands in the report."""


class NullLatency(Model):
    """How long null:// takes: `fixed` (mean), `uniform` (min, max), `exponential` (mean), `lognormal` (mean, std_dev)."""

    type: Literal["fixed", "uniform", "exponential", "lognormal"] = "fixed"
    mean: Duration = 0
    std_dev: Duration = 0
    min: Duration = 0
    max: Duration = 0


def _short_latency(value: Any) -> Any:
    return value if isinstance(value, (dict, BaseModel)) else {"type": "fixed", "mean": value}


class NullOptions(Model):
    """What null:// pretends to be."""

    latency: Annotated[NullLatency, BeforeValidator(_short_latency, json_schema_input_type=Duration | NullLatency)] = (
        NullLatency()
    )
    """A distribution; written short as the duration of every operation."""
    error_rate: Share = 0.0
    """Share of operations that fail, with the error class `injected`."""
    ops_per_s: Rate | None = None
    """The store serves no more than this, over each worker's share; later ones queue in it."""
    bytes_per_s: PositiveSize | None = None
    """Likewise for object bytes."""
    object_size: Size = 4096
    """Size of objects that no data set describes."""


class Target(Model):
    """A URI and what serves it. Credentials come from the vendor's own chain, never from this file."""

    uri: Text
    """`s3://bucket/prefix/`, `az://account/container/`, `gs://bucket/prefix/`, `file:///dir/`, `direct:///dir/`, `null://name/`."""
    name: Text | None = None
    """What the report calls it; default: its scheme, with a number where a scheme stands twice."""
    share: Positive = 1.0
    """Its part of the slots, relative to the other targets'."""
    endpoint: Endpoint | None = None
    """s3, az, gs: one URL or several, over which connections are spread; default: the vendor's own, or the environment's."""
    region: Text | None = None
    """s3: default from the profile or `AWS_REGION`."""
    profile: Text | None = None
    """s3: the profile of the AWS configuration files whose credentials are used; default: `AWS_PROFILE`."""
    anonymous: Flag = False
    """s3, az, gs: show no credentials."""
    client: Literal["lean", "sdk"] = "lean"
    """s3: `sdk` sends the load through boto3, with its own retries and checksums, to show what applications see."""
    addressing: Literal["auto", "path", "virtual"] = "auto"
    """s3: the bucket stands in the path, or in the host name. `auto`: virtual on AWS, path elsewhere."""
    payload_signing: Literal["unsigned", "signed"] = "unsigned"
    """s3: `signed` puts the SHA-256 of every body into its signature, which costs CPU."""
    tls: Tls = Tls()
    """s3, az, gs: over https."""
    receive: Literal["discard", "copy"] = "discard"
    """s3, az, gs: `discard` lets the kernel drop object bodies once they have arrived; `copy` brings them into the program."""
    write: Literal["in_place", "rename"] = "in_place"
    """file, direct: `rename` writes under a temporary name and renames."""
    fsync: Flag = False
    """file, direct: a write ends when the device has it."""
    page_cache_mode: Literal["auto", "sequential", "random", "dontneed", "normal"] = "auto"
    """file: the advice that is given to the kernel for each file; `dontneed` makes every read a cold one."""
    null: NullOptions = NullOptions()
    """null: what it pretends to be."""


def _short_target(value: Any) -> Any:
    return {"uri": value} if isinstance(value, str) else value


TargetSpec = Annotated[Target, BeforeValidator(_short_target, json_schema_input_type=str | Target)]


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


_ProcessesInput = Literal["auto"] | PositiveCount
Processes = Annotated[Literal["auto"] | int, BeforeValidator(_processes, json_schema_input_type=_ProcessesInput)]


class Workload(Model):
    """One run: where, what, how hard, how long."""

    name: Text = "workload"
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
    dataset: Dataset | None = None
    workload: Annotated[tuple[OperationSpec, ...], Field(min_length=1)]
    """The mix: lines that are chosen by weight."""
    payload: Payload = Payload()
    load: Load = Load()
    errors: ErrorBudget = ErrorBudget()
    schedule: tuple[Step, ...] = ()
    cleanup: Literal["none", "written", "all"] = "none"
    """`written` deletes what this run's puts made, `all` also the data set objects that this run created."""
    operation_timeout: PositiveDuration = 60 * NS_PER_S
    """An operation that takes longer failed, with the class `timeout`."""
    connect_timeout: PositiveDuration = 5 * NS_PER_S
    thresholds: tuple[Text, ...] = ()
    """Such as `get.p99 < 50ms`, `errors < 0.1%`, `total.bytes_per_s > 1GiB/s`; one that fails gives exit code 1."""
