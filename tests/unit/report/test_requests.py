"""Requests of operations in parts in the report: rows of their own, in no total, whole after a recording."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from s3bench_tui.engine.messages import Interval, Record
from s3bench_tui.report.build import build
from s3bench_tui.report.comparison.figures import compare
from s3bench_tui.report.forms import markdown, tsv
from s3bench_tui.report.forms.hlog import IntervalLog
from s3bench_tui.report.forms.text import print_summary
from s3bench_tui.report.record import decode, encode
from s3bench_tui.report.schema import json_schema
from s3bench_tui.spec.thresholds import failure, parse_threshold
from s3bench_tui.stats.compare import Verdict
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Row, RowKey
from s3bench_tui.stores.multipart import COMPLETE, CREATE, PART, request_row
from tests.unit.report.samples import ENTRIES, make_run

LINE = 2
REQUESTS = {
    RowKey(0, request_row(4, LINE, PART), 5): Row(ops=6, bytes=6 << 20, service=Histogram.of_values([10**6] * 6)),
    RowKey(1, request_row(4, LINE, PART), 5): Row(errors={"http_503": 1}),
    RowKey(0, request_row(4, LINE, CREATE), 0): Row(ops=2, service=Histogram.of_values([10**5] * 2)),
    RowKey(0, request_row(4, LINE, COMPLETE), 0): Row(ops=2, service=Histogram.of_values([10**5] * 2)),
}


def in_parts() -> list[Record]:
    return [
        replace(record, requests=REQUESTS) if isinstance(record, Interval) else record for record in make_run().records
    ]


def test_they_have_rows_of_their_own_and_are_in_no_total() -> None:
    plain, report = build(make_run().records).as_dict(), build(in_parts()).as_dict()
    jsonschema.validate(report, json_schema())
    requests, seconds = report.pop("requests"), 6
    assert list(requests) == ["put.part", "put.create", "put.complete"]
    part = requests["put.part"]
    assert (part["ops"], part["bytes"], part["errors"]) == (6 * seconds, (6 << 20) * seconds, {"http_503": seconds})
    assert part["bytes_per_s"] == 6 << 20 and part["service_ns"]["n"] == 6 * seconds
    assert requests["put.complete"]["ops"] == 2 * seconds
    assert sum(phase.pop("requests")["put.part"]["ops"] for phase in report["phases"]) == 6 * 8
    moments = [moment.pop("requests")["put.part"] for moment in report["series"]]
    assert moments == [{"ops": 6, "bytes": 6 << 20, "errors": {"http_503": 1}, "failed": 1, "p50_ns": 1000447}] * 8
    assert report == plain


def test_they_come_back_from_a_recording() -> None:
    records = in_parts()
    assert [decode(encode(record)) for record in records] == records


def test_they_stand_below_their_line() -> None:
    out = io.StringIO()
    print_summary(build(in_parts()), Console(file=out, width=100))
    lines = [line.split()[0] for line in out.getvalue().splitlines() if line.strip()]
    at = lines.index("put")
    assert lines[at : at + 4] == ["put", "part", "create", "complete"]
    assert ENTRIES[LINE].name == "put"


def test_the_table_has_them_behind_all_else() -> None:
    lines = tsv.table(build(in_parts()).as_dict()).splitlines()
    rows = [dict(zip(tsv.COLUMNS, line.split("\t"), strict=True)) for line in lines[1:]]
    assert [row["operation"] for row in rows[-3:]] == ["put.part", "put.create", "put.complete"]
    part = rows[-3]
    assert (part["size_bucket"], part["bucket_idx"], part["count"]) == ("ALL", "100", "36")
    assert (part["avg_bytes"], part["throughput_mibps"]) == ("1048576.00", "6.00")
    assert float(part["mean_us"]) == pytest.approx(1000, rel=1e-3)
    assert lines[:-3] == tsv.table(build(make_run().records).as_dict()).splitlines()


def test_the_interval_log_has_a_tag_for_each(tmp_path: Path) -> None:
    log = IntervalLog(tmp_path / "out.hlog")
    for record in in_parts():
        log.feed(record)
    log.close()
    found = [line.split(",")[0] for line in (tmp_path / "out.hlog").read_text().splitlines() if "put" in line]
    assert [found.count(f"Tag=put.{name}") for name in ("part", "create", "complete")] == [6] * 3
    assert found.count("Tag=put") == 6


def test_markdown_has_a_row_for_each() -> None:
    text = markdown.text_of(build(in_parts()).as_dict())
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("|")]
    assert rows[2:][:7] == ["get", "put", "list", "put.part", "put.create", "put.complete", "total"]


def slower(records: list[Record]) -> list[Record]:
    """Parts take twice as long; nothing else is another."""
    twice = {
        key: replace(row, service=Histogram.of_values([2 * 10**6] * row.ops)) if row.ops == 6 else row
        for key, row in REQUESTS.items()
    }
    return [replace(record, requests=twice) if isinstance(record, Interval) else record for record in records]


def test_two_runs_are_compared_by_them_too() -> None:
    records = [
        replace(record, requests=REQUESTS) if isinstance(record, Interval) else record
        for record in make_run(changes=0, seconds=24).records
    ]
    base, worse = build(records).as_dict(), build(slower(records)).as_dict()
    verdicts = {line.name: line.judgement.verdict for line in compare(worse, base).lines}
    assert verdicts["put.part p50"] is Verdict.WORSE and verdicts["put.create p50"] is Verdict.SAME
    assert verdicts["put p50"] is Verdict.SAME
    plain = build(make_run(changes=0, seconds=24).records).as_dict()
    beside = {line.name: line.judgement for line in compare(base, plain).lines}["put.part p50"]
    assert beside.verdict is Verdict.UNKNOWN, "a report without them is compared by all else"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("put.part.p50 < 2ms", None),
        ("put.part.p50 < 1ms", "put.part.p50 < 1ms: it is 1.00 ms"),
        ("put.complete.errors == 0", None),
        ("put.part.errors == 0", "put.part.errors == 0: it is 6"),
        ("put.part.bytes_per_s >= 6MiB/s", None),
        ("put.part.p99.9 < 1s", "put.part.p99.9 < 1s: not known, because too few operations finished"),
    ],
)
def test_thresholds_may_be_of_them(text: str, reason: str | None) -> None:
    assert failure(parse_threshold(text), build(in_parts()).as_dict()) == reason
