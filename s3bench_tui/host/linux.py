"""The counters of Linux, read from /proc and /sys: many times cheaper than through a library.

A file that is missing or odd (containers, old kernels) costs what stands in it, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from s3bench_tui.host.counters import (
    CPU_MODES,
    CoreCount,
    Counters,
    DiskCount,
    InterfaceCount,
    Memory,
    ProcessUsage,
    Quota,
)

SECTOR_BYTES = 512
"""The unit of /proc/diskstats on every device, whatever the device's own sectors are."""

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_FILE_MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_NO_DISKS = ("loop", "ram", "zram")

T = TypeVar("T")


def read_text(path: str) -> str:
    """The whole of a small file of the kernel's; OSError where it cannot be read."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = []
        while part := os.read(fd, 1 << 16):
            parts.append(part)
    finally:
        os.close(fd)
    return b"".join(parts).decode(errors="replace")


def read_counters(proc: str = "/proc", sys: str = "/sys") -> Counters:
    """Everything at one instant; `proc` and `sys` are where those file systems are mounted."""
    cpu, cores = _tolerant(_cpu, f"{proc}/stat") or ({}, {})
    return Counters(
        cpu=cpu,
        cores=cores,
        interfaces=_tolerant(_interfaces, f"{proc}/net/dev") or {},
        disks=_tolerant(_disks, f"{proc}/diskstats", f"{sys}/block") or {},
        memory=_tolerant(_memory, f"{proc}/meminfo"),
        tcp_retransmits=_tolerant(_tcp_retransmits, f"{proc}/net/snmp"),
        quota=_tolerant(_quota, proc, sys),
    )


def process_usage(pid: int, proc: str = "/proc") -> ProcessUsage | None:
    """What the process has used so far; None where there is no such process (any more)."""
    base = f"{proc}/{pid}"
    try:
        # The command's name stands in parentheses and may itself hold blanks and parentheses.
        stat = read_text(f"{base}/stat").rpartition(")")[2].split()
        statm = read_text(f"{base}/statm").split()
        cpu_s = (int(stat[11]) + int(stat[12])) / _TICKS_PER_S
        rss_bytes = (int(statm[1]) - int(statm[2])) * _PAGE_BYTES
        threads = int(stat[17])
    except (OSError, ValueError, IndexError):
        return None
    return ProcessUsage(cpu_s, _run_delay_s(base, threads), max(0, rss_bytes))


def open_files(pid: int, proc: str = "/proc") -> int | None:
    """Open file descriptors of a process; None where there is no such process or it is another user's."""
    folder = f"{proc}/{pid}/fd"
    try:
        # Since Linux 6.2 the directory's size is the number of descriptors; older kernels say 0.
        return os.stat(folder).st_size or len(os.listdir(folder))
    except OSError:
        return None


def cgroup_folders(controller: str, proc: str = "/proc", sys: str = "/sys") -> list[str]:
    """Where the control groups of this process keep `controller`: its own group first, then the groups above it.

    Folders may be missing: a container sees its own group as the root, whatever path the kernel tells.
    """
    root = f"{sys}/fs/cgroup"
    folders = []
    for line in read_text(f"{proc}/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2
            tops = [root, f"{root}/unified"]
        elif controller in controllers.split(","):
            tops = [f"{root}/{controllers}", f"{root}/{controller}"]
        else:
            continue
        parts = path.strip("/").split("/")
        for top in tops:
            folders += ["/".join([top, *parts[:depth]]) for depth in range(len(parts), 0, -1)] + [top]
    return list(dict.fromkeys(folder.rstrip("/") for folder in folders))


def _tolerant(read: Callable[..., T], *paths: str) -> T | None:
    try:
        return read(*paths)
    except (OSError, ValueError, IndexError, KeyError):
        return None


def _run_delay_s(base: str, threads: int) -> float:
    """Of all threads: the process's own schedstat speaks of its first thread alone."""
    names = [f"{base}/schedstat"]
    if threads > 1:
        names = [f"{base}/task/{task}/schedstat" for task in _tolerant(os.listdir, f"{base}/task") or ()]
    return sum(_tolerant(_waited_ns, name) or 0 for name in names) / 1e9


def _waited_ns(path: str) -> int:
    return int(read_text(path).split()[1])


def _cpu(path: str) -> tuple[dict[str, float], dict[int, CoreCount]]:
    cpu: dict[str, float] = {}
    cores: dict[int, CoreCount] = {}
    for line in read_text(path).splitlines():
        if not line.startswith("cpu"):
            break
        name, *numbers = line.split()
        # The time of guests, in later columns, is already part of user and nice.
        times = dict(zip(_FILE_MODES, map(int, numbers), strict=False))
        if name == "cpu":
            cpu = {mode: times[mode] for mode in CPU_MODES if mode in times}
        else:
            total = sum(times.values())
            cores[int(name[3:])] = CoreCount(total - times["idle"] - times.get("iowait", 0), total)
    return cpu, cores


def _interfaces(path: str) -> dict[str, InterfaceCount]:
    found = {}
    for line in read_text(path).splitlines()[2:]:
        name, _, rest = line.rpartition(":")
        n = [int(number) for number in rest.split()]
        found[name.strip()] = InterfaceCount(n[0], n[8], n[1], n[9], n[2] + n[10], n[3] + n[11])
    return found


def _disks(path: str, block: str) -> dict[str, DiskCount]:
    whole = {name.replace("!", "/") for name in os.listdir(block) if not name.startswith(_NO_DISKS)}
    found = {}
    for line in read_text(path).splitlines():
        parts = line.split()
        if parts[2] in whole:
            n = [int(number) for number in parts[3:13]]
            found[parts[2]] = DiskCount(n[2] * SECTOR_BYTES, n[6] * SECTOR_BYTES, n[0], n[4], n[9])
    return found


def _memory(path: str) -> Memory:
    lines = (line.split(":", 1) for line in read_text(path).splitlines())
    sizes = {name: int(rest.split()[0]) * 1024 for name, rest in lines}
    total, available = sizes["MemTotal"], sizes.get("MemAvailable", sizes["MemFree"])
    dirty = sizes["Dirty"] + sizes.get("Writeback", 0) if "Dirty" in sizes else None
    return Memory(total, available, total - available, dirty)


def _tcp_retransmits(path: str) -> int:
    names, values = (line.split() for line in read_text(path).splitlines() if line.startswith("Tcp:"))
    return int(values[names.index("RetransSegs")])


def _quota(proc: str, sys: str) -> Quota | None:
    for folder in cgroup_folders("cpu", proc, sys):
        text = _tolerant(read_text, f"{folder}/cpu.stat") or ""
        facts = dict(line.split(None, 1) for line in text.splitlines())
        if int(facts.get("nr_periods", 0)):  # a group without a quota counts none
            return Quota(int(facts["nr_periods"]), int(facts["nr_throttled"]))
    return None
