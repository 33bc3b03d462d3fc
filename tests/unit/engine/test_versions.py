"""Which versions are still right: judged as one who has seen all puts begin and end would judge."""

from __future__ import annotations

from pathlib import Path
from random import Random

from s3bench_tui.engine.operations.versions import OVERLAP_NS, Versions

S = 1_000_000_000


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1000 * S

    def __call__(self) -> int:
        return self.now


def team(directory: Path, clock: Clock, members: int = 2, count: int = 10) -> list[Versions]:
    paths = [directory / f"versions-0-{member}" for member in range(members)]
    return [Versions(paths, member, count, clock) for member in range(members)]


def test_after_a_put_its_version_is_due_for_all(tmp_path: Path) -> None:
    clock = Clock()
    one, other = team(tmp_path, clock)
    assert one.oldest(3) == other.oldest(3) == 0
    version, oldest = one.begin(3)
    assert other.oldest(3) == 0
    clock.now += S
    one.succeeded(3, version, oldest)
    assert version - OVERLAP_NS <= other.oldest(3) <= version
    assert one.oldest(3) == other.oldest(3)
    assert other.oldest(2) == other.oldest(4) == 0


def test_of_overlapping_puts_either_may_be_the_last(tmp_path: Path) -> None:
    clock = Clock()
    one, other = team(tmp_path, clock)
    early, early_oldest = one.begin(0)
    clock.now += S
    late, late_oldest = other.begin(0)
    clock.now += S
    other.succeeded(0, late, late_oldest)
    assert one.oldest(0) <= early
    one.succeeded(0, early, early_oldest)
    assert one.oldest(0) <= early
    clock.now += S
    last, last_oldest = one.begin(0)
    one.succeeded(0, last, last_oldest)
    assert late < other.oldest(0) <= last


def test_several_puts_of_one_worker_overlap_too(tmp_path: Path) -> None:
    clock = Clock()
    [one] = team(tmp_path, clock, members=1)
    first, first_oldest = one.begin(0)
    clock.now += S
    second, second_oldest = one.begin(0)
    one.succeeded(0, second, second_oldest)
    assert one.oldest(0) <= first
    clock.now += S
    third, third_oldest = one.begin(0)  # the first is still open
    one.succeeded(0, third, third_oldest)
    assert one.oldest(0) <= first
    one.succeeded(0, first, first_oldest)
    clock.now += S
    fourth, fourth_oldest = one.begin(0)
    one.succeeded(0, fourth, fourth_oldest)
    assert third < one.oldest(0)


def test_a_put_that_failed_may_come_true_at_any_time(tmp_path: Path) -> None:
    clock = Clock()
    one, other = team(tmp_path, clock)
    failed, _ = one.begin(0)
    one.failed(0, failed)
    for worker in (one, other):
        clock.now += S
        version, oldest = worker.begin(0)
        worker.succeeded(0, version, oldest)
        assert other.oldest(0) <= failed
    clock.now += S
    version, oldest = one.begin(1)
    one.succeeded(1, version, oldest)
    assert failed < one.oldest(1)


def test_puts_of_a_lost_worker_stay_open(tmp_path: Path) -> None:
    clock = Clock()
    one, _ = team(tmp_path, clock)
    lost, _ = one.begin(0)
    _, successor = reversed(team(tmp_path, clock))
    clock.now += S
    version, oldest = successor.begin(0)
    successor.succeeded(0, version, oldest)
    clock.now += S
    version, oldest = successor.begin(0)
    successor.succeeded(0, version, oldest)
    assert successor.oldest(0) <= lost


def test_a_note_that_was_made_too_late_is_made_again(tmp_path: Path) -> None:
    """The worker was interrupted between looking at the clock and making its note: nobody could have seen it."""
    times = iter((1000 * S, 1000 * S + 50 * OVERLAP_NS, 2000 * S, 2000 * S + 10))
    [one] = team(tmp_path, lambda: next(times), members=1)  # type: ignore[arg-type]
    version, oldest = one.begin(0)
    assert version == 2000 * S
    assert oldest == 2000 * S - OVERLAP_NS


def test_versions_are_different_and_grow(tmp_path: Path) -> None:
    clock = Clock()
    [one] = team(tmp_path, clock, members=1)
    versions = [one.begin(index % 10)[0] for index in range(50)]
    assert sorted(set(versions)) == versions


def test_as_one_who_has_seen_everything_would_judge(tmp_path: Path) -> None:
    """Random courses of puts by three workers: no version that may stand there is ever called stale, and whatever
    has certainly been replaced is, once nothing that old is open any more."""
    random = Random(1)
    clock = Clock()
    workers = team(tmp_path, clock, members=3, count=1)
    open_puts: list[tuple[Versions, int, int]] = []
    begun: dict[int, int] = {0: 0}
    ended: dict[int, int] = {0: 0}
    found = 0
    for _ in range(500):
        clock.now += random.randrange(2 * OVERLAP_NS, S)
        if open_puts and random.random() < 0.55:
            worker, version, oldest = open_puts.pop(random.randrange(len(open_puts)))
            worker.succeeded(0, version, oldest)
            ended[version] = clock.now
        else:
            worker = random.choice(workers)
            version, oldest = worker.begin(0)
            begun[version] = clock.now
            open_puts.append((worker, version, oldest))
        due = workers[random.randrange(3)].oldest(0)
        latest_begin = max(begun[version] for version in ended)
        for version in begun:
            may_stand = version not in ended or ended[version] >= latest_begin
            assert not (may_stand and version < due), "a version was called stale that may be there"
            found += version < due
    assert found > 20_000
