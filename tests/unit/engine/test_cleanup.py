from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from s3bench_tui.engine.coordination.cleanup import BATCH, clean_up
from s3bench_tui.engine.coordination.crew import Member
from s3bench_tui.engine.groundwork.preparation import OpenTarget
from s3bench_tui.engine.operations.assignment import open_sources
from s3bench_tui.engine.operations.source import Source
from s3bench_tui.engine.plan import EntryPlan
from s3bench_tui.engine.shared import Life
from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import DELETE, PUT, ObjectInfo, Operation
from s3bench_tui.stores.outcome import OK, TIMEOUT
from s3bench_tui.stores.uri import parse
from tests.unit.engine.plans import DATASET, entry, worker_plan

FIXED = {"type": "fixed", "size": 10}
X, Y = entry(PUT, "written", "out/x/", sizes=FIXED), entry(PUT, "written", "out/y/", sizes=FIXED)
OF_BOTH, OF_X = entry(DELETE, "written", "out/"), entry(DELETE, "written", "out/x/")


class Bucket:
    """A store that holds what the workers' operations left, and one object of somebody else."""

    def __init__(self) -> None:
        self.keys = {"out/x/mine", "data/003"}
        self.batches: list[int] = []

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        return iter(())

    def delete(self, keys: Sequence[str]) -> int:
        assert not {"out/x/mine", "data/003"} & set(keys)
        self.batches.append(len(keys))
        self.keys -= set(keys)
        return len(keys)


def target_of(
    bucket: Bucket, *entries: EntryPlan, created: tuple[tuple[int, int], ...] = (), index: int = 0
) -> OpenTarget:
    return cast(
        OpenTarget,
        SimpleNamespace(
            index=index,
            name=f"t{index}",
            entries=entries,
            store=bucket,
            uri=parse("s3://bucket/"),
            datasets=(replace(DATASET, created=created),),
        ),
    )


def worker(directory: Path, bucket: Bucket, *entries: EntryPlan, index: int = 0) -> tuple[Member, list[Source]]:
    plan = worker_plan(directory, *entries, index=index, rank=index)
    life = Life(directory / f"worker-{index}", len(entries), create=True)
    member = cast(Member, SimpleNamespace(plan=plan, life=life))
    return member, open_sources(plan, life, Random(index))


def do(bucket: Bucket, source: Source, outcome: int = OK, landed: bool = True, settle: bool = True) -> None:
    """One operation; `landed`: the store did it, whatever the worker was told."""
    op = Operation(0)
    if not source.fill(op):
        return
    if landed and op.kind == PUT:
        bucket.keys.add(op.key)
    elif landed:
        bucket.keys.discard(op.key)
    op.outcome = outcome
    if settle and source.settle:
        source.settle(op)


def cleaned(what: str, targets: list[OpenTarget], members: list[Member]) -> dict[str, int]:
    problems: list[str] = []
    counts = clean_up(what, targets, members, problems.append, lambda: True)
    assert problems == []
    return counts


@pytest.mark.parametrize(
    "entries", [(X, OF_X), (X, OF_BOTH), (X, Y, OF_BOTH), (X, Y, OF_X), (X, X, OF_X), (X, OF_X, OF_BOTH), (X, Y)]
)
@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_a_run_wrote_is_left_and_nothing_else_is_touched(
    tmp_path: Path, entries: tuple[EntryPlan, ...], seed: int
) -> None:
    bucket, chance = Bucket(), Random(seed)
    members: list[Member] = []
    for index in range(3):
        member, sources = worker(tmp_path, bucket, *entries, index=index)
        members.append(member)
        for _ in range(300):
            # Some operations time out although they were done, some are still in flight when the worker is lost.
            fate = chance.random()
            do(bucket, chance.choice(sources), TIMEOUT if fate < 0.1 else OK, fate > 0.05, settle=fate < 0.97)
    left = len(bucket.keys)
    assert left > 20
    counts = cleaned("written", [target_of(bucket, *entries)], members)
    assert bucket.keys == {"out/x/mine", "data/003"}
    assert counts["written"] >= left - 2


def test_none_deletes_nothing(tmp_path: Path) -> None:
    bucket = Bucket()
    member, [puts] = worker(tmp_path, bucket, X)
    do(bucket, puts)
    assert cleaned("none", [target_of(bucket, X)], [member]) == {}
    assert len(bucket.keys) == 3


def test_the_data_set_goes_only_with_all_and_only_what_this_run_made(tmp_path: Path) -> None:
    bucket = Bucket()
    bucket.keys |= {f"data/{index:03d}" for index in range(10)}
    target = target_of(bucket, X, created=((0, 3), (4, 10)))
    assert cleaned("written", [target], []) == {"written": 0}
    assert cleaned("all", [target], []) == {"written": 0, "dataset": 9}
    assert bucket.keys == {"out/x/mine", "data/003"}


def test_many_keys_are_deleted_in_batches(tmp_path: Path) -> None:
    bucket = Bucket()
    member, [puts] = worker(tmp_path, bucket, X)
    for _ in range(2 * BATCH + 5):
        do(bucket, puts)
    assert cleaned("written", [target_of(bucket, X)], [member]) == {"written": 2 * BATCH + 5}
    assert bucket.batches == [BATCH, BATCH, 5]


def test_a_worker_that_never_began_and_other_targets_s_workers_are_left_out(tmp_path: Path) -> None:
    bucket = Bucket()
    member, [puts] = worker(tmp_path, bucket, X)
    do(bucket, puts)
    unborn: Any = SimpleNamespace(plan=worker_plan(tmp_path, X, index=1), life=None)
    other = target_of(Bucket(), X, index=1)
    assert cleaned("written", [other], [member, unborn]) == {"written": 0}
    assert cleaned("written", [target_of(bucket, X), other], [member, unborn]) == {"written": 1}


def test_a_target_that_fails_is_told_of_and_the_next_one_is_cleaned_up(tmp_path: Path) -> None:
    class Broken(Bucket):
        def delete(self, keys: Sequence[str]) -> int:
            raise TargetError("no route to host")

    bucket, broken = Bucket(), Broken()
    member, [puts] = worker(tmp_path, bucket, X)
    do(bucket, puts)
    one, other = target_of(broken, X, index=0), target_of(bucket, X, index=0)
    problems: list[str] = []
    assert clean_up("written", [one, other], [member], problems.append, lambda: True) == {"written": 1, "left": 1}
    assert problems == ["t0: not everything could be cleaned up: 1 left: no route to host"]
    assert bucket.keys == {"out/x/mine", "data/003"}


def test_what_could_not_be_deleted_is_counted_and_keeps_its_note(tmp_path: Path) -> None:
    class Stubborn(Bucket):
        def delete(self, keys: Sequence[str]) -> int:
            return super().delete([key for key in keys if key != "data/005"])

    bucket = Stubborn()
    bucket.keys |= {f"data/{index:03d}" for index in range(10)}
    problems: list[str] = []
    target = target_of(bucket, X, created=((4, 10),))
    assert clean_up("all", [target], [], problems.append, lambda: True) == {"written": 0, "dataset": 5, "left": 1}
    assert problems == ["t0: not everything could be cleaned up: 1 left"]


def test_what_is_cut_short_leaves_the_rest_and_counts_it(tmp_path: Path) -> None:
    bucket = Bucket()
    member, [puts] = worker(tmp_path, bucket, X)
    for _ in range(2 * BATCH + 5):
        do(bucket, puts)
    bucket.keys |= {f"data/{index:03d}" for index in range(4, 10)}
    target = target_of(bucket, X, created=((4, 10),))
    problems: list[str] = []
    counts = clean_up("all", [target], [member], problems.append, iter([True, False, False]).__next__)
    assert counts == {"written": BATCH, "dataset": 0, "left": BATCH + 5 + 6}
    assert problems == ["t0: not everything could be cleaned up: 1,011 left: the clean-up was cut short"]
    assert len(bucket.keys) == 2 + BATCH + 5 + 6
