"""The report against all operations of made-up runs, counted another way."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.messages import Event, Interval, PhaseClosed, RunEnded, RunStarted
from s3bench_tui.errors import EngineError
from s3bench_tui.report import hdr
from s3bench_tui.report.build import Fold, build
from s3bench_tui.report.record import Recording, decode, encode, read
from s3bench_tui.report.schema import json_schema
from s3bench_tui.stats.histogram import Histogram, index_of, value_range
from s3bench_tui.stats.tally import SIZE_CLASSES, size_class_of
from tests.unit.report.samples import SIZES, make_run

VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def measured(run):
    return [(op, size, service_ns) for kind, op, size, service_ns in run.done if kind == "measured"]


@pytest.fixture(scope="module", params=[False, True], ids=["closed", "open"])
def run(request):
    return make_run(request.param, ops=500)


@pytest.fixture(scope="module")
def report(run):
    return build(run.records).as_dict()


def test_totals_are_the_measured_operations(run, report):
    done = measured(run)
    assert report["total"]["ops"] == len(done)
    assert report["total"]["bytes"] == sum(size for _, size, _ in done)
    errors = Counter(outcome for kind, _, outcome in run.failed if kind == "measured")
    assert report["total"]["errors"] == dict(errors)
    assert report["total"]["failed"] == errors.total()
    assert report["measured_s"] == 6.0
    assert report["elapsed_s"] == 8.0
    assert report["total"]["ops_per_s"] == pytest.approx(len(done) / 6.0, abs=0.001)
    assert report["total"]["bytes_per_s"] == pytest.approx(report["total"]["bytes"] / 6.0, abs=0.001)


def test_latencies_are_those_of_all_samples_sorted(run, report):
    for op in ("get", "put", "list"):
        values = sorted(service_ns for kind, _, service_ns in measured(run) if kind == op)
        figures = report["ops"][op]
        assert figures["service_ns"]["n"] == figures["ops"] == len(values)
        assert figures["service_ns"]["max"] == value_range(index_of(values[-1]))[1]
        assert figures["service_ns"]["min"] == value_range(index_of(values[0]))[0]
        assert figures["service_ns"]["mean"] == pytest.approx(sum(values) / len(values), rel=0.0005)
        assert figures["service_ns"]["p50"] == value_range(index_of(values[int(len(values) / 2 + 0.5) - 1]))[1]
        assert figures["service_ns"]["p90"] == value_range(index_of(values[int(len(values) * 0.9 + 0.5) - 1]))[1]
        assert hdr.decode(figures["service_ns"]["hdr"]) == Histogram.of_values(values)
    assert "p9999" not in report["ops"]["get"]["service_ns"]
    assert "p99" not in report["ops"]["list"]["service_ns"]
    assert report["ops"]["put"]["ttfb_ns"] == {"n": 0}


def test_sizes_lines_and_targets_add_up(run, report):
    for op, figures in report["ops"].items():
        by_size = Counter(SIZE_CLASSES[size_class_of(size)] for kind, size, _ in measured(run) if kind == op)
        assert {name: part["ops"] for name, part in figures["sizes"].items()} == dict(by_size)
        for name in ("ops", "bytes", "failed"):
            lines = [line for line in report["entries"].values() if line["op"] == op]
            assert sum(line[name] for line in lines) == figures[name]
            assert sum(part[name] for part in figures["sizes"].values()) == figures[name]
            assert sum(target["ops"][op][name] for target in report["targets"]) == figures[name]
    assert report["ops"]["get"]["sizes"]["512KiB-4MiB"]["bytes"] % SIZES[1] == 0
    assert [target["counters"] for target in report["targets"]] == [{"connects": 8}, {"connects": 9}]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 4), st.booleans())
def test_phases_and_intervals_add_up_to_the_total_exactly(seed, changes, open_loop):
    data = build(make_run(open_loop, ops=60, seed=seed, changes=changes, seconds=2).records).as_dict()
    phases = [phase for phase in data["phases"] if phase["kind"] == "measured"]
    moments = [row for row in data["series"] if row["kind"] == "measured"]
    assert len(phases) == changes + 1
    assert data["measured_s"] == sum(phase["duration_s"] for phase in phases)
    for name in ("ops", "bytes", "failed"):
        for parts in (phases, moments):
            assert sum(part["total"][name] for part in parts) == data["total"][name]
            for op, figures in data["ops"].items():
                assert sum(part["ops"].get(op, {name: 0})[name] for part in parts) == figures[name]
    for op, figures in data["ops"].items():
        total = Histogram()
        for phase in phases:
            if text := phase["ops"][op]["service_ns"].get("hdr"):
                total = total + hdr.decode(text)
        assert total == (hdr.decode(figures["service_ns"]["hdr"]) if figures["ops"] else Histogram())
    if open_loop:
        for name in ("offered", "dispatched", "dropped", "completed", "failed"):
            assert sum(phase["arrivals"][name] for phase in phases) == data["arrivals"][name]


def test_concurrency_is_littles_law(run, report):
    busy_s = sum(service_ns for _, _, service_ns in measured(run)) / 1e9
    assert report["total"]["concurrency"] == pytest.approx(busy_s / 6.0, rel=0.001)


def test_drained_operations_stand_apart(run, report):
    drained = sum(kind == "drain" for kind, *_ in run.done)
    assert report["drained"]["total"]["ops"] == drained > 0
    assert "ops_per_s" not in report["drained"]["total"]


def test_open_loop_has_its_own_figures(run, report):
    open_loop = report["open_loop"]
    for name in ("response_ns", "lag_ns"):
        assert (name in report["ops"]["get"]) == open_loop
    assert ("arrivals" in report) == open_loop
    if open_loop:
        assert report["ops"]["get"]["response_ns"]["n"] == report["ops"]["get"]["ops"]
        assert report["arrivals"]["offered"] == report["arrivals"]["dispatched"] + report["arrivals"]["dropped"]


def test_errors_carry_the_servers_words(run, report):
    assert report["errors"]["http_503"]["said"] == "SlowDown: Please reduce your request rate."
    assert report["errors"]["timeout"]["said"] == ""
    for name, error in report["errors"].items():
        assert error["count"] == sum(error["ops"].values()) == report["total"]["errors"][name]


def test_a_second_shows_itself_and_the_host(report):
    row = report["series"][2]
    assert (row["start_s"], row["end_s"], row["phase"], row["kind"]) == (2.0, 3.0, 1, "measured")
    assert row["host"]["cpu_busy"] == 0.375
    assert (row["host"]["rx_bytes_per_s"], row["host"]["disk_utilisation"]) == (1e6, 0.5)
    assert row["ops"]["get"]["p50_ns"] <= row["ops"]["get"]["p99_ns"]


def test_the_client_and_its_workers(report):
    assert report["client"]["cpu_us_per_op"] == pytest.approx(
        2.5e6 / (report["total"]["ops"] + report["total"]["failed"]), abs=0.01
    )
    assert report["client"]["verdict"] == "store-limited"
    assert report["client"]["evidence"] == {"busy": 0.31}
    first = report["workers"][0]
    assert (first["busy"], first["run_delay"], first["alive"]) == (0.5, 0.01, True)
    assert first["rss_max_bytes"] == (40 << 20) + 7
    assert first["loop_ns"]["n"] == 8


def test_the_head_tells_what_ran(report):
    assert report["schema"] == "s3bench-tui/report/1"
    assert (report["name"], report["seed"], report["version"]) == ("mixed 70/30", 42, "1.2.3")
    assert report["started_at"] == "2025-01-02T03:04:05Z"
    assert [row["certificate_checked"] for row in report["security"]] == [False, True]
    assert report["phases"][1]["settings"]["weights"] == {"get": 60.0, "get-2": 10.0, "put": 20.0, "list": 3.0}
    assert report["cleaned_up"] == {"written": 17}


def test_the_recording_gives_the_same_report(run, report, tmp_path):
    with Recording(tmp_path / "run.jsonl") as recording:
        for record in run.records:
            recording.feed(record)
    assert build(read(tmp_path / "run.jsonl")).as_dict() == report


def test_a_report_is_of_the_published_schema(report):
    text = json.dumps(report, allow_nan=False)
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(text))] == []


@pytest.mark.parametrize("kept", range(1, 18, 2))
def test_a_lost_engine_leaves_what_was_recorded(kept):
    records = make_run(ops=100).records[:kept]
    data = build(records).as_dict()
    assert data["status"] == "engine_lost"
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []
    measured_s = sum(1.0 for record in records if isinstance(record, Interval) and 1 <= record.phase <= 2)
    assert data["measured_s"] == measured_s
    assert data["total"]["ops"] == sum(row["total"]["ops"] for row in data["series"] if row["kind"] == "measured")
    assert data["client"]["verdict"] == "unclear"


def test_a_run_without_a_start_is_no_run():
    with pytest.raises(EngineError, match="never started"):
        build([])


def test_an_interval_of_an_unknown_phase_is_refused():
    records = make_run().records
    with pytest.raises(EngineError, match="phase 0 came before"):
        build([records[0], records[2]])


def test_censored_operations_bound_the_percentiles_from_below():
    run = make_run(ops=2000, changes=0)
    ended = run.records[-1]
    assert isinstance(ended, RunEnded)
    second_ns = 1_000_000_000
    open_ns = Histogram.of_values([9 * second_ns] * 300)
    data = build([*run.records[:-1], replace(ended, censored={"put": open_ns})]).as_dict()
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []
    censored = data["censored"]["put"]
    known = data["ops"]["put"]["ops"] + data["drained"]["ops"]["put"]["ops"]
    assert (censored["n"], censored["of"], censored["series"]) == (300, known + 300, "service")
    assert set(censored["at_least_ns"]) == {"p90", "p95", "p99", "p999", "p9999"}
    assert censored["at_least_ns"]["p99"] >= 9 * second_ns


def test_thresholds_are_judged_on_the_report():
    run = make_run(thresholds=("get.p99 < 50ms", "total.errors == 0", "list.p9999 < 1s", "nonsense"))
    report = build(run.records)
    data = report.as_dict()
    assert [row["passed"] for row in data["thresholds"]] == [True, False, False, False]
    assert data["thresholds"][0] == {"threshold": "get.p99 < 50ms", "passed": True, "reason": None}
    assert report.failed_thresholds[0] == f"total.errors == 0: it is {data['total']['failed']}"
    assert "too few" in report.failed_thresholds[1]
    assert "'nonsense' is not a threshold" in report.failed_thresholds[2]


def test_secrets_are_not_in_the_report():
    run = make_run()
    started = run.records[0]
    assert isinstance(started, RunStarted)
    workload = dict(started.workload) | {
        "secret_key": "hunter2",
        "endpoint": "https://me:hunter2@host/?X-Amz-Signature=hunter2",
    }
    run.records[0] = replace(started, workload=workload)
    run.records.insert(1, Event(0.0, "info", "went to https://me:hunter2@host/"))
    live = build(run.records).as_dict()
    assert "hunter2" not in json.dumps(live)
    assert live["redaction"]["paths"] == ["workload.secret_key", "workload.endpoint", "events.0.text"]
    assert build(decode(encode(record)) for record in run.records).as_dict() == live


def test_a_replaced_worker_is_another_one():
    run = make_run()
    run.records = [
        replace(
            record,
            workers=tuple(replace(worker, pid=worker.pid + 100 * (record.start_s > 3)) for worker in record.workers),
        )
        if isinstance(record, Interval)
        else record
        for record in run.records
    ]
    assert [(worker["index"], worker["pid"]) for worker in build(run.records).as_dict()["workers"]] == [
        (0, 4000),
        (0, 4100),
        (1, 4001),
        (1, 4101),
    ]


def test_cpu_comes_from_the_samples_where_the_engine_told_nothing():
    records = [replace(record, client={}) if isinstance(record, RunEnded) else record for record in make_run().records]
    client = build(records).as_dict()["client"]
    assert client["cpu_s"] == 6 * 0.75
    hostless = [replace(record, host=None) if isinstance(record, Interval) else record for record in records]
    assert build(hostless).as_dict()["client"]["cpu_s"] == 6 * 2 * 0.5


def test_a_report_is_its_readers_to_keep():
    report = build(make_run().records)
    report.as_dict()["total"].clear()
    assert report.total["ops"] > 0
    assert (report.status, report.measured_s, len(report.phases), len(report.series)) == ("ok", 6.0, 4, 8)
    assert report.client["verdict"] == "store-limited"


def test_a_fold_can_be_looked_at_while_the_run_lasts():
    fold = Fold()
    for record in make_run(ops=50).records:
        fold.feed(record)
        if isinstance(record, PhaseClosed):
            assert [error.message for error in VALIDATOR.iter_errors(build(fold).as_dict())] == []
