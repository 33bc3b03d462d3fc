"""What a run costs the machine: samples of workers and host, the program's own CPU time, and what they say together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from s3bench_tui.engine.coordination.crew import Crew, Member
from s3bench_tui.engine.coordination.harvest import Harvest
from s3bench_tui.engine.messages import Arrivals, WorkerSample
from s3bench_tui.engine.shared import Life
from s3bench_tui.engine.verdict.evidence import Evidence, OpenLoad, worker_loads
from s3bench_tui.engine.verdict.limits import judge
from s3bench_tui.host.facts import interface_speeds
from s3bench_tui.host.sample import HostSample, HostSampler, process_usage
from s3bench_tui.stats.tally import Row


class Observation:
    """Samples taken along the run; the measured stretches are marked by `open_stretch` and `close_stretch`."""

    def __init__(self, crew: Crew, harvest: Harvest, clock_s: Callable[[], float]) -> None:
        self._crew = crew
        self._harvest = harvest
        self._own = (os.getpid(), os.getppid())
        self._sampler = HostSampler(clock_s, self._pids)
        self._last: dict[int, tuple[float, float, int]] = {}
        self._stretches: list[tuple[tuple[WorkerSample, ...], tuple[WorkerSample, ...]]] = []
        self._stretch_start: tuple[tuple[WorkerSample, ...], float] | None = None
        self._hosts: list[HostSample] = []
        self._backlog: list[tuple[float, float]] = []
        self.cpu_s = 0.0
        """Of the whole process tree, in the measured stretches."""

    def _pids(self) -> Iterable[int]:
        return [*self._own, *(member.process.pid for member in self._crew.members)]

    def host(self, measured: bool) -> HostSample:
        """The machine since the last call."""
        sample = self._sampler.sample()
        if measured and self._stretch_start is not None:
            self._hosts.append(sample)
        return sample

    def workers(self, phase: int) -> tuple[WorkerSample, ...]:
        """All workers as they are now, lost ones too."""
        return tuple(
            self._worker(member, phase) for member in sorted(self._crew.everyone(), key=lambda m: m.plan.index)
        )

    def _worker(self, member: Member, phase: int) -> WorkerSample:
        usage = process_usage(member.process.pid) if member.alive else None
        if usage is not None:
            self._last[member.plan.index] = (usage.cpu_s, usage.run_delay_s, usage.rss_bytes)
        cpu_s, run_delay_s, rss_bytes = self._last.get(member.plan.index, (0.0, 0.0, 0))
        counters = member.last_word[1] if member.ended else {}
        return WorkerSample(
            index=member.plan.rank, target=member.plan.target, pid=member.process.pid, ops=member.gauge(Life.OPS),
            in_flight=member.gauge(Life.IN_FLIGHT), backlog=member.gauge(Life.BACKLOG), cpu_s=cpu_s, run_delay_s=run_delay_s,
            rss_bytes=rss_bytes, loop=self._harvest.loop(member, phase), counters=counters, alive=member.alive,
        )  # fmt: skip

    def note_backlog(self, at_s: float, backlog: int) -> None:
        """One point of the backlog's course."""
        if self._stretch_start is not None:
            self._backlog.append((at_s, float(backlog)))

    def _tree_cpu_s(self, workers: tuple[WorkerSample, ...]) -> float:
        own = [process_usage(pid) for pid in self._own]
        return sum(usage.cpu_s for usage in own if usage is not None) + sum(worker.cpu_s for worker in workers)

    def open_stretch(self, phase: int) -> None:
        """A measured phase begins now."""
        if self._stretch_start is None:
            workers = self.workers(phase)
            self._stretch_start = workers, self._tree_cpu_s(workers)

    def close_stretch(self, phase: int) -> None:
        """The measured phase ends now."""
        if self._stretch_start is not None:
            workers = self.workers(phase)
            start, cpu_s = self._stretch_start
            self._stretches.append((start, workers))
            self.cpu_s += self._tree_cpu_s(workers) - cpu_s
            self._stretch_start = None

    def client(
        self, row: Row, wall_s: float, concurrency: float, arrivals: Arrivals | None, local_disk: bool
    ) -> dict[str, Any]:
        """What the client cost, how long after its instant the last worker began the load, and the verdict on what limited
        the run. `row` is all that was measured."""
        opened = None
        if arrivals is not None:
            opened = OpenLoad(arrivals.offered, row.ops + row.failed, arrivals.dropped, tuple(self._backlog), row.lag)
        evidence = Evidence(
            wall_s=wall_s, ops=row.ops + row.failed, concurrency=concurrency, workers=worker_loads(self._stretches),
            hosts=tuple(self._hosts), service=row.service, local_disk=local_disk, line_rates=interface_speeds(), arrivals=opened,
        )  # fmt: skip
        late_ns = max((member.gauge(Life.LATE_NS) for member in self._crew.everyone()), default=0)
        return {"cpu_s": round(self.cpu_s, 4), "start_late_ns": late_ns or None, "verdict": asdict(judge(evidence))}


def counters_of(crew: Crew, target: int) -> dict[str, int]:
    """The drivers' counters of one target, added up over its workers."""
    total: dict[str, int] = {}
    for member in crew.everyone():
        if member.plan.target == target and member.ended:
            for name, value in member.last_word[1].items():
                total[name] = total.get(name, 0) + value
    return total
