"""A directory tree seen as an object store does: keys are relative paths, and a prefix is the start of a key."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from s3bench_tui.stores.base import OWN, ObjectInfo

OWN_NAME = OWN.removesuffix("/")
"""No listing goes into a directory of this name."""


def is_safe(key: str) -> bool:
    """Whether the key is a path that stays below the root."""
    return bool(key) and not key.startswith("/") and (".." not in key or ".." not in key.split("/"))


def checked_prefix(prefix: str) -> str:
    """The prefix again; ValueError where it leaves the root."""
    if prefix.startswith("/") or ".." in prefix.split("/"):
        raise ValueError("a prefix is a path below the root, without `..`")
    return prefix


def files_below(root: int, prefix: str) -> Iterator[list[str]]:
    """Keys of the files that start with `prefix`, a list for each directory read; ValueError where it leaves the root.

    `root` is an open directory. Symbolic links to files count as files, those to directories are not followed."""
    waiting = [checked_prefix(prefix).rpartition("/")[0]]
    while waiting:
        folder = waiting.pop()
        try:
            fd = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=root)
        except (FileNotFoundError, NotADirectoryError):
            continue  # nothing starts with this, or it vanished meanwhile
        files = []
        try:
            with os.scandir(fd) as entries:
                for entry in entries:
                    key = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name == OWN_NAME:
                            continue
                        path = f"{key}/"
                        if path.startswith(prefix) or prefix.startswith(path):
                            waiting.append(key)
                    elif key.startswith(prefix):
                        files.append(key)
        finally:
            os.close(fd)
        yield files


def infos_below(root: int, prefix: str) -> Iterator[ObjectInfo]:
    """The same with sizes; what vanishes meanwhile is left out."""
    for files in files_below(root, prefix):
        for key in files:
            try:
                yield ObjectInfo(key, os.stat(key, dir_fd=root).st_size)
            except FileNotFoundError:
                continue


def unlink_all(root: int, keys: Sequence[str]) -> tuple[int, OSError | None]:
    """Remove these files one by one: how many are gone, and the last failure."""
    gone, failed = 0, None
    for key in keys:
        try:
            os.unlink(key, dir_fd=root)
            gone += 1
        except OSError as error:
            failed = error
    return gone, failed
