from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from s3bench_tui.engine.operations.assignment import open_sources
from s3bench_tui.engine.operations.source import Source
from s3bench_tui.engine.plan import EntryPlan, RangePlan
from s3bench_tui.engine.shared import Life
from s3bench_tui.stores.base import DELETE, GET, LIST, PUT, STAT, Operation
from s3bench_tui.stores.outcome import OK
from tests.unit.engine.plans import DATASET, entry, worker_plan

FIXED = {"type": "fixed", "size": 500}


def opened(directory: Path, *entries: EntryPlan, **changes: Any) -> tuple[list[Source], Life]:
    plan = worker_plan(directory, *entries, **changes)
    life = Life(directory / f"worker-{plan.index}", len(entries), create=True)
    return open_sources(plan, life, Random(1)), life


def filled(source: Source, outcome: int = OK, settle: bool = True) -> Operation | None:
    op = Operation(0)
    if not source.fill(op):
        return None
    op.outcome = outcome
    if settle and source.settle:
        source.settle(op)
    return op


def all_of(source: Source) -> list[Operation]:
    found = []
    while op := filled(source):
        found.append(op)
    return found


# --- reads --------------------------------------------------------------------------------------------------------


def test_reads_of_the_data_set(tmp_path: Path) -> None:
    (gets, stats), _ = opened(tmp_path, entry(), entry(STAT))
    seen = Counter(op.key for _ in range(2000) if (op := filled(gets)))
    assert set(seen) == {f"data/{index:03d}" for index in range(10)}
    assert max(seen.values()) < 300
    op = filled(stats)
    assert op
    assert (op.kind, op.offset, op.length) == (STAT, -1, 1000)
    assert not (gets.bounded or gets.exhausted)


def test_reads_of_listed_keys(tmp_path: Path) -> None:
    [gets], _ = opened(tmp_path, entry(source="listed", listed=(("a", 1), ("b/c", 22)), choice="sequential"))
    assert [(op.key, op.length) for _ in range(3) if (op := filled(gets))] == [("a", 1), ("b/c", 22), ("a", 1)]


@pytest.mark.parametrize("members", [1, 3])
def test_keys_once_are_split_among_the_workers(tmp_path: Path, members: int) -> None:
    keys: list[str] = []
    for member in range(members):
        [gets], life = opened(tmp_path, entry(choice="once"), index=member, member=member, members=members)
        assert gets.bounded
        assert not gets.exhausted
        own = [op.key for op in all_of(gets)]
        assert gets.exhausted
        assert life.cursors(0)[0] == len(own)
        keys += own
    assert sorted(keys) == [f"data/{index:03d}" for index in range(10)]


def test_a_replacement_goes_on_where_the_lost_worker_was(tmp_path: Path) -> None:
    [gets], life = opened(tmp_path, entry(choice="once"))
    before = [op.key for _ in range(4) if (op := filled(gets))]
    filled(gets, settle=False)  # in flight when it was lost
    [successor], cursors = opened(tmp_path, entry(choice="once"), index=1, cursors=(tuple(life.cursors(0)),))
    after = [op.key for op in all_of(successor)]
    assert len(before) + 1 + len(after) == 10
    assert not set(before) & set(after)
    assert cursors.cursors(0)[0] == 10


# --- ranges -------------------------------------------------------------------------------------------------------


def ranged(directory: Path, object_size: int, size: int, offset: str | int) -> tuple[int, int]:
    line = entry(source="listed", listed=(("a", object_size),), range=RangePlan(size, offset, size))
    [gets], _ = opened(directory, line)
    op = filled(gets)
    assert op
    return op.offset, op.length


@pytest.mark.parametrize(
    ("object_size", "size", "offset", "expected"),
    [
        (1000, 100, 0, (0, 100)),
        (1000, 100, 950, (950, 50)),
        (1000, 100, 999, (999, 1)),
        (1000, 1000, "random", (0, 1000)),
        (1000, 5000, "random", (0, 1000)),  # smaller than the range: all of it
        (1000, 5000, "sequential", (0, 1000)),
        (0, 100, "random", (-1, 0)),  # an empty object has no range
        (0, 100, 0, (-1, 0)),
        (0, 100, 50, (-1, 0)),
        (1000, 100, 1000, (1000, 100)),  # beyond the end: the store has to refuse it
        (1000, 100, 4000, (4000, 100)),
        (-1, 100, 4000, (4000, 100)),  # of unknown size
    ],
)
def test_ranges(tmp_path: Path, object_size: int, size: int, offset: str | int, expected: tuple[int, int]) -> None:
    assert ranged(tmp_path, object_size, size, offset) == expected


def test_random_ranges_lie_within_the_object_and_are_aligned(tmp_path: Path) -> None:
    [gets], _ = opened(tmp_path, entry(range=RangePlan(300, "random", 100)))
    offsets = Counter(op.offset for _ in range(1000) if (op := filled(gets)) and op.length == 300)
    assert set(offsets) == {0, 100, 200, 300, 400, 500, 600, 700}


# --- writes and deletes -------------------------------------------------------------------------------------------


def test_puts_never_use_a_key_again_but_that_of_a_failed_put(tmp_path: Path) -> None:
    [puts], life = opened(tmp_path, entry(PUT, "written", "out/", sizes=FIXED))
    keys = [op.key for _ in range(5) if (op := filled(puts))]
    failed = filled(puts, outcome=503)
    again = filled(puts)
    assert failed
    assert again
    assert again.key == failed.key
    assert (again.length, again.version, again.kind) == (500, 0, PUT)
    assert len({*keys, again.key}) == 6
    assert life.cursors(0)[1] == 6


def test_workers_and_runs_use_keys_of_their_own(tmp_path: Path) -> None:
    line = entry(PUT, "written", "out/", sizes=FIXED)
    keys = set()
    for number, changes in enumerate([{}, {"index": 1}, {"index": 2, "cursors": ((9, 9),)}]):
        [puts], _ = opened(tmp_path, line, **changes)
        op = filled(puts)
        assert op
        keys.add(op.key)
        assert len(keys) == number + 1
    (tmp_path / "other").mkdir()
    [puts], _ = opened(tmp_path / "other", line, run_id="r2")
    op = filled(puts)
    assert op
    assert op.key not in keys


def test_deletes_take_what_was_written_and_the_cursor_stays_behind_what_may_be_there(tmp_path: Path) -> None:
    lines = entry(PUT, "written", "out/x/", sizes=FIXED), entry(DELETE, "written", "out/")
    (puts, deletes), life = opened(tmp_path, *lines)
    assert filled(deletes) is None
    written = [op.key for _ in range(4) if (op := filled(puts))]
    first = filled(deletes, settle=False)
    second = filled(deletes)
    assert first
    assert second
    assert [first.key, second.key] == written[:2]
    assert life.cursors(1)[0] == 0  # the first one is still being deleted
    deletes.settle(first)
    third = filled(deletes, outcome=503)
    assert third
    fourth = filled(deletes)
    assert fourth
    assert fourth.key == written[3]
    assert life.cursors(1)[0] == 2  # the third one is still there
    assert filled(deletes) is None
    assert not deletes.bounded


def test_deletes_of_several_prefixes_take_from_each(tmp_path: Path) -> None:
    (one, other, deletes), life = opened(
        tmp_path,
        entry(PUT, "written", "out/x/", sizes=FIXED),
        entry(PUT, "written", "out/y/", sizes=FIXED),
        entry(DELETE, "written", "out/", batch=2),
    )
    written = {op.key for source in (one, other) for _ in range(5) if (op := filled(source))}
    batches = [list(op.keys) for op in all_of(deletes)]
    assert {key for batch in batches for key in batch} == written
    assert sum(len(batch) for batch in batches) == 10
    assert life.cursors(2)[0] == 0  # one word cannot tell of two prefixes


def test_batches_take_as_many_as_there_are(tmp_path: Path) -> None:
    lines = entry(PUT, "written", "out/", sizes=FIXED), entry(DELETE, "written", "out/", batch=3)
    (puts, deletes), _ = opened(tmp_path, *lines)
    written = [op.key for _ in range(4) if (op := filled(puts))]
    batches = [op.keys for op in all_of(deletes)]
    assert batches == [written[:3], written[3:]]


def test_deletes_of_the_data_set_come_to_an_end(tmp_path: Path) -> None:
    [deletes], life = opened(tmp_path, entry(DELETE, batch=4))
    batches = [list(op.keys) for op in all_of(deletes)]
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert len({key for batch in batches for key in batch}) == 10
    assert deletes.bounded
    assert deletes.exhausted
    assert life.cursors(0)[0] == 10


def test_rewrites_have_the_same_size_and_another_content(tmp_path: Path) -> None:
    [puts], _ = opened(tmp_path, entry(PUT))
    versions = [op.version for _ in range(5) if (op := filled(puts)) and op.length == 1000]
    assert len(set(versions)) == 5
    [others], _ = opened(tmp_path, entry(PUT), index=1)
    op = filled(others)
    assert op
    assert op.version not in versions


def test_lists_ask_for_their_prefix(tmp_path: Path) -> None:
    [lists], _ = opened(tmp_path, entry(LIST, "prefix", "data/"))
    op = filled(lists)
    assert op
    assert (op.kind, op.key, op.length) == (LIST, "data/", -1)


# --- preparation --------------------------------------------------------------------------------------------------

MISSING = replace(DATASET, missing=((2, 4), (7, 8)))


def test_preparation_makes_what_is_missing(tmp_path: Path) -> None:
    [source], life = opened(tmp_path, entry(PUT, prepares=True), datasets=(MISSING,))
    made = all_of(source)
    assert [(op.key, op.kind, op.length, op.version) for op in made] == [
        (f"data/{index:03d}", PUT, 1000, 0) for index in (2, 3, 7)
    ]
    assert source.exhausted
    assert life.cursors(0)[1] == 3


def test_where_it_has_to_ask_it_makes_what_is_not_found(tmp_path: Path) -> None:
    [source], _ = opened(tmp_path, entry(PUT, prepares=True), datasets=(replace(MISSING, ask=True),))
    asked = [filled(source, settle=False) for _ in range(3)]
    assert filled(source) is None
    assert not source.exhausted  # an answer may bring more to do
    for op, outcome in zip(asked, (404, OK, 602), strict=True):
        assert op
        assert (op.kind, op.outcome) == (STAT, OK)
        op.outcome = outcome
        source.settle(op)
        assert op.outcome == OK  # that it is not there is what was asked
    made = all_of(source)
    assert sorted(op.key for op in made) == ["data/002", "data/007"]
    assert {op.kind for op in made} == {PUT}
    assert source.exhausted


def test_a_failed_question_is_a_failure(tmp_path: Path) -> None:
    [source], _ = opened(tmp_path, entry(PUT, prepares=True), datasets=(replace(MISSING, ask=True),))
    op = filled(source, outcome=403)
    assert op
    assert op.outcome == 403


def test_a_replacement_makes_its_whole_part_again(tmp_path: Path) -> None:
    [source], life = opened(tmp_path, entry(PUT, prepares=True), datasets=(MISSING,))
    filled(source, settle=False)
    [successor], _ = opened(
        tmp_path, entry(PUT, prepares=True), datasets=(MISSING,), index=1, cursors=(tuple(life.cursors(0)),)
    )
    assert len(all_of(successor)) == 3


def test_a_get_after_a_range_is_whole(tmp_path: Path) -> None:
    """An operation is filled anew for each use: nothing of the last one stays."""
    (ranges, puts, lists, gets), _ = opened(
        tmp_path,
        entry(range=RangePlan(100, 5, 1)),
        entry(PUT, "written", "out/", sizes=FIXED),
        entry(LIST, "prefix", "x/"),
        entry(GET),
    )
    op = Operation(0)
    for source in (ranges, puts, lists):
        assert source.fill(op)
    assert gets.fill(op)
    assert (op.kind, op.offset, op.length) == (GET, -1, 1000)
