"""Sources of a workload that verifies what it reads: they tell the driver of each GET what it may bring.

They go around the sources of the mix. Where the run overwrites the data set that it reads, its puts keep the book of
versions. Knows no drivers and no content.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from s3bench_tui.engine.objects.keys import Chooser
from s3bench_tui.engine.operations.source import Source
from s3bench_tui.engine.operations.versions import Versions
from s3bench_tui.engine.plan import EntryPlan, WorkerPlan
from s3bench_tui.stores.base import GET, PUT, Operation
from s3bench_tui.stores.outcome import OK

UNVERIFIED = -1
ANY_VERSION = 0


class Chosen:
    """A chooser that remembers its last choice."""

    __slots__ = ("_next", "last")

    def __init__(self, chooser: Chooser) -> None:
        self._next = chooser.next
        self.last = -1

    def next(self) -> int:
        self.last = index = self._next()
        return index


class Watched:
    """A source of GETs that says of each whether, and how, it is to be verified."""

    def __init__(self, source: Source, oldest: Callable[[], int]) -> None:
        self._fill = source.fill
        self.settle = source.settle
        self._source = source
        self._oldest = oldest
        self.bounded = source.bounded

    @property
    def exhausted(self) -> bool:
        return self._source.exhausted

    def fill(self, op: Operation) -> bool:
        filled = self._fill(op)
        op.oldest = self._oldest()
        op.fault_at = -1
        return filled


class BookedPuts:
    """A source of PUTs over a data set, whose versions are kept in the book."""

    def __init__(self, source: Source, chosen: Chosen, versions: Versions) -> None:
        self._source = source
        self._chosen = chosen
        self._versions = versions
        self.bounded = source.bounded

    @property
    def exhausted(self) -> bool:
        return self._source.exhausted

    def fill(self, op: Operation) -> bool:
        if not self._source.fill(op):
            return False
        index = self._chosen.last
        op.version, oldest = self._versions.begin(index)
        op.token = index, oldest
        return True

    def settle(self, op: Operation) -> None:
        index, oldest = op.token
        if op.outcome == OK:
            self._versions.succeeded(index, op.version, oldest)
        else:
            self._versions.failed(index, op.version)


class Verification:
    """Goes around the sources of one worker; around none where its lines verify nothing. `clock` as for Versions."""

    def __init__(self, plan: WorkerPlan, clock: Callable[[], int]) -> None:
        self.clock = clock
        self._verifies = any(entry.verify for entry in plan.entries)
        self._versions = {
            dataset.id: _open_versions(plan, number, clock)
            for number, dataset in enumerate(plan.datasets)
            if _of_dataset(plan, dataset.id, GET) and _of_dataset(plan, dataset.id, PUT)
        }
        """The books of data sets that are verified, and overwritten."""

    def around(self, entry: EntryPlan, chooser: Chooser, open_source: Callable[[Chooser], Source]) -> Source:
        """The source of a line of GETs, or of PUTs over a data set, that takes its keys from this chooser."""
        if not self._verifies or entry.kind not in (GET, PUT):
            return open_source(chooser)
        chosen = Chosen(chooser)
        source = open_source(chosen)
        versions = self._versions.get(entry.keys.dataset) if entry.keys.source == "dataset" else None
        if entry.kind == PUT:
            return source if versions is None else BookedPuts(source, chosen, versions)
        if not entry.verify:
            return Watched(source, lambda: UNVERIFIED)
        return Watched(source, lambda: ANY_VERSION if versions is None else versions.oldest(chosen.last))


def _of_dataset(plan: WorkerPlan, dataset: str, kind: int) -> bool:
    """Whether a line verifies this data set, or overwrites it."""
    return any(
        entry.kind == kind and entry.keys.source == "dataset" and entry.keys.dataset == dataset
        and not entry.prepares and (entry.verify or kind == PUT)
        for entry in plan.entries
    )  # fmt: skip


def _open_versions(plan: WorkerPlan, dataset: int, clock: Callable[[], int]) -> Versions:
    directory = Path(plan.directory)
    paths = [directory / f"versions-{plan.target}-{dataset}-{member}" for member in range(plan.members)]
    return Versions(paths, plan.member, plan.datasets[dataset].count, clock)
