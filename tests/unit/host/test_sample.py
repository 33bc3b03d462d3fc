"""Rates: from counters with known growth, and on this machine from work whose size is known."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from s3bench_tui.host.counters import CoreCount, Counters, DiskCount, InterfaceCount, Memory, Quota
from s3bench_tui.host.sample import (
    CpuShare,
    DiskRate,
    HostSample,
    HostSampler,
    InterfaceRate,
    OwnProcesses,
    process_usage,
)

MEMORY = Memory(1000, 600, 400, 30)
FIRST = Counters(
    cpu={"user": 100, "nice": 0, "system": 50, "iowait": 40, "irq": 0, "softirq": 10, "steal": 0, "idle": 800},
    cores={0: CoreCount(100, 500), 1: CoreCount(60, 500)},
    interfaces={"eth0": InterfaceCount(1000, 2000, 10, 20, 0, 1), "idle0": InterfaceCount(0, 0, 0, 0, 0, 0)},
    disks={"sda": DiskCount(4096, 8192, 1, 2, 100), "gone": DiskCount(1, 1, 1, 1, 1)},
    memory=MEMORY,
    tcp_retransmits=5,
    quota=Quota(100, 10),
)
SECOND = Counters(
    cpu={"user": 220, "nice": 0, "system": 90, "iowait": 50, "irq": 0, "softirq": 40, "steal": 0, "idle": 1000},
    cores={0: CoreCount(250, 700), 1: CoreCount(100, 700)},
    interfaces={
        "eth0": InterfaceCount(5000, 4000, 30, 26, 2, 5),
        "idle0": InterfaceCount(0, 0, 0, 0, 0, 0),
        "new0": InterfaceCount(9, 9, 9, 9, 9, 9),
    },
    disks={"sda": DiskCount(4096 + 40960, 8192, 11, 2, 1600), "new": DiskCount(1, 1, 1, 1, 1)},
    memory=MEMORY,
    tcp_retransmits=8,
    quota=Quota(120, 15),
)


def sampler(*readings: Counters, every_s: float = 2.0) -> HostSampler:
    clock: Iterator[float] = iter(10.0 + every_s * n for n in range(len(readings)))
    source: Iterator[Counters] = iter(readings)
    return HostSampler(lambda: next(clock), lambda: (), lambda: next(source))


def second_of(*readings: Counters, every_s: float = 2.0) -> HostSample:
    made = sampler(*readings, every_s=every_s)
    made.sample()
    return made.sample()


def test_first_sample_has_no_rates() -> None:
    sample = sampler(FIRST).sample()
    assert (sample.at_s, sample.interval_s, sample.memory) == (10.0, 0.0, MEMORY)
    assert (sample.cpu, sample.cores_busy, sample.cpu_throttled, sample.tcp_retransmits_per_s) == (None, (), None, None)
    assert (sample.interfaces, sample.disks) == ({}, {})
    assert sample.own.cpu_cores is None


def test_rates_are_growth_over_the_interval() -> None:
    sample = second_of(FIRST, SECOND)
    assert (sample.at_s, sample.interval_s) == (12.0, 2.0)
    assert sample.cpu == CpuShare(user=0.3, nice=0, system=0.1, iowait=0.025, irq=0, softirq=0.075, steal=0, idle=0.5)
    assert sample.cpu.free == pytest.approx(0.525)
    assert sample.cores_busy == (0.75, 0.2)
    assert sample.cpu_throttled == 0.25
    assert sample.interfaces == {"eth0": InterfaceRate(2000, 1000, 10, 3, 1, 2)}
    assert sample.disks == {"sda": DiskRate(20480, 0, 5, 0, 0.75)}
    assert sample.tcp_retransmits_per_s == 1.5


def test_each_sample_starts_where_the_last_one_ended() -> None:
    made = sampler(FIRST, SECOND, SECOND)
    made.sample()
    made.sample()
    sample = made.sample()
    assert sample.interfaces["eth0"] == InterfaceRate(0, 0, 0, 0, 0, 0)
    assert sample.cpu is None  # no time has passed for the cores
    assert sample.cpu_throttled is None


def test_counters_that_start_anew_give_no_negative_rates() -> None:
    sample = second_of(SECOND, FIRST)
    assert sample.interfaces["eth0"] == InterfaceRate(0, 0, 0, 0, 0, 0)
    assert sample.disks["sda"] == DiskRate(0, 0, 0, 0, 0)
    assert sample.tcp_retransmits_per_s == 0
    assert all(0 <= share <= 1 for share in sample.cores_busy)


def test_iowait_that_runs_backwards_is_none_at_all() -> None:
    later = Counters(cpu={"user": 150, "system": 50, "iowait": 30, "idle": 850})
    sample = second_of(FIRST, later)
    assert sample.cpu == CpuShare(user=0.5, system=0, iowait=0, idle=0.5)


def test_utilisation_is_never_above_one_and_unknown_where_not_kept() -> None:
    def disk(busy_ms: int | None) -> Counters:
        return Counters(disks={"sda": DiskCount(1, 1, 1, 1, busy_ms)})

    assert second_of(disk(0), disk(2005)).disks["sda"].utilisation == 1.0
    assert second_of(disk(None), disk(None)).disks["sda"].utilisation is None


def test_a_system_that_tells_nothing() -> None:
    sample = second_of(Counters(), Counters())
    assert (sample.cpu, sample.memory, sample.tcp_retransmits_per_s, sample.cpu_throttled) == (None, None, None, None)
    assert (sample.cores_busy, sample.interfaces, sample.disks) == ((), {}, {})
    assert sample.interval_s == 2.0


def test_two_samples_at_one_instant_give_no_rates() -> None:
    assert second_of(FIRST, SECOND, every_s=0.0).interfaces == {}


@pytest.mark.parametrize(
    "make",
    [
        lambda: second_of(FIRST, SECOND),
        lambda: sampler(FIRST).sample(),
        lambda: HostSample(),
        lambda: HostSample(own=OwnProcesses(3, 1.5, 7, 8, 4, None), load_average=(0.1, 0.2, 0.3)),
        lambda: second_of(FIRST, SECOND, every_s=1 / 3),
    ],
)
def test_json_gives_back_an_equal_sample(make: Callable[[], HostSample]) -> None:
    sample = make()
    assert HostSample.from_json(json.loads(json.dumps(sample.to_json()))) == sample


def test_json_of_a_later_version_is_read() -> None:
    data = second_of(FIRST, SECOND).to_json()
    data["gpu"] = 1
    data["cpu"]["guest"] = 0.5
    data["disks"]["sda"]["colour"] = "red"
    assert HostSample.from_json(data) == second_of(FIRST, SECOND)


def test_processes_that_vanish_or_never_were() -> None:
    alive = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pids = [alive.pid, os.getpid()]
    made = HostSampler(time.monotonic, lambda: pids)
    assert made.sample().own.count == 2
    alive.communicate(b"\n")
    sample = made.sample()
    assert sample.own.count == 1
    assert sample.own.open_files >= sample.own.open_files_fullest > 0


def test_a_busy_process_shows_up() -> None:
    """Between what psutil says of a shorter and of a longer stretch, to a tick of 10 ms at either end."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    watched = psutil.Process(busy.pid)
    made = HostSampler(time.monotonic, lambda: [busy.pid])

    def used_s() -> float:
        return sum(watched.cpu_times()[:2])

    try:
        outer_s = used_s()
        made.sample()
        inner_s = used_s()
        time.sleep(0.6)
        inner_s = used_s() - inner_s
        sample = made.sample()
        outer_s = used_s() - outer_s
    finally:
        busy.kill()
        busy.wait()
    assert inner_s > 0.05
    assert sample.own.cpu_cores is not None
    assert inner_s - 0.02 <= sample.own.cpu_cores * sample.interval_s <= outer_s + 0.02
    assert sample.cpu is not None
    # All cores together did at least what this one process did.
    assert (1 - sample.cpu.free) * len(sample.cores_busy) * sample.interval_s >= inner_s - 0.1
    assert sum(sample.cores_busy) * sample.interval_s >= inner_s - 0.1


def test_cpu_used_before_the_first_sample_is_not_counted() -> None:
    made = HostSampler(time.monotonic, lambda: [os.getpid()])
    made.sample()
    time.sleep(0.05)
    own = made.sample().own
    assert own.cpu_cores is not None
    usage = process_usage(os.getpid())
    assert usage is not None
    assert own.cpu_cores * 0.05 < usage.cpu_s


@pytest.mark.skipif(sys.platform != "linux", reason="the name of the loopback interface")
def test_bytes_over_loopback_are_counted() -> None:
    made = HostSampler(time.monotonic, lambda: ())
    sender, receiver = (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    )
    with sender, receiver:
        receiver.bind(("127.0.0.1", 0))
        made.sample()
        for _ in range(100):
            sender.sendto(bytes(10_000), receiver.getsockname())
        time.sleep(0.05)
        sample = made.sample()
    assert sample.interfaces["lo"].tx_bytes_per_s * sample.interval_s >= 999_000
    assert sample.interfaces["lo"].tx_packets_per_s * sample.interval_s >= 99


def test_the_module_loads_no_library() -> None:
    """Every worker loads it with the engine's messages."""
    if sys.platform != "linux":
        pytest.skip("other systems read their counters through psutil")
    code = "import sys; import s3bench_tui.host.sample; print('psutil' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"
