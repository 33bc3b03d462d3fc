"""Listings of a directory tree page by page, as object stores give them: each slot walks for itself, around and around.

Nothing is read ahead but the one name that tells whether there is another page. Knows no operations but their slots.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.files.tree import OWN_NAME, checked_prefix
from s3bench_tui.stores.options import LineOptions

Names = Generator[str, None, None]


def names_below(root: int, prefix: str, one_level: bool) -> Names:
    """Keys of the files that start with `prefix`, in no order; with `one_level` those whose rest has no `/`, and each
    directory there as one name that ends in `/`. `root` is an open directory."""
    waiting = [checked_prefix(prefix).rpartition("/")[0]]
    while waiting:
        folder = waiting.pop()
        try:
            fd = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=root)
        except (FileNotFoundError, NotADirectoryError):
            continue  # nothing starts with this, or it vanished meanwhile
        try:
            with os.scandir(fd) as entries:
                for entry in entries:
                    key = f"{folder}/{entry.name}" if folder else entry.name
                    if not entry.is_dir(follow_symlinks=False):
                        if key.startswith(prefix):
                            yield key
                    elif entry.name == OWN_NAME:
                        continue
                    elif one_level:
                        if key.startswith(prefix):
                            yield f"{key}/"
                    elif key.startswith(prefix) or prefix.startswith(f"{key}/"):
                        waiting.append(key)
        finally:
            os.close(fd)


class Walks:
    """Where each slot is, by line of the mix. Slots may be used from threads of their own."""

    def __init__(self, root: int, lines: Sequence[LineOptions]) -> None:
        self._root = root
        self._lines = lines
        self._open: dict[tuple[int, int], tuple[Names, str]] = {}

    def takes(self, op: Operation) -> bool:
        """Whether this LIST has options, and is not all keys below its prefix."""
        return bool(self._lines) and bool(self._lines[op.entry].max_keys or self._lines[op.entry].delimiter)

    def page(self, op: Operation) -> int:
        """How many names the operation's page has; OSError and ValueError as the system refuses."""
        options = self._lines[op.entry]
        if not options.max_keys:
            return sum(1 for _ in names_below(self._root, op.key, True))
        at = op.entry, op.slot
        names, name = self._open.pop(at, (None, ""))
        if names is None:
            names = names_below(self._root, op.key, bool(options.delimiter))
            name = next(names, "")
        count = 0
        while name and count < options.max_keys:
            count += 1
            name = next(names, "")
        if name:
            self._open[at] = names, name
        return count

    def close(self) -> None:
        """Let go of the directories that are open."""
        for names, _ in self._open.values():
            names.close()
