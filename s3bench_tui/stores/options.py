"""What the requests of one line of the mix carry beside what every operation of its kind needs.

Plain data that a driver works into its requests when it opens, so that operations without options pay nothing for
them. Each backend documents what it makes of them; a workload is refused where it can make nothing of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from s3bench_tui.stores.multipart import Multipart


@dataclass(frozen=True, slots=True)
class LineOptions:
    """The options of one line; the defaults ask for nothing."""

    max_keys: int = 0
    """LIST: one operation is one page of at most so many keys, and the next one goes on behind it; 0: all pages."""
    delimiter: str = ""
    """LIST: names that have this behind the prefix are rolled up into one item, their common prefix."""
    multipart: Multipart | None = None
    """PUT: how large objects are written in parts; None: every object by one request."""
    if_match: str = ""
    """GET and PUT: `etag`, only where the object is still what this worker saw last."""
    if_none_match: str = ""
    """GET: `etag`, only where it is not that any more; PUT: `*`, only where there is none."""
    versions: bool = False
    """GET and DELETE: of single versions."""
    metadata: tuple[tuple[str, str], ...] = ()
    """PUT, as all that follow."""
    tags: tuple[tuple[str, str], ...] = ()
    """Of a TAG, too."""
    storage_class: str = ""
    content_type: str = ""
    cache_control: str = ""
    checksum: str = ""
    """What the store compares the body with: crc32, crc32c, crc64nvme, md5, sha1 or sha256."""
    checksum_trails: bool = False
    """Whether it goes behind the body, and not in the head."""


NO_OPTIONS = LineOptions()


def asks_more(lines: Iterable[LineOptions]) -> bool:
    """Whether requests of any of these lines carry more in their heads than their kind needs."""
    return any(replace(line, max_keys=0, delimiter="", multipart=None) != NO_OPTIONS for line in lines)


def writes_in_parts(lines: Iterable[LineOptions]) -> bool:
    """Whether any of these lines does."""
    return any(line.multipart is not None for line in lines)
