"""What falls to each agent: together the parts are the whole, and none is empty."""

from __future__ import annotations

from typing import Any

import pytest

from s3bench_tui.engine.messages import Change
from s3bench_tui.errors import ConfigError
from s3bench_tui.fleet.parts import changes_of, parts_of
from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import load_mapping
from s3bench_tui.spec.model.workload import Workload

AGENTS = ["h1:1", "h2:2", "h3:3"]


def workload(**more: Any) -> Workload:
    spec = {
        "target": "s3://bucket/",
        "concurrency": 10,
        "dataset": {"count": 100, "size": "4KiB"},
        "workload": [{"op": "get", "concurrency": 4}, {"op": "put", "path": "new/", "size": 1}],
        "fleet": {"agents": AGENTS},
    }
    return load_mapping(spec | more).workload


def test_slots_limits_and_quotas_are_split() -> None:
    parts = parts_of(workload(stop={"ops": 100, "bytes": "1MiB"}), 3)
    assert sorted(part.concurrency for part in parts) == [3, 3, 4]
    assert sorted(part.workload[0].concurrency or 0 for part in parts) == [1, 1, 2]
    assert sum(part.stop.ops or 0 for part in parts) == 100
    assert sum(part.stop.bytes or 0 for part in parts) == 1 << 20
    assert {part.workload[1].concurrency for part in parts} == {None}


def test_rate_and_backlog_are_split() -> None:
    load = {"model": "open", "rate": "300/s", "max_in_flight": 7, "max_backlog": 100}
    parts = parts_of(workload(load=load, schedule=[{"at": "1s", "rate": "600/s"}]), 3)
    assert [part.load.rate for part in parts] == [100.0] * 3
    assert sorted(part.load.max_in_flight or 0 for part in parts) == [2, 2, 3]
    assert sum(part.load.max_backlog for part in parts) == 100
    assert [part.schedule[0].rate for part in parts] == [200.0] * 3


def test_a_part_is_a_workload_of_one_machine_as_it_is_sent() -> None:
    whole = workload(thresholds=["get.p99 < 1s"], schedule=[{"at": "1s", "limits": {"get": 3}}])
    for part in parts_of(whole, 3):
        assert load_mapping(as_dict(part)).workload == part
        assert (part.fleet, part.thresholds) == (None, ())
        assert (part.datasets, part.seed, part.duration) == (whole.datasets, whole.seed, whole.duration)
        assert part.schedule[0].limits == {"get": 1}


def test_a_change_is_split() -> None:
    change = Change({"get": 2.0}, {"get": 4, "put": None}, 9, 30.0, True, "x")
    parts = changes_of(change, 3)
    assert [part.concurrency for part in parts] == [3, 3, 3]
    assert sum((part.limits or {})["get"] or 0 for part in parts) == 4
    assert {(part.limits or {})["put"] for part in parts} == {None}
    assert {(part.rate_per_s, part.paused, part.label) for part in parts} == {(10.0, True, "x")}
    assert changes_of(Change(paused=True), 2) == [Change(paused=True)] * 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"concurrency": 2}, "concurrency: 2 cannot be shared out among 3 agents. Write 3 or more, or take fewer agents"),
        ({"stop": {"ops": 2}}, "stop.ops: 2 cannot be shared out among 3 agents"),
        ({"schedule": [{"at": "1s", "limits": {"get": 2}}]}, "the limit of get: 2 cannot be shared out among 3 agents"),
        (
            {"workload": [{"op": "get", "verify": "checksum"}, {"op": "put"}]},
            "fleet.keyspace: the data set is overwritten and verified, by agents that do not know of each other's writes. "
            "Write keyspace: partitioned, or remove verify",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_split_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        parts_of(workload(**more), 3)
    assert str(refusal.value).startswith(said)


def test_a_change_that_cannot_be_split_is_refused() -> None:
    with pytest.raises(ConfigError, match="concurrency: 1 cannot be shared out among 2 agents"):
        changes_of(Change(concurrency=1), 2)


@pytest.mark.parametrize(
    ("fleet", "said"),
    [
        ({}, "fleet.agents: is missing. Write the agents, such as agents: [h1:7761, h2:7761]"),
        ({"agents": []}, "fleet.agents: "),
        ({"agents": ["h"], "keyspace": "split"}, "fleet.keyspace: 'split' "),
        ({"agents": ["h"], "on_agent_loss": {"min": 0}}, "fleet.on_agent_loss: "),
        ({"agents": ["h"], "token": "x"}, "fleet.token: holds a secret"),
    ],
)  # fmt: skip
def test_a_broken_section_is_said(fleet: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        workload(fleet=fleet)
    assert str(refusal.value).startswith(said)
