"""Reads the workers' statistics blocks and adds them up, phase by phase. Writes to none of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from s3bench_tui.engine.coordination.crew import Member
from s3bench_tui.engine.messages import Arrivals
from s3bench_tui.engine.shared import Block
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Row, RowKey, Tally, difference
from s3bench_tui.stores.multipart import rows


@dataclass(slots=True)
class PhaseHarvest:
    """What one phase has brought so far: cumulative, and as it was when the last interval was taken."""

    index: int
    tally: dict[RowKey, Row] = field(default_factory=dict)
    arrivals: Arrivals = field(default_factory=Arrivals)
    requests: dict[RowKey, Row] = field(default_factory=dict)
    """Of operations that are written in parts, by `stores.multipart.request_row`."""
    taken: Tally = field(default_factory=dict)
    taken_requests: Tally = field(default_factory=dict)
    taken_arrivals: Arrivals = field(default_factory=Arrivals)

    def take_interval(self) -> tuple[Tally, Arrivals, Tally]:
        """What came since the last call: operations, arrivals, and requests of operations."""
        tally, requests = difference(self.tally, self.taken), difference(self.requests, self.taken_requests)
        now, before = self.arrivals, self.taken_arrivals
        arrivals = Arrivals(
            now.offered - before.offered, now.dispatched - before.dispatched, now.dropped - before.dropped
        )
        self.taken, self.taken_requests, self.taken_arrivals = dict(self.tally), dict(self.requests), now
        return tally, arrivals, requests


class Harvest:
    """Opens blocks as they appear, and lets go of them when their phase is closed."""

    def __init__(self, directory: Path, entries: int, open_loop: bool, in_parts: bool = False) -> None:
        self._directory = directory
        self._entries = entries
        self._rows = rows(entries, in_parts)
        self._open_loop = open_loop
        self._blocks: dict[tuple[int, int], Block] = {}
        self._loops: dict[int, Histogram] = {}
        """For each worker: its loop's times in phases that are closed."""

    def read(self, phase: PhaseHarvest, members: Iterable[Member]) -> None:
        """Bring a phase up to date."""
        tally: dict[RowKey, Row] = {}
        requests: dict[RowKey, Row] = {}
        offered = dispatched = dropped = 0
        for member in members:
            block = self._block(member, phase.index)
            if block is None:
                continue
            for key, row in block.rows(member.plan.target):
                sums = tally if key.entry < self._entries else requests
                sums[key] = sums[key] + row if key in sums else row
            arrivals = block.arrivals()
            offered, dispatched, dropped = offered + arrivals[0], dispatched + arrivals[1], dropped + arrivals[2]
        phase.tally, phase.requests, phase.arrivals = tally, requests, Arrivals(offered, dispatched, dropped)

    def loop(self, member: Member, phase: int) -> Histogram:
        """How long a worker's loop took, over the closed phases and this one."""
        block = self._block(member, phase)
        closed = self._loops.get(member.plan.index, Histogram())
        return closed + block.loop() if block is not None else closed

    def release(self, phase: int, members: Iterable[Member]) -> None:
        """Forget a phase that nobody writes to any more."""
        for member in members:
            block = self._block(member, phase)
            if block is not None:
                index = member.plan.index
                self._loops[index] = self._loops.get(index, Histogram()) + block.loop()
                block.close()
                del self._blocks[index, phase]
                self._path(index, phase).unlink(missing_ok=True)

    def _block(self, member: Member, phase: int) -> Block | None:
        key = member.plan.index, phase
        if key not in self._blocks:
            path = self._path(*key)
            if not path.exists() or not path.stat().st_size:
                return None
            self._blocks[key] = Block(path, self._rows, self._open_loop, endpoints=member.plan.driver.endpoint_count)
        return self._blocks[key]

    def _path(self, worker: int, phase: int) -> Path:
        return self._directory / f"stats-{worker}-{phase}"
