"""How the machine fares: one `HostSample` a second, and what single processes use.

Knows nothing of workers or workloads. Imports no library: every worker process loads this module.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from s3bench_tui.host.counters import CPU_MODES, Counters, DiskCount, InterfaceCount, Memory, ProcessUsage

if sys.platform == "linux":
    from s3bench_tui.host import linux as system
else:
    from s3bench_tui.host import portable as system

T = TypeVar("T")

__all__ = [
    "CpuShare", "DiskRate", "HostSample", "HostSampler", "InterfaceRate", "Memory", "OwnProcesses", "ProcessUsage",
    "process_usage",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CpuShare:
    """Shares (0-1) of the time of all cores; they add up to 1. None: the system does not keep that mode apart."""

    user: float | None = None
    nice: float | None = None
    system: float | None = None
    iowait: float | None = None
    irq: float | None = None
    softirq: float | None = None
    steal: float | None = None
    idle: float | None = None

    @property
    def free(self) -> float:
        """Share in which a core had nothing to run: idle, or waiting for a disk."""
        return (self.idle or 0.0) + (self.iowait or 0.0)


@dataclass(frozen=True, slots=True)
class InterfaceRate:
    rx_bytes_per_s: float
    tx_bytes_per_s: float
    rx_packets_per_s: float
    tx_packets_per_s: float
    errors_per_s: float
    drops_per_s: float


@dataclass(frozen=True, slots=True)
class DiskRate:
    read_bytes_per_s: float
    write_bytes_per_s: float
    reads_per_s: float
    writes_per_s: float
    utilisation: float | None
    """Share of the time (0-1) with a request open; a device that serves many at once can be at 1 and have more to
    give. None: the system does not keep it."""


@dataclass(frozen=True, slots=True)
class OwnProcesses:
    """The processes of this program."""

    count: int = 0
    cpu_cores: float | None = None
    """Cores that they kept busy over the interval, on average."""
    rss_bytes: int = 0
    """Memory of their own, as in ProcessUsage."""
    open_files: int = 0
    """Open file descriptors of them all."""
    open_files_fullest: int = 0
    """Those of the process that has most; the limit holds for each process."""
    open_files_limit: int | None = None
    """None: no limit."""


@dataclass(frozen=True, slots=True)
class HostSample:
    """The machine over the `interval_s` before `at_s` (seconds of the sampler's clock).

    The first sample has nothing to compare with: its interval is 0, its rates are None or empty. Interfaces and
    disks that never moved a byte are left out. Shares are rounded to 4 decimals, rates to 1.
    """

    at_s: float = 0.0
    interval_s: float = 0.0
    cpu: CpuShare | None = None
    cores_busy: tuple[float, ...] = ()
    """Busy share (0-1) of each core."""
    cpu_throttled: float | None = None
    """Share (0-1) of the scheduler's periods in which the CPU quota of this container ran out; None without quota."""
    load_average: tuple[float, float, float] | None = None
    """Over 1, 5 and 15 minutes."""
    interfaces: Mapping[str, InterfaceRate] = field(default_factory=dict)
    disks: Mapping[str, DiskRate] = field(default_factory=dict)
    """Whole devices, without loop and ram disks."""
    memory: Memory | None = None
    own: OwnProcesses = OwnProcesses()
    tcp_retransmits_per_s: float | None = None
    """Segments of the whole machine."""

    def to_json(self) -> dict[str, Any]:
        """A plain dict with the attributes' names; `from_json` gives back an equal sample."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> HostSample:
        """Read back what `to_json` wrote; keys that a later version added are ignored."""
        values = _known(cls, data)
        values["cpu"] = _optional(CpuShare, data.get("cpu"))
        values["memory"] = _optional(Memory, data.get("memory"))
        values["own"] = _optional(OwnProcesses, data.get("own")) or OwnProcesses()
        values["cores_busy"] = tuple(data.get("cores_busy") or ())
        load = data.get("load_average")
        values["load_average"] = None if load is None else tuple(load)
        for key, kind in (("interfaces", InterfaceRate), ("disks", DiskRate)):
            values[key] = {name: kind(**_known(kind, rate)) for name, rate in (data.get(key) or {}).items()}
        return cls(**values)


def process_usage(pid: int) -> ProcessUsage | None:
    """What the process has used so far (cpu_s to 10 ms); None where there is no such process (any more)."""
    return system.process_usage(pid)


class HostSampler:
    """Makes rates of the counters' growth from one call to the next.

    `clock` gives seconds, `pids` the processes of this program; `counters` reads the machine.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        pids: Callable[[], Iterable[int]],
        counters: Callable[[], Counters] = system.read_counters,
    ) -> None:
        self._clock = clock
        self._pids = pids
        self._counters = counters
        self._at_s = 0.0
        self._before: Counters | None = None
        self._cpu_s: dict[int, float] = {}

    def sample(self) -> HostSample:
        """The machine since the previous call."""
        at_s, now, before = self._clock(), self._counters(), self._before
        interval_s = at_s - self._at_s if before is not None else 0.0
        own = self._own(interval_s)
        self._at_s, self._before = at_s, now
        if before is None or interval_s <= 0:
            return HostSample(at_s=at_s, load_average=_load_average(), memory=now.memory, own=own)
        return HostSample(
            at_s=at_s,
            interval_s=interval_s,
            cpu=_cpu_share(now, before),
            cores_busy=_cores_busy(now, before),
            cpu_throttled=_throttled(now, before),
            load_average=_load_average(),
            interfaces={
                name: _interface_rate(count, before.interfaces[name], interval_s)
                for name, count in now.interfaces.items()
                if name in before.interfaces and any(count)
            },
            disks={
                name: _disk_rate(count, before.disks[name], interval_s)
                for name, count in now.disks.items()
                if name in before.disks and any(count)
            },
            memory=now.memory,
            own=own,
            tcp_retransmits_per_s=_growth_rate(now.tcp_retransmits, before.tcp_retransmits, interval_s),
        )

    def _own(self, interval_s: float) -> OwnProcesses:
        """A process counts from its second sample on: what it used before it was ours is not known."""
        used_s, cpu_s, rss_bytes, files = 0.0, {}, 0, []
        for pid in self._pids():
            usage = system.process_usage(pid)
            if usage is None:
                continue
            cpu_s[pid] = usage.cpu_s
            used_s += max(0.0, usage.cpu_s - self._cpu_s.get(pid, usage.cpu_s))
            rss_bytes += usage.rss_bytes
            files.append(system.open_files(pid) or 0)
        self._cpu_s = cpu_s
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return OwnProcesses(
            count=len(cpu_s),
            cpu_cores=round(used_s / interval_s, 4) if interval_s > 0 else None,
            rss_bytes=rss_bytes,
            open_files=sum(files),
            open_files_fullest=max(files, default=0),
            open_files_limit=None if limit == resource.RLIM_INFINITY else limit,
        )


def _known(cls: type, data: Mapping[str, Any]) -> dict[str, Any]:
    return {f.name: data[f.name] for f in fields(cls) if f.name in data}


def _optional(cls: type[T], data: Mapping[str, Any] | None) -> T | None:
    return None if data is None else cls(**_known(cls, data))


def _load_average() -> tuple[float, float, float] | None:
    try:
        one, five, fifteen = os.getloadavg()
    except OSError:
        return None
    return round(one, 2), round(five, 2), round(fifteen, 2)


def _cpu_share(now: Counters, before: Counters) -> CpuShare | None:
    # The kernel lets iowait run backwards at times.
    grown = {
        mode: max(0.0, now.cpu[mode] - before.cpu[mode]) for mode in CPU_MODES if mode in now.cpu and mode in before.cpu
    }
    total = sum(grown.values())
    return CpuShare(**{mode: round(time / total, 4) for mode, time in grown.items()}) if total else None


def _cores_busy(now: Counters, before: Counters) -> tuple[float, ...]:
    shares = []
    for number, core in now.cores.items():
        earlier = before.cores.get(number, core)
        total = core.total - earlier.total
        shares.append(round(min(1.0, max(0.0, (core.busy - earlier.busy) / total)), 4) if total > 0 else 0.0)
    return tuple(shares)


def _throttled(now: Counters, before: Counters) -> float | None:
    # A group without a quota counts no periods.
    if now.quota is None or before.quota is None or now.quota.periods <= before.quota.periods:
        return None
    return round((now.quota.throttled - before.quota.throttled) / (now.quota.periods - before.quota.periods), 4)


def _growth_rate(now: float | None, before: float | None, interval_s: float) -> float | None:
    return None if now is None or before is None else _rate(now, before, interval_s)


def _rate(now: float, before: float, interval_s: float) -> float:
    # A counter that went back was reset (a device came anew): nothing is known of that interval.
    return round(max(0.0, now - before) / interval_s, 1)


def _interface_rate(now: InterfaceCount, before: InterfaceCount, interval_s: float) -> InterfaceRate:
    return InterfaceRate(*(_rate(new, old, interval_s) for new, old in zip(now, before, strict=True)))


def _disk_rate(now: DiskCount, before: DiskCount, interval_s: float) -> DiskRate:
    utilisation: float | None = None
    if now.busy_ms is not None and before.busy_ms is not None:
        utilisation = round(min(1.0, max(0, now.busy_ms - before.busy_ms) / 1000 / interval_s), 4)
    return DiskRate(
        read_bytes_per_s=_rate(now.read_bytes, before.read_bytes, interval_s),
        write_bytes_per_s=_rate(now.write_bytes, before.write_bytes, interval_s),
        reads_per_s=_rate(now.reads, before.reads, interval_s),
        writes_per_s=_rate(now.writes, before.writes, interval_s),
        utilisation=utilisation,
    )
