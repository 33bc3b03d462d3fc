"""The agents of a run as they are shown: their state in a word, their rates, how long they have said nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from s3bench_tui.engine.messages import Interval, Phase, RunEnded, Settings
from s3bench_tui.fleet import roster
from s3bench_tui.fleet.clock import Clocks
from s3bench_tui.fleet.merge import Member
from s3bench_tui.fleet.roster import Roster
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Row, RowKey

SECOND = 1_000_000_000


@dataclass
class FakePost:
    """What a roster looks at."""

    address: str
    member: Member = field(default_factory=lambda: Member("a"))
    clocks: Clocks = field(default_factory=Clocks)
    heard_ns: int = 0
    held: str = ""
    loss: str = ""

    @property
    def offset(self) -> Any:
        return self.clocks.offset


class Time:
    now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def told(kind: str, ops: int = 0, seconds: float = 1.0) -> Member:
    member = Member("a")
    member.phases[0] = Phase(0, kind, 0.0, Settings(1, (1.0,), (None,)))
    row = Row(ops=ops, bytes=ops * 10, errors={"timeout": 2}, service=Histogram.of_values([5_000_000] * ops))
    member.last = Interval(0, 0.0, seconds, {RowKey(0, 0, 0): row}, in_flight=3)
    member.measured.add(row)
    return member


def test_a_state_is_a_word() -> None:
    running = told("measured")
    ended = told("drain")
    ended.ended = RunEnded(1.0, "ok", "")
    posts: list[Any] = [
        FakePost("new"), FakePost("held", told("prepare"), held="load"), FakePost("runs", running), FakePost("drains", told("drain")),
        FakePost("done", ended), FakePost("gone", told("measured"), loss="it hung up"), FakePost("pauses", told("paused")),
    ]  # fmt: skip
    states = {sample.address: sample.state for sample in Roster(posts, Time()).samples()}
    assert states == {
        "new": "connecting", "held": "waiting", "runs": "running", "drains": "draining", "done": "ended", "gone": "lost", "pauses": "paused",
    }  # fmt: skip


def test_figures_are_those_that_the_agent_told() -> None:
    time, post = Time(), FakePost("a", told("measured", ops=500, seconds=2.0))
    post.clocks.add(100, 300, 700, 1_000_000_200, 300)
    time.now_ns = 3 * SECOND
    post.heard_ns = SECOND
    posts: list[Any] = [post]
    (sample,) = Roster(posts, time).samples()
    assert (sample.ops, sample.bytes, sample.failed, sample.in_flight) == (500, 5000, 2, 3)
    assert (sample.ops_per_s, sample.bytes_per_s, sample.silent_s) == (250.0, 2500.0, 2.0)
    assert sample.p99_ns == Histogram.of_values([5_000_000]).percentiles((99.0,))[0]
    assert (sample.wall_offset_ns, sample.clock_error_ns) == (1_000_000_000, 100)
    assert sample.cpu_busy is None


def test_one_that_is_lost_keeps_its_counters_and_has_no_rate() -> None:
    posts: list[Any] = [FakePost("a", told("measured", ops=500), loss="it hung up")]
    (sample,) = Roster(posts, Time()).samples()
    assert (sample.ops, sample.ops_per_s, sample.in_flight) == (500, 0.0, 0)


def test_they_are_the_same_for_a_moment() -> None:
    time = Time()
    posts: list[Any] = [FakePost("a", told("measured", ops=500))]
    many = Roster(posts, time)
    first = many.samples()
    time.now_ns = roster.FRESH_NS - 1
    assert many.samples() is first
    time.now_ns += 1
    assert many.samples() is not first


@pytest.mark.parametrize("count", [3, 60])
def test_percentiles_of_a_large_fleet_are_found_in_turn(count: int) -> None:
    time = Time()
    posts: list[Any] = [FakePost(str(number), told("measured", ops=200)) for number in range(count)]
    many = Roster(posts, time)
    known = []
    for second in range(3):
        time.now_ns = second * SECOND
        known.append(sum(sample.p99_ns is not None for sample in many.samples()))
    assert known == [min(count, 25), min(count, 50), count]
