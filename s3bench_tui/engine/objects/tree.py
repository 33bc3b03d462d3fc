"""Keys in folders: spread over shards, or in the directories of a tree. Computed from the index, as all keys are.

Knows no stores: on a file system folders are directories, elsewhere they are parts of keys.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate

from s3bench_tui.engine.objects.keys import KeySpace

Folder = Callable[[int], str]
"""A folder by the index of an object or by its own number; ends in `/`."""


def shard_of(shards: int) -> Folder:
    """Of `shards` folders the one of an index: `00/`, `01/` and so on in hexadecimal, round and round."""
    return lambda index: f"{index % shards:02x}/"


class Tree:
    """Directories of `width` children each, `depth` levels deep, numbered level by level; and the files in them.

    `mask` makes a directory's name from its level and its number within its parent, both from 1 on. Files stand at the
    bottom or, with `everywhere`, in each directory; they are numbered through all directories in the order of these.
    """

    __slots__ = ("_first", "_first_with_files", "_mask", "_per_folder", "_width", "count", "files")

    def __init__(self, width: int, depth: int, files_per_dir: int, everywhere: bool, mask: str) -> None:
        self._width = width
        self._mask = mask
        self._per_folder = files_per_dir
        self._first = [0, *accumulate(width**level for level in range(1, depth + 1))]
        """Number of the first directory of each level, and of one level more."""
        self.count = self._first[-1]
        """How many directories there are."""
        self._first_with_files = 0 if everywhere else self._first[depth - 1]
        self.files = (self.count - self._first_with_files) * files_per_dir

    def folder(self, number: int) -> str:
        """Path of a directory below the tree's top; ends in `/`."""
        level = bisect(self._first, number)
        rest = number - self._first[level - 1]
        parts = []
        for above in range(level, 0, -1):
            rest, child = divmod(rest, self._width)
            parts.append(self._mask % (above, child + 1))
        return "/".join(reversed(parts)) + "/"

    def folder_of(self, index: int) -> str:
        """The directory that a file lies in."""
        return self.folder(self._first_with_files + index // self._per_folder)


class PlacedKeys:
    """The names of a key space, each in the folder of its index, behind a literal prefix. See keys.Keys."""

    __slots__ = ("_folder", "_names", "_prefix", "_slashes", "count", "size")

    def __init__(self, prefix: str, folder: Folder, names: KeySpace) -> None:
        self._prefix = prefix
        self._folder = folder
        self._names = names
        self._slashes = names.key(0).count("/")
        self.count = names.count
        self.size = names.size

    def key(self, index: int) -> str:
        return f"{self._prefix}{self._folder(index)}{self._names.key(index)}"

    def index_of(self, key: str) -> int | None:
        if not key.startswith(self._prefix):
            return None
        parts = key[len(self._prefix) :].rsplit("/", self._slashes + 1)
        index = self._names.index_of("/".join(parts[1:]))
        return index if index is not None and self.key(index) == key else None


class Folders:
    """All folders that the keys of a data set lie in, by number: those of its prefix, each before the ones in it, then
    its shards or the directories of its tree."""

    __slots__ = ("_inner", "_outer", "_prefix", "count")

    def __init__(self, prefix: str, inner: Folder | None = None, inner_count: int = 0) -> None:
        parts = prefix.split("/")[:-1]
        self._outer = ["/".join(parts[: length + 1]) + "/" for length in range(len(parts))]
        self._prefix = prefix
        self._inner = inner
        self.count = len(self._outer) + inner_count

    def folder(self, number: int) -> str:
        """A path below the root of the target; ends in `/`."""
        if number < len(self._outer):
            return self._outer[number]
        assert self._inner is not None
        return self._prefix + self._inner(number - len(self._outer))
