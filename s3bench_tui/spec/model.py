"""The workload model: what one YAML file can say, and nothing about how it is done.

The attribute names are the file's keys. Durations are nanoseconds, sizes bytes, rates per second, shares 0-1.
The models are frozen; cross-field rules stand in `checks`, the reading of files in `loading`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from s3bench_tui.units import NS_PER_S, parse_count, parse_duration, parse_rate, parse_share, parse_size

_NUMBER_OR_TEXT = ["integer", "number", "string"]

Size = Annotated[int, BeforeValidator(parse_size), WithJsonSchema({"type": _NUMBER_OR_TEXT, "examples": ["64KiB", "4MB", 4096]})]
Duration = Annotated[int, BeforeValidator(parse_duration), WithJsonSchema({"type": _NUMBER_OR_TEXT, "examples": ["500ms", "30s", "2m"]})]
Count = Annotated[int, BeforeValidator(parse_count), WithJsonSchema({"type": ["integer", "string"], "examples": [10000, "10,000"]})]
Rate = Annotated[float, BeforeValidator(parse_rate), WithJsonSchema({"type": _NUMBER_OR_TEXT, "examples": ["5000/s"]})]
Share = Annotated[float, BeforeValidator(parse_share), WithJsonSchema({"type": ["number", "string"], "examples": ["5%", 0.05]})]


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
    min: Annotated[Size, Field(ge=1)]
    max: Size


class LognormalSize(Model):
    """Lognormal with this mean and standard deviation of the sizes themselves, cut off at min and max."""

    type: Literal["lognormal"]
    mean: Annotated[Size, Field(ge=1)]
    std_dev: Size
    min: Size = 1
    max: Size = 1 << 40


class WeightedSize(Model):
    size: Size
    weight: Annotated[float, Field(gt=0)] = 1.0


class ListedSize(Model):
    """One of these sizes, by weight."""

    type: Literal["list"]
    sizes: Annotated[tuple[WeightedSize, ...], Field(min_length=1)]


def _short_size(value: Any) -> Any:
    return value if isinstance(value, (dict, BaseModel)) else {"type": "fixed", "size": value}


SizeSpec = Annotated[
    Annotated[FixedSize | UniformSize | LogUniformSize | LognormalSize | ListedSize, Field(discriminator="type")],
    BeforeValidator(_short_size),
]


class KeyChoice(Model):
    """Which object comes next. Written short as the name alone."""

    choice: Literal["uniform", "zipf", "sequential", "once"] = "uniform"
    theta: Annotated[float, Field(gt=0, le=5)] = 0.99
    """Skew of zipf: the key of rank r is chosen in proportion to 1 / r^theta."""


def _short_choice(value: Any) -> Any:
    return {"choice": value} if isinstance(value, str) else value


KeySpec = Annotated[KeyChoice, BeforeValidator(_short_choice)]


# --- what is done -----------------------------------------------------------------------------------------------


class Range(Model):
    """A ranged GET: `size` bytes from `offset` on, or from a random or the next multiple of `align`."""

    size: Annotated[Size, Field(ge=1)]
    offset: Literal["random", "sequential"] | Size = "random"
    align: Annotated[Size, Field(ge=1)] | None = None
    """Random and sequential offsets are multiples of this; default: of the range's size."""


class OperationSpec(Model):
    """One line of the mix."""

    op: Literal["get", "put", "stat", "list", "delete"]
    weight: Annotated[float, Field(ge=0)] = 1.0
    name: str | None = None
    """What reports and `schedule` call this line; default: the op, with a number where an op stands twice."""
    path: str | None = None
    """Below the target: a key, a prefix that ends in `/`, or a glob in which `*` also crosses `/`. For put and
    delete a prefix. Default: the data set."""
    size: SizeSpec | None = None
    range: Range | None = None
    keys: KeySpec = KeyChoice()
    concurrency: Annotated[int, Field(ge=1)] | None = None
    """At most this many of these in flight, over all workers."""
    batch: Annotated[int, Field(ge=1, le=1000)] = 1
    """Keys for each delete request."""


class Dataset(Model):
    """Objects whose keys and sizes are computed from their index, never stored."""

    count: Annotated[Count, Field(ge=1)]
    size: SizeSpec = FixedSize(size=1024 * 1024)
    prefix: str = ""
    name: str = "prepared-{index:08d}.dat"
    """Key below the prefix; `{index}` may carry a format such as `{index:08d}`."""
    create: Literal["missing", "always", "never"] = "missing"
    """`never` trusts that all objects are there; for end points that cannot list or must not be written to."""


class Payload(Model):
    """The content of what is written."""

    fill: Literal["random", "zero"] = "random"
    dedup_factor: Annotated[int, Field(ge=1)] = 1
    """N: one block of 4 KiB in N is unique within its object."""
    compress_factor: Annotated[int, Field(ge=1)] = 1
    """N: each block of 4 KiB is zeros but for its first Nth."""


# --- where it is done -------------------------------------------------------------------------------------------


class Tls(Model):
    ca_file: str | None = None
    insecure: bool = False
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
    latency: Annotated[NullLatency, BeforeValidator(_short_latency)] = NullLatency()
    error_rate: Share = 0.0
    ops_per_s: Rate | None = None
    """The store serves no more than this, over each worker's share; later ones queue in it."""
    bytes_per_s: Annotated[Size, Field(ge=1)] | None = None
    object_size: Size = 4096
    """Size of objects that no data set describes."""


class Target(Model):
    """A URI and what serves it. Credentials come from the vendor's own chain, never from this file."""

    uri: str
    name: str | None = None
    share: Annotated[float, Field(gt=0)] = 1.0
    """Its part of the slots, relative to the other targets'."""
    endpoint: str | tuple[str, ...] | None = None
    region: str | None = None
    profile: str | None = None
    anonymous: bool = False
    addressing: Literal["auto", "path", "virtual"] = "auto"
    payload_signing: Literal["unsigned", "signed"] = "unsigned"
    tls: Tls = Tls()
    receive: Literal["discard", "copy"] = "discard"
    """`discard` lets the kernel drop object bodies once they have arrived; `copy` brings them into the program."""
    write: Literal["in_place", "rename"] = "in_place"
    fsync: bool = False
    page_cache_mode: Literal["auto", "sequential", "random", "dontneed", "normal"] = "auto"
    null: NullOptions = NullOptions()


def _short_target(value: Any) -> Any:
    return {"uri": value} if isinstance(value, str) else value


TargetSpec = Annotated[Target, BeforeValidator(_short_target)]


# --- how hard, how long ------------------------------------------------------------------------------------------


class Load(Model):
    """Closed loop (default): `concurrency` slots, each busy all the time. Open loop: arrivals at a rate."""

    model: Literal["closed", "open"] = "closed"
    rate: Rate | None = None
    arrivals: Literal["poisson", "constant"] = "poisson"
    max_in_flight: Annotated[int, Field(ge=1)] | None = None
    """Slots in open loop; default: `concurrency`."""
    max_backlog: Annotated[Count, Field(ge=0)] = 10_000
    """Arrivals that may wait for a slot, over all workers; further ones are dropped, and counted."""


class Stop(Model):
    """Other ends than `duration`; whichever comes first."""

    ops: Annotated[Count, Field(ge=1)] | None = None
    bytes: Annotated[Size, Field(ge=1)] | None = None
    each_key: Literal["once"] | None = None
    """Ends when each line with `keys: once` has taken every key."""


class ErrorBudget(Model):
    max_total: Annotated[Count, Field(ge=0)] | None = 100
    max_rate: Share | None = 0.05
    """Share of failed operations, judged from 100 operations on."""
    ignore: tuple[str | int, ...] = ()
    """Classes that the budget does not count, such as `http_503`, `503` or `timeout`; they are still reported."""


class Step(Model):
    """A change at a time, counted from the start of the measured part."""

    at: Duration
    weights: dict[str, Annotated[float, Field(ge=0)]] | None = None
    concurrency: Annotated[int, Field(ge=1)] | None = None
    limits: dict[str, Annotated[int, Field(ge=1)] | None] | None = None
    rate: Rate | None = None
    pause: bool = False
    resume: bool = False
    stop: bool = False
    mark: str | None = None


class Workload(Model):
    """One run."""

    name: str = "workload"
    targets: Annotated[tuple[TargetSpec, ...], Field(min_length=1)]
    """Also written `target:` where there is one."""
    duration: Duration | None = None
    """Of the measured part; default 60 s where `stop` says nothing."""
    warmup: Duration = 0
    stop: Stop = Stop()
    drain: Duration = 30 * NS_PER_S
    """How long operations in flight may take to finish after the end."""
    concurrency: Annotated[int, Field(ge=1)] = 16
    processes: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    seed: int = 0
    dataset: Dataset | None = None
    workload: Annotated[tuple[OperationSpec, ...], Field(min_length=1)]
    payload: Payload = Payload()
    load: Load = Load()
    errors: ErrorBudget = ErrorBudget()
    schedule: tuple[Step, ...] = ()
    cleanup: Literal["none", "written", "all"] = "none"
    """`written` deletes what this run's puts made, `all` also the data set objects that this run created."""
    operation_timeout: Annotated[Duration, Field(ge=1_000_000)] = 60 * NS_PER_S
    connect_timeout: Annotated[Duration, Field(ge=1_000_000)] = 5 * NS_PER_S
    thresholds: tuple[str, ...] = ()
    """Such as `get.p99 < 50ms`, `errors < 0.1%`, `total.bytes_per_s > 1GiB/s`; one that fails gives exit code 1."""
