"""What falls to each agent: together the parts are the whole, and none is empty."""

from __future__ import annotations

from typing import Any

import pytest

from s3bench_tui.engine.messages import Change
from s3bench_tui.errors import ConfigError
from s3bench_tui.fleet.parts import changes_of, on_members, parts_of, shares_of
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
    return load_mapping({key: value for key, value in (spec | more).items() if value is not None}).workload


def test_slots_limits_and_quotas_are_split() -> None:
    parts = parts_of(workload(stop={"ops": 100, "bytes": "1MiB"}))
    assert sorted(part.concurrency for part in parts) == [3, 3, 4]
    assert sorted(part.workload[0].concurrency or 0 for part in parts) == [1, 1, 2]
    assert sum(part.stop.ops or 0 for part in parts) == 100
    assert sum(part.stop.bytes or 0 for part in parts) == 1 << 20
    assert {part.workload[1].concurrency for part in parts} == {None}


def test_rate_and_backlog_are_split() -> None:
    load = {"model": "open", "rate": "300/s", "max_in_flight": 7, "max_backlog": 100}
    parts = parts_of(workload(load=load, schedule=[{"at": "1s", "rate": "600/s"}]))
    assert [part.load.rate for part in parts] == [100.0] * 3
    assert sorted(part.load.max_in_flight or 0 for part in parts) == [2, 2, 3]
    assert sum(part.load.max_backlog for part in parts) == 100
    assert [part.schedule[0].rate for part in parts] == [200.0] * 3


def test_shares_and_targets_of_single_agents() -> None:
    own = {"h2:2": {"share": 3, "uri": "s3://other/", "endpoint": ["http://10.0.0.1:9000", "http://10.0.0.2:9000"]}}
    load = {"model": "open", "rate": "100/s", "max_in_flight": 10}
    whole = workload(load=load, fleet={"agents": AGENTS, "by_agent": own})
    parts = parts_of(whole)
    assert [part.load.max_in_flight for part in parts] == [2, 6, 2]
    assert [part.load.rate for part in parts] == [20.0, 60.0, 20.0]
    assert [part.targets[0].uri for part in parts] == ["s3://bucket/", "s3://other/", "s3://bucket/"]
    assert parts[1].targets[0].endpoint == ("http://10.0.0.1:9000", "http://10.0.0.2:9000")
    assert whole.fleet is not None
    assert [part.concurrency for part in changes_of(Change(concurrency=20), shares_of(whole.fleet))] == [4, 12, 4]
    assert load_mapping(as_dict(whole)).workload == whole


def test_the_target_of_one_agent_needs_a_workload_of_one_target() -> None:
    fleet = {"agents": ["h"], "by_agent": {"h": {"uri": "s3://other/"}}}
    with pytest.raises(
        ConfigError, match=r"by_agent\.h\.uri: does not say of which of the 2 targets\. Keep one target"
    ):
        workload(target=None, targets=["s3://a/", "s3://b/"], fleet=fleet)


def test_a_part_is_a_workload_of_one_machine_as_it_is_sent() -> None:
    whole = workload(thresholds=["get.p99 < 1s"], schedule=[{"at": "1s", "limits": {"get": 3}}])
    for part in parts_of(whole):
        assert load_mapping(as_dict(part)).workload == part
        assert (part.fleet, part.thresholds) == (None, ())
        assert (part.datasets, part.seed, part.duration) == (whole.datasets, whole.seed, whole.duration)
        assert part.schedule[0].limits == {"get": 1}


def test_a_change_is_split() -> None:
    change = Change({"get": 2.0}, {"get": 4, "put": None}, 9, 30.0, True, "x")
    parts = changes_of(change, [1, 1, 1])
    assert [part.concurrency for part in parts] == [3, 3, 3]
    assert sum((part.limits or {})["get"] or 0 for part in parts) == 4
    assert {(part.limits or {})["put"] for part in parts} == {None}
    assert {(part.rate_per_s, part.paused, part.label) for part in parts} == {(10.0, True, "x")}
    assert changes_of(Change(paused=True), [1, 1]) == [Change(paused=True)] * 2


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
        parts_of(workload(**more))
    assert str(refusal.value).startswith(said)


def test_a_change_that_cannot_be_split_is_refused() -> None:
    with pytest.raises(ConfigError, match="concurrency: 1 cannot be shared out among 2 agents"):
        changes_of(Change(concurrency=1), [1, 1])


@pytest.mark.parametrize(
    ("fleet", "said"),
    [
        ({}, "fleet: names neither agents nor a Dask cluster. Write agents: [h1:7761, h2:7761], or dask: tcp://"),
        ({"agents": []}, "fleet: names neither agents nor a Dask cluster"),
        ({"agents": ["h"], "dask": "tcp://s:8786"}, "fleet.dask: is a second place for agents to be"),
        ({"dask": "s", "by_agent": {"h": {"share": 2}}}, "fleet.dask: 's' is no Dask cluster. Write tcp://host:8786, "),
        ({"dask": ""}, "fleet.dask: '' is no Dask cluster"),
        ({"dask": "LocalCluster(0)"}, "fleet.dask: 'LocalCluster(0)' is no Dask cluster"),
        ({"dask": "tcp://s"}, "fleet.dask: 'tcp://s' is no Dask cluster"),
        ({"agents": ["h"], "keyspace": "split"}, "fleet.keyspace: 'split' "),
        ({"agents": ["h"], "on_agent_loss": {"min": 0}}, "fleet.on_agent_loss: "),
        ({"agents": ["h"], "token": "x"}, "fleet.token: holds a secret"),
        ({"agents": ["h"], "by_agent": {"g": {"share": 2}}}, "fleet.by_agent.g: is not among the agents. Agents: h"),
        ({"agents": ["h"], "by_agent": {"h": {"share": 0}}}, "fleet.by_agent.h.share: 0 "),
        ({"agents": ["h"], "by_agent": {"h": {"uri": "file:///x/"}}}, "fleet.by_agent.h.uri: is not a s3:// address, as that of the target is. All agents use one kind of storage"),
        ({"agents": ["h"], "by_agent": {"h": {"uri": "s3://"}}}, "fleet.by_agent.h.uri: names no bucket. Write s3://bucket/prefix/"),
    ],
)  # fmt: skip
def test_a_broken_section_is_said(fleet: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        workload(fleet=fleet)
    assert str(refusal.value).startswith(said)


def test_what_is_said_of_a_host_is_said_of_the_agent_there() -> None:
    found = ["tcp://10.0.0.7:41", "tls://[fd00::1]:42"]
    whole = workload(concurrency=9, fleet={"dask": "tcp://s:8786", "by_agent": {"fd00::1": {"share": 2}}})
    parts = parts_of(on_members(whole, found))
    assert [part.concurrency for part in parts] == [3, 6]
    with pytest.raises(
        ConfigError, match=r"fleet\.by_agent: fd00::1 is no host of the Dask cluster\. Its hosts: 10\.0\.0\.7$"
    ):
        on_members(whole, found[:1])


@pytest.mark.parametrize(
    "dask",
    ["tcp://10.0.0.7:8786", "tls://scheduler:8786", "scheduler:8786", "tcp://[fd00::1]:8786", "wss://s.example:443",
     "my scheduler.json", "C/x.json", "LocalCluster(2)", "LocalCluster()"],
)  # fmt: skip
def test_a_cluster_has_many_names(dask: str) -> None:
    assert workload(fleet={"dask": dask}).fleet is not None
