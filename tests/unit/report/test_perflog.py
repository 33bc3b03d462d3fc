"""The perf log against the report of the same run, and against the histograms of its recording."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from s3bench_tui.engine.messages import Interval, PhaseOpened, Record, RunEnded, RunStarted
from s3bench_tui.errors import ConfigError
from s3bench_tui.report.build import build
from s3bench_tui.report.forms import perflog
from s3bench_tui.report.forms.perflog import CLASSES, COLUMNS, OWN_COLUMNS, PerfLog, class_of
from s3bench_tui.report.record import decode, encode
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import sum_of
from tests.unit.report.samples import ENTRIES, make_run

THEIRS = """\
agent_id timestamp_epoch_ms elapsed_s stage get_ops get_bytes get_iops get_mbps get_mean_us get_p50_us get_p90_us get_p99_us
put_ops put_bytes put_iops put_mbps put_mean_us put_p50_us put_p90_us put_p99_us meta_ops meta_iops meta_mean_us meta_p50_us
meta_p90_us meta_p99_us cpu_user_pct cpu_system_pct cpu_iowait_pct errors"""


def logged(path: Path, records: list[Record], every: int = 1) -> list[dict[str, str]]:
    log = PerfLog(path, every)
    for record in records:
        log.feed(record)
    log.close()
    assert not log.failure
    data = path.read_bytes()
    if path.suffix == ".zst":
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
            data = reader.read()
    return list(csv.DictReader(io.StringIO(data.decode()), delimiter="\t", strict=True))


def micro(time_ns: float) -> float:
    return pytest.approx(time_ns / 1000, abs=0.006)  # type: ignore[no-any-return]


def test_its_first_columns_are_theirs() -> None:
    assert " ".join(COLUMNS) == THEIRS.replace("\n", " ")
    assert len(COLUMNS) == 30
    assert not set(COLUMNS) & set(OWN_COLUMNS)


@pytest.mark.parametrize("every", [1, 2, 100])
def test_its_sums_are_the_report(tmp_path: Path, every: int) -> None:
    run = make_run()
    report = build(run.records).as_dict()
    rows = [row for row in logged(tmp_path / "perf.tsv", run.records, every) if row["stage"] == "workload"]
    for name in CLASSES:
        ops = [figures for op, figures in report["ops"].items() if class_of(op) == name]
        assert sum(int(row[f"{name}_ops"]) for row in rows) == sum(op["ops"] for op in ops) > 0
        if name != "meta":
            assert sum(int(row[f"{name}_bytes"]) for row in rows) == sum(op["bytes"] for op in ops) > 0
    assert sum(int(row["errors"]) for row in rows) == report["total"]["failed"] > 0
    assert sum(float(row["interval_s"]) for row in rows) == pytest.approx(report["measured_s"])


def test_its_last_row_has_the_percentiles_of_the_report(tmp_path: Path) -> None:
    run = make_run()
    service = build(run.records).as_dict()["ops"]["get"]["service_ns"]
    rows = [row for row in logged(tmp_path / "perf.tsv", run.records) if row["stage"] == "workload"]
    assert float(rows[-1]["get_mean_us"]) == micro(service["mean"])
    for name in ("p50", "p90", "p99"):
        assert float(rows[-1][f"get_{name}_us"]) == micro(service[name])
    first = Histogram.of_values([])
    for record in run.records:
        if isinstance(record, Interval) and record.phase == 1:
            first = sum_of(row for key, row in record.tally.items() if ENTRIES[key.entry].op == "get").service
            break
    assert float(rows[0]["get_p90_us"]) == micro(first.percentiles((90.0,))[0])


def test_its_own_columns_are_of_the_second_alone(tmp_path: Path) -> None:
    run = make_run(ops=3000)
    recorded = [decode(encode(record)) for record in run.records]
    intervals = [record for record in recorded if isinstance(record, Interval)]
    rows = [row for row in logged(tmp_path / "perf.tsv", recorded) if row["stage"] != "cleanup"]
    assert len(rows) == len(intervals)
    for row, interval in zip(rows, intervals, strict=True):
        for name in CLASSES:
            own = sum_of(r for key, r in interval.tally.items() if class_of(ENTRIES[key.entry].op) == name)
            known = own.service.known_percentiles()
            for percentile in ("p50", "p90", "p99", "p999"):
                cell = row[f"{name}_interval_{percentile}_us"]
                assert (float(cell) == micro(known[percentile])) if percentile in known else cell == ""


def test_stages_and_times(tmp_path: Path) -> None:
    records = make_run().records
    rows = logged(tmp_path / "perf.tsv", records)
    assert [row["stage"] for row in rows] == ["warmup", *["workload"] * 6, "drain", "cleanup"]
    rows.pop()
    started = next(record for record in records if isinstance(record, RunStarted))
    assert started.started_at == "2025-01-02T03:04:05Z"
    assert [int(row["timestamp_epoch_ms"]) - 1735787045000 for row in rows] == [1000 * n for n in range(1, 9)]
    assert [float(row["elapsed_s"]) for row in rows] == list(range(1, 9))
    cpu = [rows[0][f"cpu_{mode}_pct"] for mode in ("user", "system", "iowait")]
    assert cpu == ["25.00", "12.50", "6.25"]
    get = next(row for row in rows if row["stage"] == "workload")
    assert float(get["get_iops"]) == int(get["get_ops"])
    assert float(get["get_mbps"]) == pytest.approx(int(get["get_bytes"]) / (1 << 20), abs=0.006)


def test_what_was_prepared_and_deleted_has_stages_of_its_own(tmp_path: Path) -> None:
    changed: list[Record] = []
    for record in make_run(changes=0).records:
        match record:
            case PhaseOpened(phase) if phase.kind == "warmup":
                changed.append(PhaseOpened(replace(phase, kind="prepare")))
            case RunEnded():
                changed.append(replace(record, at_s=record.at_s + 2.0, cleaned_up={"written": 30, "dataset": 10}))
            case _:
                changed.append(record)
    rows = logged(tmp_path / "perf.tsv", changed)
    assert rows[0]["stage"] == "prepare"
    assert (rows[-1]["stage"], rows[-1]["meta_ops"], rows[-1]["meta_iops"]) == ("cleanup", "40", "20.00")
    assert rows[-1]["get_ops"] == rows[-1]["errors"] == "0"


def test_a_row_may_be_longer_but_never_spans_phases(tmp_path: Path) -> None:
    rows = logged(tmp_path / "perf.tsv", make_run(seconds=5).records, every=2)
    assert [float(row["interval_s"]) for row in rows if row["stage"] == "workload"] == [2, 2, 1, 2, 2, 1]


def test_a_run_that_was_lost_keeps_its_rows_compressed_ones_too(tmp_path: Path) -> None:
    records = make_run(end=False).records[:-2]
    plain = logged(tmp_path / "perf.tsv", records, every=100)
    assert plain
    assert logged(tmp_path / "perf.tsv.zst", records, every=100) == plain
    killed = PerfLog(tmp_path / "killed.tsv.zst")
    for record in records:
        killed.feed(record)
    with zstandard.ZstdDecompressor().stream_reader((tmp_path / "killed.tsv.zst").read_bytes()) as reader:
        told = reader.read().decode().splitlines()
    assert len(told) == 1 + sum(isinstance(record, Interval) for record in records)
    killed.close()


@pytest.mark.parametrize("name", ["perf.tsv", "perf.tsv.zst"])
def test_only_a_perf_log_is_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    first = logged(path, make_run().records)
    perflog.check(path)
    assert logged(path, make_run().records) == first
    path.write_text("mine")
    with pytest.raises(ConfigError, match="is not a perf log that could be replaced"):
        perflog.check(path)
    with pytest.raises(ConfigError, match="is not a perf log that could be replaced"):
        PerfLog(path)
    assert path.read_text() == "mine"
