from __future__ import annotations

import sys

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from s3bench_tui.engine.objects.written import Written, left


def _keys_left(written: Written) -> list[str]:
    return list(left("p/", "r1", 3, written.state()))


def test_keys_tell_the_run_and_the_worker() -> None:
    written = Written("100%/{x}/", "r1", 3)
    assert written.key(7) == "100%/{x}/obj-r1-3-00000007"
    assert written.key(10**9) == "100%/{x}/obj-r1-3-1000000000"


def test_only_what_was_written_is_deleted_and_each_once_lowest_first() -> None:
    written = Written("p/", "r1", 3)
    first, second, third = (written.take() for _ in range(3))
    assert written.take_for_delete() == -1
    written.completed(third)
    written.completed(second)
    assert [written.take_for_delete() for _ in range(3)] == [second, third, -1]
    written.completed(first)
    assert [written.take_for_delete(), written.take_for_delete()] == [first, -1]


def test_a_failed_put_gives_its_id_to_the_next_and_is_still_looked_for() -> None:
    written = Written("p/", "r1", 3)
    number = written.take()
    written.give_back(number)
    assert written.take_for_delete() == -1
    assert _keys_left(written) == ["p/obj-r1-3-00000000"]
    assert written.take() == number
    written.completed(number)
    assert written.take_for_delete() == number
    written.deleted(number)
    assert _keys_left(written) == []


def test_a_failed_delete_leaves_the_object_to_the_cleanup() -> None:
    written = Written("p/", "r1", 3)
    for _ in range(4):
        written.completed(written.take())
    numbers = [written.take_for_delete() for _ in range(4)]
    written.kept(numbers[2])
    written.kept(numbers[1])
    written.deleted(numbers[0])
    written.deleted(numbers[3])
    assert written.take_for_delete() == -1
    assert _keys_left(written) == ["p/obj-r1-3-00000001", "p/obj-r1-3-00000002", "p/obj-r1-3-00000003"]


def test_memory_is_that_of_what_is_in_flight() -> None:
    """Many puts and deletes around one put that hangs from the start."""
    written = Written("p/", "r1", 3)
    hanging = written.take()
    for _ in range(50_000):
        written.completed(written.take())
        written.deleted(written.take_for_delete())
    for _ in range(50_000):
        written.completed(written.take())
    parts = [getattr(written, name) for name in Written.__slots__]
    assert sum(sys.getsizeof(part) for part in parts) < 3000
    assert written.state() == (hanging, 100_001)


class Workload(RuleBasedStateMachine):
    """Any order of puts and deletes, against plain sets of what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.written = Written("p/", "r1", 3)
        self.putting: list[int] = []
        self.deleting: list[int] = []
        self.there: set[int] = set()
        self.maybe: set[int] = set()
        self.taken: set[int] = set()

    @rule()
    def put(self) -> None:
        number = self.written.take()
        assert number not in self.putting
        assert number not in self.taken
        assert number not in self.there
        self.putting.append(number)

    @precondition(lambda self: self.putting)
    @rule(data=st.data(), succeeds=st.booleans())
    def put_ends(self, data: st.DataObject, succeeds: bool) -> None:
        number = self.putting.pop(data.draw(st.integers(0, len(self.putting) - 1)))
        self.maybe.add(number)
        if succeeds:
            self.written.completed(number)
            self.there.add(number)
        else:
            self.written.give_back(number)

    @rule()
    def delete(self) -> None:
        number = self.written.take_for_delete()
        if number < 0:
            assert not self.there
            return
        assert number == min(self.there)
        self.there.remove(number)
        self.taken.add(number)
        self.deleting.append(number)

    @precondition(lambda self: self.deleting)
    @rule(data=st.data(), succeeds=st.booleans())
    def delete_ends(self, data: st.DataObject, succeeds: bool) -> None:
        number = self.deleting.pop(data.draw(st.integers(0, len(self.deleting) - 1)))
        if succeeds:
            self.written.deleted(number)
            self.maybe.remove(number)
        else:
            self.written.kept(number)

    @invariant()
    def nothing_is_forgotten(self) -> None:
        keys = set(_keys_left(self.written))
        assert {self.written.key(number) for number in self.maybe | set(self.putting)} <= keys


Workload.TestCase.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
TestWorkload = Workload.TestCase
