"""The agents of a run as they are now, for eyes: what each does, and how long it has said nothing. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s3bench_tui.engine.coordination.timeline import STATES
from s3bench_tui.engine.messages import AgentSample, Interval
from s3bench_tui.fleet.merge import Member
from s3bench_tui.fleet.post import Post
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.units import NS_PER_S

FRESH_NS = 250_000_000
"""So long the same samples are given to whoever asks."""
_PERCENTILES_AT_ONCE = 25
"""Of so many agents they are found each second, in turn: those of a large fleet must not cost a core."""
_WORKING = {*STATES.values(), "paused"}
_SHORT_S = 0.2
"""What is left of a phase at its end is too short for a rate."""


class Roster:
    """Samples of `posts`, in their order. `clock` gives nanoseconds."""

    def __init__(self, posts: Sequence[Post], clock: Callable[[], int]) -> None:
        self._posts = posts
        self._clock = clock
        self._percentiles: list[int | None] = [None] * len(posts)
        self._rates: list[tuple[float, float]] = [(0.0, 0.0)] * len(posts)
        self._cpu: list[float | None] = [None] * len(posts)
        self._rated: list[Interval | None] = [None] * len(posts)
        self._next_percentile = 0
        self._next_percentiles_ns = 0
        self._samples: tuple[AgentSample, ...] = ()
        self._sampled_ns = clock() - FRESH_NS

    def samples(self) -> tuple[AgentSample, ...]:
        """Now, or a moment ago."""
        return self._samples if self._clock() - self._sampled_ns < FRESH_NS else self.taken()

    def taken(self) -> tuple[AgentSample, ...]:
        """Now."""
        self._sampled_ns = now_ns = self._clock()
        if now_ns >= self._next_percentiles_ns:
            self._next_percentiles_ns = now_ns + NS_PER_S
            self._find_percentiles()
        self._samples = tuple(self._sample(index, post, now_ns) for index, post in enumerate(self._posts))
        return self._samples

    def _find_percentiles(self) -> None:
        count = len(self._posts)
        for turn in range(min(count, _PERCENTILES_AT_ONCE)):
            index = (self._next_percentile + turn) % count
            service = self._posts[index].member.measured.histogram("service")
            self._percentiles[index] = _p99(service)
        self._next_percentile = (self._next_percentile + _PERCENTILES_AT_ONCE) % count

    def _sample(self, index: int, post: Post, now_ns: int) -> AgentSample:
        member, state = post.member, _state(post)
        last = member.last
        if last is not None and last is not self._rated[index]:
            self._rated[index] = last
            self._rate(index, last)
        working = state in _WORKING
        ops, size, failed = member.measured.counts
        ops_per_s, bytes_per_s = self._rates[index] if working else (0.0, 0.0)
        known = post.clocks.pings > 0
        return AgentSample(
            address=str(post.address),
            state=state,
            ops=ops,
            bytes=size,
            failed=failed,
            p99_ns=self._percentiles[index],
            ops_per_s=round(ops_per_s, 3),
            bytes_per_s=round(bytes_per_s, 3),
            in_flight=last.in_flight if last is not None and working else 0,
            backlog=last.backlog if last is not None and working else 0,
            cpu_busy=self._cpu[index] if working else None,
            wall_offset_ns=post.offset.wall_ns if known else None,
            clock_error_ns=post.offset.error_ns if known else None,
            silent_s=0.0 if state == "ended" else round(max(0, now_ns - post.heard_ns) / NS_PER_S, 2),
        )

    def _rate(self, index: int, last: Interval) -> None:
        seconds = last.end_s - last.start_s
        if seconds >= _SHORT_S:
            ops = sum(row.ops for row in last.tally.values())
            size = sum(row.bytes for row in last.tally.values())
            self._rates[index] = ops / seconds, size / seconds
        if last.host is not None and last.host.cpu is not None:
            self._cpu[index] = round(1 - last.host.cpu.free, 3)


def _state(post: Post) -> str:
    member = post.member
    if post.loss:
        return "lost"
    if member.ended is not None:
        return "ended"
    if post.held:
        return "waiting"
    return _phase(member) or "connecting"


def _phase(member: Member) -> str:
    """What the phase is called that it has begun last; "" before the first."""
    if not member.phases:
        return ""
    kind = member.phases[max(member.phases)].kind
    return STATES.get(kind, kind)


def _p99(service: Histogram) -> int | None:
    return service.known_percentiles().get("p99") if service.n else None
