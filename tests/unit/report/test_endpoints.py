"""Several end points of a target in the report: figures of each, which add up, and come back from a recording."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from s3bench_tui.engine.messages import Interval, Record, RunStarted
from s3bench_tui.report.build import build
from s3bench_tui.report.forms.text import print_summary
from s3bench_tui.report.record import decode, encode
from s3bench_tui.report.schema import json_schema
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Row, RowKey, Tally, sum_of
from s3bench_tui.stores.multipart import PART, request_row
from tests.unit.report.samples import ENTRIES, make_run

URLS = ["http://127.0.0.1:9000", "http://127.0.0.1:9001", "http://127.0.0.1:9002"]
HALF = Row(ops=3, bytes=3 << 20, service=Histogram.of_values([10**6] * 3))
REQUESTS = {RowKey(0, request_row(4, 2, PART), 5, endpoint): HALF for endpoint in (0, 1)}


def apart(tally: Tally) -> dict[RowKey, Row]:
    """Rows of the first target go to its first end point, but for puts, which go to the second; none to the third."""
    return {
        key._replace(endpoint=1) if key.target == 0 and ENTRIES[key.entry].op == "put" else key: row
        for key, row in tally.items()
    }


def with_endpoints(open_loop: bool = False) -> list[Record]:
    records: list[Record] = []
    for record in make_run(open_loop).records:
        if isinstance(record, RunStarted):
            first, second = record.targets
            record = replace(record, targets=({**first, "endpoints": URLS}, second))
        elif isinstance(record, Interval):
            record = replace(record, tally=apart(record.tally), requests=REQUESTS)
        records.append(record)
    return records


@pytest.mark.parametrize("open_loop", [False, True])
def test_figures_of_each_and_nothing_else_is_another(open_loop: bool) -> None:
    plain, report = build(make_run(open_loop).records).as_dict(), build(with_endpoints(open_loop)).as_dict()
    jsonschema.validate(report, json_schema())
    endpoints = report["targets"][0].pop("endpoints")
    assert [endpoint["url"] for endpoint in endpoints] == URLS
    assert "endpoints" not in report["targets"][1]
    report.pop("requests")
    for row in (*report["phases"], *report["series"]):
        row.pop("requests")
        row.pop("endpoints")
    assert report == plain

    total, ops = report["targets"][0]["total"], report["targets"][0]["ops"]
    for name in ("ops", "bytes", "failed"):
        assert sum(endpoint["total"][name] for endpoint in endpoints) == total[name] > 0
    assert endpoints[1]["ops"]["put"] == ops["put"]
    assert endpoints[0]["ops"]["get"] == ops["get"]
    assert endpoints[0]["ops"]["put"]["ops"] == endpoints[2]["total"]["ops"] == 0


def test_phases_and_seconds_have_theirs_and_add_up() -> None:
    report = build(with_endpoints()).as_dict()
    run = report["targets"][0]["endpoints"]
    measured = [phase for phase in report["phases"] if phase["kind"] == "measured"]
    for number, url in enumerate(URLS):
        phases = [phase["endpoints"][number] for phase in measured]
        assert {(each["target"], each["url"]) for each in phases} == {(0, url)}
        seconds = [row["endpoints"][number] for row in report["series"] if row["kind"] == "measured"]
        assert {(each["target"], each["endpoint"]) for each in seconds} == {(0, number)}
        for name in ("ops", "bytes", "failed"):
            total = run[number]["total"][name]
            assert sum(each["total"][name] for each in phases) == sum(each[name] for each in seconds) == total
        assert sum(each["ops"]["put"]["ops"] for each in phases) == run[number]["ops"]["put"]["ops"]
        assert all(("p50_ns" in each) == bool(each["ops"]) for each in seconds)
    assert "requests" in measured[0]["endpoints"][0] and "requests" not in measured[0]["endpoints"][2]


def test_errors_and_latencies_are_those_of_the_records() -> None:
    records = with_endpoints()
    measured = [record for record in records if isinstance(record, Interval) and record.phase in (1, 2)]
    row = sum_of(
        row for record in measured for key, row in record.tally.items() if (key.target, key.endpoint) == (0, 1)
    )
    total = build(records).as_dict()["targets"][0]["endpoints"][1]["total"]
    assert (total["ops"], total["errors"]) == (row.ops, dict(sorted(row.errors.items())))
    put = build(records).as_dict()["targets"][0]["endpoints"][1]["ops"]["put"]["service_ns"]
    assert (put["mean"], put["p50"]) == (round(row.service.mean_ns, 1), row.service.percentiles((50.0,))[0])


def test_requests_of_parts_have_theirs() -> None:
    first, second, third = build(with_endpoints()).as_dict()["targets"][0]["endpoints"]
    assert first["requests"]["put.part"]["ops"] == second["requests"]["put.part"]["ops"] == 3 * 6
    assert "requests" not in third


def test_they_come_back_from_a_recording() -> None:
    records = with_endpoints()
    assert [decode(encode(record)) for record in records] == records


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_summary_has_a_line_for_each(width: int) -> None:
    out = io.StringIO()
    print_summary(build(with_endpoints()), Console(file=out, width=width))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    at = next(number for number, line in enumerate(lines) if line.startswith("end point"))
    names: list[Any] = [line.split()[0] for line in lines[at + 1 : at + 13]]
    each = ["get", "put", "list"]
    assert names == [word for url in URLS for word in (url.removeprefix("http://"), *each)]
