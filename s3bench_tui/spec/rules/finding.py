"""What a rule about a workload says, before it is known where in which file that stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from s3bench_tui.spec.model.workload import Workload


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, or with `warning` one doubt, at a path of keys and indices."""

    path: tuple[str | int, ...]
    message: str
    hint: str = ""
    warning: bool = False


Rule = Callable[[Workload], Iterator[Finding]]
