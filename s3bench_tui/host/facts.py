"""What the machine is: facts for the report that hold for the whole run.

Knows nothing of workloads. Tells no secrets: neither environment variables nor command lines.
"""

from __future__ import annotations

import os
import platform
import resource
import ssl
import sys
import time
from collections.abc import Iterable
from importlib import metadata
from typing import Any

import psutil

from s3bench_tui.host.linux import cgroup_folders, read_text

PACKAGES = ("boto3", "botocore", "azure-storage-blob", "cryptography", "hdrhistogram", "psutil", "pydantic", "pyyaml", "textual")  # fmt: skip

TCP_SETTINGS = (
    "net/core/rmem_max", "net/core/wmem_max", "net/core/somaxconn", "net/core/netdev_max_backlog",
    "net/ipv4/tcp_rmem", "net/ipv4/tcp_wmem", "net/ipv4/tcp_congestion_control", "net/ipv4/ip_local_port_range",
    "net/ipv4/tcp_tw_reuse", "net/ipv4/tcp_slow_start_after_idle", "net/ipv4/tcp_fin_timeout",
)  # fmt: skip


def host_facts(proc: str = "/proc", sys_root: str = "/sys") -> dict[str, Any]:
    """The machine, the system and the Python that run the load; what is not known is None."""
    return {
        "hostname": platform.node(),
        "os": _os_name(),
        "kernel": platform.release(),
        "arch": platform.machine(),
        "cpu": {
            "model": _cpu_model(proc),
            "cores_logical": os.cpu_count(),
            "cores_physical": psutil.cpu_count(logical=False),
            "cores_usable": usable_cores(proc, sys_root),
            "governor": _text(f"{sys_root}/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        },
        "memory_bytes": psutil.virtual_memory().total,
        "memory_limit_bytes": _memory_limit(proc, sys_root),
        "container": _container(proc),
        "virtual_machine": _virtual_machine(proc, sys_root),
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "openssl": ssl.OPENSSL_VERSION,
        },
        "packages": _versions(PACKAGES),
        "clock": {
            "source": _text(f"{sys_root}/devices/system/clocksource/clocksource0/current_clocksource"),
            "monotonic_resolution_ns": round(time.get_clock_info("monotonic").resolution * 1e9),
        },
        "open_files_limit": _open_files_limit(),
        "interfaces": _interfaces(),
        "tcp": {name.rpartition("/")[2]: _text(f"{proc}/sys/{name}") for name in TCP_SETTINGS},
    }


def usable_cores(proc: str = "/proc", sys_root: str = "/sys") -> float:
    """Cores that this process may use: its affinity, cut by the CPU quota of its container (which may be a fraction)."""
    if sys.platform == "linux":
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    return min([float(allowed), *_quotas(proc, sys_root)])


def interface_speeds() -> dict[str, int]:
    """Line rate in bits/s, each way, of the interfaces that are up and tell it (virtual ones do not)."""
    return {
        name: stats.speed * 1_000_000 for name, stats in psutil.net_if_stats().items() if stats.isup and stats.speed > 0
    }


def filesystem_facts(path: str, proc: str = "/proc") -> dict[str, Any]:
    """The file system that holds `path`, or will hold it: for a path that does not exist its nearest parent counts."""
    place = os.path.realpath(path)
    while not os.path.exists(place):
        place = os.path.dirname(place)
    status = os.statvfs(place)
    mount_point, kind, device, options = _mount(place, proc)
    return {
        "path": path,
        "mount_point": mount_point,
        "type": kind,
        "device": device,
        "options": options,
        "size_bytes": status.f_blocks * status.f_frsize,
        "free_bytes": status.f_bavail * status.f_frsize,
        "block_bytes": status.f_bsize,
    }


def _text(path: str) -> str | None:
    try:
        return " ".join(read_text(path).split()) or None
    except OSError:
        return None


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        return f"macOS {platform.mac_ver()[0]}" if sys.platform == "darwin" else platform.system()


def _cpuinfo(proc: str) -> dict[str, str]:
    """Of the first core; empty where there is none."""
    try:
        first = read_text(f"{proc}/cpuinfo").partition("\n\n")[0]
    except OSError:
        return {}
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first.splitlines())}


def _cpu_model(proc: str) -> str | None:
    info = _cpuinfo(proc)
    return info.get("model name") or info.get("Model") or platform.processor() or None


def _cgroup_numbers(controller: str, names: Iterable[str], proc: str, sys_root: str) -> list[list[str]]:
    """The words in these files of every group that this process is in."""
    try:
        folders = cgroup_folders(controller, proc, sys_root)
    except (OSError, ValueError):
        return []
    texts = ([_text(f"{folder}/{name}") or "" for name in names] for folder in folders)
    return [" ".join(parts).split() for parts in texts]


def _quotas(proc: str, sys_root: str) -> list[float]:
    words = _cgroup_numbers("cpu", ["cpu.max"], proc, sys_root)
    words += _cgroup_numbers("cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"], proc, sys_root)
    pairs = [(int(pair[0]), int(pair[1])) for pair in words if len(pair) == 2 and pair[0] not in ("max", "-1")]
    return [quota_us / period_us for quota_us, period_us in pairs]


def _memory_limit(proc: str, sys_root: str) -> int | None:
    """The least limit of the control groups; None where none is set."""
    words = _cgroup_numbers("memory", ["memory.max"], proc, sys_root)
    words += _cgroup_numbers("memory", ["memory.limit_in_bytes"], proc, sys_root)
    limits = [int(word[0]) for word in words if word and word[0] != "max"]
    # Version 1 writes "no limit" as a number near 2^63.
    return min((limit for limit in limits if limit < 1 << 60), default=None)


def _container(proc: str) -> str | None:
    """What kind of container this runs in, as far as it shows."""
    for mark, name in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if os.path.exists(mark):
            return name
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        return "kubernetes"
    groups = _text(f"{proc}/1/cgroup") or ""
    return next((name for name in ("kubepods", "docker", "lxc", "libpod") if name in groups), None)


def _virtual_machine(proc: str, sys_root: str) -> str | None:
    """Product of the virtual machine, `yes` where it does not tell; None on bare metal and where unknown."""
    if "hypervisor" not in _cpuinfo(proc).get("flags", "").split():
        return None
    words = [_text(f"{sys_root}/class/dmi/id/{name}") for name in ("sys_vendor", "product_name")]
    return " ".join(word for word in words if word) or "yes"


def _versions(names: Iterable[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _open_files_limit() -> dict[str, int | None]:
    """Soft and hard limit of each process; None: no limit."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = (None if limit == resource.RLIM_INFINITY else limit for limit in limits)
    return {"soft": soft, "hard": hard}


def _interfaces() -> dict[str, dict[str, int | None]]:
    speeds = interface_speeds()
    up = {name: stats for name, stats in psutil.net_if_stats().items() if stats.isup}
    return {name: {"speed_bits_per_s": speeds.get(name), "mtu_bytes": stats.mtu} for name, stats in up.items()}


def _mount(place: str, proc: str) -> tuple[str | None, str | None, str | None, list[str]]:
    """Mount point, type, device and options of the mount that holds `place`."""
    best: tuple[str | None, str | None, str | None, list[str]] = (None, None, None, [])
    for mount in _mounts(proc):
        inside = place == mount[0] or place.startswith(mount[0].rstrip("/") + "/")
        # Of two mounts on one point the later one lies on top.
        if inside and len(mount[0]) >= len(best[0] or ""):
            best = mount
    return best


def _mounts(proc: str) -> Iterable[tuple[str, str, str, list[str]]]:
    try:
        lines = read_text(f"{proc}/self/mountinfo").splitlines()
    except OSError:
        for part in psutil.disk_partitions(all=True):
            yield part.mountpoint, part.fstype, part.device, part.opts.split(",")
        return
    for line in lines:
        mount, _, source = line.partition(" - ")
        fields = [_unescaped(word) for word in mount.split(" ")]
        kind, device, superblock = (_unescaped(word) for word in source.split(" ", 2))
        yield fields[4], kind, device, list(dict.fromkeys([*fields[5].split(","), *superblock.split(",")]))


def _unescaped(word: str) -> str:
    """The kernel writes blanks, tabs, line ends and backslashes of names as three octal digits."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        word = word.replace(code, character)
    return word
