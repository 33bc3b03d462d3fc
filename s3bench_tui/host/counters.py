"""What a system has counted so far: plain numbers that only grow, for `sample` to make rates of.

Knows neither where the numbers come from (`linux`, `portable`) nor what is made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

CPU_MODES = ("user", "nice", "system", "iowait", "irq", "softirq", "steal", "idle")


class CoreCount(NamedTuple):
    """Time of one core, in any unit that all cores share. Waiting for a disk is not busy."""

    busy: float
    total: float


class InterfaceCount(NamedTuple):
    rx_bytes: int
    tx_bytes: int
    rx_packets: int
    tx_packets: int
    errors: int
    drops: int


class DiskCount(NamedTuple):
    read_bytes: int
    write_bytes: int
    reads: int
    writes: int
    busy_ms: int | None
    """Time with at least one request open; None where the system does not keep it."""


class Quota(NamedTuple):
    """Scheduler periods of a CPU quota, and in how many of them the quota ran out."""

    periods: int
    throttled: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Of the whole machine, at one instant."""

    total_bytes: int = 0
    available_bytes: int = 0
    """What programs can still get without swapping."""
    used_bytes: int = 0
    """Total less available."""
    dirty_bytes: int | None = None
    """Written by programs, and not yet on disk; None where the system does not tell."""


@dataclass(frozen=True, slots=True)
class Counters:
    """One reading. What the system does not tell is empty or None."""

    cpu: Mapping[str, float] = field(default_factory=dict)
    """Time of all cores by mode; a mode that the system does not keep is missing."""
    cores: Mapping[int, CoreCount] = field(default_factory=dict)
    interfaces: Mapping[str, InterfaceCount] = field(default_factory=dict)
    disks: Mapping[str, DiskCount] = field(default_factory=dict)
    """Whole devices."""
    memory: Memory | None = None
    tcp_retransmits: int | None = None
    quota: Quota | None = None


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """What one process has used in its life so far."""

    cpu_s: float
    """User and system time of all its threads."""
    run_delay_s: float
    """How long its living threads were ready to run while the machine had no core for them; 0 where unknown."""
    rss_bytes: int
    """Memory of its own. On Linux without file and shared pages, so that code and the statistics blocks, which all
    workers map, are not counted once for each; elsewhere the whole resident set."""
