"""Which file system a directory is on, as the kernel's mount table says it."""

from __future__ import annotations

import os
from dataclasses import dataclass

LOCAL = frozenset(
    ("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "bcachefs", "zfs", "tmpfs", "ramfs", "overlay", "vfat", "exfat")
)
"""File systems on which opening, renaming or unlinking a file asks no server. All others are taken to ask one."""
IN_MEMORY = frozenset({"tmpfs", "ramfs"})


@dataclass(frozen=True, slots=True)
class Mount:
    """`kind` is the file system's name in /proc/filesystems; `unknown` where there is no mount table."""

    kind: str
    point: str = "/"


def mount_of(path: str, table: str = "/proc/self/mountinfo") -> Mount:
    """The mount that `path`, or the part of it that exists, is on."""
    place = os.path.realpath(path)
    best = Mount("unknown", "")
    try:
        with open(table, encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                head, _, tail = line.partition(" - ")
                point = (
                    head.split(" ")[4].encode("utf-8", "surrogateescape").decode("unicode_escape")
                    if head.count(" ") >= 4
                    else ""
                )
                inside = place == point or place.startswith(point.rstrip("/") + "/")
                if inside and len(point) >= len(best.point):  # of two at one place, the later one lies on top
                    best = Mount(tail.split(" ")[0], point)
    except OSError:
        return best
    return best
