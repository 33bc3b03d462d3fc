"""Runs that make a part of a fleet's load: they wait for each other, and share out the objects between them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.local import LocalEngine
from s3bench_tui.engine.messages import (
    Change,
    Held,
    Part,
    PhaseOpened,
    Proceed,
    Record,
    Released,
    RunOptions,
    StopRun,
    Timed,
)
from s3bench_tui.report.build import build
from s3bench_tui.spec.loading import load_mapping

PATIENCE_S = 30.0


class Member:
    """One run that is held."""

    def __init__(self, spec: dict[str, Any], part: Part) -> None:
        self.records: list[Record] = []
        self.stood: list[Held | Released] = []
        self.engine = LocalEngine(self.records.append, RunOptions(part=part, held=True), self.stood.append)
        self.engine.start(load_mapping({"processes": 2, **spec}).workload)

    def until_held(self, before: str) -> Held:
        deadline = time.monotonic() + PATIENCE_S
        while not (found := [word for word in self.stood if isinstance(word, Held) and word.before == before]):
            assert not self.engine.ended, self.engine.error
            assert time.monotonic() < deadline
            self.engine.receive(0.02)
        return found[0]

    def finish(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while not self.engine.ended:
            assert time.monotonic() < deadline, "the run did not end"
            self.engine.receive(0.05)
        self.engine.close()
        assert self.engine.error is None, self.engine.error
        return build(self.records).as_dict()


def spec(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "target": f"file://{folder}/",
        "concurrency": 4,
        "dataset": {"count": 31, "size": "1KiB"},
        "workload": [{"op": "get", "keys": "once"}],
        "stop": {"each_key": "once"},
        **more,
    }


def run_together(members: list[Member]) -> list[dict[str, Any]]:
    lacking = [member.until_held("prepare").lacking for member in members]
    for member in members:
        member.engine.send(Proceed(0, any(lacking)))
    for member in members:
        member.until_held("load")
    at_ns = time.monotonic_ns() + 300_000_000
    for member in members:
        member.engine.send(Proceed(at_ns))
    reports = [member.finish() for member in members]
    for member in members:
        assert Released("load", at_ns) in member.stood
    return reports


def test_the_parts_are_the_whole(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    reports = run_together([Member(spec(tmp_path / "objects"), Part(index, 3)) for index in range(3)])
    assert [report["status"] for report in reports] == ["ok"] * 3
    prepared = [report["phases"][0] for report in reports]
    assert {phase["kind"] for phase in prepared} == {"prepare"}
    assert sum(phase["total"]["ops"] for phase in prepared) == 31 == len(list((tmp_path / "objects").rglob("*.dat")))
    assert [report["total"]["ops"] for report in reports] == [10, 10, 11]


def test_each_deletes_its_own(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    mix = [{"op": "delete"}]
    reports = run_together([Member(spec(tmp_path / "objects", workload=mix), Part(index, 2)) for index in range(2)])
    assert sum(report["total"]["ops"] for report in reports) == 31
    assert sum(report["total"]["failed"] for report in reports) == 0
    assert not list((tmp_path / "objects").rglob("*.dat"))


@pytest.mark.parametrize("keys", ["uniform", "sequential", {"choice": "zipf", "theta": 0.9}])
def test_a_partitioned_one_keeps_to_its_part(tmp_path: Path, keys: Any) -> None:
    folder = tmp_path / "objects"
    folder.mkdir()
    mix = [{"op": "get", "keys": keys}]
    member = Member(spec(folder, workload=mix, stop={"ops": 500}), Part(1, 3, partitioned=True))
    run_together([member])
    made = {path.name for path in folder.rglob("*.dat")}
    assert len(made) == 10  # nobody made the others: a read beyond the part would have failed
    assert build(member.records).total["failed"] == 0


def test_all_have_the_phase_in_which_one_has_something_to_make() -> None:
    member = Member({"target": "null://x/", "dataset": {"count": 5, "size": 1}, "workload": [{"op": "get"}], "stop": {"ops": 100}}, Part(0, 2))  # fmt: skip
    assert member.until_held("prepare").lacking == 0
    member.engine.send(Proceed(0, prepares=True))
    member.until_held("load")
    member.engine.send(Proceed(0))
    assert [phase["kind"] for phase in member.finish()["phases"]] == ["prepare", "measured", "drain"]


def test_a_timed_change_takes_effect_in_order_with_the_schedule() -> None:
    member = Member(
        {
            "target": {"uri": "null://x/", "null": {"latency": "1ms"}},
            "concurrency": 2,
            "workload": [{"op": "get", "path": "x"}],
            "duration": "1s",
            "schedule": [{"at": "500ms", "concurrency": 5}],
        },
        Part(0, 2),
    )
    member.until_held("prepare")
    member.engine.send(Proceed(0))
    member.until_held("load")
    at_ns = time.monotonic_ns() + 200_000_000
    member.engine.send(Proceed(at_ns))
    while not any(isinstance(record, PhaseOpened) for record in member.records):
        member.engine.receive(0.02)
    member.engine.send(Timed(Change(concurrency=9, label="later"), at_ns + 750_000_000))
    report = member.finish()
    measured = [phase for phase in report["phases"] if phase["kind"] == "measured"]
    assert [phase["settings"]["concurrency"] for phase in measured] == [2, 5, 9]
    assert measured[2]["start_s"] == pytest.approx(0.75, abs=1e-6)
    assert measured[2]["label"] == "later"


def test_one_that_is_held_can_be_stopped() -> None:
    member = Member({"target": "null://x/", "workload": [{"op": "get", "path": "x"}]}, Part(0, 2))
    member.until_held("prepare")
    member.engine.send(StopRun(now=True, reason="another could not begin"))
    report = member.finish()
    assert (report["status"], report["total"]["ops"]) == ("stopped", 0)
