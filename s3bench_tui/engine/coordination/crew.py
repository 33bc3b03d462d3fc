"""The worker processes of a run: started, watched, replaced when lost. Knows no phases and no statistics.

Workers are started as programs of their own, not by multiprocessing, so that they never run the caller's main
module again, and over a socket of their own: its end is how a loss is noticed at once.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import s3bench_tui
from s3bench_tui.engine.plan import WorkerPlan
from s3bench_tui.engine.shared import Life


def environment() -> dict[str, str]:
    """That of a process of this program: this one's, and the package can be found from any directory."""
    root = str(Path(s3bench_tui.__file__).parent.parent)
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH")) if part)
    return {**os.environ, "PYTHONPATH": path}


def start_process(module: str, log: Path | None) -> tuple[subprocess.Popen[bytes], Connection]:
    """Start `python -m module FD` in a session of its own; the connection talks with it.

    It imports nothing from the directory in which it runs (-P), whatever stands there.
    What it prints, which is nothing unless it fails badly, goes to `log`, or where None to nowhere.
    """
    ours, theirs = socket.socketpair()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else os.open(os.devnull, os.O_WRONLY)
    try:
        process = subprocess.Popen(  # noqa: S603 our own interpreter and module
            [sys.executable, "-P", "-m", module, str(theirs.fileno())],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment(),
            pass_fds=(theirs.fileno(),), start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(output)
        theirs.close()
    return process, Connection(ours.detach())


def how_killed(code: int) -> str:
    """The signal that ended a process, from its negative exit code."""
    said = f"killed by {signal.Signals(-code).name}"
    # A page of a sparse file that its file system has no room for is a bus error of whoever touches it.
    return f"{said}: the memory file system (/dev/shm) is full" if -code == signal.SIGBUS else said


@dataclass(slots=True)
class Member:
    """One worker process, alive or lost."""

    plan: WorkerPlan
    process: subprocess.Popen[bytes]
    told: Connection
    life: Life | None = None
    """Its gauges, once it is ready."""
    ended: bool = False
    """It has said its last word; what it said is in `last_word`."""
    lost: bool = False
    last_word: Any = None
    replaces: int | None = None

    @property
    def alive(self) -> bool:
        return not (self.ended or self.lost)

    def gauge(self, word: int) -> int:
        """One word of its `Life`; 0 before it is ready."""
        return int(self.life.words[word]) if self.life is not None else 0


@dataclass(slots=True)
class Crew:
    """All members by rank, and those that were lost."""

    directory: Path
    members: list[Member] = field(default_factory=list)
    lost: list[Member] = field(default_factory=list)
    _next_index: int = 0

    def hire(self, plan: WorkerPlan) -> Member:
        """Start the worker of this plan; its rank is its place in `members`."""
        member = self._start(plan)
        self.members.append(member)
        return member

    def replace(self, member: Member, stop_ops: int | None, stop_bytes: int | None) -> Member:
        """Start another worker in the place of a lost one, going on from its cursors, with what is left of its quota."""
        cursors: tuple[tuple[int, ...], ...] = ()
        if member.life is not None:
            cursors = tuple(tuple(member.life.cursors(entry)) for entry in range(len(member.plan.entries)))
        successor = self._start(
            replace(member.plan, index=self._next_index, cursors=cursors, stop_ops=stop_ops, stop_bytes=stop_bytes)
        )
        successor.replaces = member.plan.index
        self.members[member.plan.rank] = successor
        self.lost.append(member)
        return successor

    def _start(self, plan: WorkerPlan) -> Member:
        self._next_index = max(self._next_index, plan.index + 1)
        process, told = start_process("s3bench_tui.engine.worker.station", self.directory / f"log-{plan.index}")
        with suppress(BrokenPipeError):  # it is lost already, which `messages` will notice
            told.send(plan)
        return Member(plan, process, told)

    def everyone(self) -> list[Member]:
        """Lost ones too: what they counted stays counted."""
        return [*self.members, *self.lost]

    def connections(self) -> list[Connection]:
        """To wait on, beside the caller's own."""
        return [member.told for member in self.members if member.alive]

    def messages(self) -> Iterator[tuple[Member, str, Any]]:
        """What members have said: ready, failure, crashed, ended; and `lost` where a process is gone without a word."""
        by_connection = {member.told: member for member in self.members if member.alive}
        for connection in wait(list(by_connection), timeout=0):
            member = by_connection[connection]  # type: ignore[index]  # only connections were waited for
            try:
                while member.alive and member.told.poll():
                    kind, value = member.told.recv()
                    if kind == "ready":
                        member.life = Life(self.directory / f"worker-{member.plan.index}", len(member.plan.entries))
                    elif kind == "ended":
                        member.ended, member.last_word = True, value
                    yield member, kind, value
            except (EOFError, OSError):
                member.lost = True
                yield member, "lost", self._how_it_ended(member)

    def _how_it_ended(self, member: Member) -> str:
        try:
            code = member.process.wait(1.0)
        except subprocess.TimeoutExpired:
            member.process.kill()
            code = member.process.wait()
        if code < 0:
            return how_killed(code)
        lines = (self.directory / f"log-{member.plan.index}").read_text(errors="replace").strip().splitlines()
        return f"ended with code {code}" + (f": {lines[-1]}" if lines else "")

    def dismiss(self, timeout_s: float) -> None:
        """Wait for all to end by themselves; kill those that do not."""
        for member in self.everyone():
            member.told.close()
            try:
                member.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                member.process.kill()
                member.process.wait()
