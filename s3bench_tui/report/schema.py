"""The report's JSON Schema (draft 2020-12), published as docs/report.schema.json.

Within one version of the schema keys are only ever added. What the engine, the host and the workload say of
themselves is free; all else is named here.
"""

from __future__ import annotations

import json
from typing import Any

from s3bench_tui.report.build import SCHEMA
from s3bench_tui.stats.histogram import PERCENTILES
from s3bench_tui.stats.tally import SIZE_CLASSES

STATUSES = ("ok", "stopped", "interrupted", "error_budget", "target", "agent_lost", "failed", "engine_lost")
PHASE_KINDS = ("prepare", "warmup", "measured", "paused", "drain")

Schema = dict[str, Any]

_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_AMOUNT: Schema = {"type": "number", "minimum": 0}
_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_FREE: Schema = {"type": "object"}


def _object(required: Schema, optional: Schema | None = None, about: str = "") -> Schema:
    out: Schema = {"description": about} if about else {}
    return out | {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def _named(values: Schema, names: tuple[str, ...] | None = None, about: str = "") -> Schema:
    out: Schema = {"description": about} if about else {}
    if names is not None:
        out["propertyNames"] = {"enum": list(names)}
    return out | {"type": "object", "additionalProperties": values}


def _list(items: Schema, about: str = "") -> Schema:
    return ({"description": about} if about else {}) | {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


_COUNTERS = {
    "ops": _COUNT,
    "bytes": _COUNT,
    "errors": _named(_COUNT, about="Failed operations by class."),
    "failed": _COUNT,
}
_SELDOM = {"items": _COUNT, "pages": _COUNT, "out_of_range": _COUNT}
_RATES = {"ops_per_s": _AMOUNT, "bytes_per_s": _AMOUNT, "concurrency": _AMOUNT}
_LATENCIES = {"service_ns": _ref("latency"), "ttfb_ns": _ref("latency")}
_OPEN_LATENCIES = {"response_ns": _ref("latency"), "lag_ns": _ref("latency")}


def _definitions() -> dict[str, Schema]:
    figures = _COUNTERS | _RATES | _LATENCIES
    seldom = _SELDOM | _OPEN_LATENCIES
    return {
        "latency": _object(
            {"n": _COUNT},
            {"mean": _AMOUNT, "min": _COUNT} | dict.fromkeys(PERCENTILES, _COUNT) | {"max": _COUNT, "hdr": _TEXT},
            "Nanoseconds. A percentile is left out where n is too small to know it; where n is 0 only n stands. "
            "`hdr` is the histogram itself: HdrHistogram V2, compressed, base64.",
        ),
        "counts": _object(_COUNTERS | _RATES, _SELDOM, "`ops` and `bytes` are of successes only."),
        "bare_counts": _object(_COUNTERS, _SELDOM),
        "figures": _object(figures, seldom),
        "bare_figures": _object(_COUNTERS | _LATENCIES, seldom),
        "op_figures": _object(figures | {"sizes": _named(_ref("figures"), SIZE_CLASSES)}, seldom),
        "phase_figures": _object(
            figures, seldom | {"sizes": _named(_ref("figures"), SIZE_CLASSES, "Of a phase that prepares.")}
        ),
        "entry": _object({"op": _TEXT, "detail": _TEXT} | figures, seldom),
        "arrivals": _object(
            dict.fromkeys(("offered", "dispatched", "completed", "failed", "dropped"), _COUNT)
            | {"offered_per_s": _AMOUNT, "completed_per_s": _AMOUNT}
        ),
        "settings": _object(
            {
                "concurrency": _COUNT,
                "weights": _named(_AMOUNT),
                "limits": _named(_or_null(_COUNT)),
                "rate_per_s": _or_null(_AMOUNT),
                "paused": _FLAG,
            }
        ),
        "phase": _object(
            {
                "index": _COUNT,
                "kind": {"enum": list(PHASE_KINDS)},
                "label": _TEXT,
                "start_s": _AMOUNT,
                "duration_s": _AMOUNT,
                "settings": _ref("settings"),
                "total": _ref("counts"),
                "ops": _named(_ref("phase_figures")),
            },
            {
                "arrivals": _ref("arrivals"),
                "requests": _named(_ref("figures")),
                "endpoints": _list(_ref("phase_endpoint"), "Of all targets that have several."),
            },
            "A stretch with unchanged settings.",
        ),
        "endpoint": _object(
            {"url": _TEXT, "total": _ref("counts"), "ops": _named(_ref("figures"))},
            {"requests": _named(_ref("figures"))},
            "One end point of a target; together they are the target's figures.",
        ),
        "phase_endpoint": _object(
            {"target": _COUNT, "url": _TEXT, "total": _ref("counts"), "ops": _named(_ref("figures"))},
            {"requests": _named(_ref("figures"))},
            "One end point in one phase; `target` is an index into `targets`.",
        ),
        "moment": _moment(),
        "host_moment": _object(
            {name: _or_null(_NUMBER) for name in ("cpu_busy", "cpu_iowait", "cpu_steal", "own_cpu_cores")}
            | {"own_rss_bytes": _COUNT}
            | {f"{name}_bytes_per_s": _AMOUNT for name in ("rx", "tx", "disk_read", "disk_write")}
            | {"disk_utilisation": _or_null(_NUMBER), "tcp_retransmits_per_s": _or_null(_NUMBER)}
        ),
        "worker": _object(
            {
                "index": _COUNT,
                "target": _COUNT,
                "pid": _COUNT,
                "alive": _FLAG,
                "ops": _COUNT,
                "cpu_s": _AMOUNT,
                "busy": _or_null(_NUMBER),
                "run_delay": _or_null(_NUMBER),
                "rss_max_bytes": _COUNT,
                "loop_ns": _ref("latency"),
                "counters": _named(_NUMBER),
            },
            about="One worker process. `busy` and `run_delay` are shares (0-1) of the measured time.",
        ),
    }


def _moment() -> Schema:
    quantiles = {f"{name}p{number}_ns": _COUNT for name in ("", "response_") for number in (50, 99)}
    own = {"p50_ns": _COUNT, "p99_ns": _COUNT}
    total = {"ops": _COUNT, "bytes": _COUNT, "failed": _COUNT, "ops_per_s": _AMOUNT, "bytes_per_s": _AMOUNT}
    return _object(
        {
            "start_s": _AMOUNT,
            "end_s": _AMOUNT,
            "phase": _COUNT,
            "kind": {"enum": list(PHASE_KINDS)},
            "total": _object(total),
            "ops": _named(_object(_COUNTERS, _SELDOM | quantiles)),
            "in_flight": _COUNT,
            "backlog": _COUNT,
            "host": {"anyOf": [_ref("host_moment"), {"type": "null"}]},
        },
        {
            "arrivals": _object({"offered": _COUNT, "dispatched": _COUNT, "dropped": _COUNT}),
            "requests": _named(_object(_COUNTERS, _SELDOM | own), about="Of operations in parts."),
            "endpoints": _list(
                _object({"target": _COUNT, "endpoint": _COUNT} | total, own),
                "Of targets with several: indices into `targets` and its `endpoints`; p50 and p99 of the service time.",
            ),
        },
        "About one second of one phase.",
    )


def _fleet() -> Schema:
    return _object(
        {"keyspace": {"enum": ["shared", "partitioned"]}, "on_agent_loss": {}, "degraded": _FLAG},
        {
            "transport": {"enum": ["grpc", "dask"]},
            "start_spread_ns": _or_null(_COUNT),
            "start_error_ns": _or_null(_COUNT),
        },
        "Of a fleet. `transport`: what carries its words. `degraded`: some of what was asked for, or was told, is missing. `start_spread_ns`: from the first agent "
        "to begin its load to the last one, by clocks that are known to within `start_error_ns`.",
    )


def _agent() -> Schema:
    clock = _object({"wall_offset_ns": {"type": "integer"}, "error_ns": _COUNT})
    return _object(
        {
            "address": _TEXT,
            "host_name": _TEXT,
            "version": _TEXT,
            "run_id": _TEXT,
            "workers": _list(_COUNT, "Their indices in `workers`."),
            "clock": clock | {"description": "Its wall clock, beyond that of the controller."},
            "host": _FREE,
            "status": {"enum": [*STATUSES, "lost"]},
            "reason": _TEXT,
        },
        {
            "start_after_first_ns": _or_null(_COUNT),
            "missing_words": _COUNT,
            "total": _ref("bare_counts") | {"description": "Of the measured phases."},
            "service_ns": _ref("latency") | {"description": "Of all its operations in them."},
            "cpu_s": _or_null(_AMOUNT),
            "verdict": _or_null(_TEXT),
        },
    )


def json_schema() -> Schema:
    """The whole schema."""
    required: Schema = {
        "schema": {"const": SCHEMA},
        "status": {"enum": list(STATUSES)},
        "reason": _TEXT,
        "name": _TEXT,
        "run_id": _TEXT,
        "started_at": _TEXT | {"description": "UTC, RFC 3339."},
        "version": _TEXT,
        "seed": _or_null({"type": "integer"}),
        "clock": _FREE,
        "open_loop": _FLAG,
        "workload": _FREE | {"description": "The effective configuration."},
        "host": _FREE,
        "elapsed_s": _AMOUNT,
        "measured_s": _AMOUNT | {"description": "Sum of the measured phases; every rate is over this."},
        "total": _ref("counts"),
        "ops": _named(_ref("op_figures"), about="By kind of operation."),
        "entries": _named(_ref("entry"), about="By line of the mix."),
        "targets": _list(
            {
                "type": "object",
                "properties": {
                    "total": _ref("counts"),
                    "ops": _named(_ref("figures")),
                    "counters": _FREE,
                    "endpoints": _list(_ref("endpoint"), "Where the target has several."),
                },
                "required": ["total", "ops", "counters"],
            }
        ),
        "errors": _named(_object({"count": _COUNT, "ops": _named(_COUNT), "said": _TEXT}), about="By class."),
        "phases": _list(_ref("phase")),
        "drained": _object({"total": _ref("bare_counts"), "ops": _named(_ref("bare_figures"))}),
        "censored": _named(
            _object(
                {
                    "op": _TEXT,
                    "n": _COUNT,
                    "of": _COUNT,
                    "series": {"enum": ["service", "response"]},
                    "open_ns": _ref("latency"),
                    "at_least_ns": _named(_COUNT, tuple(PERCENTILES)),
                }
            ),
            about="By line of the mix: operations still open when the drain ended.",
        ),
        "series": _list(_ref("moment")),
        "workers": _list(_ref("worker")),
        "client": {
            "type": "object",
            "properties": {
                "cpu_s": _or_null(_AMOUNT),
                "cpu_us_per_op": _or_null(_AMOUNT),
                "verdict": {"enum": ["client-limited", "store-limited", "rate-limited", "unclear"]},
                "text": _TEXT,
                "start_late_ns": _or_null(_COUNT)
                | {"description": "From the instant at which the load was to begin until the last worker was at it."},
            },
            "required": ["cpu_s", "cpu_us_per_op", "verdict", "text"],
        },
        "events": _list(_object({"at_s": _AMOUNT, "kind": _TEXT, "text": _TEXT, "data": _FREE})),
        "cleaned_up": _named(_COUNT),
        "security": _list(_FREE),
        "redaction": _object({"mark": _TEXT, "paths": _list(_TEXT)}),
        "thresholds": _list(_object({"threshold": _TEXT, "passed": _FLAG, "reason": _or_null(_TEXT)})),
    }
    optional: Schema = {
        "fleet": _fleet(),
        "agents": _list(_agent(), "Of a fleet: each machine that made load."),
        "arrivals": _ref("arrivals") | {"description": "Open loop: how arrivals fared."},
        "requests": _named(
            _ref("figures"),
            about="Where objects are written in parts, the requests of each such line of the mix: `put.part`, `put.create`, "
            "`put.complete`. They are no operations, and in no total.",
        ),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        "title": "s3bench-tui report",
        **_object(required, optional),
        "$defs": _definitions(),
    }


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2))
