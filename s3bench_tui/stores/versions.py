"""What a store offers where a bucket keeps every version of its objects. Knows no protocol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

Version = tuple[str, str]
"""A key, and the store's name for one version of it, which may be a marker that it was deleted."""


@runtime_checkable
class RemovesVersions(Protocol):
    """What a store offers besides `base.Store` where it keeps versions. Raises TargetError."""

    def remove_versions(self, versions: Iterable[Version], current: bool) -> int:
        """Remove these for good; one that is gone already counts as removed. Returns how many.

        Unless `current`, one that its key shows now stays where the store would show none in its place."""

    def remove_versions_below(self, prefix: str) -> int:
        """Remove every version, and every marker, of keys that start with `prefix`. Returns how many."""
