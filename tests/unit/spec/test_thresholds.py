"""Thresholds: what they mean, where they look, and what they say when they do not hold."""

from __future__ import annotations

from typing import Any

import pytest

from s3bench_tui.spec.thresholds import Threshold, failure, parse_threshold

REPORT: dict[str, Any] = {
    "total": {
        "ops": 990,
        "bytes": 1 << 30,
        "errors": {"http_503": 8, "timeout": 2},
        "ops_per_s": 99.0,
        "bytes_per_s": 1 << 27,
    },
    "ops": {
        "get": {
            "ops": 900,
            "bytes": 1 << 30,
            "errors": {},
            "ops_per_s": 90.0,
            "bytes_per_s": 1 << 27,
            "service_ns": {
                "n": 900,
                "mean": 4.5e6,
                "min": 1_000_000,
                "p50": 4_000_000,
                "p99": 49_999_999,
                "max": 60_000_000,
            },
            "ttfb_ns": {"n": 900, "p50": 3_000_000},
            "response_ns": {"n": 900, "p99": 2_000_000_000},
        },
        "put": {"ops": 0, "bytes": 0, "errors": {"http_503": 8, "timeout": 2}, "ops_per_s": 0.0, "bytes_per_s": 0.0},
    },
    "entries": {"small": {"ops": 400, "ops_per_s": 40.0, "errors": {}, "service_ns": {"p99": 9_000_000}}},
}


@pytest.mark.parametrize(
    "text, parsed, path",
    [
        ("get.p99 < 50ms", ("get", "service_ns", "p99", "<", 50_000_000), "ops.get.service_ns.p99"),
        ("get.ttfb.p99<=20ms", ("get", "ttfb_ns", "p99", "<=", 20_000_000), "ops.get.ttfb_ns.p99"),
        ("put.response.p99.9 < 1m30s", ("put", "response_ns", "p999", "<", 90 * 10**9), "ops.put.response_ns.p999"),
        ("put.lag.p99.99 < 1us", ("put", "lag_ns", "p9999", "<", 1000), "ops.put.lag_ns.p9999"),
        ("list.service.mean < 1s", ("list", "service_ns", "mean", "<", 10**9), "ops.list.service_ns.mean"),
        ("errors < 0.1%", (None, None, "error_share", "<", 0.001), "total.errors"),
        ("errors == 0", (None, None, "errors", "==", 0), "total.errors"),
        ("get.errors != 1,000", ("get", None, "errors", "!=", 1000), "ops.get.errors"),
        ("total.ops_per_s > 5000", (None, None, "ops_per_s", ">", 5000.0), "total.ops_per_s"),
        ("ops_per_s >= 300/m", (None, None, "ops_per_s", ">=", 5.0), "total.ops_per_s"),
        ("put.bytes_per_s > 1GiB/s", ("put", None, "bytes_per_s", ">", 1 << 30), "ops.put.bytes_per_s"),
        ("total.bytes > 1.5GiB", (None, None, "bytes", ">", 3 << 29), "total.bytes"),
        ("  small.ops > 10k ", ("small", None, "ops", ">", 10_000), "entries.small.ops"),
        (
            "put.part.p99 < 5ms",
            ("put", "service_ns", "p99", "<", 5_000_000, "part"),
            "requests.put.part.service_ns.p99",
        ),
        (
            "up.complete.ttfb.p50 < 1s",
            ("up", "ttfb_ns", "p50", "<", 10**9, "complete"),
            "requests.up.complete.ttfb_ns.p50",
        ),
        ("up.create.errors == 0", ("up", None, "errors", "==", 0, "create"), "requests.up.create.errors"),
        ("get-2.p50 < 1ms", ("get-2", "service_ns", "p50", "<", 1_000_000), "entries.get-2.service_ns.p50"),
    ],
)
def test_expressions(text: str, parsed: tuple[Any, ...], path: str) -> None:
    threshold = parse_threshold(text)
    assert threshold == Threshold(text.strip(), *parsed)
    assert threshold.path == path


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "'' is not a threshold; write for example get.p99 < 50ms, errors < 0.1% or total.bytes_per_s > 1GiB/s"),
        ("get.p99 = 5ms", "'get.p99 = 5ms' is not a threshold; write for example get.p99 < 50ms, errors < 0.1% or total.bytes_per_s > 1GiB/s"),
        ("get.p99 < 5ms < 6ms", "'get.p99 < 5ms < 6ms' is not a threshold; write for example get.p99 < 50ms, errors < 0.1% or total.bytes_per_s > 1GiB/s"),
        ("a.b.ttfb.p99 < 5ms", "'a.b.ttfb.p99' has too many parts; write for example get.p99 < 50ms, errors < 0.1% or total.bytes_per_s > 1GiB/s"),
        ("get.latency < 5ms", "'latency' is not a figure of the report; write mean, min, p50, p90, p95, p99, p999, p9999, max, ops, bytes, errors, ops_per_s or bytes_per_s"),
        ("total.p99 < 5ms", "p99 is a latency, which belongs to an operation; write for example get.p99"),
        ("get.ttfb.ops > 5", "ops does not belong to ttfb; write get.ops"),
        ("get.p99 < 5", "5 has no unit; write for example 5ms"),
        ("get.p99 < 5 parsecs", "'5 parsecs' has the unknown unit 'parsecs'; durations end in ms, s, m or h"),
        ("errors < 101%", "'101%' is more than the whole; write for example 5% or 0.05"),
        ("errors < 0.5", "0.5 is not a number of errors; write a whole number, or a share such as 0.1%"),
        ("total.ops_per_s > fast", "'fast' is not a rate; write for example 5000/s"),
        ("total.bytes_per_s > 1XiB/s", "'1XiB' has the unknown unit 'XiB'; sizes end in B, KB, MB, GB, TB (1000) or KiB, MiB, GiB, TiB (1024)"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood(text: str, message: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_threshold(text)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "text, said",
    [
        ("get.p99 < 50ms", None),
        ("get.p99 < 40ms", "get.p99 < 40ms: it is 50.0 ms"),
        ("get.max >= 60ms", None),
        ("get.max > 60ms", "get.max > 60ms: it is 60.0 ms"),
        ("get.ttfb.p50 == 3ms", None),
        ("get.ttfb.p50 != 3ms", "get.ttfb.p50 != 3ms: it is 3.00 ms"),
        ("get.response.p99 <= 1s", "get.response.p99 <= 1s: it is 2.00 s"),
        ("get.p99.9 < 50ms", "get.p99.9 < 50ms: not known, because too few operations finished"),
        ("get.lag.p99 < 50ms", "get.lag.p99 < 50ms: not known, because too few operations finished"),
        ("put.p99 < 50ms", "put.p99 < 50ms: not known, because too few operations finished"),
        ("stat.p99 < 50ms", "stat.p99 < 50ms: not known, because too few operations finished"),
        ("errors < 2%", None),
        ("errors < 1%", "errors < 1%: it is 1.000%"),
        ("errors <= 10", None),
        ("errors == 0", "errors == 0: it is 10"),
        ("get.errors == 0", None),
        ("put.errors < 50%", "put.errors < 50%: it is 100.000%"),
        ("stat.errors == 0", None),
        ("stat.errors < 1%", None),
        ("total.ops_per_s > 100", "total.ops_per_s > 100: it is 99/s"),
        ("stat.ops_per_s > 1", "stat.ops_per_s > 1: it is 0/s"),
        ("stat.ops_per_s == 0", None),
        ("total.bytes >= 1GiB", None),
        ("get.bytes_per_s > 1GiB/s", "get.bytes_per_s > 1GiB/s: it is 128 MiB/s"),
        ("small.p99 < 8ms", "small.p99 < 8ms: it is 9.00 ms"),
        ("small.ops > 500", "small.ops > 500: it is 400"),
    ],
)
def test_against_a_report(text: str, said: str | None) -> None:
    assert failure(parse_threshold(text), REPORT) == said


def test_lines_of_the_mix_may_stand_in_a_list() -> None:
    report = {"entries": [{"name": "large", "ops": 1}, {"name": "small", "ops": 400}]}
    assert failure(parse_threshold("small.ops > 500"), report) == "small.ops > 500: it is 400"


def test_an_empty_report_has_no_figures() -> None:
    assert failure(parse_threshold("total.ops > 0"), {}) == "total.ops > 0: it is 0"
    assert (
        failure(parse_threshold("get.p50 < 1h"), {}) == "get.p50 < 1h: not known, because too few operations finished"
    )
