"""Recordings that an agent keeps, of runs whose controller was lost: which there are, and what stands in them.

Knows neither who asks for them nor how they reach him.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"fleet-([0-9a-f]{8})-(\d{1,6})\.jsonl")
_LAST_BYTES = 1 << 20
_END = b'{"record":"run_ended"'
_MOST = 1000
PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """One recording: the `part`th agent's of a run. `ended`: it has the run's end, and is not of one that is on, or was killed."""

    run_id: str
    part: int
    path: Path
    size_bytes: int
    written_ns: int
    """Since 1970."""
    ended: bool


def stem(run_id: str, part: int) -> str:
    """What the files of an agent's part of a run begin with."""
    return f"fleet-{run_id}-{part}"


def kept(directory: Path) -> list[Kept]:
    """The recordings in a directory, the newest first, and not more than a thousand."""
    found = []
    for path in directory.glob("fleet-*.jsonl"):
        if (name := _NAME.fullmatch(path.name)) is None:
            continue
        try:
            facts = path.stat()
            found.append(Kept(name[1], int(name[2]), path, facts.st_size, facts.st_mtime_ns, _has_ended(path)))
        except OSError:
            continue  # its run has ended well meanwhile, and it is gone
    return sorted(found, key=lambda each: -each.written_ns)[:_MOST]


def pieces(path: Path) -> Iterator[bytes]:
    """What stands in it now, from the beginning. OSError where it cannot be read."""
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _has_ended(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LAST_BYTES))
        last = file.read()
    return last.endswith(b"\n") and last[:-1].rpartition(b"\n")[2].startswith(_END)
