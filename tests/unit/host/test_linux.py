"""The readers of /proc and /sys, against written files with known content and against psutil on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from s3bench_tui.host import linux
from s3bench_tui.host.counters import CoreCount, Counters, DiskCount, InterfaceCount, Memory, Quota

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

FILES = {
    "proc/stat": """\
cpu  1000 20 300 5000 400 5 60 7 900 10
cpu0 600 10 200 2000 300 5 40 5 500 10
cpu2 400 10 100 3000 100 0 20 2 400 0
intr 1 2 3
ctxt 77
""",
    "proc/net/dev": """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 111 11 0 0 0 0 0 0 111 11 0 0 0 0 0 0
eth0:1: 5000 50 1 2 0 0 0 0 7000 70 3 4 0 0 0 0
""",
    "proc/diskstats": """\
   7       0 loop0 9 9 9 9 9 9 9 9 9 9 9
   1       0 ram0 9 9 9 9 9 9 9 9 9 9 9
 259       0 nvme0n1 100 1 2000 30 40 2 600 70 0 880 900 0 0 0 0 5 6
 259       1 nvme0n1p1 99 1 1990 30 40 2 600 70 0 880 900
   8       0 sda 1 0 2 3 4 0 6 7 0 8 9
 104       0 cciss/c0d0 10 0 20 0 1 0 2 0 0 5 5
""",
    "proc/meminfo": """\
MemTotal:       16000 kB
MemFree:         2000 kB
MemAvailable:    9000 kB
HugePages_Total:       0
Dirty:            300 kB
Writeback:         12 kB
""",
    "proc/net/snmp": """\
Ip: Forwarding DefaultTTL
Ip: 1 64
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn RetransSegs InErrs
Tcp: 1 200 120000 -1 4242 3
Udp: InDatagrams
Udp: 5
""",
    "proc/self/cgroup": "0::/kube/pod7\n",
    "sys/fs/cgroup/kube/pod7/cpu.stat": "usage_usec 5\nnr_periods 0\nnr_throttled 0\n",
    "sys/fs/cgroup/kube/cpu.stat": "usage_usec 9\nnr_periods 200\nnr_throttled 50\nthrottled_usec 1\n",
}
DISKS = ("loop0", "ram0", "nvme0n1", "sda", "cciss!c0d0")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for disk in DISKS:
        (tmp_path / "sys/block" / disk).mkdir(parents=True)
    return tmp_path


def read(machine: Path) -> Counters:
    return linux.read_counters(f"{machine}/proc", f"{machine}/sys")


def test_written_counters_are_read_as_they_stand(machine: Path) -> None:
    counters = read(machine)
    assert counters.cpu == {
        "user": 1000, "nice": 20, "system": 300, "idle": 5000, "iowait": 400, "irq": 5, "softirq": 60, "steal": 7,
    }  # fmt: skip
    # Guests (the last two columns) are part of user and nice; waiting for a disk is not busy.
    assert counters.cores == {0: CoreCount(860, 3160), 2: CoreCount(532, 3632)}
    assert counters.interfaces == {
        "lo": InterfaceCount(111, 111, 11, 11, 0, 0),
        "eth0:1": InterfaceCount(5000, 7000, 50, 70, 1 + 3, 2 + 4),
    }
    assert counters.memory == Memory(16000 * 1024, 9000 * 1024, 7000 * 1024, 312 * 1024)
    assert counters.tcp_retransmits == 4242


def test_disks_are_whole_devices_without_loop_and_ram(machine: Path) -> None:
    assert read(machine).disks == {
        "nvme0n1": DiskCount(2000 * 512, 600 * 512, 100, 40, 880),
        "sda": DiskCount(2 * 512, 6 * 512, 1, 4, 8),
        "cciss/c0d0": DiskCount(20 * 512, 2 * 512, 10, 1, 5),
    }


def test_quota_is_that_of_the_nearest_group_that_has_one(machine: Path) -> None:
    assert read(machine).quota == Quota(200, 50)
    (machine / "sys/fs/cgroup/kube/pod7/cpu.stat").write_text("nr_periods 10\nnr_throttled 1\n")
    assert read(machine).quota == Quota(10, 1)


def test_quota_of_cgroup_version_1_in_a_container(machine: Path) -> None:
    (machine / "proc/self/cgroup").write_text("5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n")
    folder = machine / "sys/fs/cgroup/cpu,cpuacct"
    folder.mkdir()
    (folder / "cpu.stat").write_text("nr_periods 40\nnr_throttled 8\nthrottled_time 1\n")
    assert read(machine).quota == Quota(40, 8)


@pytest.mark.parametrize(
    ("file", "attribute"),
    [
        ("proc/stat", "cpu"), ("proc/stat", "cores"), ("proc/net/dev", "interfaces"), ("proc/diskstats", "disks"),
        ("proc/meminfo", "memory"), ("proc/net/snmp", "tcp_retransmits"), ("proc/self/cgroup", "quota"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("content", [None, "", "garbage\nof some: kind\nand more cpu\n"])
def test_a_missing_or_odd_file_costs_only_what_stands_in_it(
    machine: Path, file: str, attribute: str, content: str | None
) -> None:
    if content is None:
        (machine / file).unlink()
    else:
        (machine / file).write_text(content)
    counters = read(machine)
    assert not getattr(counters, attribute)
    others = {"cpu", "interfaces", "disks", "memory", "tcp_retransmits", "quota"} - {attribute}
    if file == "proc/stat":
        others -= {"cpu"}
    assert all(getattr(counters, other) for other in others)


def test_without_sys_there_are_no_disks(machine: Path) -> None:
    for disk in DISKS:
        (machine / "sys/block" / disk).rmdir()
    (machine / "sys/block").rmdir()
    assert read(machine).disks == {}


def write_process(proc: Path, threads: int) -> None:
    folder = proc / "42"
    for task in range(threads):
        (folder / "task" / str(42 + task)).mkdir(parents=True)
        (folder / "task" / str(42 + task) / "schedstat").write_text(f"99 {(task + 1) * 10**9} 7\n")
    (folder / "schedstat").write_text("99 1000000000 7\n")
    (folder / "statm").write_text("5000 900 250 5 0 400 0\n")
    head = "42 (a (bad) name) S 1 1 1 0 -1 4194560 10 0 0 0"
    (folder / "stat").write_text(f"{head} 120 30 0 0 20 0 {threads} 0 12345 9 9\n")


def test_process_with_an_odd_name(machine: Path) -> None:
    write_process(machine / "proc", threads=1)
    usage = linux.process_usage(42, f"{machine}/proc")
    assert usage is not None
    assert usage.cpu_s == pytest.approx(150 * TICK_S)
    assert usage.run_delay_s == 1.0
    assert usage.rss_bytes == (900 - 250) * PAGE


def test_run_delay_counts_every_thread(machine: Path) -> None:
    write_process(machine / "proc", threads=3)
    usage = linux.process_usage(42, f"{machine}/proc")
    assert usage is not None
    assert usage.run_delay_s == 1.0 + 2.0 + 3.0


def test_no_such_process(machine: Path) -> None:
    assert linux.process_usage(43, f"{machine}/proc") is None
    assert linux.open_files(43, f"{machine}/proc") is None


def test_counters_of_this_machine_are_those_of_psutil() -> None:
    ours, times = linux.read_counters(), psutil.cpu_times(percpu=True)
    assert len(ours.cores) == len(times)
    theirs_idle = sum(core.idle for core in times) / TICK_S
    assert ours.cpu["idle"] == pytest.approx(theirs_idle, rel=0.01)
    assert ours.interfaces.keys() == psutil.net_io_counters(pernic=True).keys()
    assert ours.memory is not None
    assert ours.memory.total_bytes == psutil.virtual_memory().total


def test_open_files_are_those_that_were_opened(tmp_path: Path) -> None:
    before = linux.open_files(os.getpid())
    files = [(tmp_path / str(n)).open("w") for n in range(20)]
    after = linux.open_files(os.getpid())
    for file in files:
        file.close()
    assert before is not None
    assert after == before + 20


def test_a_process_that_always_wants_a_core_either_runs_or_is_delayed() -> None:
    """Two busy processes on one core: the CPU time and the run delay of each add up to the wall time.

    But for a wait that lasts at the moment of a reading, which the kernel only counts when it ends.
    """
    core = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, [{core}]); print('go', flush=True)\nwhile True: pass"
    busy = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for process in busy:
            assert process.stdout is not None
            assert process.stdout.readline() == b"go\n"
        outer_s = time.monotonic()
        start = [linux.process_usage(process.pid) for process in busy]
        inner_s = time.monotonic()
        time.sleep(0.8)
        inner_s = time.monotonic() - inner_s
        end = [linux.process_usage(process.pid) for process in busy]
        outer_s = time.monotonic() - outer_s
    finally:
        for process in busy:
            process.kill()
            process.communicate()
    for before, after in zip(start, end, strict=True):
        assert before is not None
        assert after is not None
        accounted_s = after.cpu_s - before.cpu_s + after.run_delay_s - before.run_delay_s
        assert inner_s - 0.2 <= accounted_s <= outer_s + 0.2
    assert linux.process_usage(busy[0].pid) is None
