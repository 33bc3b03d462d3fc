"""Requests of operations in parts in the report: rows of their own, in no total, whole after a recording."""

from __future__ import annotations

import io
from dataclasses import replace

import jsonschema
from rich.console import Console

from s3bench_tui.engine.messages import Interval, Record
from s3bench_tui.report.build import build
from s3bench_tui.report.forms.text import print_summary
from s3bench_tui.report.record import decode, encode
from s3bench_tui.report.schema import json_schema
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
