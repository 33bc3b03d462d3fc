"""What the command line of the screens said of a fleet: it holds for every run in a session, and for every screen before it.

Lies beside the keeper's socket. Names files and variables that hold secrets, and never a secret itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from s3bench_tui.fleet.access import Access


@dataclass(frozen=True, slots=True)
class Reach:
    """On which machines runs take place, and how those are asked."""

    shortcuts: Mapping[str, Any] = field(default_factory=dict)
    """Values that go before those of a workload file, by dotted key."""
    access: Access = field(default_factory=Access)

    def save(self, path: Path) -> None:
        """Write it down; OSError where that cannot be."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Reach:
        """As it was saved; OSError where nothing was."""
        saved = json.loads(path.read_text(encoding="utf-8"))
        return cls(saved["shortcuts"], Access(**saved["access"]))


ALONE = Reach()
"""Nothing was said: this machine, or what a workload file names."""
