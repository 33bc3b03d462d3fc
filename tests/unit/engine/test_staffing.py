from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.coordination import staffing
from s3bench_tui.engine.groundwork.preparation import OpenTarget, open_targets
from s3bench_tui.spec.loading import load_mapping
from s3bench_tui.spec.model.workload import Workload


def workload_of(*shares: float, **changes: Any) -> Workload:
    targets = [
        {"uri": "null://n/", "name": f"t{n}", "share": share, "null": {"ops_per_s": 1000}}
        for n, share in enumerate(shares)
    ]
    data = {
        "targets": targets, "duration": "1s", "concurrency": 16, "dataset": {"count": 10, "size": 10},
        "workload": [{"op": "get"}],
    }  # fmt: skip
    return load_mapping(data | changes).workload


def opened(workload: Workload) -> list[OpenTarget]:
    return open_targets(workload, probe=False, tell=lambda text: None)


def crew_of(workload: Workload) -> list[tuple[int, float]]:
    return [(share.target, share.weight) for share in staffing.shares(workload, opened(workload))]


@pytest.mark.parametrize(
    ("cores", "changes", "workers"),
    [
        (4.0, {}, 4),
        (2.5, {}, 2),
        (64.0, {}, 16),  # never more workers than slots
        (4.0, {"concurrency": 1}, 1),
        (4.0, {"processes": 3}, 3),
        (4.0, {"processes": 50}, 16),
        (4.0, {"processes": 50, "concurrency": 50}, 50),
        (1.0, {"load": {"model": "open", "rate": 10, "max_in_flight": 5}, "processes": 8}, 5),
    ],
)
def test_number_of_workers(
    monkeypatch: pytest.MonkeyPatch, cores: float, changes: dict[str, Any], workers: int
) -> None:
    monkeypatch.setattr(staffing, "usable_cores", lambda: cores)
    assert len(crew_of(workload_of(1, **changes))) == workers


def test_each_target_has_a_worker_and_the_others_go_by_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staffing, "usable_cores", lambda: 1.0)
    assert crew_of(workload_of(1, 1, 1)) == [(0, 1.0), (1, 1.0), (2, 1.0)]
    assert [target for target, _ in crew_of(workload_of(6, 1, 1, processes=8))] == [0] * 6 + [1, 2]
    assert [target for target, _ in crew_of(workload_of(100, 1, processes=4))] == [0, 0, 0, 1]
    # A target's weight is shared by its workers, whatever their number.
    for shares in ((6.0, 1.0, 1.0), (100.0, 1.0), (0.5, 0.25)):
        by_target: dict[int, float] = {}
        for target, weight in crew_of(workload_of(*shares, processes=5)):
            by_target[target] = by_target.get(target, 0.0) + weight
        assert list(by_target.values()) == pytest.approx(list(shares))


def plans_of(workload: Workload) -> list[Any]:
    targets = opened(workload)
    crew = staffing.shares(workload, targets)
    return staffing.worker_plans(workload, targets, Path("/nowhere"), "r1", crew, 0)


def test_quotas_slots_and_backlog_add_up_to_what_was_asked() -> None:
    load = {"model": "open", "rate": 10, "max_in_flight": 13, "max_backlog": 1001}
    stop = {"ops": 1000, "bytes": 77_777}
    plans = plans_of(workload_of(3, 1, processes=5, load=load, stop=stop, duration=None))
    assert sum(plan.stop_ops for plan in plans) == 1000
    assert sum(plan.stop_bytes for plan in plans) == 77_777
    assert sum(plan.slots for plan in plans) == 13
    assert sum(plan.max_backlog for plan in plans) == 1001
    by_target = [sum(plan.stop_ops for plan in plans if plan.target == target) for target in (0, 1)]
    assert by_target == [750, 250]
    assert all(plan.open_loop for plan in plans)


def test_members_of_a_target_know_their_place() -> None:
    plans = plans_of(workload_of(3, 1, processes=4))
    assert [(plan.rank, plan.index, plan.target, plan.member, plan.members) for plan in plans] == [
        (0, 0, 0, 0, 3),
        (1, 1, 0, 1, 3),
        (2, 2, 0, 2, 3),
        (3, 3, 1, 0, 1),
    ]
    assert [plan.stop_ops for plan in plans] == [None] * 4


def test_the_rates_of_a_store_are_split_among_its_workers_and_each_has_a_seed() -> None:
    plans = plans_of(workload_of(3, 1, processes=4, seed=5))
    assert [plan.driver.options["ops_per_s"] for plan in plans] == pytest.approx([1000 / 3] * 3 + [1000])
    assert len({plan.driver.options["seed"] for plan in plans}) == 4
