"""The counters of systems other than Linux, through psutil. What a system does not keep is missing."""

from __future__ import annotations

import psutil

from s3bench_tui.host.counters import (
    CPU_MODES,
    CoreCount,
    Counters,
    DiskCount,
    InterfaceCount,
    Memory,
    ProcessUsage,
)


def read_counters() -> Counters:
    """Everything at one instant."""
    times = [core._asdict() for core in psutil.cpu_times(percpu=True)]
    modes = [mode for mode in CPU_MODES if times and mode in times[0]]
    cores = {}
    for number, core in enumerate(times):
        total = sum(core[mode] for mode in modes)
        cores[number] = CoreCount(total - core["idle"] - core.get("iowait", 0.0), total)
    memory = psutil.virtual_memory()
    return Counters(
        cpu={mode: sum(core[mode] for core in times) for mode in modes},
        cores=cores,
        interfaces=_interfaces(),
        disks=_disks(),
        memory=Memory(memory.total, memory.available, memory.total - memory.available),
    )


def process_usage(pid: int) -> ProcessUsage | None:
    """What the process has used so far; None where there is no such process (any more)."""
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return ProcessUsage(times.user + times.system, 0.0, process.memory_info().rss)
    except psutil.Error:
        return None


def open_files(pid: int) -> int | None:
    """Open file descriptors of a process; None where there is no such process or it is another user's."""
    try:
        return psutil.Process(pid).num_fds()
    except psutil.Error:
        return None


def _interfaces() -> dict[str, InterfaceCount]:
    return {
        name: InterfaceCount(
            n.bytes_recv, n.bytes_sent, n.packets_recv, n.packets_sent, n.errin + n.errout, n.dropin + n.dropout
        )
        for name, n in psutil.net_io_counters(pernic=True).items()
    }


def _disks() -> dict[str, DiskCount]:
    try:
        counted = psutil.disk_io_counters(perdisk=True) or {}
    except (RuntimeError, OSError, NotImplementedError):  # psutil's words for a system that keeps none
        return {}
    return {
        name: DiskCount(n.read_bytes, n.write_bytes, n.read_count, n.write_count, getattr(n, "busy_time", None))
        for name, n in counted.items()
    }
