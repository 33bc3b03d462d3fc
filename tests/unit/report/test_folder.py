"""The runs of a folder: told by their content, newest first, each once, damage said and never raised."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from s3bench_tui.engine.messages import RunStarted
from s3bench_tui.errors import ConfigError
from s3bench_tui.report.build import build
from s3bench_tui.report.folder import Listed, read_report, runs_in
from s3bench_tui.report.forms.json import write
from s3bench_tui.report.record import Recording
from tests.unit.report.samples import Run, make_run


def named(name: str, run_id: str, started_at: str, **how: object) -> Run:
    run = make_run(**how)  # type: ignore[arg-type]
    started = run.records[0]
    assert isinstance(started, RunStarted)
    workload = dict(started.workload) | {"name": name}
    run.records[0] = replace(started, run_id=run_id, started_at=started_at, workload=workload)
    return run


def record(run: Run, path: Path) -> None:
    with Recording(path) as recording:
        for one in run.records:
            recording.feed(one)


def listed(folder: Path) -> list[Listed]:
    return list(runs_in(folder, {}).values())


def test_reports_and_recordings_newest_first(tmp_path: Path) -> None:
    write(build(named("old", "r1", "2025-01-01T00:00:00Z").records), tmp_path / "b.json")
    write(build(named("new", "r2", "2025-01-03T00:00:00Z").records), tmp_path / "a.json")
    record(named("between", "r3", "2025-01-02T00:00:00Z"), tmp_path / "c.jsonl")
    found = listed(tmp_path)
    assert [run.name for run in found] == ["new", "between", "old"]
    assert [run.is_recording for run in found] == [False, True, False]
    report = read_report(tmp_path / "a.json")
    assert found[0].ops_per_s == report["total"]["ops_per_s"] and found[0].status == "ok"
    assert found[0].targets == ("s3://bucket/a/", "s3://bucket/b/")
    assert found[0].p99_ns == report["ops"]["get"]["service_ns"]["p99"]
    assert found[0].failures == pytest.approx(
        report["total"]["failed"] / (report["total"]["failed"] + report["total"]["ops"])
    )
    assert found[1].ops_per_s is None and found[1].status == "ok"


def test_a_recording_with_its_report_is_listed_once(tmp_path: Path) -> None:
    run = named("one", "r1", "2025-01-01T00:00:00Z")
    write(build(run.records), tmp_path / "one.json")
    record(run, tmp_path / "one.jsonl")
    assert [found.path.name for found in listed(tmp_path)] == ["one.json"]
    assert read_report(tmp_path / "one.jsonl") == read_report(tmp_path / "one.json")


def test_a_recording_that_has_no_end_says_so(tmp_path: Path) -> None:
    record(named("one", "r1", "2025-01-01T00:00:00Z", end=False), tmp_path / "one.jsonl")
    assert [found.status for found in listed(tmp_path)] == ["no end"]
    assert read_report(tmp_path / "one.jsonl")["status"] == "engine_lost"


def test_what_is_no_run_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"some": "thing"}')
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "notes.txt").write_text('{\n  "schema": "s3bench-tui/report/1"')
    (tmp_path / "folder.json").mkdir()
    assert listed(tmp_path) == [] and listed(tmp_path / "nowhere") == []


def test_damage_is_a_sentence(tmp_path: Path) -> None:
    text = json.dumps(build(make_run().records).as_dict(), indent=2)
    (tmp_path / "cut.json").write_text(text[: len(text) // 2])
    (tmp_path / "bare.json").write_text('{\n  "schema": "s3bench-tui/report/1"\n}')
    (tmp_path / "later.json").write_text('{\n  "schema": "s3bench-tui/report/9"\n}')
    (tmp_path / "cut.jsonl").write_text('{"record":"run_started","schema":"s3bench-tui/recording/1","run_id"')
    found = {run.path.name: run.problem for run in listed(tmp_path)}
    assert len(found) == 4 and all(found.values())
    assert "cut.json" in found["cut.json"] and "another version" in found["later.json"]
    for name in ("cut.json", "later.json"):
        with pytest.raises(ConfigError):
            read_report(tmp_path / name)
    (tmp_path / "foreign.json").write_text("[]")
    with pytest.raises(ConfigError, match="no report and no recording"):
        read_report(tmp_path / "foreign.json")


def test_what_is_known_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    write(build(named("one", "r1", "2025-01-01T00:00:00Z").records), path)
    known = runs_in(tmp_path, {})
    changed = {key: replace(run, name="from memory") for key, run in known.items()}
    assert [run.name for run in runs_in(tmp_path, changed).values()] == ["from memory"]
    write(build(named("two", "r1", "2025-01-01T00:00:00Z", seconds=4).records), path)
    assert [run.name for run in runs_in(tmp_path, changed).values()] == ["two"]
