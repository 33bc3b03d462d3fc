"""The reader for other systems: what it tells through psutil agrees with what the kernel's own files say."""

from __future__ import annotations

import os
import sys
from collections import namedtuple

import psutil
import pytest

from s3bench_tui.host import linux, portable
from s3bench_tui.host.counters import DiskCount


@pytest.mark.skipif(sys.platform != "linux", reason="compares with /proc")
def test_both_readers_see_the_same_machine() -> None:
    kernel, library = linux.read_counters(), portable.read_counters()
    assert library.cpu.keys() == kernel.cpu.keys()
    assert library.cores.keys() == kernel.cores.keys()
    ticks = os.sysconf("SC_CLK_TCK")
    for number, core in library.cores.items():
        assert core.total * ticks == pytest.approx(kernel.cores[number].total, rel=0.01)
    assert library.interfaces.keys() == kernel.interfaces.keys()
    assert kernel.disks.keys() <= library.disks.keys()
    assert library.memory is not None
    assert kernel.memory is not None
    assert library.memory.total_bytes == kernel.memory.total_bytes


def test_own_process() -> None:
    usage = portable.process_usage(os.getpid())
    assert usage is not None
    assert usage.cpu_s > 0
    assert usage.rss_bytes > 1 << 20
    assert (portable.open_files(os.getpid()) or 0) >= 3


def test_no_such_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(pid: int) -> psutil.Process:
        raise psutil.NoSuchProcess(pid)

    monkeypatch.setattr(psutil, "Process", gone)
    assert portable.process_usage(7) is None
    assert portable.open_files(7) is None


MacDisk = namedtuple("MacDisk", "read_count write_count read_bytes write_bytes read_time write_time")


def test_a_system_that_keeps_no_disk_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk: {"disk0": MacDisk(1, 2, 3, 4, 5, 6)})
    assert portable.read_counters().disks == {"disk0": DiskCount(3, 4, 1, 2, None)}


@pytest.mark.parametrize("answer", [None, {}])
def test_a_system_that_keeps_no_disk_counters(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk: answer)
    assert portable.read_counters().disks == {}


MacTimes = namedtuple("MacTimes", "user nice system idle")


def test_a_system_that_keeps_few_cpu_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [MacTimes(10, 0, 20, 70), MacTimes(1, 0, 2, 97)])
    counters = portable.read_counters()
    assert counters.cpu == {"user": 11, "nice": 0, "system": 22, "idle": 167}
    assert counters.cores[0] == (30, 100)
