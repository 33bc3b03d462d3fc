"""A controller's `recordings` and `fetch`: what is kept of runs whose controller was lost, listed and brought here.

Asks keepers, each of which is one place where recordings lie; how they are reached is a transport's business.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from s3bench_tui.errors import ConfigError, ExitCode, Problem
from s3bench_tui.fleet.kept import stem
from s3bench_tui.report.files import replacing
from s3bench_tui.report.forms.tables import aligned
from s3bench_tui.report.outputs import tell
from s3bench_tui.units import NS_PER_S, format_size

_HEADER = ("agent", "run", "part", "size", "written (UTC)", "of the run")
T = TypeVar("T")
R = TypeVar("R")


class UnaskedError(Exception):
    """A keeper could not be asked; its text says why."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One recording: the `part`th agent's of a run. `ended`: it has the run's end; `written_ns` since 1970."""

    run_id: str
    part: int
    size_bytes: int
    written_ns: int
    ended: bool


class Keeper(Protocol):
    """One place where recordings lie. What goes wrong with asking it is an UnaskedError."""

    @property
    def address(self) -> str:
        """By which it is known."""
        ...

    def listed(self) -> Sequence[Listed]:
        """What it keeps, the newest first."""
        ...

    def pieces(self, run_id: str, part: int) -> Iterator[bytes]:
        """One of them, from its beginning."""
        ...


@dataclass(frozen=True, slots=True)
class _Found:
    """One recording and who has it; or why a keeper does not say what it has."""

    keeper: Keeper
    listed: Listed | None
    error: str = ""


def recordings(keepers: Sequence[Keeper]) -> ExitCode:
    """Print what is kept; TARGET where one of them could not be asked."""
    found, code = _all_listed(keepers)
    tell(sys.stdout, aligned(_HEADER, [_row(keeper, each) for keeper, each in found], left=(0, 1, 4, 5)))
    return code


def fetch(keepers: Sequence[Keeper], run_id: str, into: Path) -> ExitCode:
    """Bring the recordings of a run here, one file for each part of it that is kept.

    ConfigError where that is no run's id, they cannot be written, or nobody who was asked keeps any; TARGET where one
    could not be asked.
    """
    if not re.fullmatch("[0-9a-f]{8}", run_id):
        raise ConfigError([Problem(f"{run_id!r} is no run", "Give the eight digits that `recordings` shows")])
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError([Problem(f"cannot be written to: {error.strerror}", file=str(into))]) from None
    found, code = _all_listed(keepers)
    wanted = [(keeper, each) for keeper, each in found if each.run_id == run_id]
    if code == ExitCode.OK and not wanted:
        hint = "`recordings` in place of `fetch` lists what there is"
        raise ConfigError([Problem(f"no agent keeps a recording of the run {run_id}", hint)])
    for failed in filter(None, _at_once(wanted, lambda each: _brought(*each, into))):
        tell(sys.stderr, f"error: {failed}\n")
        code = ExitCode.TARGET
    return code


def _all_listed(keepers: Sequence[Keeper]) -> tuple[list[tuple[Keeper, Listed]], ExitCode]:
    """Every recording once, where several keepers have one directory; and whether all of them could be asked."""
    code, found = ExitCode.OK, dict[tuple[str, int], tuple[Keeper, Listed]]()
    for answer in _at_once(keepers, _asked):
        for each in answer:
            if each.listed is not None:
                found.setdefault((each.listed.run_id, each.listed.part), (each.keeper, each.listed))
            else:
                tell(sys.stderr, f"error: {each.keeper.address}: {each.error}\n")
                code = ExitCode.TARGET
    return list(found.values()), code


def _asked(keeper: Keeper) -> list[_Found]:
    try:
        return [_Found(keeper, each) for each in keeper.listed()]
    except UnaskedError as error:
        return [_Found(keeper, None, str(error))]


def _at_once(of: Sequence[T], ask: Callable[[T], R]) -> list[R]:
    with ThreadPoolExecutor(max(1, len(of)), thread_name_prefix="agent") as threads:
        return list(threads.map(ask, of))


def _brought(keeper: Keeper, listed: Listed, into: Path) -> str:
    """Write one recording; "" or what went wrong."""
    path = into / f"{stem(listed.run_id, listed.part)}.jsonl"
    if path.exists():
        return f"{keeper.address}: {path} is there already; remove it, or give another --into"
    try:
        with replacing(path) as file:
            for piece in keeper.pieces(listed.run_id, listed.part):
                file.write(piece)
    except UnaskedError as error:
        return f"{keeper.address}: {error}"
    except OSError as error:
        return f"{keeper.address}: {into} cannot be written to: {error.strerror}"
    tell(sys.stdout, f"{path}\n")
    return ""


def _row(keeper: Keeper, listed: Listed) -> tuple[str, ...]:
    written = datetime.fromtimestamp(listed.written_ns // NS_PER_S, UTC)
    run_id = listed.run_id if listed.run_id.isalnum() else "?"
    return (
        keeper.address, run_id, str(listed.part), format_size(listed.size_bytes), f"{written:%Y-%m-%d %H:%M:%S}",
        "all" if listed.ended else "not its end",
    )  # fmt: skip
