"""The engine of many machines, as its users hold it: the same face as that of this one. Makes no load itself.

Greeting, clocks, targets opened everywhere, data sets made, the load begun at one instant; then records are merged until
the last agent has said its last word. Everything happens within `receive`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from time import monotonic_ns
from uuid import uuid4

from s3bench_tui import __version__
from s3bench_tui.engine.coordination.ending import Budget, End
from s3bench_tui.engine.messages import (
    Change,
    Command,
    Interval,
    Mark,
    Part,
    Record,
    RunEnded,
    RunOptions,
    Snapshot,
    StopRun,
)
from s3bench_tui.errors import ConfigError, ExitCode, S3BenchError, TargetError
from s3bench_tui.fleet import account, wire
from s3bench_tui.fleet.inbox import Inbox
from s3bench_tui.fleet.loss import least, refusal
from s3bench_tui.fleet.merge import Member, Merge
from s3bench_tui.fleet.parts import changes_of, on_members, parts_of, shares_of
from s3bench_tui.fleet.post import Post
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.roster import FRESH_NS, Roster
from s3bench_tui.fleet.transport import Arrived, Transport
from s3bench_tui.fleet.view import View
from s3bench_tui.report.record import decode
from s3bench_tui.spec.model.fleet import Fleet
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stats.tally import RowSum, total_of
from s3bench_tui.units import NS_PER_S

PINGS = 8
"""From each agent, before anything that needs its clock."""
PING_EVERY_NS = NS_PER_S
SILENT_NS = 10 * NS_PER_S
"""An agent that has said nothing for so long is lost."""
START_LEAD_NS = 400_000_000
CHANGE_LEAD_NS = 250_000_000
"""From our word to what it is to bring about: longer than it takes to reach every agent and its workers."""
_PARTIALS_PER_S = 200
"""Of all agents together: what stands between their intervals is for eyes, and must not cost a core."""
_GOODBYE_S = 2.0
_ENDS_ALL = ("error_budget", "target", "interrupted", "failed")
"""What one agent's run may end with that is the end of all."""


class FleetEngine:
    """Feeds `sink` with every record of the whole run, in order, from within `receive`; keeps the newest snapshot."""

    def __init__(
        self,
        sink: Callable[[Record], None],
        options: RunOptions,
        transport: Transport,
        clock: Callable[[], int] = monotonic_ns,
        silent_ns: int = SILENT_NS,
    ) -> None:
        self._sink = sink
        self._options = options
        self._transport = transport
        self._clock = clock
        self._silent_ns = silent_ns
        self._run_id = uuid4().hex[:8]
        self._inbox = Inbox()
        self._closed = False
        self._posts: list[Post] = []
        self._end = End()
        self._stage = "greeting"
        self._zero_ns = 0
        self._prepares = False
        self._next_ping_ns = 0
        self._looked_ns = self._glanced_ns = clock()
        self._partials_per_s = 0
        self._judged = RowSum()
        self._measured_phases: set[int] = set()
        self._workload: Workload
        self._fleet: Fleet
        self._parts: list[Workload]
        self._merge: Merge
        self._roster: Roster
        self._view: View
        self._budget: Budget
        self.ended = False
        self.error: Exception | None = None
        """Why the run could not begin, or broke off; None where it ran to its end."""

    # --- as its users hold it -------------------------------------------------------------------------------------

    def start(self, workload: Workload) -> None:
        """Call the members that the transport finds; whatever goes wrong from here on is in `error` once `ended`."""
        assert workload.fleet is not None
        self._workload, self._fleet, self._budget = workload, workload.fleet, Budget(workload.errors)
        planned_s = None if workload.duration is None else workload.duration / NS_PER_S
        self._view = View(planned_s, workload.stop.ops)
        try:
            addresses = self._transport.members()
            self._parts = parts_of(found := on_members(workload, addresses))
            assert found.fleet is not None
            self._fleet = found.fleet
        except S3BenchError as error:
            self._give_up(error)
            return
        often = min(self._options.snapshots_per_s, _PARTIALS_PER_S // max(1, len(addresses)))
        self._partials_per_s = often if often > 1 else 0  # an interval comes every second, and says as much
        self._posts = [self._called(index, address) for index, address in enumerate(addresses)]
        self._merge = Merge([post.member for post in self._posts], self._tell)
        self._roster = Roster(self._posts, self._clock)

    def _called(self, index: int, address: str) -> Post:
        post = Post(address, self._transport.link(index, self._inbox.put), Member(address), self._clock())
        post.send(hello=pb.Hello(protocol=wire.PROTOCOL, version=__version__, run_id=self._run_id))
        return post

    def send(self, command: Command) -> None:
        """Pass a command on to every agent; one that comes after the end is left out."""
        if self.ended:
            return
        if isinstance(command, StopRun):
            self._end.want("interrupted" if command.reason == "interrupted" else "stopped", command.reason)
            self._stop(command)
        elif self._stage != "loading":
            self._merge.tell("info", "a change came while no load was running, and was left out")
        else:
            self._change(Change(label=command.text) if isinstance(command, Mark) else command)

    def latest(self) -> Snapshot | None:
        """The newest snapshot; never blocks."""
        now = self._clock()
        if self._partials_per_s and not self.ended and (self._view.behind or now - self._glanced_ns >= FRESH_NS):
            self._glanced_ns = now
            self._view.glance(self._merge.under_way())
        return self._view.latest(self._roster.samples() if self._posts else ())

    def fileno(self) -> int:
        """Readable when there is something to receive."""
        return self._inbox.fileno()

    def receive(self, timeout_s: float = 0.0) -> None:
        """Take what the agents have sent; wait so long for the first of it."""
        if self.ended:
            return
        self._inbox.wait(timeout_s)
        while not self.ended and (arrived := self._inbox.take()) is not None:
            self._take(arrived)
        if not self.ended:
            self._look_at_the_clock()

    def close(self, timeout_s: float = 10.0) -> None:
        """Let the agents go; a run that is still on ends there at once."""
        self.ended = True
        if self._closed:
            return
        self._closed = True
        self._inbox.close()
        for post in self._posts:
            if post.on:
                post.send(stop=pb.Stop(now=True, reason="the controller has left"))
            post.link.hang_up()
        deadline_ns = self._clock() + int(min(timeout_s, _GOODBYE_S) * NS_PER_S)
        for post in self._posts:
            post.link.close(max(0.0, (deadline_ns - self._clock()) / NS_PER_S))
        self._transport.close()

    # --- words of the agents --------------------------------------------------------------------------------------

    def _take(self, arrived: Arrived) -> None:
        post = self._posts[arrived.member]
        if not post.on:
            return
        post.heard_ns = self._clock()
        word = arrived.word
        if word is None:
            self._lose(post, arrived.loss)
        else:
            self._hear(post, word, arrived)
        if not self._waits_for(post):
            self._go_on()

    def _hear(self, post: Post, word: pb.Up, arrived: Arrived) -> None:
        if word.sequence and (gap := post.count(word.sequence)):
            self._merge.tell("error", f"{post.address}: {gap} words did not come; what they told is missing")
        match word.WhichOneof("word"):
            case "welcome":
                self._welcome(post, word.welcome)
            case "pong":
                self._pong(post, word.pong, arrived)
            case "held":
                post.held, post.lacking = word.held.before, word.held.lacking
            case "released":
                self._released(post, word.released)
            case "partial":
                self._glance(post, word.partial)
            case "record":
                self._record(post, word.record)
            case "ended":
                self._last_word(post, word.ended)

    def _welcome(self, post: Post, welcome: pb.Welcome) -> None:
        post.welcome = welcome
        wrong = wire.mismatch((wire.PROTOCOL, __version__), (welcome.protocol, welcome.version))
        if wrong:
            self._give_up(TargetError(f"agent {post.address} {wrong}; run the same version on all machines"))
        else:
            post.ping(self._clock())

    def _pong(self, post: Post, pong: pb.Pong, arrived: Arrived) -> None:
        sent_ns = post.pings.pop(pong.number, None)
        if sent_ns is None:
            return
        post.clocks.add(sent_ns, arrived.at_ns, pong.monotonic_ns, pong.wall_ns, arrived.wall_ns)
        if self._stage == "greeting" and post.clocks.pings < PINGS:
            post.ping(self._clock())

    def _released(self, post: Post, released: pb.Released) -> None:
        at_ns = released.at_ns - post.offset.monotonic_ns
        post.released_ns[released.before] = at_ns
        post.told_ns = post.heard_ns
        if released.before == "prepare" or not self._prepares:
            post.member.zero_s = (at_ns - self._zero_ns) / NS_PER_S

    def _record(self, post: Post, line: str) -> None:
        post.told_ns = post.heard_ns
        try:
            record = decode(line)
        except ValueError as error:
            self._lose(post, f"it sent what is no record: {error}")
            return
        self._merge.feed(post.member, record)
        if isinstance(record, RunEnded):
            post.send(goodbye=pb.Goodbye())
        if isinstance(record, RunEnded) and record.status in _ENDS_ALL and not self._end.wanted:
            self._end_all(record.status, f"agent {post.address}: {record.reason}")

    def _glance(self, post: Post, line: str) -> None:
        post.told_ns = post.heard_ns
        with suppress(ValueError):  # whatever it is, the next interval does not need it
            if isinstance(partial := decode(line), Interval):
                self._merge.glance(post.member, partial)

    def _last_word(self, post: Post, ended: pb.Ended) -> None:
        if post.member.ended is None:
            self._lose(post, ended.error or "its run ended without a word", ended.exit_code)

    def _tell(self, record: Record) -> None:
        """A record of the whole."""
        if isinstance(record, Interval):
            record = replace(record, agents=self._roster.taken())
        self._view.feed(record)
        self._sink(record)
        if isinstance(record, Interval):
            self._judged.add(total_of(record.tally))
            row = self._judged.value()
            if not self._end.wanted and (overrun := self._budget.overrun(row)):
                self._end_all("error_budget" if row.ops else "target", overrun)

    # --- the course of the run ------------------------------------------------------------------------------------

    def _waits_for(self, post: Post) -> bool:
        """Whether this one alone keeps all from the next stage: of hundreds not each has to be looked at for every word."""
        if not post.on:
            return False
        match self._stage:
            case "greeting":
                return post.clocks.pings < PINGS
            case "opening":
                return post.held != "prepare"
            case "making":
                return post.held != "load"
        return True  # to its end

    def _go_on(self) -> None:
        """To the next stage, once every agent is ready for it."""
        posts = [post for post in self._posts if post.on]
        if self.ended:
            return
        if self._stage == "greeting" and all(post.clocks.pings >= PINGS for post in posts):
            self._stage = "opening"
            self._prepare(posts)
        elif self._stage == "opening" and all(post.held == "prepare" for post in posts):
            self._stage = "making"
            self._merge.begin(account.head(self._run_id, self._workload, self._transport.name, posts))
            self._view.lacking = sum(post.lacking for post in posts)
            self._prepares = self._view.lacking > 0
            self._proceed(posts)
        elif self._stage == "making" and posts and all(post.held == "load" for post in posts):
            self._stage = "loading"
            self._proceed(posts)
        if self._stage != "greeting" and all(not post.on for post in self._posts):
            self._finish()

    def _prepare(self, posts: Sequence[Post]) -> None:
        count = len(posts)
        for index, (post, workload) in enumerate(zip(posts, self._parts, strict=True)):
            options = RunOptions(
                probe=self._options.probe,
                prepare_only=self._options.prepare_only,
                part=Part(index, count, self._fleet.keyspace == "partitioned"),
                wall_shift_ns=-post.offset.wall_ns,
            )
            post.send(prepare=wire.prepare(workload, options, self._partials_per_s))

    def _proceed(self, posts: Sequence[Post]) -> None:
        """All go on at one instant."""
        at_ns = self._clock() + START_LEAD_NS + 2 * max(post.offset.error_ns for post in posts)
        if not self._zero_ns or not self._prepares:
            self._zero_ns = at_ns
        for post in posts:
            post.held = ""
            post.send(proceed=wire.proceed(at_ns + post.offset.monotonic_ns, self._prepares))

    def _change(self, change: Change) -> None:
        posts = [post for post in self._posts if post.on]
        try:
            parts = changes_of(
                change, [share for post, share in zip(self._posts, shares_of(self._fleet), strict=True) if post.on]
            )
        except ConfigError as error:
            self._merge.tell("error", str(error))
            return
        at_ns = self._clock() + CHANGE_LEAD_NS + 2 * max((post.offset.error_ns for post in posts), default=0)
        for post, part in zip(posts, parts, strict=True):
            post.send(change=wire.change(part, at_ns + post.offset.monotonic_ns))

    def _stop(self, command: StopRun) -> None:
        for post in self._posts:
            if post.on:
                post.send(stop=pb.Stop(now=command.now, reason=command.reason))

    def _end_all(self, status: str, reason: str) -> None:
        """End the run, for this reason, whatever the agents say of it."""
        self._end.want(status, reason)
        self._stop(StopRun(reason=reason))

    def _finish(self) -> None:
        members = [post.member for post in self._posts]
        if not self._end.wanted and all(member.lost for member in members):
            self._end.want("agent_lost", "every agent was lost")
        bad = self._end.wanted
        status, reason = (self._end.status, self._end.reason) if bad else account.outcome(members)
        self._tell(account.foot(self._merge.at_s, status, reason, self._posts))
        self.ended = True

    # --- losses ---------------------------------------------------------------------------------------------------

    def _look_at_the_clock(self) -> None:
        now = self._clock()
        if now - self._looked_ns > self._silent_ns // 2:  # we were away ourselves: nobody could be heard
            for post in self._posts:
                post.heard_ns = post.told_ns = now
        self._looked_ns = now
        if now >= self._next_ping_ns:
            self._next_ping_ns = now + PING_EVERY_NS
            for post in self._posts:
                if post.on and post.welcome is not None and self._stage != "greeting":
                    post.ping(now)
        for post in self._posts:
            if post.on and (silence := post.silence(now, self._silent_ns)):
                self._lose(post, silence)
                self._go_on()

    def _lose(self, post: Post, loss: str, exit_code: int = ExitCode.TARGET) -> None:
        """An agent is gone, or has broken off; `loss` says why."""
        post.loss = loss
        if self._stage in ("greeting", "opening"):
            self._give_up(refusal(f"agent {post.address}: {loss}", exit_code))
            return
        self._merge.lose(post.member)
        post.link.hang_up()
        left = sum(other.on for other in self._posts)
        self._merge.tell(
            "error",
            f"agent {post.address} was lost: {loss}; {left} of {len(self._posts)} are left, and what it had told is kept",
            agent=post.address,
        )
        if self._end.wanted or not left:
            return
        if self._stage != "loading":
            self._end_all("agent_lost", f"agent {post.address} was lost before the load began")
        elif left < least(self._fleet, len(self._posts)):
            self._end_all("agent_lost", f"agent {post.address} was lost: {loss}")

    def _give_up(self, error: S3BenchError) -> None:
        """The run cannot begin: nobody is to wait any longer."""
        self.error = error
        self.close(_GOODBYE_S)
