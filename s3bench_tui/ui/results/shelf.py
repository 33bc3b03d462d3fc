"""The runs as the list shows them: found, filtered, in an order, two of them picked. Pure: draws nothing, reads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s3bench_tui.report.folder import Listed

_ORDERS: tuple[tuple[str, Callable[[Listed], Any]], ...] = (
    ("newest first", lambda run: ""),
    ("by name", lambda run: run.name),
    ("most operations first", lambda run: -(run.ops_per_s or 0.0)),
    ("most throughput first", lambda run: -(run.bytes_per_s or 0.0)),
    ("lowest p99 first", lambda run: (run.p99_ns is None, run.p99_ns)),
    ("most failures first", lambda run: -(run.failures or 0.0)),
)


@dataclass(slots=True)
class Shelf:
    """`runs` come newest first; `a` and `b` are the files of those that are picked."""

    runs: tuple[Listed, ...] = ()
    wanted: str = ""
    """Words of which each must be in a run's name, targets, status or file."""
    a: Path | None = None
    b: Path | None = None
    _order: int = field(default=0)

    @property
    def order(self) -> str:
        """In words."""
        return _ORDERS[self._order][0]

    def turn_order(self) -> None:
        """The next order."""
        self._order = (self._order + 1) % len(_ORDERS)

    def shown(self) -> list[Listed]:
        """What the filter lets through, in order."""
        words = self.wanted.lower().split()
        found = [run for run in self.runs if all(word in _text(run) for word in words)]
        return sorted(found, key=_ORDERS[self._order][1])

    def put(self, runs: Iterable[Listed]) -> None:
        """These runs from now on; what was picked and is gone is picked no more."""
        self.runs = tuple(runs)
        paths = {run.path for run in self.runs}
        self.a = self.a if self.a in paths else None
        self.b = self.b if self.b in paths else None

    def open(self, path: Path) -> None:
        """One run in depth."""
        self.a, self.b = path, None

    def pick_a(self, path: Path) -> None:
        """This run as A; where it was B the two change places."""
        if path == self.b:
            self.b = self.a
        self.a = path

    def pick_b(self, path: Path) -> None:
        """This run as B; once more: none. Where it was A the two change places."""
        if path == self.b:
            self.b = None
            return
        if path == self.a:
            self.a = self.b
        self.b = path
        if self.a is None:
            self.a = next((run.path for run in self.runs if run.path != path and not run.problem), None)

    def take_finished(self, path: Path) -> None:
        """A run has just ended: it as A, and the last one of the same workload before it as B."""
        run = next((run for run in self.runs if run.path == path), None)
        if run is None:
            return
        before = (
            one.path
            for one in self.runs
            if one.name == run.name and one.started_at < run.started_at and not one.problem
        )
        self.a, self.b = path, next(before, None)

    def mark_of(self, run: Listed) -> str:
        """`A`, `B` or nothing."""
        return "A" if run.path == self.a else "B" if run.path == self.b else ""


def _text(run: Listed) -> str:
    return " ".join((run.name, *run.targets, run.status, run.path.name, run.started_at)).lower()
