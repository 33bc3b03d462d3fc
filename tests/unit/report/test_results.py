"""A directory of results: its name, what lies in it, and what stays of it where a run did not begin."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import Record, RunStarted
from s3bench_tui.errors import ConfigError
from s3bench_tui.report.build import build
from s3bench_tui.report.forms import endpointstats
from s3bench_tui.report.outputs import Outputs, default_report
from s3bench_tui.report.results import Results
from s3bench_tui.spec.loading import Loaded, load_mapping, load_text
from tests.unit.report.samples import make_run

NOON = datetime(2026, 1, 2, 12, 5, 0, tzinfo=UTC)
TEXT = "# mine\nname: 70/30\ntarget: null://lab/\nworkload: [{op: get, path: key, weight: 7}]\n"


def loaded(text: str = TEXT) -> Loaded:
    return load_text(text, source="dir/my mix.yaml")


def begun(results: Results, records: list[Record]) -> None:
    sinks = results.sinks()
    for record in records:
        for sink in sinks:
            sink.feed(record)
    for sink in sinks:
        sink.close()


def finished(results: Results, records: list[Record]) -> list[tuple[str, str]]:
    begun(results, records)
    complaints: list[str] = []
    with results:
        started = next(record for record in records if isinstance(record, RunStarted))
        files = results.write(build(records), started, complaints)
    assert complaints == []
    return files


def test_everything_lies_in_a_new_directory(tmp_path: Path) -> None:
    argv = ["s3bench-tui", "--set", "target=s3://me:secret@host/"]
    files = finished(Results(Outputs(results_dir=tmp_path), loaded(), NOON, argv), make_run().records)
    (place,) = tmp_path.iterdir()
    assert place.name == "sai3-20260102-1205-my-mix"
    assert files == [("results", str(place))]
    assert sorted(file.name for file in place.iterdir()) == [
        "config.yaml", "console_log.txt", "histograms.hlog", "metadata.json", "perf_log.tsv", "recording.jsonl",
        "report.json", "workload_results.tsv",
    ]  # fmt: skip
    assert (place / "config.yaml").read_text() == TEXT
    console = (place / "console_log.txt").read_text()
    assert "\nmeasuring: 17 slots\nmeasuring: step 1, 18 slots\ndraining\n" in console
    assert "verdict" in console
    metadata = json.loads((place / "metadata.json").read_text())
    assert list(metadata)[:10] == [
        "version", "test_name", "config_path", "start_time", "end_time", "duration_secs", "command_line", "hostname",
        "distributed", "agents",
    ]  # fmt: skip
    assert metadata["config_path"] == "dir/my mix.yaml"
    assert "secret" not in (place / "metadata.json").read_text()
    assert (metadata["start_time"], metadata["end_time"]) == (
        "2025-01-02T03:04:05.000+00:00",
        "2025-01-02T03:04:13.000+00:00",
    )


def test_an_older_one_is_never_touched(tmp_path: Path) -> None:
    records = make_run().records
    for _ in range(3):
        finished(Results(Outputs(results_dir=tmp_path / "all"), loaded(), NOON), records)
    stem = "sai3-20260102-1205-my-mix"
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == [stem, f"{stem}-2", f"{stem}-3"]


def test_what_has_a_place_of_its_own_goes_there(tmp_path: Path) -> None:
    outputs = Outputs(results_dir=tmp_path, tsv=tmp_path / "mine.tsv", no_report=True)
    files = finished(Results(outputs, loaded(), NOON), make_run().records)
    place = tmp_path / "sai3-20260102-1205-my-mix"
    assert files == [("results", str(place)), ("table", str(tmp_path / "mine.tsv"))]
    assert not (place / "workload_results.tsv").exists()
    assert not (place / "report.json").exists()


def test_directories_that_were_made_for_a_run_go_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for outputs in (Outputs(report=default_report("x", NOON)), Outputs(results_dir=Path("all"))):
        with Results(outputs, loaded(), NOON):
            assert len(list(tmp_path.iterdir())) == 1
        assert list(tmp_path.iterdir()) == []
    (tmp_path / "results").mkdir()
    with Results(Outputs(report=default_report("x", NOON)), loaded(), NOON):
        pass
    assert (tmp_path / "results").is_dir(), "it was there before"


@pytest.mark.parametrize("wrong", [{"tsv": Path("no/such/directory/a.tsv")}, {}])
def test_a_run_that_does_not_begin_leaves_nothing(tmp_path: Path, wrong: dict[str, Any]) -> None:
    outputs = Outputs(results_dir=tmp_path, op_log=tmp_path / "ops.tsv", **wrong)
    if wrong:
        with pytest.raises(ConfigError, match="does not exist"):
            Results(outputs, loaded(), NOON)
    else:
        with Results(outputs, loaded(), NOON) as results:
            assert Path(results.journals).is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("mine")
    with pytest.raises(ConfigError, match="no directory of results can be made here"):
        Results(Outputs(results_dir=tmp_path / "results"), loaded(), NOON)


def test_a_workload_that_was_no_text_is_written_out(tmp_path: Path) -> None:
    plain = load_mapping({"name": "from python", "target": "null://x/", "workload": [{"op": "get", "path": "k"}]})
    finished(Results(Outputs(results_dir=tmp_path), plain, NOON), make_run().records)
    place = tmp_path / "sai3-20260102-1205-from-python"
    assert load_text((place / "config.yaml").read_text()).workload == plain.workload


def test_the_file_fills_what_the_command_line_leaves_open() -> None:
    text = f"{TEXT}outputs: {{report: a.json, tsv: a.tsv, perf_log: {{path: p.tsv, interval: 5s}}, results_dir: all}}\n"
    wanted = loaded(text).workload.outputs
    given = Outputs(tsv=Path("b.tsv"), record=Path("r.jsonl"))
    assert given.filled(wanted) == Outputs(
        Path("a.json"), Path("b.tsv"), None, Path("r.jsonl"), None, Path("p.tsv"), 5, Path("all")
    )
    assert Outputs(no_report=True).filled(wanted).report is None
    assert Outputs(perf_log=Path("q.tsv")).filled(wanted).perf_log == Path("q.tsv")
    with pytest.raises(ConfigError, match=r"outputs\.perf_log: has no path, and there is no results directory"):
        Outputs().filled(loaded(f"{TEXT}outputs: {{perf_log: {{}}}}\n").workload.outputs)


# --- end points ---------------------------------------------------------------------------------------------------


def test_end_points_and_their_shares() -> None:
    def endpoint(url: str, gets: int, puts: int, failed: int) -> dict[str, Any]:
        return {
            "url": url,
            "total": {"ops": gets + puts, "failed": failed},
            "ops": {"get": {"bytes": gets * 100}, "put": {"bytes": puts * 10}},
        }

    ends = [endpoint("http://a:1", 60, 0, 0), endpoint("http://b:1", 20, 10, 10)]
    table = endpointstats.table({"targets": [{"endpoints": ends}, {}]})
    rows = list(csv.DictReader(table.splitlines(), delimiter="\t"))
    assert [row["endpoint_uri"] for row in rows] == ["http://a:1", "http://b:1"]
    assert [row["total_requests"] for row in rows] == ["60", "40"]
    assert [row["request_pct"] for row in rows] == ["60.00", "40.00"]
    assert [(row["read_pct"], row["write_pct"]) for row in rows] == [("75.00", "0.00"), ("25.00", "100.00")]
    assert [row["error_count"] for row in rows] == ["0", "10"]
    assert endpointstats.table({"targets": [{}]}) == ""
    phase = {"kind": "prepare", "total": {"ops": 100}, "endpoints": ends}
    assert endpointstats.prepared({"phases": [phase, phase | {"kind": "measured", "endpoints": []}]}) == table
    assert endpointstats.prepared({"phases": [{"kind": "prepare", "total": {"ops": 1}}]}) == ""
    assert endpointstats.prepared({"phases": []}) == ""
