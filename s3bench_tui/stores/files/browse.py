"""Looks around in the file system: one directory, as many names at a time as a page has, in the directory's order.

A page is sorted by itself alone: to sort a directory of a million files, all of it would have to be read.
"""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.browse import PAGE_ENTRIES, Entry, Page
from s3bench_tui.stores.files.tree import OWN_NAME

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target


def open_browser(target: Target, connect_timeout_ns: int, operation_timeout_ns: int) -> DirectoryBrowser:
    """No options of the target matter here, and the kernel has no time-outs."""
    return DirectoryBrowser()


class DirectoryBrowser:
    """See stores.browse.Browser."""

    def page(self, uri: str, following: str = "") -> Page:
        scheme, _, path = uri.partition("://")
        folder = f"/{path.strip('/')}/" if path.strip("/") else "/"
        start = int(following or 0)
        try:
            with os.scandir(folder) as names:
                shown = (name for name in names if name.name != OWN_NAME)
                found = list(islice(shown, start, start + PAGE_ENTRIES + 1))
        except OSError as error:
            raise TargetError(f"{folder}: {error.strerror}") from None
        more = str(start + PAGE_ENTRIES) if len(found) > PAGE_ENTRIES else ""
        entries = [_entry(scheme, name) for name in found[:PAGE_ENTRIES]]
        return Page(tuple(sorted(entries, key=lambda entry: (not entry.opens, entry.name))), more)

    def close(self) -> None:
        """Nothing is open."""


def _entry(scheme: str, found: os.DirEntry[str]) -> Entry:
    # Names need not be text; what cannot be shown cannot be written into a workload either.
    name = found.name.encode(errors="surrogateescape").decode(errors="replace")
    path = found.path.encode(errors="surrogateescape").decode(errors="replace")
    try:
        if found.is_dir():
            return Entry(f"{name}/", f"{scheme}://{path}/")
        return Entry(name, f"{scheme}://{path}", found.stat().st_size)
    except OSError:  # vanished, or a link to nowhere
        return Entry(name, f"{scheme}://{path}")
