"""What is known of the measured part of a run, and the figures that it boils down to.

Pure: knows neither processes nor files. Judges nothing: that is done in `limits`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields

from s3bench_tui.engine.messages import WorkerSample
from s3bench_tui.host.sample import HostSample
from s3bench_tui.stats.histogram import Histogram


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """What one worker did in the measured part."""

    index: int
    target: int
    cpu_s: float
    run_delay_s: float = 0.0
    loop: Histogram = field(default_factory=Histogram)


def worker_loads(stretches: Iterable[tuple[Sequence[WorkerSample], Sequence[WorkerSample]]]) -> tuple[WorkerLoad, ...]:
    """From the samples at start and end of each measured phase; a worker that took a lost one's place adds to it."""
    loads: dict[int, WorkerLoad] = {}
    for start, end in stretches:
        before = {sample.pid: sample for sample in start}
        for sample in end:
            earlier = before.get(sample.pid)
            sum_so_far = loads.get(sample.index, WorkerLoad(sample.index, sample.target, 0.0))
            # The run delay of a thread that ended is gone from the later sample.
            loads[sample.index] = WorkerLoad(
                index=sample.index,
                target=sample.target,
                cpu_s=sum_so_far.cpu_s + sample.cpu_s - (earlier.cpu_s if earlier else 0.0),
                run_delay_s=sum_so_far.run_delay_s
                + max(0.0, sample.run_delay_s - (earlier.run_delay_s if earlier else 0.0)),
                loop=sum_so_far.loop + (sample.loop - earlier.loop if earlier else sample.loop),
            )
    return tuple(loads[index] for index in sorted(loads))


@dataclass(frozen=True, slots=True)
class OpenLoad:
    """How the arrivals of an open loop fared in the measured part. `completed` counts failures too."""

    offered: int
    completed: int
    dropped: int = 0
    backlog: tuple[tuple[float, float], ...] = ()
    """Seconds, and arrivals that waited for a slot at that time; a few a second."""
    lag: Histogram = field(default_factory=Histogram)
    """Dispatch less intended start, of all operations."""
    free_slot_lag: Histogram = field(default_factory=Histogram)
    """The same, of operations that found a slot free at their intended start. Where it is empty, `lag` speaks for
    it, as long as no arrival was seen waiting for a slot."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the measured part; what is not known stays empty."""

    wall_s: float
    ops: int
    """Completed operations, failures too."""
    concurrency: float
    """Slots, on average over the time; in open loop the most that may be in flight."""
    workers: tuple[WorkerLoad, ...] = ()
    hosts: tuple[HostSample, ...] = ()
    service: Histogram = field(default_factory=Histogram)
    in_flight: float | None = None
    """Mean number of operations in flight; None: as Little's law has it, from the service times."""
    local_disk: bool = False
    """A target is a file system of this machine."""
    line_rates: Mapping[str, int] = field(default_factory=dict)
    """Bits/s, each way, of the network interfaces where it is known."""
    arrivals: OpenLoad | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The evidence boiled down; shares are 0-1, None is not known."""

    worker_busy: float | None
    """Of the workers of the busiest target: CPU time over wall time."""
    busiest_worker: float | None
    """The same, of the single busiest worker."""
    worker_run_delay: float | None
    """Of the most delayed target's: time ready to run but without a core, over wall time."""
    cores: int | None
    cpu_free: float | None
    own_cores: float | None
    other_cores: float | None
    """Cores that processes other than ours kept busy."""
    cpu_steal: float | None
    cpu_throttled: float | None
    line_share: float | None
    """Of the fullest network interface, of the direction that is fuller."""
    disk_utilisation: float | None
    memory_available: float | None
    """The least seen, as share of all memory."""
    open_files: float | None
    """The most seen in one process, as share of the limit."""
    loop_p99_ns: int | None
    service_p50_ns: int | None
    in_flight: float | None
    cpu_us_per_op: float | None
    """Of the workers."""
    retransmits: float | None
    """TCP segments sent again, as share of the packets sent by all interfaces but loopback."""
    line: str = ""
    disk: str = ""

    def numbers(self) -> dict[str, float]:
        """All that is known, by name."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: round(v, 4) for name, v in values.items() if v is not None and not isinstance(v, str)}


def figures(evidence: Evidence) -> Figures:
    """What the rules look at."""
    wall_s = evidence.wall_s
    hosts = [sample for sample in evidence.hosts if sample.interval_s > 0]
    cores = max((len(sample.cores_busy) for sample in hosts), default=0) or None
    free = _mean(hosts, lambda s: s.cpu.free if s.cpu else None)
    own = _mean(hosts, lambda s: s.own.cpu_cores)
    other = None
    if cores and free is not None and own is not None:
        other = max(0.0, (1 - free - (_mean(hosts, _interrupts) or 0.0)) * cores - own)
    line, line_share = _fullest({name: _line_share(hosts, name, rate) for name, rate in evidence.line_rates.items()})
    disk, utilisation = _fullest({name: _utilisation(hosts, name) for sample in hosts for name in sample.disks})
    memory = (s.memory.available_bytes / s.memory.total_bytes for s in hosts if s.memory and s.memory.total_bytes)
    files = (s.own.open_files_fullest / s.own.open_files_limit for s in hosts if s.own.open_files_limit)
    loop = sum((worker.loop for worker in evidence.workers), Histogram())
    cpu_s = sum(worker.cpu_s for worker in evidence.workers)
    return Figures(
        worker_busy=_highest_share(evidence, lambda worker: worker.cpu_s),
        busiest_worker=max((worker.cpu_s / wall_s for worker in evidence.workers), default=None)
        if wall_s > 0
        else None,
        worker_run_delay=_highest_share(evidence, lambda worker: worker.run_delay_s),
        cores=cores,
        cpu_free=free,
        own_cores=own,
        other_cores=other,
        cpu_steal=_mean(hosts, lambda s: s.cpu.steal if s.cpu else None),
        cpu_throttled=_mean(hosts, lambda s: s.cpu_throttled),
        line_share=line_share,
        disk_utilisation=utilisation,
        memory_available=min(memory, default=None),
        open_files=max(files, default=None),
        loop_p99_ns=loop.percentiles((99.0,))[0] if loop.n else None,
        service_p50_ns=evidence.service.percentiles((50.0,))[0] if evidence.service.n else None,
        in_flight=_in_flight(evidence),
        cpu_us_per_op=cpu_s * 1e6 / evidence.ops if evidence.workers and evidence.ops else None,
        retransmits=_mean(hosts, _retransmits),
        line=line,
        disk=disk,
    )


def _mean(samples: Sequence[HostSample], of: Callable[[HostSample], float | None]) -> float | None:
    """Over the time of the samples that know it."""
    known = [(value, sample.interval_s) for sample in samples if (value := of(sample)) is not None]
    return sum(value * s for value, s in known) / sum(s for _, s in known) if known else None


def _highest_share(evidence: Evidence, of: Callable[[WorkerLoad], float]) -> float | None:
    """Mean over a target's workers, of their time over the wall time, for the target where it is highest."""
    by_target: dict[int, list[float]] = {}
    for worker in evidence.workers:
        by_target.setdefault(worker.target, []).append(of(worker))
    if evidence.wall_s <= 0:
        return None
    return max((sum(times) / len(times) / evidence.wall_s for times in by_target.values()), default=None)


def _in_flight(evidence: Evidence) -> float | None:
    if evidence.in_flight is not None or not evidence.service.n or evidence.wall_s <= 0:
        return evidence.in_flight
    return evidence.service.mean_ns * evidence.service.n / 1e9 / evidence.wall_s


def _interrupts(sample: HostSample) -> float | None:
    """The work of no process; mostly made by the load's own traffic, or the hypervisor's."""
    cpu = sample.cpu
    return (cpu.irq or 0.0) + (cpu.softirq or 0.0) + (cpu.steal or 0.0) if cpu else None


def _line_share(samples: Sequence[HostSample], name: str, bits_per_s: int) -> float | None:
    present = [sample for sample in samples if name in sample.interfaces]
    received = _mean(present, lambda s: s.interfaces[name].rx_bytes_per_s)
    sent = _mean(present, lambda s: s.interfaces[name].tx_bytes_per_s)
    return max(received, sent) * 8 / bits_per_s if received is not None and sent is not None else None


def _utilisation(samples: Sequence[HostSample], name: str) -> float | None:
    return _mean(samples, lambda s: s.disks[name].utilisation if name in s.disks else None)


def _retransmits(sample: HostSample) -> float | None:
    # Loopback loses nothing; its packets would hide what the network loses.
    sent = sum(rate.tx_packets_per_s for name, rate in sample.interfaces.items() if not name.startswith("lo"))
    if sample.tcp_retransmits_per_s is None or not sent:
        return None
    return min(1.0, sample.tcp_retransmits_per_s / sent)


def _fullest(shares: Mapping[str, float | None]) -> tuple[str, float | None]:
    known = {name: share for name, share in shares.items() if share is not None}
    name = max(known, key=lambda name: known[name], default="")
    return name, known.get(name)
