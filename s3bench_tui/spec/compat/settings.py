"""The top-level keys: length, concurrency, rate, error budget, results, and those that have no counterpart here."""

from __future__ import annotations

import re
from typing import Any

from s3bench_tui.spec.compat.agents import translate_slots
from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.fleet import Fleet
from s3bench_tui.spec.compat.grammar import ERROR_KEYS, NATIVE_KEYS, PERF_LOG_KEYS
from s3bench_tui.spec.compat.stages import Stages
from s3bench_tui.spec.text.source import Path
from s3bench_tui.spec.text.wording import listed, nearest
from s3bench_tui.units import NS_PER_S, parse_count, parse_duration, parse_rate, shown

_LONG_UNITS = {
    "ns": ("nsec", "nanos"),
    "us": ("usec", "micros"),
    "ms": ("msec", "millis"),
    "s": ("sec", "secs", "second", "seconds"),
    "m": ("min", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "d": ("day", "days"),
}
_UNITS = {long: short for short, longs in _LONG_UNITS.items() for long in longs}

_ANSWERS: dict[str, tuple[str, str]] = {
    "range_engine": ("is left out: a get reads its object in one request", "Write range: {size: 8MiB} on a get to read parts"),
    "s3dlio_optimization": ("is left out: it sets up s3dlio, which is not used here", "endpoint, tls and receive of a target are what there is to set"),
    "cache_checkpoint_interval_secs": ("has no effect: keys are computed, so that there is no cache to save", ""),
    "enable_metadata_cache": ("has no effect: keys are computed, so that there is no cache", ""),
    "distributed_env": ("is left out: credentials come from the vendor's own chain on each machine", ""),
    "dynamic_put_pool": ("is left out: gets do not read what puts of the same run write", ""),
    "processing_mode": ("has no effect: workers are always processes", ""),
}  # fmt: skip
_DEFAULTS: dict[str, tuple[object, ...]] = {
    "enable_metadata_cache": (False,),
    "dynamic_put_pool": (False,),
    "processing_mode": ("multi_process",),
    "distributed_env": (None, {}),
}
"""Values with which a key asks for nothing that is not so."""

_TRANSLATED = ("target", "duration", "concurrency", "processes", "cleanup")
"""Keys of both formats that do not stay as they are."""
_ARRIVALS = {"exponential": "poisson", "uniform": "constant", "deterministic": "constant"}


def translate_settings(draft: Draft, data: dict[str, Any], fleet: Fleet, stages: Stages) -> None:
    """Everything that concerns neither targets nor objects nor lines."""
    for key in NATIVE_KEYS:
        if key in data and key not in _TRANSLATED:
            draft.set((key,), data[key], (key,))
    _length(draft, data, fleet, stages)
    translate_slots(draft, data, fleet)
    if "processes" in data:
        draft.set(("processes",), 1 if data["processes"] == "single" else data["processes"], ("processes",))
    _rate(draft, data, fleet)
    _errors(draft, data)
    _outputs(draft, data, fleet)
    for key, (message, hint) in _ANSWERS.items():
        asked = key in data and data[key] not in _DEFAULTS.get(key, ())
        if asked and not (isinstance(data[key], dict) and data[key].get("enabled", key != "range_engine") is False):
            draft.warn((key,), message, hint)


def _length(draft: Draft, data: dict[str, Any], fleet: Fleet, stages: Stages) -> None:
    origin = stages.duration_origin
    if origin and "duration" in data:
        draft.warn(("duration",), f"gives way to the {origin[-1]} of the stage")
    if origin:
        draft.set(("duration",), _measured(draft, stages.duration, origin), origin)
    elif "duration" in data:
        draft.set(("duration",), _measured(draft, data["duration"], ("duration",)), ("duration",))
    if stages.tasks_origin and "stop" in data:
        draft.refuse(stages.tasks_origin, "stands beside stop, which means the same", "Keep one of the two")
    elif stages.tasks_origin:
        tasks = fleet.times(draft, stages.tasks, stages.tasks_origin, parse_count)
        draft.set(("stop", "ops"), tasks, stages.tasks_origin)
    if "warmup_period" in data:
        draft.set(("warmup",), duration(data["warmup_period"]), ("warmup_period",))


def _measured(draft: Draft, value: Any, origin: Path) -> Any:
    """The length of the measured part, which s3-bench also wrote as 0 where nothing was to be measured."""
    value = duration(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        draft.warn(origin, f"{value} is taken as seconds; s3-bench took no number here", f"Write {value}s")
    try:
        nothing = value is not None and parse_duration(value) == 0
    except ValueError:
        return value
    if nothing:
        draft.warn(origin, "a run of no length is not possible: after the preparation it measures for 1 ms")
        return "1ms"
    return value


def duration(value: Any) -> Any:
    """A duration with the short units that are known here in place of long ones: `5 minutes` is `5m`."""
    if not isinstance(value, str):
        return value
    return re.sub(r"([0-9])\s*([a-z]+)", lambda found: found[1] + _UNITS.get(found[2], found[2]), value.strip())


def _rate(draft: Draft, data: dict[str, Any], fleet: Fleet) -> None:
    if "io_rate" not in data:
        return
    origin: Path = ("io_rate",)
    rate = draft.mapping(origin, data["io_rate"])
    draft.unknown(origin, rate, ("iops", "distribution"))
    if "iops" not in rate:
        draft.refuse(origin, "has no iops", "Write iops: 1000, or iops: max for as many as possible")
    elif not _is_unlimited(rate["iops"]):
        iops = fleet.times(draft, rate["iops"], (*origin, "iops"), parse_rate)
        draft.set(("load",), {"model": "open", "rate": iops}, origin)
        draft.trace(("load", "rate"), (*origin, "iops"))
        wanted = rate.get("distribution", "exponential")
        arrivals = _ARRIVALS.get(str(wanted))
        if arrivals is None:
            hint = f"{nearest(str(wanted), _ARRIVALS)}Write {listed(tuple(_ARRIVALS))}"
            draft.refuse((*origin, "distribution"), f"{shown(wanted)} is not known", hint)
            return
        draft.set(("load", "arrivals"), arrivals, (*origin, "distribution"))


def _is_unlimited(iops: Any) -> bool:
    if isinstance(iops, str):
        return iops.strip().lower() in ("max", "0")
    return isinstance(iops, (int, float)) and not isinstance(iops, bool) and iops <= 0


def _errors(draft: Draft, data: dict[str, Any]) -> None:
    if "error_handling" not in data:
        return
    origin: Path = ("error_handling",)
    handling = draft.mapping(origin, data["error_handling"])
    draft.unknown(origin, handling, ERROR_KEYS)
    if "errors" in data:
        draft.refuse(origin, "stands beside errors, which means the same", "Keep one of the two")
        return
    if "max_total_errors" in handling:
        draft.set(("errors", "max_total"), handling["max_total_errors"], (*origin, "max_total_errors"))
    # s3-bench judges no share of failures; the author's own budget is kept as it is.
    draft.set(("errors", "max_rate"), None, origin)
    for key in ("error_rate_threshold", "error_rate_window", "backoff_duration"):
        if key in handling:
            draft.warn((*origin, key), "is left out: no pause is made when errors come fast", "errors: {max_rate: 5%} ends a run by their share")  # fmt: skip
    for key in handling:
        repeats = key.startswith(("max_ret", "initial_retry", "retry_"))
        if repeats and (handling[key] is not False or key != "retry_on_error"):
            draft.warn((*origin, key), "is left out: no operation is repeated, so that each failure is counted")


def _outputs(draft: Draft, data: dict[str, Any], fleet: Fleet) -> None:
    """Where its logs go. A perf log without a path lies in a directory that s3-bench makes for each run."""
    log = data.get("perf_log")
    wanted = log not in (None, False) and not (isinstance(log, dict) and log.get("enabled") is False)
    for key, asked in (("op_log_path", data.get("op_log_path") is not None), ("perf_log", wanted)):
        if asked and "outputs" in data:
            draft.refuse((key,), "stands beside outputs, which means the same", "Keep one of the two")
        elif asked and key == "op_log_path" and fleet.addresses:
            hint = "Start the agents with --op-logs: each writes that of its own operations"
            draft.warn((key,), "is left out: an op-log is for runs on one machine", hint)
        elif asked and key == "op_log_path":
            draft.set(("outputs", "op_log"), data[key], (key,))
        elif asked:
            _perf_log(draft, {} if log is True else draft.mapping((key,), log))


def _perf_log(draft: Draft, log: dict[str, Any]) -> None:
    origin: Path = ("perf_log",)
    draft.unknown(origin, log, PERF_LOG_KEYS)
    draft.set(("outputs", "perf_log"), {}, origin)
    if log.get("path") is not None:
        draft.set(("outputs", "perf_log", "path"), log["path"], (*origin, "path"))
    else:
        draft.set(("outputs", "results_dir"), ".", origin)
    for key in ("interval", "interval_seconds"):
        if key in log:
            draft.set(("outputs", "perf_log", "interval"), _interval(draft, log[key], (*origin, key)), (*origin, key))


def _interval(draft: Draft, value: Any, origin: Path) -> Any:
    """The length of a row in whole seconds, which are the least that is kept here."""
    value = duration(value)
    try:
        exact_ns = parse_duration(value)
    except ValueError:
        return value
    seconds = max(1, round(exact_ns / NS_PER_S))
    if exact_ns and exact_ns != seconds * NS_PER_S:
        draft.warn(origin, f"{value} is not a whole number of seconds; a row is {seconds} s long")
        return f"{seconds}s"
    return value
