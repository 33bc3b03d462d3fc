"""Thresholds: `get.p99 < 50ms` as data, where in a report its figure stands, and whether it holds.

Knows the report only as a mapping with documented keys.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s3bench_tui.spec.text.wording import listed, nearest
from s3bench_tui.spec.vocabulary import LINE_KEYS, REQUESTS
from s3bench_tui.units import (
    format_count,
    format_duration,
    format_size,
    parse_count,
    parse_duration,
    parse_rate,
    parse_share,
    parse_size,
)

SERIES = {"service": "service_ns", "ttfb": "ttfb_ns", "response": "response_ns", "lag": "lag_ns"}
LATENCIES = ("mean", "min", "p50", "p90", "p95", "p99", "p999", "p9999", "max")
COUNTS = ("ops", "bytes", "errors", "ops_per_s", "bytes_per_s")

_COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_EXPRESSION = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*(<=|>=|==|!=|<|>)\s*([^<>=!]+?)\s*")
_FORM = "write for example get.p99 < 50ms, errors < 0.1% or total.bytes_per_s > 1GiB/s"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One expression. `operation` is an operation or the name of a line of the mix; None: the whole run.

    `request` is one of REQUESTS where it is about those of a line that is written in parts, and empty elsewhere.
    `series` is the report's name of a latency (`service_ns`, ...), None for figures that are not latencies.
    `figure` is one of LATENCIES or COUNTS, or `error_share`; `value` is in ns, bytes, per second, or a share 0-1.
    """

    text: str
    operation: str | None
    series: str | None
    figure: str
    comparison: str
    value: float
    request: str = ""

    @property
    def path(self) -> str:
        """Where the figure stands in a report: `ops.get.service_ns.p99`, `total.errors`, `entries.small.bytes`."""
        figure = "errors" if self.figure == "error_share" else self.figure
        return ".".join(part for part in (*self._scope, self.series, figure) if part)

    @property
    def _scope(self) -> tuple[str, ...]:
        if self.request:
            return ("requests", f"{self.operation}.{self.request}")
        if self.operation is None:
            return ("total",)
        return ("ops" if self.operation in LINE_KEYS else "entries", self.operation)


def parse_threshold(text: str) -> Threshold:
    """From `[operation[.request]|total.][ttfb|response|lag.]figure <comparison> value`; raises ValueError with a sentence."""
    match = _EXPRESSION.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a threshold; {_FORM}")
    subject, comparison, value = match.groups()
    words = subject.replace("p99.99", "p9999").replace("p99.9", "p999").split(".")
    figure = words.pop()
    series = words.pop() if words and words[-1] in SERIES else None
    request = words.pop() if len(words) > 1 and words[-1] in REQUESTS else ""
    scope = words.pop() if words else None
    operation = None if scope == "total" else scope
    if words:
        raise ValueError(f"{subject!r} has too many parts; {_FORM}")
    if figure not in (*LATENCIES, *COUNTS):
        known = f"{nearest(figure, (*LATENCIES, *COUNTS))}Write {listed((*LATENCIES, *COUNTS))}"
        raise ValueError(f"{figure!r} is not a figure of the report; {known[0].lower() + known[1:]}")
    if figure in COUNTS and series is not None:
        raise ValueError(f"{figure} does not belong to {series}; write {subject.replace(series + '.', '')}")
    if figure in LATENCIES and operation is None:
        raise ValueError(f"{figure} is a latency, which belongs to an operation; write for example get.{figure}")
    if request and (operation is None or series in ("response", "lag")):
        owner = "an operation" if operation is None else "service time or TTFB"
        raise ValueError(f"{request} has figures of {owner} alone; write for example put.{request}.p99")
    named = SERIES[series or "service"] if figure in LATENCIES else None
    if figure == "errors" and value.endswith("%"):
        figure = "error_share"
    return Threshold(text.strip(), operation, named, figure, comparison, _value(figure, value), request)


def _value(figure: str, text: str) -> float:
    if figure in LATENCIES:
        if re.fullmatch(r"[0-9.]+", text):
            raise ValueError(f"{text} has no unit; write for example {text}ms")
        return parse_duration(text)
    if figure == "error_share":
        return parse_share(text)
    if figure == "ops_per_s":
        return 0.0 if text in ("0", "0/s") else parse_rate(text)
    if figure in ("bytes", "bytes_per_s"):
        return parse_size(text.removesuffix("/s") if figure == "bytes_per_s" else text)
    if figure == "errors" and "." in text:
        raise ValueError(f"{text} is not a number of errors; write a whole number, or a share such as 0.1%")
    return parse_count(text)


def failure(threshold: Threshold, report: Mapping[str, Any]) -> str | None:
    """Why a report does not meet a threshold, as a sentence; None where it does.

    A latency that is not known, because too few operations finished, does not meet any.
    """
    found = _found(threshold, report)
    if found is None:
        return f"{threshold.text}: not known, because too few operations finished"
    if _COMPARISONS[threshold.comparison](found, threshold.value):
        return None
    return f"{threshold.text}: it is {_shown(threshold.figure, found)}"


def _found(threshold: Threshold, report: Mapping[str, Any]) -> float | None:
    scope = _part(report, threshold)
    if threshold.series is not None:
        value = (scope.get(threshold.series) or {}).get(threshold.figure)
        return None if value is None else float(value)
    if threshold.figure in ("errors", "error_share"):
        errors = sum((scope.get("errors") or {}).values())
        if threshold.figure == "errors":
            return float(errors)
        tried = errors + scope.get("ops", 0)
        return errors / tried if tried else 0.0
    return float(scope.get(threshold.figure) or 0)


def _part(report: Mapping[str, Any], threshold: Threshold) -> Mapping[str, Any]:
    if threshold.operation is None:
        return report.get("total") or {}
    if threshold.request:
        return (report.get("requests") or {}).get(f"{threshold.operation}.{threshold.request}") or {}
    table = report.get("ops" if threshold.operation in LINE_KEYS else "entries") or {}
    if isinstance(table, Mapping):
        return table.get(threshold.operation) or {}
    return next((row for row in table if row.get("name") == threshold.operation), {})


def _shown(figure: str, value: float) -> str:
    if figure in LATENCIES:
        return format_duration(value)
    if figure == "error_share":
        return f"{value:.3%}"
    if figure in ("bytes", "bytes_per_s"):
        return format_size(value) + ("/s" if figure == "bytes_per_s" else "")
    return format_count(value) + ("/s" if figure == "ops_per_s" else "")
