"""What the control planes have in common whose buckets may keep versions: the probe, notes of this program, clean-up.

Never timed; knows no vendor, no wire and no SDK.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence

from s3bench_tui.stores.base import ProbeResult, is_own
from s3bench_tui.stores.objectstore import C, ObjectStore
from s3bench_tui.stores.versions import Version


class VersionedStore(ObjectStore[C]):
    """Control plane of a bucket that keeps versions where its target says so; see stores.versions.RemovesVersions too."""

    @abstractmethod
    def _check_versions(self) -> None:
        """TargetError where the bucket does not keep versions."""

    @abstractmethod
    def _versions_below(self, prefix: str) -> Iterator[Version]:
        """Every version and every marker of keys that start with `prefix`."""

    @abstractmethod
    def remove_versions(self, versions: Iterable[Version], current: bool) -> int:
        """See stores.versions.RemovesVersions."""

    def remove_versions_below(self, prefix: str) -> int:
        """See stores.versions.RemovesVersions."""
        return self.remove_versions(self._versions_below(prefix), current=True)

    def probe(self, writes: bool) -> ProbeResult:
        """As every object store's; and that the bucket keeps versions, where the target says so."""
        if self._target.versioned:
            self._check_versions()
        return super().probe(writes)

    def _take_back(self, key: str, doing: str, index: int) -> None:
        super()._take_back(key, doing, index)
        if self._target.versioned:
            self.remove_versions_below(key)  # nobody else has its name

    def delete(self, keys: Sequence[str]) -> int:
        """As every object store's; of this program's own notes every version, where the bucket keeps them."""
        gone = super().delete(keys)
        if self._target.versioned:
            for key in filter(is_own, keys):
                self.remove_versions_below(key)
        return gone
