"""How operations are given to end points: over drivers that complete as they are told, by a clock that stands still."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pytest

from s3bench_tui.stores.balance import News
from s3bench_tui.stores.base import DriverConfig, Operation
from s3bench_tui.stores.http.balance import BalancedDriver
from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import CLIENT, CONNECT, OK, RESET

SECOND = 1_000_000_000


class Told:
    """A driver whose operations complete when and as the test says."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.open: list[Operation] = []
        self.opened: list[int] = []
        self.outcome = OK
        self._done: list[Operation] = []

    def fileno(self) -> int:
        return self._fd

    @property
    def has_completed(self) -> bool:
        return False

    def open_slots(self, slots: Iterable[int], deadline_ns: int) -> None:
        self.opened += slots

    def submit(self, op: Operation) -> None:
        assert op.slot not in [other.slot for other in self.open]
        self.open.append(op)

    def complete(self, op: Operation, at_ns: int = 0) -> None:
        self.open.remove(op)
        op.outcome, op.detail, op.done_ns = self.outcome, "refused" if self.outcome else "", at_ns
        self._done.append(op)
        os.eventfd_write(self._fd, 1)

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        assert timeout_ns == 0
        if self._done:
            os.eventfd_read(self._fd)
        done, self._done = self._done, []
        return done

    def counters(self) -> dict[str, int]:
        return {"connects": len(self.opened), "verified": 5}

    def close(self) -> None:
        os.close(self._fd)


class Rig:
    """A balanced driver over some that are told; every operation has a slot of its own."""

    def __init__(self, drivers: int, balance: str, **more: Any) -> None:
        self.now = 10 * SECOND
        self.ends = [Told() for _ in range(drivers)]
        config = DriverConfig("s3", "b", {"balance": balance}, **more)
        self.driver = BalancedDriver(config, cast(list[HttpDriver], self.ends), None, lambda: self.now)
        self._slot = 100

    def send(self) -> tuple[int, Operation]:
        """A new operation, and where it went."""
        self._slot += 1
        op = Operation(self._slot)
        before = [len(end.open) for end in self.ends]
        self.driver.submit(op)
        [at] = [index for index, end in enumerate(self.ends) if len(end.open) > before[index]]
        return at, op

    def send_to(self, wanted: int) -> Operation:
        """A new operation that went there; those that go elsewhere meanwhile succeed."""
        for _ in range(len(self.ends) + 1):
            at, op = self.send()
            if at == wanted:
                return op
            self.end(at, op)
        raise AssertionError(f"nothing goes to {wanted}")

    def end(self, at: int, op: Operation) -> Operation:
        """Complete it as that driver does at present."""
        self.ends[at].complete(op)
        assert list(self.driver.wait(0)) == [op]
        return op

    def went(self, count: int) -> Counter[int]:
        """Where so many operations go, one after the other."""
        places: Counter[int] = Counter()
        for _ in range(count):
            at, op = self.send()
            self.end(at, op)
            places[at] += 1
        return places

    def refuse(self, at: int) -> None:
        """Let an end point give no connections, and one operation find out."""
        self.ends[at].outcome = CONNECT
        self.end(at, self.send_to(at))


@contextmanager
def rig(drivers: int = 3, balance: str = "round_robin", **more: Any) -> Iterator[Rig]:
    made = Rig(drivers, balance, **more)
    try:
        yield made
    finally:
        made.driver.close()


def test_round_robin_gives_each_the_same_whatever_is_in_flight() -> None:
    with rig() as r:
        places = Counter(r.send()[0] for _ in range(30))
        assert places == {0: 10, 1: 10, 2: 10}


def test_workers_begin_at_different_end_points() -> None:
    firsts = set()
    for seed in range(3):
        made = Rig(3, "round_robin")
        config = DriverConfig("s3", "b", {"balance": "round_robin", "seed": seed})
        made.driver.close()
        made.ends = [Told() for _ in range(3)]
        made.driver = BalancedDriver(config, cast(list[HttpDriver], made.ends), None, lambda: 0)
        firsts.add(made.send()[0])
        made.driver.close()
    assert firsts == {0, 1, 2}


def test_least_in_flight_leaves_the_slow_one_alone() -> None:
    with rig(balance="least_in_flight") as r:
        places: Counter[int] = Counter()
        for _ in range(60):  # end point 0 answers nothing, the others at once
            at, op = r.send()
            places[at] += 1
            if at:
                r.end(at, op)
        assert places[0] == 1
        assert abs(places[1] - places[2]) <= 1


def test_least_in_flight_takes_turns_among_equals() -> None:
    with rig(balance="least_in_flight") as r:
        assert r.went(30) == {0: 10, 1: 10, 2: 10}


def test_an_operation_comes_back_as_it_went_but_for_its_end_point() -> None:
    with rig() as r:
        sent = [r.send() for _ in range(9)]
        for at, op in sent:
            slot = 101 + sent.index((at, op))
            r.end(at, op)
            assert (op.endpoint, op.slot) == (at, slot)


def test_lanes_are_unique_over_all_and_used_again() -> None:
    with rig() as r:
        for _ in range(5):
            sent = [r.send() for _ in range(12)]
            lanes = [op.slot for _, op in sent]
            assert len(set(lanes)) == 12
            assert set(lanes) == set(range(12))
            for at, op in sent:
                r.end(at, op)


def test_the_connections_of_so_many_slots_are_shared_out() -> None:
    with rig() as r:
        r.driver.prewarm(8, 20 * SECOND)
        assert [len(end.opened) for end in r.ends] == [3, 3, 3]
        assert {r.send()[1].slot for _ in range(9)} == {slot for end in r.ends for slot in end.opened}
        assert r.driver.counters()["connects"] == 9


def test_completions_come_in_the_order_in_which_they_were() -> None:
    with rig() as r:
        sent = [r.send() for _ in range(6)]
        for number, (at, op) in enumerate(reversed(sent)):
            r.ends[at].complete(op, 1000 - number * 7 % 5)
        times = [op.done_ns for op in r.driver.wait(0)]
        assert times == sorted(times)
        assert len(times) == 6


def test_requests_of_uploads_have_an_end_point_and_no_lane() -> None:
    with rig(lines=(LineOptions(), LineOptions())) as r:
        at, op = r.send()
        request = Operation(op.slot)
        request.entry = 3  # a row of requests, beyond the two lines
        r.ends[at].open.append(request)
        r.end(at, request)
        assert request.endpoint == at
        assert r.send_to(at).slot != request.slot  # the operation itself still has its lane


# --- end points that give no connections ------------------------------------------------------------------------------


def test_one_that_gives_no_connection_is_left_out_and_told_of() -> None:
    with rig() as r:
        r.refuse(1)
        assert r.driver.news() == [News(1, False, "refused")]
        assert r.driver.news() == []
        assert r.went(20) == {0: 10, 2: 10}
        r.now += SECOND - 1
        assert r.went(20)[1] == 0


def test_it_is_tried_with_one_operation_at_a_time_and_taken_back() -> None:
    with rig() as r:
        r.refuse(1)
        r.now += SECOND
        at, trial = r.send()
        assert at == 1
        assert Counter(r.send()[0] for _ in range(20))[1] == 0  # while the trial is on
        r.ends[1].outcome = 503  # an answer, if no good one
        r.end(1, trial)
        assert r.driver.news() == [News(1, False, "refused"), News(1, True, "")]
        assert r.went(30) == {0: 10, 1: 10, 2: 10}


def test_each_trial_in_vain_doubles_the_pause_up_to_30_seconds() -> None:
    with rig() as r:
        r.refuse(1)
        pauses = []
        for _ in range(8):
            before = r.now
            while r.went(1)[1] == 0:
                r.now += SECOND // 10
            pauses.append(round((r.now - before) / SECOND))
        assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
        assert r.driver.news() == [News(1, False, "refused")]
        r.ends[1].outcome = OK
        r.now += 30 * SECOND
        assert r.went(1) == {1: 1}
        r.refuse(1)
        r.now += SECOND
        assert r.went(1) == {1: 1}  # it begins with 1 s again


@pytest.mark.parametrize("outcome", [RESET, 503, OK])
def test_what_was_sent_before_does_not_bring_it_back(outcome: int) -> None:
    with rig() as r:
        earlier = r.send_to(1)
        r.refuse(1)
        r.ends[1].outcome = outcome
        r.end(1, earlier)
        assert r.went(20)[1] == 0


def test_many_failures_at_once_are_one() -> None:
    with rig() as r:
        sent = [r.send_to(1) for _ in range(5)]
        r.ends[1].outcome = CONNECT
        for op in sent:
            r.end(1, op)
        assert r.driver.news() == [News(1, False, "refused")]
        r.now += SECOND
        assert r.went(1) == {1: 1}


def test_a_request_that_cannot_be_made_says_nothing_of_the_server() -> None:
    with rig() as r:
        r.refuse(1)
        r.now += SECOND
        r.ends[1].outcome = CLIENT
        assert r.went(1) == {1: 1}
        assert r.driver.news() == [News(1, False, "refused")]
        r.ends[1].outcome = OK
        assert r.went(1) == {1: 1}  # tried again
        assert r.driver.news() == [News(1, True, "")]


def test_where_none_gives_connections_all_are_tried() -> None:
    with rig() as r:
        for at in range(3):
            r.refuse(at)
        r.driver.news()
        places = Counter(r.send()[0] for _ in range(9))
        assert places == {0: 3, 1: 3, 2: 3}
        for at, end in enumerate(r.ends):
            for op in list(end.open):
                r.end(at, op)
        r.ends[2].outcome = OK
        while not r.driver.news():
            r.went(1)
        assert r.went(10) == {2: 10}
