from __future__ import annotations

import random
from collections import Counter

import pytest

from s3bench_tui.engine.operations.supply import Supply
from s3bench_tui.stores.base import Operation


class Stock:
    """A source with so many operations."""

    def __init__(self, left: int = 10**9, bounded: bool = False) -> None:
        self.left = left
        self.bounded = bounded
        self.exhausted = False
        self.settled = 0

    def fill(self, op: Operation) -> bool:
        if not self.left:
            self.exhausted = self.bounded
            return False
        self.left -= 1
        return True

    def settle(self, op: Operation) -> None:
        self.settled += 1


def supply_of(*stocks: Stock, weights: tuple[float, ...] | None = None, limits: list[int] | None = None) -> Supply:
    supply = Supply(stocks, random.Random(1).random)
    supply.turn(weights or (1.0,) * len(stocks), limits)
    return supply


def drawn(supply: Supply, times: int) -> Counter[int]:
    """Lines of the operations that were filled, all of which stay in flight."""
    lines: Counter[int] = Counter()
    for _ in range(times):
        op = Operation(0)
        if supply.fill(op):
            supply.in_flight[op.entry] += 1
            lines[op.entry] += 1
    return lines


def test_operations_come_by_weight() -> None:
    lines = drawn(supply_of(Stock(), Stock(), Stock(), weights=(6, 0, 2)), 8000)
    assert lines[1] == 0
    assert lines[0] == pytest.approx(6000, abs=4.5 * (8000 * 0.75 * 0.25) ** 0.5)


def test_a_line_at_its_limit_gives_its_turn_to_the_others_by_their_weights() -> None:
    supply = supply_of(Stock(), Stock(), Stock(), weights=(10, 3, 1), limits=[5, -1, -1])
    lines = drawn(supply, 4005)
    assert lines[0] == 5
    assert lines[1] == pytest.approx(3000, abs=130)
    assert supply.starved == 0
    supply.in_flight[0] -= 1
    assert drawn(supply, 20)[0] == 1


def test_nothing_is_given_where_all_lines_are_at_their_limits() -> None:
    supply = supply_of(Stock(), Stock(), limits=[2, 0])
    assert drawn(supply, 10) == {0: 2}


def test_a_starved_line_gives_its_turn_away_and_the_turns_are_counted() -> None:
    supply = supply_of(Stock(left=3), Stock(), weights=(1, 1))
    lines = drawn(supply, 1000)
    assert lines == {0: 3, 1: 997}
    assert 400 < supply.starved < 600
    assert not supply.dry


def test_dry_as_long_as_nobody_has_anything() -> None:
    late, empty = Stock(left=0), Stock(left=0)
    supply = supply_of(late, empty)
    op = Operation(0)
    assert not supply.fill(op)
    assert supply.dry
    late.left = 100
    for _ in range(20):  # whoever's turn it is, and whoever takes it
        supply.dry = True
        assert supply.fill(op)
        assert not supply.dry
        assert op.entry == 0


def test_an_arrival_may_be_of_a_line_at_its_limit_also_in_place_of_another() -> None:
    supply = supply_of(Stock(), Stock(left=0), weights=(1, 9), limits=[1, -1])
    supply.in_flight[0] = 1
    op = Operation(0)
    assert all(supply.draw(op) and op.entry == 0 for _ in range(50))
    assert not any(supply.fill(op) for _ in range(50))


def test_what_ends_is_told_to_its_own_source() -> None:
    stocks = Stock(), Stock()
    supply = supply_of(*stocks)
    op = Operation(0)
    op.entry = 1
    settle = supply.settles[op.entry]
    assert settle is not None
    settle(op)
    assert [stock.settled for stock in stocks] == [0, 1]


class Forgetful(Stock):
    """One that is told nothing."""

    settle = None  # type: ignore[assignment]  # as in sources of reads


@pytest.mark.parametrize(
    ("stocks", "weights", "limits", "revocable"),
    [
        ((Forgetful(), Forgetful()), (1, 1), None, True),
        ((Forgetful(), Stock()), (1, 1), None, False),  # it is to be told how each one ended
        ((Forgetful(), Stock()), (1, 0), None, True),
        ((Forgetful(), Forgetful(bounded=True)), (1, 1), None, False),  # it gives each one once
        ((Forgetful(), Forgetful()), (1, 1), [5, -1], False),  # one that does not begin would count against it
    ],
)
def test_revocable_where_nobody_keeps_account(
    stocks: tuple[Stock, Stock], weights: tuple[float, float], limits: list[int] | None, revocable: bool
) -> None:
    assert supply_of(*stocks, weights=weights, limits=limits).revocable == revocable


@pytest.mark.parametrize(
    ("lefts", "bounded", "weights", "anyhow", "each_key"),
    [
        ((0, 0), (True, True), (1, 1), True, True),
        ((0, 5), (True, True), (1, 1), False, False),
        ((0, 5), (True, False), (1, 1), False, True),  # only lines that have an end are waited for
        ((0, 5), (True, True), (1, 0), True, True),  # a line without weight does nothing
        ((0, 0), (False, False), (1, 1), False, False),  # nothing now, but there may be again
    ],
)
def test_exhausted(
    lefts: tuple[int, int], bounded: tuple[bool, bool], weights: tuple[float, float], anyhow: bool, each_key: bool
) -> None:
    stocks = [Stock(left, its) for left, its in zip(lefts, bounded, strict=True)]
    supply = supply_of(*stocks, weights=weights)
    for stock in stocks:
        if not stock.left:
            stock.fill(Operation(0))
    assert supply.exhausted(each_key=False) is anyhow
    assert supply.exhausted(each_key=True) is each_key
