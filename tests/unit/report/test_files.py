"""What is written beside the report: whole or not at all, and readable by others' tools."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from s3bench_tui.engine.messages import Interval
from s3bench_tui.errors import ConfigError
from s3bench_tui.report.build import build
from s3bench_tui.report.forms import json as report_json
from s3bench_tui.report.forms import tsv
from s3bench_tui.report.forms.hlog import IntervalLog
from s3bench_tui.report.record import Recording
from s3bench_tui.stats.histogram import MAX_VALUE_NS, Histogram
from tests.unit.report.samples import ENTRIES, make_run


@pytest.fixture(scope="module")
def run():
    return make_run(open_loop=True)


@pytest.fixture(scope="module")
def report(run):
    return build(run.records)


# --- JSON ---------------------------------------------------------------------------------------------------------


def test_the_file_holds_the_report(report, tmp_path):
    report_json.write(report, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == report.as_dict()
    assert os.listdir(tmp_path) == ["out.json"]


def test_an_earlier_report_is_replaced_and_its_link_kept(report, tmp_path):
    (tmp_path / "out.json").write_text('{\n  "schema": "s3bench-tui/report/1",\n  "status": "stopped"}')
    (tmp_path / "latest.json").symlink_to("out.json")
    report_json.check(tmp_path / "latest.json")
    report_json.write(report, tmp_path / "latest.json")
    assert (tmp_path / "latest.json").is_symlink()
    assert json.loads((tmp_path / "out.json").read_text())["status"] == "ok"


def test_an_empty_file_is_nobodys(report, tmp_path):
    (tmp_path / "out.json").touch()
    report_json.write(report, tmp_path / "out.json")
    assert (tmp_path / "out.json").stat().st_size > 1000


def test_somebody_elses_file_is_refused(report, tmp_path):
    path = tmp_path / "results.json"
    path.write_text('{"mine": 1}')
    for attempt in (lambda: report_json.check(path), lambda: report_json.write(report, path)):
        with pytest.raises(ConfigError) as caught:
            attempt()
        assert str(caught.value) == (
            f"{path}: this file is there already, and is not a report that could be replaced. Give another name, or remove it"
        )
    assert path.read_text() == '{"mine": 1}'


def test_a_place_that_cannot_hold_a_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="this is a directory"):
        report_json.check(tmp_path)
    with pytest.raises(ConfigError, match=f"the directory {tmp_path}/missing does not exist"):
        report_json.check(tmp_path / "missing" / "out.json")


def test_a_pipe_is_written_to(report, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    received = []
    reader = threading.Thread(target=lambda: received.append(path.read_text()))
    reader.start()
    report_json.write(report, path)
    reader.join(10)
    assert json.loads(received[0])["status"] == "ok"


def test_a_new_file_has_the_usual_permissions(report, tmp_path):
    (tmp_path / "plain").touch()
    report_json.write(report, tmp_path / "out.json")
    assert (tmp_path / "out.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


# --- s3-bench's table ---------------------------------------------------------------------------------------------


def test_the_table_has_s3_benchs_columns_and_order(report):
    lines = [line.split("\t") for line in tsv.table(report.as_dict()).splitlines()]
    assert ",".join(lines[0]) == (
        "operation,size_bucket,bucket_idx,mean_us,p50_us,p90_us,p95_us,p99_us,max_us,"
        "avg_bytes,ops_per_sec,throughput_mibps,count"
    )
    assert [tuple(line[:3]) for line in lines[1:]] == [
        ("META", "zero", "0"),
        ("GET", "1B-8KiB", "1"),
        ("PUT", "1B-8KiB", "1"),
        ("GET", "512KiB-4MiB", "4"),
        ("PUT", "512KiB-4MiB", "4"),
        ("META", "ALL", "97"),
        ("GET", "ALL", "98"),
        ("PUT", "ALL", "99"),
    ]
    assert all(
        cell.partition(".")[2].isdigit() and len(cell.partition(".")[2]) == 2
        for line in lines[1:]
        for cell in line[3:12]
    )


def test_the_tables_figures_are_the_operations(run, report):
    rows = {
        (line.split("\t")[0], line.split("\t")[1]): line.split("\t")
        for line in tsv.table(report.as_dict()).splitlines()
    }
    values = sorted(ns for kind, op, size, ns in run.done if (kind, op, size) == ("measured", "get", 4096))
    row = rows["GET", "1B-8KiB"]
    assert int(row[12]) == len(values)
    assert float(row[3]) == pytest.approx(sum(values) / len(values) / 1000, rel=0.001)
    assert float(row[4]) == pytest.approx(values[int(len(values) / 2 + 0.5) - 1] / 1000, rel=0.001)
    assert (float(row[9]), float(row[10])) == (4096, pytest.approx(len(values) / 6, abs=0.01))
    assert float(row[11]) == pytest.approx(len(values) * 4096 / 2**20 / 6, abs=0.01)
    assert rows["META", "ALL"][12] == str(sum((kind, op) == ("measured", "list") for kind, op, *_ in run.done))


def test_empty_classes_are_left_out():
    run = make_run(ops=0)
    assert tsv.table(build(run.records).as_dict()).count("\n") == 1


def test_the_table_is_written_over_a_table_only(report, tmp_path):
    path = tmp_path / "out.tsv"
    for _ in range(2):
        tsv.check(path)
        tsv.write(tsv.table(report.as_dict()), path)
    path.write_text("a\tb\n")
    with pytest.raises(ConfigError, match="not a table"):
        tsv.write(tsv.table(report.as_dict()), path)


# --- the interval log ---------------------------------------------------------------------------------------------


def _log(run, path):
    log = IntervalLog(path)
    for record in run.records:
        log.feed(record)
    log.close()
    return path


def test_hdrhistograms_reader_finds_the_same_counts(run, report, tmp_path):
    reader = HistogramLogReader(str(_log(run, tmp_path / "out.hlog")), HdrHistogram(1, MAX_VALUE_NS, 3))
    sums: dict[str | None, HdrHistogram] = {}
    starts = []
    while (interval := reader.get_next_interval_histogram()) is not None:
        sums.setdefault(interval.get_tag(), HdrHistogram(1, MAX_VALUE_NS, 3)).add(interval)
        starts.append(interval.get_start_time_stamp() / 1000 - reader.get_start_time_sec())
    reader.close()
    ops = report.as_dict()["ops"]
    everything = HdrHistogram(1, MAX_VALUE_NS, 3)
    for op in ops:
        everything.add(sums[op])
    assert sums.pop(None).encode() == everything.encode()
    assert set(sums) == {f"{op}{part}" for op in ops for part in ("", ".response", ".lag")} | {"get.ttfb"}
    for tag, found in sums.items():
        op, _, part = tag.partition(".")
        expected = ops[op][f"{part or 'service'}_ns"]
        assert found.get_total_count() == expected["n"]
        assert found.encode().decode() == expected["hdr"]
    assert sorted({round(start, 3) for start in starts}) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert reader.get_start_time_sec() == 1735787045.0


def test_an_interval_log_replaces_only_its_like(run, tmp_path):
    _log(run, _log(run, tmp_path / "out.hlog"))
    (tmp_path / "other.hlog").write_text("#[Histogram log format version 1.2]\n")
    with pytest.raises(ConfigError, match="not an interval log"):
        IntervalLog(tmp_path / "other.hlog")


def test_a_sink_that_cannot_be_opened_says_so(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(ConfigError, match=r"cannot write a recording: Permission denied"):
        Recording(tmp_path / "run.jsonl")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
@pytest.mark.parametrize("sink", [Recording, IntervalLog])
def test_a_full_disk_ends_the_file_and_not_the_run(run, sink):
    full = sink(Path("/dev/full"))
    assert full.failure == ""
    for record in run.records:
        full.feed(record)
    full.close()
    assert full.failure.startswith("/dev/full: a")
    assert full.failure.endswith("could not be written to its end: No space left on device")


def test_sums_of_intervals_are_what_the_samples_say(run):
    """The sample runs are only good as a measure if they are themselves consistent."""
    values = [ns for _, op, _, ns in run.done if op == "put"]
    total = Histogram()
    for record in run.records:
        if isinstance(record, Interval):
            for key, row in record.tally.items():
                if ENTRIES[key.entry].op == "put":
                    total = total + row.service
    assert total == Histogram.of_values(values)
