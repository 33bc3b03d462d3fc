"""Facts of the machine, against what the system's own commands and other libraries say."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from s3bench_tui.host import facts


def test_facts_are_json_and_hold_what_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up-secret")
    found = facts.host_facts()
    text = json.dumps(found)
    assert "made-up-secret" not in text
    assert found["kernel"] == subprocess.run(["uname", "-r"], capture_output=True, text=True, check=True).stdout.strip()
    assert found["cpu"]["cores_logical"] == psutil.cpu_count()
    assert found["memory_bytes"] == psutil.virtual_memory().total
    assert found["python"]["version"] == platform.python_version()
    assert found["packages"]["psutil"] == psutil.__version__
    assert 0 < found["cpu"]["cores_usable"] <= found["cpu"]["cores_logical"]
    assert found["interfaces"]


def test_a_package_that_is_not_there_is_none() -> None:
    assert facts._versions(["psutil", "no-such-package-here"]) == {
        "psutil": psutil.__version__,
        "no-such-package-here": None,
    }


def write(root: Path, files: dict[str, str]) -> tuple[str, str]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return f"{root}/proc", f"{root}/sys"


@pytest.mark.parametrize(
    ("files", "cores", "memory"),
    [
        ({"proc/self/cgroup": "0::/\n"}, 64.0, None),
        ({}, 64.0, None),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "150000 100000\n"}, 1.5, None),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n", "sys/fs/cgroup/a/cpu.max": "400000 100000\n"}, 4.0, None),
        ({"proc/self/cgroup": "0::/x\n", "sys/fs/cgroup/cpu.max": "50000 100000\n", "sys/fs/cgroup/memory.max": "1000\n"}, 0.5, 1000),
        ({"proc/self/cgroup": "0::/x\n", "sys/fs/cgroup/x/memory.max": "max\n", "sys/fs/cgroup/memory.max": "7\n"}, 64.0, 7),
        ({"proc/self/cgroup": "3:cpu,cpuacct:/d\n2:memory:/d\n", "sys/fs/cgroup/cpu,cpuacct/d/cpu.cfs_quota_us": "200000\n",
          "sys/fs/cgroup/cpu,cpuacct/d/cpu.cfs_period_us": "100000\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 2.0, None),
        ({"proc/self/cgroup": "3:cpu,cpuacct:/d\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 64.0, None),
    ],
)  # fmt: skip
def test_quotas_of_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], cores: float, memory: int | None
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    proc, sys_root = write(tmp_path, files)
    assert facts.usable_cores(proc, sys_root) == cores
    assert facts._memory_limit(proc, sys_root) == memory


@pytest.mark.skipif(sys.platform != "linux", reason="affinity")
def test_usable_cores_follow_the_affinity() -> None:
    code = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\nfrom s3bench_tui.host.facts import usable_cores\nprint(usable_cores('/nowhere', '/nowhere'))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"1.0\n"


MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,discard
2 1 8:2 / {data} rw,noatime - ext3 /dev/old rw
3 1 8:3 / {data} rw,noatime shared:2 master:1 - xfs /dev/nvme0n1 rw,attr2
4 1 0:9 / {data}/with\040blank rw - nfs4 host:/a\040b rw,vers=4.2
"""


def test_the_innermost_and_topmost_mount_counts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "with blank").mkdir(parents=True)
    (tmp_path / "data-beside").mkdir()
    proc, _ = write(tmp_path, {"proc/self/mountinfo": MOUNTS.replace("{data}", str(data))})

    def kind(path: Path) -> tuple[str, str, list[str]]:
        found = facts.filesystem_facts(str(path), proc)
        return found["type"], found["device"], found["options"]

    assert kind(data / "not/yet/there") == ("xfs", "/dev/nvme0n1", ["rw", "noatime", "attr2"])
    assert kind(data / "with blank") == ("nfs4", "host:/a b", ["rw", "vers=4.2"])
    assert kind(tmp_path / "data-beside") == ("ext4", "/dev/sda1", ["rw", "relatime", "discard"])


@pytest.mark.skipif(not shutil.which("stat") or sys.platform != "linux", reason="needs GNU stat")
def test_file_system_is_what_stat_says(tmp_path: Path) -> None:
    found = facts.filesystem_facts(str(tmp_path))
    words = subprocess.run(["stat", "-f", "-c", "%s %S %b", tmp_path], capture_output=True, text=True, check=True)
    block, fragment, blocks = (int(word) for word in words.stdout.split())
    assert found["block_bytes"] == block
    assert found["size_bytes"] == blocks * fragment
    mount = subprocess.run(["stat", "-c", "%m", tmp_path], capture_output=True, text=True, check=True).stdout.strip()
    assert found["mount_point"] == mount


def test_line_rates_are_bits_of_interfaces_that_are_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def stats(up: bool, speed: int) -> SimpleNamespace:
        return SimpleNamespace(isup=up, speed=speed)

    monkeypatch.setattr(
        psutil, "net_if_stats", lambda: {"a": stats(True, 10_000), "b": stats(False, 1000), "lo": stats(True, 0)}
    )
    assert facts.interface_speeds() == {"a": 10_000_000_000}
