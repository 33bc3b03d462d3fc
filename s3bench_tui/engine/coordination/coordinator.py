"""The coordinator: one run from the first probe to the last record. The only writer of the control block.

Feeds records and snapshots to whoever it was given; writes no files of results, and never touches an operation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from multiprocessing.connection import Connection, wait
from time import monotonic_ns, time_ns
from typing import Any
from uuid import uuid4

from s3bench_tui.engine.coordination import staffing
from s3bench_tui.engine.coordination.agenda import Agenda, Kind, Planned
from s3bench_tui.engine.coordination.announcement import run_started
from s3bench_tui.engine.coordination.cleanup import clean_up
from s3bench_tui.engine.coordination.crew import Crew
from s3bench_tui.engine.coordination.ending import INTERRUPTED, Budget, End
from s3bench_tui.engine.coordination.harvest import Harvest
from s3bench_tui.engine.coordination.ledger import Ledger
from s3bench_tui.engine.coordination.mishaps import Mishaps
from s3bench_tui.engine.coordination.observation import Observation, counters_of
from s3bench_tui.engine.coordination.renewal import Renewal
from s3bench_tui.engine.coordination.timeline import LEAD_NS, Timeline
from s3bench_tui.engine.coordination.uploads import abort_left
from s3bench_tui.engine.groundwork.preparation import OpenTarget, lacking, lay_ground, open_targets
from s3bench_tui.engine.messages import (
    Change,
    Command,
    Event,
    Held,
    Mark,
    Proceed,
    Record,
    Released,
    RunEnded,
    RunOptions,
    Settings,
    Snapshot,
    StopRun,
    Timed,
)
from s3bench_tui.engine.plan import settings_as_dict
from s3bench_tui.engine.shared import Control, Life, RunDirectory
from s3bench_tui.errors import ConfigError, EngineError
from s3bench_tui.spec.effective import line_names, slots_of, target_names
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stores.options import writes_in_parts
from s3bench_tui.stores.uri import FORMS
from s3bench_tui.units import NS_PER_S

TICK_NS = NS_PER_S // 4
START_TIMEOUT_NS = 60 * NS_PER_S

Sink = Callable[[Record | Snapshot | Held | Released], None]


class Coordinator:
    """Runs one workload. `inbox` brings commands; its end means that nobody wants the run any more."""

    def __init__(
        self,
        workload: Workload,
        options: RunOptions,
        inbox: Connection,
        sink: Sink,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._workload = workload
        self._options = options
        self._inbox = inbox
        self._sink = sink
        self._clock = clock
        self._run_id = uuid4().hex[:8]
        self._budget = Budget(workload.errors, probed=options.probe)
        self._end = End()
        self._agenda = Agenda()
        self._started_ns = clock()
        self._ready = False
        self._targets: list[OpenTarget]
        self._missing: list[int]
        self._timeline: Timeline
        self._control: Control
        self._crew: Crew
        self._ledger: Ledger
        self._mishaps: Mishaps
        self._observation: Observation
        self._renewal: Renewal
        self._settings: Settings
        self._loading = False
        self._proceed: Proceed | None = None

    # --- the course of a run --------------------------------------------------------------------------------------

    def run(self) -> None:
        """From probing to the last record. TargetError and ConfigError where it cannot begin."""
        notes: list[str] = []
        self._targets = open_targets(self._workload, self._options.probe, notes.append, self._options.part)
        directory = None
        try:
            lay_ground(self._workload, self._targets, self._run_id, time_ns(), notes.append)
            directory = RunDirectory(self._run_id)
            notes += directory.notes()
            self._set_up(directory)
            self._announce(notes)
            self._run_phases()
            self._finish()
        finally:
            if directory is not None:
                if hasattr(self, "_crew"):
                    self._crew.dismiss(timeout_s=0.0 if self._end.at_once else 2.0)
                directory.remove()
            for target in self._targets:
                target.store.close()

    def _set_up(self, directory: RunDirectory) -> None:
        workload = self._workload
        shares = staffing.shares(workload, self._targets)
        open_loop = workload.load.model == "open"
        entries = len(self._targets[0].entries)
        self._control = Control(directory.path / "control", create=True)
        self._crew = Crew(directory.path)
        names = line_names(workload)
        targets = target_names(workload)
        line_targets = {
            i: targets.index(line.target) for i, line in enumerate(workload.workload) if line.target is not None
        }
        self._missing = lacking(workload, self._targets)
        self._timeline = Timeline(names, shares, entries - len(names), line_targets)
        harvest = Harvest(directory.path, entries, open_loop, writes_in_parts(self._targets[0].driver.lines))
        self._observation = Observation(self._crew, harvest, self._now_s)
        self._ledger = Ledger(self._crew, harvest, self._timeline, self._observation, self._sink)
        self._mishaps = Mishaps(self._crew, self._targets[0].entries, self._end, self._event, self._ledger.still_wanted)
        self._renewal = Renewal(self._targets, self._crew, self._event, self._clock())
        self._settings = Settings(
            concurrency=slots_of(workload),
            weights=tuple(line.weight for line in workload.workload),
            limits=tuple(line.concurrency for line in workload.workload),
            rate_per_s=workload.load.rate,
        )
        epoch_ns = time_ns() + self._options.wall_shift_ns - self._clock()
        for plan in staffing.worker_plans(
            workload, self._targets, directory.path, self._run_id, shares, epoch_ns, self._options.part
        ):
            self._crew.hire(replace(plan, journals=self._options.journals))

    def _announce(self, notes: list[str]) -> None:
        """Tell the sinks what runs, once the workers are ready: the run's clock starts then."""
        deadline_ns = self._clock() + START_TIMEOUT_NS
        while not all(member.life is not None for member in self._crew.members):
            if self._clock() > deadline_ns:
                raise EngineError("the workers were not ready within a minute")
            self._pump(self._clock() + TICK_NS)
            if self._end.wanted:
                break
        self._timeline.start_ns = self._clock()
        self._ready = True
        self._sink(run_started(self._run_id, self._workload, self._targets, self._crew))
        for note in notes:
            self._event("info", note)
        self._observation.host(measured=False)

    def _run_phases(self) -> None:
        start = self._released("prepare", sum(self._missing))
        if not self._end.wanted and start.prepares:
            self._prepare(start.at_ns)
        if self._options.prepare_only:
            self._end.want("ok", "")
        start = self._released("load")
        if not self._end.wanted:
            self._begin_load(start.at_ns)
            self._until(lambda: self._end.wanted)
        if not self._end.at_once and self._timeline.phases:
            self._drain()

    def _released(self, before: str, missing: int = 0) -> Proceed:
        """When to go on: at once, or where the run is held, when its fleet says."""
        if not self._options.held or self._end.wanted:
            return Proceed(self._clock() + LEAD_NS, missing > 0)
        self._proceed = None
        self._sink(Held(before, missing))
        while self._proceed is None and not self._end.wanted:
            self._pump(self._clock() + TICK_NS)
        start = self._proceed or Proceed(0)
        start = replace(start, at_ns=max(start.at_ns, self._clock() + LEAD_NS))
        self._sink(Released(before, start.at_ns))
        return start

    def _prepare(self, at_ns: int) -> None:
        """Make what is missing of the data sets, all of them at once: each comes in proportion to what it lacks."""
        missing = self._missing if any(self._missing) else ()
        self._timeline.open("prepare", at_ns, self._settings, preparations=missing)
        self._publish()
        self._until(lambda: self._all_finished() or self._end.wanted)
        if not self._end.wanted and (failed := self._ledger.failures(self._timeline.phases[-1].index)):
            self._end.want(
                "target", f"the data set could not be made: {failed} objects failed; {self._mishaps.first_failure}"
            )

        if not self._end.wanted and self._workload.post_prepare_delay:
            self._open("paused", self._clock() + LEAD_NS, self._settings, "what was made may settle")
            over_ns = self._clock() + LEAD_NS + self._workload.post_prepare_delay
            self._until(lambda: self._clock() >= over_ns or self._end.wanted)

    def _begin_load(self, at_ns: int) -> None:
        workload = self._workload
        if workload.warmup:
            self._open("warmup", at_ns, self._settings)
        self._agenda.plan(at_ns + workload.warmup, workload.duration, workload.schedule)
        self._loading = True

    def _drain(self) -> None:
        """No more operations start; those in flight may finish, and are counted apart."""
        finished_ns = self._last_completion_ns() if self._all_finished() else None
        if self._timeline.phases[-1].kind != "drain":
            at_ns = finished_ns + 1 if finished_ns is not None else self._clock() + LEAD_NS
            self._open("drain", at_ns, self._settings)
        deadline_ns = self._clock() + self._workload.drain
        self._until(lambda: self._all_finished() or self._clock() > deadline_ns or self._end.at_once)

    def _finish(self) -> None:
        self._control.publish({"ended": True})
        deadline_ns = self._clock() + (1 if self._end.at_once else 5) * NS_PER_S
        while any(member.alive for member in self._crew.members) and self._clock() < deadline_ns:
            self._pump(self._clock() + TICK_NS // 10, ticking=False)
        self._mishaps.note_silence()
        self._ledger.close_all(self._clock(), self._planned_s(), self._wanted())
        row, measured_s = self._ledger.measured()
        arrivals = self._ledger.measured_arrivals() if self._workload.load.model == "open" else None
        local_disk = any(FORMS[target.uri.scheme] == "directory" for target in self._targets)
        client = self._observation.client(row, measured_s, self._timeline.mean_slots(), arrivals, local_disk)
        abort_left(self._run_id, self._targets, self._crew.everyone(), lambda text: self._event("info", text))
        cleaned = self._clean_up("none" if self._options.prepare_only else self._workload.cleanup)
        self._sink(
            RunEnded(
                self._now_s(), self._end.status, self._end.reason, self._mishaps.censored(), client,
                tuple(counters_of(self._crew, target.index) for target in self._targets), cleaned,
            )
        )  # fmt: skip

    def _clean_up(self, what: str) -> dict[str, int]:
        """A stop at once that comes while objects are deleted leaves the rest; one that came before does not."""
        if what != "none":
            self._event("cleanup", "cleaning up")
        self._end.at_once = False

        def goes_on() -> bool:
            self._take_commands()
            return not self._end.at_once

        return clean_up(what, self._targets, self._crew.everyone(), partial(self._event, "error"), goes_on)

    # --- the loop -------------------------------------------------------------------------------------------------

    def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            now = self._clock()
            self._pump(
                min(
                    max(self._agenda.next_ns - LEAD_NS, now),
                    self._ledger.next_tick_ns,
                    self._ledger.next_boundary_ns(now),
                )
            )
            now = self._clock()
            while not self._end.wanted and (planned := self._agenda.take(now + LEAD_NS)):
                self._carry_out(planned)
            if self._timeline.phases and self._load_is_over():
                self._end.want("ok", "")

    def _pump(self, until_ns: int, ticking: bool = True) -> None:
        """Wait for whatever comes first of commands, word of workers, and `until_ns`; and keep the books."""
        timeout_s = max(0.0, (until_ns - self._clock()) / NS_PER_S)
        if self._inbox in wait([self._inbox, *self._crew.connections()], timeout_s):
            self._take_commands()
        for member, kind, value in self._crew.messages():
            self._mishaps.hear(member, kind, value)
            if kind == "finished":
                self._pass_on_slots(value)
        if ticking and self._ready and self._timeline.phases:
            self._ledger.follow_phases(self._clock())
            if self._clock() >= self._ledger.next_tick_ns:
                self._tick()

    def _tick(self) -> None:
        now = self._clock()
        self._ledger.tick(
            now, self._timeline.state_at(now), self._planned_s(), self._wanted(), self._options.snapshots_per_s
        )
        self._budget.judge(self._ledger.loaded(), self._end, self._mishaps.first_failure)
        self._renewal.look(now)

    def _load_is_over(self) -> bool:
        """All that the workload asked for is done: its operations, its bytes, or its keys."""
        return self._agenda.begun and self._timeline.at(self._clock()).kind == "measured" and self._all_finished()

    def _all_finished(self) -> bool:
        """Every worker has done all it can in the phase that was opened last."""
        last = self._timeline.phases[-1].index + 1
        return all(member.gauge(Life.FINISHED) == last for member in self._crew.members if member.alive) and not any(
            member.life is None for member in self._crew.members if member.alive
        )

    def _pass_on_slots(self, phase: int) -> None:
        """The slots of workers that have done their part in the phase go to those that have not."""
        done = [member.gauge(Life.FINISHED) == phase + 1 for member in self._crew.members]
        last = self._timeline.plans[-1]
        if last.index == phase and last.dispatches and not all(done) and not self._end.wanted:
            self._timeline.share_out(done)
            self._publish()

    def _last_completion_ns(self) -> int:
        return max((member.gauge(Life.FINISHED_NS) for member in self._crew.members), default=0)

    # --- commands -------------------------------------------------------------------------------------------------

    def _take_commands(self) -> None:
        try:
            while self._inbox.poll():
                self._obey(self._inbox.recv())
        except (EOFError, OSError):
            self._end.want(INTERRUPTED, "the program that had started the run is gone", at_once=True)

    def _obey(self, command: Command | Proceed | Timed) -> None:
        if isinstance(command, Proceed):
            self._proceed = command
        elif isinstance(command, StopRun):
            status = INTERRUPTED if command.reason == INTERRUPTED else "stopped"
            self._end.want(status, command.reason, command.now)
        elif not self._loading or self._end.wanted:
            self._event("info", "a change came while no load was running, and was left out")
        elif isinstance(command, Timed):
            self._agenda.add(command.change, command.at_ns)
        elif isinstance(command, Mark):
            self._change(Change(label=command.text), self._clock() + LEAD_NS)
        else:
            self._change(command, self._clock() + LEAD_NS)

    def _carry_out(self, planned: Planned) -> None:
        if planned.kind == Kind.BEGIN:
            self._open(self._kind_of(self._settings), planned.at_ns, self._settings, counts=True)
        elif planned.kind == Kind.END:
            self._open("drain", planned.at_ns, self._settings)
            self._end.want("ok", "")
        elif planned.step is not None and planned.step.stop:
            self._open("drain", planned.at_ns, self._settings)
            self._end.want("stopped", "the schedule says so")
        else:
            self._change(planned.change, planned.at_ns)

    def _change(self, change: Change, at_ns: int) -> None:
        try:
            settings = self._timeline.changed(self._settings, change)
        except ConfigError as error:
            self._event("error", str(error))
            return
        kind = self._kind_of(settings) if self._agenda.begun else "warmup"
        self._open(kind, at_ns, settings, change.label, counts=kind == "measured")
        if change.label:
            self._event("mark", change.label)
        if settings != self._settings:
            self._event("change", "settings changed", settings_as_dict(settings, self._timeline.names))
        self._settings = settings

    @staticmethod
    def _kind_of(settings: Settings) -> str:
        return "paused" if settings.paused else "measured"

    def _open(self, kind: str, at_ns: int, settings: Settings, label: str = "", counts: bool = False) -> None:
        self._timeline.open(kind, at_ns, settings, label, counts)
        self._publish()

    def _publish(self) -> None:
        current = self._timeline.index_at(self._clock())
        self._control.publish({"phases": [asdict(plan) for plan in self._timeline.plans[current:]]})

    # --- what is told ---------------------------------------------------------------------------------------------

    def _event(self, kind: str, text: str, data: dict[str, Any] | None = None) -> None:
        if self._ready:
            self._sink(Event(self._now_s(), kind, text, data or {}))

    def _now_s(self) -> float:
        return self._timeline.seconds(self._clock())

    def _planned_s(self) -> float | None:
        return None if self._workload.duration is None else self._workload.duration / NS_PER_S

    def _wanted(self) -> int | None:
        """How many operations what is on will take, where that is known."""
        if self._timeline.state_at(self._clock()) != "preparing":
            return self._workload.stop.ops
        if any(dataset.ask for target in self._targets for dataset in target.datasets):
            return None
        return sum(self._missing)
