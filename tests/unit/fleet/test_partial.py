"""What agents say between their intervals: for eyes only, never counted twice, and missed by nobody where it is lost."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from s3bench_tui.engine.messages import Arrivals, Interval, PhaseClosed, PhaseOpened, Record, Snapshot
from s3bench_tui.fleet.merge import Member, Merge
from s3bench_tui.fleet.partial import Remainder
from s3bench_tui.fleet.view import View
from s3bench_tui.stats.tally import TallySum, total_of
from tests.unit.fleet.test_merge import HEAD, interval, phase

QUARTER_S = 0.25
OPS = 10
"""Of each agent, in each quarter of a second."""


def said(quarters: int) -> list[tuple[str, Any]]:
    """By one agent: a measured phase of so many quarters of a second, an interval each second, and what is between."""
    remainder, current = Remainder(), TallySum()
    out: list[tuple[str, Any]] = []

    def told(record: Record) -> None:
        remainder.feed(record)
        out.append(("record", record))

    told(PhaseOpened(phase(0, "measured", 0.0)))
    for quarter in range(1, quarters + 1):
        at_s = quarter * QUARTER_S
        current.add(interval(0, 0.0, at_s, *[quarter * 1000] * OPS).tally)
        if quarter % 4 == 0:
            since = [of * 1000 for of in range(quarter - 3, quarter + 1) for _ in range(OPS)]
            told(interval(0, at_s - 1.0, at_s, *since))
        tally = current.value()
        snapshot = Snapshot(at_s, phase(0, "measured", 0.0), "running", tally, tally, at_s, Arrivals(), 4, 0)
        if (partial := remainder.of(snapshot)) is not None:
            out.append(("partial", partial))
    told(PhaseClosed(phase(0, "measured", 0.0, quarters * QUARTER_S)))
    return out


def test_what_is_between_the_intervals_has_all_since_the_last_one() -> None:
    partials = [word for kind, word in said(9) if kind == "partial"]
    assert [(part.start_s, part.end_s, total_of(part.tally).ops) for part in partials] == [
        (0.0, 0.25, 10), (0.0, 0.5, 20), (0.0, 0.75, 30), (1.0, 1.25, 10), (1.0, 1.5, 20), (1.0, 1.75, 30), (2.0, 2.25, 10),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_lost_and_late_ones_do_no_harm(seed: int) -> None:
    """Records come in order; partials get lost, come again, and late. What is shown is never more than there was by then,
    and is exact where the newest came."""
    random = Random(seed)
    quarters = 16
    view, told = View(None, None), list[Record]()

    def sink(record: Record) -> None:
        told.append(record)
        view.feed(record)

    members = [Member("a"), Member("b")]
    merge = Merge(members, sink)
    merge.begin(HEAD)
    late: list[tuple[Member, Interval]] = []
    shown_s = 0.0
    words = [said(quarters), said(quarters)]
    reached = [0.0, 0.0]
    while any(words):
        which = random.choice([index for index in (0, 1) if words[index]])
        kind, word = words[which].pop(0)
        if kind == "record":
            merge.feed(members[which], word)
            reached[which] = max(reached[which], getattr(word, "end_s", 0.0))
        elif random.random() < 0.4:
            late.append((members[which], word))
        elif random.random() < 0.7:
            merge.glance(members[which], word)
            reached[which] = max(reached[which], word.end_s)
        if late and random.random() < 0.4:
            member, partial = late.pop(random.randrange(len(late)))
            merge.glance(member, partial)
            at = members.index(member)
            reached[at] = max(reached[at], member.partial.end_s if member.partial is not None else 0.0)
        under_way = merge.under_way()
        view.glance(under_way)
        snapshot = view.latest(())
        if snapshot is None:
            continue
        assert snapshot.at_s >= shown_s
        shown_s = snapshot.at_s
        if under_way.parts or any(isinstance(record, Interval) for record in told):
            assert total_of(snapshot.total).ops == sum(reached) / QUARTER_S * OPS
    view.glance(merge.under_way())
    last = view.latest(())
    assert last is not None
    assert total_of(last.total).ops == 2 * quarters * OPS
    intervals = [record for record in told if isinstance(record, Interval)]
    assert sum(total_of(each.tally).ops for each in intervals) == 2 * quarters * OPS


def test_a_new_interval_has_what_is_beyond_it_looked_at_anew() -> None:
    view = View(None, None)
    merge = Merge(members := [Member("a"), Member("b")], view.feed)
    merge.begin(HEAD)
    for member in members:
        merge.feed(member, PhaseOpened(phase(0, "measured", 0.0)))
    merge.feed(members[0], interval(0, 0.0, 1.0, 7))
    merge.glance(members[0], interval(0, 1.0, 1.5, 7, 7))
    view.glance(merge.under_way())
    assert not view.behind
    merge.feed(members[1], interval(0, 0.0, 1.0, 7))  # with which the second is whole
    assert view.behind
    view.glance(merge.under_way())
    snapshot = view.latest(())
    assert snapshot is not None and not view.behind
    assert total_of(snapshot.current).ops == 4
