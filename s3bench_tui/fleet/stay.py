"""An agent's part of one run, on behalf of one controller: an ordinary session that is held, steered and told of.

Where the controller is lost, a run that has not begun its load ends at once; one that has goes on to its own end, cleans
up as its workload says, and keeps its recording. Knows no gRPC.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from pathlib import Path
from queue import SimpleQueue
from time import monotonic_ns, time_ns
from typing import Any

from s3bench_tui.engine.local import LocalEngine
from s3bench_tui.engine.messages import Held, Record, Released, RunOptions, Snapshot, StopRun, Timed
from s3bench_tui.errors import ConfigError, ExitCode, S3BenchError
from s3bench_tui.fleet import kept, wire
from s3bench_tui.fleet.examination import examined
from s3bench_tui.fleet.partial import Remainder
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.report.crash import in_short
from s3bench_tui.report.forms.oplog import OpLog
from s3bench_tui.report.record import Recording, encode
from s3bench_tui.session import Session
from s3bench_tui.spec.loading import load_mapping

_POLL_S = 0.5
_MOST_WAITING = 10_000
"""Words that a controller may be behind, an hour or more of them; then it counts as lost."""
_GOODBYE_S = 5.0
"""For the controller's answer to the last word."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Keeping:
    """What an agent keeps of its runs, and where."""

    directory: Path = Path("results")
    op_logs: bool = False
    """An op-log of every run; else only the recordings of runs whose controller was lost."""


class Outbox:
    """Words for the controller, numbered from 1 on; taken from one thread, put from any."""

    def __init__(self) -> None:
        self._words: SimpleQueue[pb.Up | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._sequence = 0
        self._closed = False

    def put(self, **word: Any) -> bool:
        """Send one more; False where nobody takes them any more."""
        with self._lock:
            if self._closed or self._words.qsize() > _MOST_WAITING:
                return False
            self._sequence += 1
            self._words.put(pb.Up(sequence=self._sequence, **word))
            return True

    def put_if_taken(self, **word: Any) -> None:
        """Send one that may be missing and has no number, where those before it were taken."""
        with self._lock:
            if not self._closed and self._words.empty():
                self._words.put(pb.Up(**word))

    def close(self) -> None:
        """Nothing more comes."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._words.put(None)

    def __iter__(self) -> Iterator[pb.Up]:
        while (word := self._words.get()) is not None:
            yield word


class Stay:
    """One run from the first word to the last; `run` takes as long as it does, the rest is called from other threads."""

    def __init__(self, run_id: str, outbox: Outbox, keeping: Keeping, tell: Tell) -> None:
        self._run_id = run_id
        self._outbox = outbox
        self._keeping = keeping
        self._tell = tell
        self._inbox: SimpleQueue[pb.Down] = SimpleQueue()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._left = threading.Event()
        """The controller is gone, or has said goodbye."""
        self.over = threading.Event()
        """Nothing of the run is left but what is kept."""
        self._thanked = False
        self._loading = False
        self._abandoned = False
        self._engine: LocalEngine

    # --- from other threads ---------------------------------------------------------------------------------------

    def hear(self, word: pb.Down) -> None:
        """Take one word of the controller; a ping is answered at once."""
        if word.WhichOneof("word") == "ping":
            self._outbox.put(pong=pb.Pong(number=word.ping.number, monotonic_ns=monotonic_ns(), wall_ns=time_ns()))
            return
        if word.WhichOneof("word") == "goodbye":
            self._thanked = True
            self.hang_up()
            return
        self._inbox.put(word)
        self._poke()

    def hang_up(self) -> None:
        """The controller says no more."""
        self._left.set()
        self._outbox.close()
        self._poke()

    def _poke(self) -> None:
        try:
            os.write(self._wake, b".")
        except OSError:
            return  # it is awake, or has ended

    # --- the run --------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """From the workload to the end of the run."""
        try:
            prepare = self._awaited()
            if prepare is not None:
                self._serve(prepare)
        except Exception as error:  # noqa: BLE001 - whatever it was, the controller must hear of it
            self._say_ended(error)
            self._left.wait(_GOODBYE_S)
        finally:
            self._outbox.close()
            wake, self._wake = self._wake, -1
            os.close(wake)
            os.close(self._woken)
            self.over.set()

    def _awaited(self) -> pb.Prepare | None:
        """What to run; None where the controller left before it said so."""
        while not self._left.is_set():
            self._sleep([])
            while not self._inbox.empty():
                word = self._inbox.get()
                if word.WhichOneof("word") == "prepare":
                    return word.prepare
                if word.WhichOneof("word") == "check":
                    self._outbox.put(checked=examined(wire.workload_of(word.check), self._keeping.directory))
        return None

    def _serve(self, prepare: pb.Prepare) -> None:
        options = wire.options_of(prepare)
        loaded = load_mapping(json.loads(prepare.workload))
        stem = kept.stem(self._run_id, options.part.index)
        directory = self._keeping.directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise S3BenchError(f"{directory}: recordings cannot be kept there: {error.strerror}") from None
        path = directory / f"{stem}.jsonl"
        op_log = OpLog(directory / f"{stem}.oplog.tsv.zst") if self._keeping.op_logs else None
        self._tell(
            f"run {self._run_id}: part {options.part.index + 1} of {options.part.count} of {loaded.workload.name}"
        )
        try:
            options = replace(options, journals=op_log.journals if op_log is not None else "")
            teller = _Teller(self._outbox, prepare.partials_per_s)
            session = Session(loaded, sinks=[teller, Recording(path)], engine=self._engine_of(options))
            try:
                self._follow(session, teller)
            finally:
                session.close()
            if op_log is not None and session.started is not None:
                op_log.write(session.started)
        finally:
            if op_log is not None:
                op_log.close()
        self._say_ended(session.error if session.lost or not session.began else None)
        self._left.wait(_GOODBYE_S)
        if self._thanked or not session.began:
            path.unlink(missing_ok=True)
            self._tell(f"run {self._run_id}: ended")
        else:
            self._tell(f"run {self._run_id}: ended without its controller; what it recorded is in {path}")

    def _engine_of(self, options: RunOptions) -> Callable[[Callable[[Record], None]], LocalEngine]:
        def made(sink: Callable[[Record], None]) -> LocalEngine:
            self._engine = LocalEngine(sink, options, self._stands)
            return self._engine

        return made

    def _stands(self, word: Held | Released) -> None:
        if isinstance(word, Held):
            self._outbox.put(held=pb.Held(before=word.before, lacking=word.lacking))
        else:
            self._loading = self._loading or word.before == "load"
            self._outbox.put(released=pb.Released(before=word.before, at_ns=word.at_ns))

    def _follow(self, session: Session, teller: _Teller) -> None:
        while not session.ended:
            self._sleep([session.fileno()])
            while not self._inbox.empty():
                self._obey(session, self._inbox.get())
            session.receive()
            teller.glance(session.latest)
            if self._left.is_set() and not (self._abandoned or self._thanked):
                self._abandoned = True
                if not self._loading:
                    session.send(StopRun(now=True, reason="the controller was lost before the load began"))
                else:
                    self._tell(f"run {self._run_id}: the controller was lost; the run goes on to its end")

    def _obey(self, session: Session, word: pb.Down) -> None:
        match word.WhichOneof("word"):
            case "proceed":
                self._engine.send(wire.proceed_of(word.proceed))
            case "change":
                self._engine.send(Timed(wire.change_of(word.change), word.change.at_ns))
            case "stop":
                session.send(wire.stop_of(word.stop))

    def _sleep(self, others: list[int]) -> None:
        """Until there is something to do."""
        if self._woken in wait([self._woken, *others], _POLL_S):
            os.read(self._woken, 4096)

    def _say_ended(self, error: Exception | None) -> None:
        code = ExitCode.OK
        if error is not None:
            code = error.exit_code if isinstance(error, S3BenchError) else ExitCode.INTERNAL
            if isinstance(error, (ValueError, ConfigError)):
                code = ExitCode.USAGE
            self._tell(f"run {self._run_id}: {in_short(error)}")
        self._outbox.put(ended=pb.Ended(error=in_short(error) if error is not None else "", exit_code=int(code)))


class _Teller:
    """A sink that sends records to the controller, and so often a second what has come since the last interval."""

    def __init__(self, outbox: Outbox, partials_per_s: int) -> None:
        self._outbox = outbox
        self._apart_s = 0.9 / partials_per_s if partials_per_s else None  # the engine's snapshots do not come to the ms
        self._remainder = Remainder()
        self._shown: Snapshot | None = None

    def feed(self, record: Record) -> None:
        self._remainder.feed(record)
        self._outbox.put(record=encode(record))

    def glance(self, snapshot: Snapshot | None) -> None:
        """Send what is in a snapshot and in no interval yet, where that is wanted, and not too often."""
        if self._apart_s is None or snapshot is None or snapshot is self._shown:
            return
        if self._shown is not None and 0 <= snapshot.at_s - self._shown.at_s < self._apart_s:
            return
        self._shown = snapshot
        if (partial := self._remainder.of(snapshot)) is not None:
            self._outbox.put_if_taken(partial=encode(partial))

    def close(self) -> None:
        """There is nothing to let go of."""
