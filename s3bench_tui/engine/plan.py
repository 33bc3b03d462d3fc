"""The workload as the workers see it: plain data, every default settled, every URI opened. Knows no files and no clocks.

A worker process imports this and not the workload model, which costs it 50 ms and 8 MiB less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from s3bench_tui.engine.messages import ALONE, Part, Settings
from s3bench_tui.stores.base import DriverConfig


@dataclass(frozen=True, slots=True)
class PayloadPlan:
    """Content of what is written."""

    seed: int
    fill: Literal["random", "zero"]
    dedup_factor: int
    compress_factor: int


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """Which objects a line of the mix takes. `source`: dataset, listed, key (one), written (of this run's puts), prefix,
    versions (single ones that this worker wrote)."""

    source: str
    path: str = ""
    """The key, or the prefix, within the target's bucket or root."""
    choice: str = "uniform"
    theta: float = 0.99
    dataset: str = "dataset"
    """The id of the data set, where that is the source."""
    listed: Sequence[tuple[str, int]] = ()
    """Keys and sizes that a glob or prefix found."""
    shards: int = 0
    """Folders that new keys are spread over; 0: they stand below the prefix itself."""


@dataclass(frozen=True, slots=True)
class RangePlan:
    """A ranged GET. `offset`: random, sequential, or a number of bytes."""

    size_bytes: int
    offset: str | int
    align_bytes: int


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """One line of the mix in one target. `sizes` describes a distribution as `engine.sizes` takes it."""

    name: str
    kind: int
    keys: KeyPlan
    range: RangePlan | None = None
    sizes: Mapping[str, Any] | None = None
    batch: int = 1
    expect: int | None = None
    """The HTTP status with which its operations are to be refused."""
    elsewhere: bool = False
    """A line that runs on other targets only: it stands here so that lines have the same numbers everywhere."""
    payload: PayloadPlan | None = None
    """Content of its own, for puts of new objects."""
    verify: bool = False
    """The content of what it reads is looked at."""
    prepares: bool = False
    """A line of the engine's own that makes missing data-set objects; never in a measured phase."""


@dataclass(frozen=True, slots=True)
class TreePlan:
    """The directories that a data set lies in, see tree.Tree."""

    width: int
    depth: int
    files_per_dir: int
    everywhere: bool
    mask: str


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """Objects with computed keys in one target."""

    prefix: str
    template: str
    count: int
    sizes: Mapping[str, Any]
    missing: Sequence[tuple[int, int]] = ()
    """Half-open intervals of indices that prepare makes."""
    ask: bool = False
    """The target cannot list: prepare asks for each of `missing` and makes those that are not there."""
    created: Sequence[tuple[int, int]] = ()
    """Intervals of indices of what this run makes, and of what earlier runs are known to have made."""
    folders: Sequence[tuple[int, int]] = ()
    """Intervals of the numbers of directories (see tree.Folders) that are missing, and made before the objects."""
    created_folders: Sequence[tuple[int, int]] = ()
    """Those, and the ones that earlier runs are known to have made."""
    id: str = "dataset"
    payload: PayloadPlan | None = None
    """Content of its own."""
    shards: int = 0
    tree: TreePlan | None = None


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """All that one worker process is told when it starts."""

    directory: str
    index: int
    """Names its files; a replacement has a new one."""
    rank: int
    """Its place in the control block's lists, which a replacement takes over."""
    target: int
    member: int
    members: int
    """It is the `member`th of the `members` workers of its target."""
    run_id: str
    seed: int
    driver: DriverConfig
    entries: tuple[EntryPlan, ...]
    datasets: tuple[DatasetPlan, ...]
    payload: PayloadPlan
    """Content of all that has none of its own."""
    open_loop: bool
    arrivals: Literal["poisson", "constant"]
    max_backlog: int
    stop_ops: int | None
    stop_bytes: int | None
    stop_each_key: bool
    slots: int
    """What it has at first; connections are opened for so many before anything is timed."""
    cursors: tuple[tuple[int, ...], ...] = ()
    """Of the worker that it replaces."""
    epoch_ns: int = 0
    """To be added to the worker's clock to have the time since 1970; the same for all workers of the run."""
    journals: str = ""
    """Directory for the journal of its operations; none is kept where empty."""
    errors_told: int = 5
    """How many failures of each class it describes to the coordinator."""
    part: Part = ALONE

    @property
    def chance(self) -> int:
        """Seed of its random choices, other ones on every machine of a fleet; the data set comes from `seed` alone."""
        return chance(self.seed, self.part)


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """What the control block says about a phase. `slots`, `limits` and `rates` are by worker rank."""

    index: int
    kind: str
    start_ns: int
    dispatches: bool
    counts_towards_stop: bool
    weights: tuple[float, ...]
    slots: tuple[int, ...]
    limits: tuple[tuple[int, ...], ...] | None
    """For each worker: its share of each line's limit, -1 where there is none; None where no line has one."""
    rates: tuple[float | None, ...]
    """For each worker: the rate of all workers of its target together."""


def chance(seed: int, part: Part) -> int:
    """A seed for what differs from machine to machine; that of the workload on the first."""
    return seed + part.index * 1_000_003


def split(total: int, weights: Sequence[float], least: int = 0) -> list[int]:
    """Whole parts of `total` in proportion to `weights`, by largest remainder; each at least `least` where it suffices."""
    scale = total / sum(weights)
    parts = [int(weight * scale) for weight in weights]
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - weights[i] * scale)
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    while least and min(parts) < least and max(parts) > least:
        parts[parts.index(max(parts))] -= 1
        parts[parts.index(min(parts))] += 1
    return parts


def settings_as_dict(settings: Settings, names: Sequence[str]) -> dict[str, Any]:
    """Settings for events: by name, without what is not set."""
    found: dict[str, Any] = {
        "concurrency": settings.concurrency,
        "weights": dict(zip(names, settings.weights, strict=True)),
    }
    limits = {name: limit for name, limit in zip(names, settings.limits, strict=True) if limit is not None}
    if limits:
        found["limits"] = limits
    if settings.rate_per_s is not None:
        found["rate_per_s"] = settings.rate_per_s
    if settings.paused:
        found["paused"] = True
    return found
