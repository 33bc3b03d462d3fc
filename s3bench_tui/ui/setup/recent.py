"""Workload files that were opened lately, and those that lie about. Reads names alone; knows no widget."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_KEPT = 10
_SHOWN = 200
"""Files of one folder that are offered."""


def recent_file() -> Path:
    """Where their names are kept."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "s3bench-tui" / "recent"


def recent() -> list[str]:
    """The newest first; those that are gone are left out."""
    try:
        names = recent_file().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [name for name in names if Path(name).is_file()]


def remember(file: str) -> None:
    """Put one in front; where that cannot be written it is not remembered."""
    name = str(Path(file).resolve())
    names = [name, *(known for known in recent() if known != name)][:_KEPT]
    with suppress(OSError):
        recent_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        recent_file().write_text("".join(f"{known}\n" for known in names), encoding="utf-8")


def at_hand(folder: Path) -> Iterator[str]:
    """Workload files in a folder and in `workloads/` below it, relative to it."""
    for place in (folder, folder / "workloads"):
        with suppress(OSError):
            found = sorted(path for path in place.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())
            yield from (str(path.relative_to(folder)) for path in found[:_SHOWN])
