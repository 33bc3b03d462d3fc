"""Directories below a root, many of them: which are missing, made, and taken away again. Never timed.

Paths are relative to the root and end in `/`. Knows nothing of what lies in them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from typing import TypeVar

from s3bench_tui.errors import TargetError

_THREADS = 8
"""At a time: a file server answers many as fast as one."""
_CHUNK = 64
"""Of one thread in one go."""
_BATCH = 64
"""Chunks that wait at a time."""
T = TypeVar("T")


def absent(root: str, folders: Iterable[str]) -> Iterator[bool]:
    """For each folder, whether nothing has its name."""
    return _each(lambda folder: not os.path.lexists(f"{root}/{folder[:-1]}"), folders)


def make_folders(root: str, folders: Iterable[str]) -> int:
    """Make them, each before those that lie in it; one that is there is left as it is. How many there are now."""
    return sum(1 for _ in _each(lambda folder: _make(f"{root}/{folder}"), folders))


def _make(path: str) -> None:
    try:
        with suppress(FileExistsError):
            try:
                os.mkdir(path)
            except FileNotFoundError:  # its parent is being made by another thread, or is not among them
                os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise TargetError(f"{path}: {error.strerror}") from None


def remove_folders(root: str, folders: Iterable[str]) -> int:
    """Remove those that are empty, in the order in which they come; how many are gone."""
    gone = 0
    for folder in folders:
        with suppress(OSError):  # it holds something that is not ours, or is gone already
            os.rmdir(f"{root}/{folder}")
            gone += 1
    return gone


def _each(do: Callable[[str], T], folders: Iterable[str]) -> Iterator[T]:
    waiting = iter(folders)
    chunks = iter(lambda: list(islice(waiting, _CHUNK)), [])
    with ThreadPoolExecutor(_THREADS) as pool:
        while batch := list(islice(chunks, _BATCH)):
            for done in pool.map(lambda chunk: [do(folder) for folder in chunk], batch):
                yield from done
