"""One run of many: phases under one number, sums without a loss, whatever comes late or not at all."""

from __future__ import annotations

from s3bench_tui.engine.messages import (
    Entry,
    Event,
    Interval,
    Phase,
    PhaseClosed,
    PhaseOpened,
    Record,
    RunStarted,
    Settings,
    Snapshot,
)
from s3bench_tui.fleet.clock import Clocks
from s3bench_tui.fleet.merge import Member, Merge
from s3bench_tui.fleet.view import View
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Row, RowKey, difference, merged, total_of

HEAD = RunStarted("0", "", "", {}, (Entry("get", "get"),), (), {})


def phase(index: int, kind: str, start_s: float, end_s: float | None = None, slots: int = 4) -> Phase:
    return Phase(index, kind, start_s, Settings(slots, (1.0,), (2,)), end_s=end_s)


def interval(index: int, start_s: float, end_s: float, *service_ns: int) -> Interval:
    row = Row(ops=len(service_ns), bytes=sum(service_ns), service=Histogram.of_values(list(service_ns)))
    return Interval(index, start_s, end_s, {RowKey(0, 0, 0): row} if service_ns else {})


class Fleet:
    def __init__(self) -> None:
        self.told: list[Record] = []
        self.members = [Member("a"), Member("b")]
        self.merge = Merge(self.members, self.told.append)
        self.merge.begin(HEAD)

    def feed(self, member: int, *records: Record) -> None:
        for record in records:
            self.merge.feed(self.members[member], record)

    def of(self, kind: type) -> list[Record]:
        return [record for record in self.told if isinstance(record, kind)]

    def phases(self) -> list[tuple[int, str]]:
        return [(each.phase.index, each.phase.kind) for each in self.told if isinstance(each, PhaseOpened)]

    def total(self) -> Row:
        return total_of(merged(*(each.tally for each in self.told if isinstance(each, Interval))))


def test_a_phase_is_opened_once_all_have_it_with_the_sum_of_their_settings() -> None:
    fleet = Fleet()
    fleet.feed(0, PhaseOpened(phase(0, "measured", 0.0)), interval(0, 0.0, 1.0, 100))
    assert fleet.phases() == []
    fleet.feed(1, PhaseOpened(phase(0, "measured", 0.0, slots=5)))
    (opened,) = (record for record in fleet.told if isinstance(record, PhaseOpened))
    assert (opened.phase.settings.concurrency, opened.phase.settings.limits) == (9, (4,))
    assert fleet.of(Interval) == []
    fleet.feed(1, interval(0, 0.0, 1.1, 200, 300))
    assert fleet.total() == Row(3, 600, service=Histogram.of_values([100, 200, 300]))


def test_one_that_is_done_early_waits_in_the_drain_for_the_others() -> None:
    fleet = Fleet()
    for member in (0, 1):
        fleet.feed(member, PhaseOpened(phase(0, "measured", 0.0)))
    fleet.feed(
        0, PhaseOpened(phase(1, "drain", 0.5)), interval(0, 0.0, 0.5, 1), PhaseClosed(phase(0, "measured", 0.0, 0.5))
    )
    fleet.feed(0, interval(1, 0.5, 0.6, 2), PhaseClosed(phase(1, "drain", 0.5, 0.6)))
    fleet.feed(1, PhaseOpened(phase(1, "measured", 1.0, slots=7)), PhaseClosed(phase(0, "measured", 0.0, 1.0)))
    fleet.feed(1, interval(1, 1.0, 2.0, 3), PhaseOpened(phase(2, "drain", 2.0)))
    assert fleet.phases() == [(0, "measured"), (1, "measured"), (2, "drain")]
    fleet.feed(1, PhaseClosed(phase(1, "measured", 1.0, 2.0)), PhaseClosed(phase(2, "drain", 2.0, 2.1)))
    assert [(each.phase.index, each.phase.end_s) for each in fleet.told if isinstance(each, PhaseClosed)] == [
        (0, 1.0), (1, 2.0), (2, 2.1)
    ]  # fmt: skip
    assert fleet.total().ops == 3
    assert [event.text for event in fleet.told if isinstance(event, Event)] == ["settings changed"]


def test_what_a_lost_one_had_told_stays_and_nobody_waits_for_it() -> None:
    fleet = Fleet()
    for member in (0, 1):
        fleet.feed(member, PhaseOpened(phase(0, "measured", 0.0)), interval(0, 0.0, 1.0, 5))
    fleet.feed(0, interval(0, 1.0, 2.0, 6), interval(0, 2.0, 3.0, 7))
    assert fleet.total().ops == 2
    fleet.merge.lose(fleet.members[1])
    assert fleet.total().ops == 4
    fleet.feed(0, PhaseClosed(phase(0, "measured", 0.0, 3.0)))
    assert isinstance(fleet.told[-1], PhaseClosed)
    assert [total_of({RowKey(0, 0, 0): member.measured.value()}).ops for member in fleet.members] == [3, 1]


def test_what_a_lost_one_was_seen_to_do_is_not_taken_back() -> None:
    fleet = Fleet()
    view = View(None, None)

    def seen() -> Snapshot:
        for record in fleet.told[taken:]:
            view.feed(record)
        view.glance(fleet.merge.under_way())
        found = view.latest(())
        assert found is not None
        return found

    taken = 0
    for member in (0, 1):
        fleet.feed(member, PhaseOpened(phase(0, "measured", 0.0)), interval(0, 0.0, 1.0, 5))
    fleet.merge.glance(fleet.members[1], interval(0, 1.0, 1.7, 6, 7))
    before, taken = seen(), len(fleet.told)
    fleet.merge.lose(fleet.members[1])
    after, taken = seen(), len(fleet.told)
    assert total_of(difference(after.current, before.current)).ops == 0  # raises where a count has become less
    fleet.feed(0, interval(0, 1.0, 2.0, 8), PhaseClosed(phase(0, "measured", 0.0, 2.0)))
    assert total_of(difference(seen().current, before.current)).ops == 1
    assert fleet.total() == Row(5, 31, service=Histogram.of_values([5, 5, 6, 7, 8]))
    assert total_of({RowKey(0, 0, 0): fleet.members[1].measured.value()}).ops == 3


def test_times_are_those_of_the_fleet() -> None:
    fleet = Fleet()
    fleet.members[0].zero_s, fleet.members[1].zero_s = 0.0, 0.25
    for member in (0, 1):
        fleet.feed(member, PhaseOpened(phase(0, "measured", 0.0)), interval(0, 0.0, 1.0, 5))
        fleet.feed(member, PhaseClosed(phase(0, "measured", 0.0, 1.0)))
    closed = fleet.told[-1]
    assert isinstance(closed, PhaseClosed)
    assert (closed.phase.start_s, closed.phase.end_s) == (0.0, 1.25)


def test_the_quickest_ping_knows_the_clock_best() -> None:
    clocks = Clocks()
    clocks.add(sent_ns=1000, received_ns=3000, monotonic_ns=52_900, wall_ns=7_000_900, our_wall_ns=2_003_000)
    clocks.add(sent_ns=5000, received_ns=5200, monotonic_ns=55_100, wall_ns=7_005_100, our_wall_ns=2_005_200)
    assert (clocks.offset.monotonic_ns, clocks.offset.wall_ns, clocks.offset.error_ns) == (50_000, 5_000_000, 100)
