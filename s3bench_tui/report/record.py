"""Records as JSON lines: the recording of a run, from which the report can be built again.

One line is one record; the first is always the start of the run and names the format. Knows nothing of what a
report makes of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any

from s3bench_tui.engine.messages import (
    AgentSample,
    Arrivals,
    Entry,
    Event,
    Interval,
    Phase,
    PhaseClosed,
    PhaseOpened,
    Record,
    RunEnded,
    RunStarted,
    Settings,
    WorkerSample,
)
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.host.sample import HostSample
from s3bench_tui.report import hdr
from s3bench_tui.report.files import Lines, refuse_foreign
from s3bench_tui.report.redaction import clean
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import COUNTERS, HISTOGRAMS, Row, RowKey, Tally

SCHEMA = "s3bench-tui/recording/1"

BEGINNING = '{"record":"run_started","schema":"s3bench-tui/recording/'
"""The first bytes of every recording."""

# --- to JSON ------------------------------------------------------------------------------------------------------


def _row_to_json(key: RowKey, row: Row) -> dict[str, Any]:
    out: dict[str, Any] = {"target": key.target, "entry": key.entry, "size_class": key.size_class}
    out |= {"endpoint": key.endpoint} if key.endpoint else {}
    out |= {name: value for name in COUNTERS if (value := getattr(row, name))}
    if row.errors:
        out["errors"] = dict(row.errors)
    out |= {name: hdr.encode(histogram) for name in HISTOGRAMS if (histogram := getattr(row, name)).n}
    return out


def _to_json(value: Any) -> Any:
    """Any record or part of one; what is left out is empty and comes back as the default."""
    if isinstance(value, Histogram):
        return hdr.encode(value) if value.n else ""
    if isinstance(value, HostSample):
        return value.to_json()
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _to_json(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_to_json(item) for item in value]
    return value


def _run_started_to_json(record: RunStarted) -> dict[str, Any]:
    parts = {field.name: getattr(record, field.name) for field in fields(record)}
    secret_free = {name: clean(parts.pop(name)) for name in ("workload", "targets", "host", "fleet")}
    if not record.fleet:
        del secret_free["fleet"]
    return {"schema": SCHEMA, **_to_json(parts), **secret_free}


def _interval_to_json(record: Interval) -> dict[str, Any]:
    parts = {field.name: getattr(record, field.name) for field in fields(record)}
    agents = parts.pop("agents")
    rows = [_row_to_json(key, row) for key, row in parts.pop("tally").items()]
    requests = [_row_to_json(key, row) for key, row in parts.pop("requests").items()]
    out = {**_to_json(parts), "tally": rows}
    return out | ({"requests": requests} if requests else {}) | ({"agents": _to_json(agents)} if agents else {})


def _run_ended_to_json(record: RunEnded) -> dict[str, Any]:
    out: dict[str, Any] = _to_json(record)
    if not record.fleet:
        del out["fleet"]
    return out


# --- from JSON ----------------------------------------------------------------------------------------------------


def _phase(data: Mapping[str, Any]) -> Phase:
    settings = data["settings"]
    return Phase(
        data["index"],
        data["kind"],
        data["start_s"],
        Settings(
            settings["concurrency"],
            tuple(settings["weights"]),
            tuple(settings["limits"]),
            settings["rate_per_s"],
            settings["paused"],
        ),
        data["label"],
        data["end_s"],
    )


def _tally(rows: list[Mapping[str, Any]]) -> Tally:
    tally = {}
    for data in rows:
        ops, size, items, pages, out_of_range = (data.get(name, 0) for name in COUNTERS)
        service, ttfb, response, lag = (_histogram(data.get(name, "")) for name in HISTOGRAMS)
        errors = dict(data.get("errors", {}))
        row = Row(ops, size, items, pages, out_of_range, errors, service, ttfb, response, lag)
        tally[RowKey(data["target"], data["entry"], data["size_class"], data.get("endpoint", 0))] = row
    return tally


def _histogram(text: str) -> Histogram:
    return hdr.decode(text) if text else Histogram()


def _run_started(data: dict[str, Any]) -> RunStarted:
    if data.pop("schema", None) != SCHEMA:
        raise ValueError(f"this is no recording of the format {SCHEMA}")
    entries = tuple(Entry(**entry) for entry in data.pop("entries"))
    return RunStarted(entries=entries, targets=tuple(data.pop("targets")), **data)


def _interval(data: dict[str, Any]) -> Interval:
    host = data.pop("host")
    workers = [WorkerSample(**(worker | {"loop": _histogram(worker["loop"])})) for worker in data.pop("workers")]
    return Interval(
        tally=_tally(data.pop("tally")),
        requests=_tally(data.pop("requests", [])),
        arrivals=Arrivals(**data.pop("arrivals")),
        host=HostSample.from_json(host) if host is not None else None,
        workers=tuple(workers),
        agents=tuple(AgentSample(**agent) for agent in data.pop("agents", ())),
        **data,
    )


def _run_ended(data: dict[str, Any]) -> RunEnded:
    censored = {name: _histogram(text) for name, text in data.pop("censored").items()}
    return RunEnded(censored=censored, targets=tuple(data.pop("targets")), **data)


_FORMS: dict[str, tuple[type, Callable[[Any], dict[str, Any]], Callable[[dict[str, Any]], Record]]] = {
    "run_started": (RunStarted, _run_started_to_json, _run_started),
    "phase_opened": (PhaseOpened, _to_json, lambda data: PhaseOpened(_phase(data["phase"]))),
    "phase_closed": (PhaseClosed, _to_json, lambda data: PhaseClosed(_phase(data["phase"]))),
    "interval": (Interval, _interval_to_json, _interval),
    "event": (Event, _to_json, lambda data: Event(**data)),
    "run_ended": (RunEnded, _run_ended_to_json, _run_ended),
}
_NAMES = {kind: name for name, (kind, _, _) in _FORMS.items()}


def encode(record: Record) -> str:
    """One line of JSON without its line end; secrets that slipped into the configuration are left out."""
    name = _NAMES[type(record)]
    return json.dumps({"record": name} | _FORMS[name][1](record), separators=(",", ":"), allow_nan=False)


def decode(line: str) -> Record:
    """The record that `encode` was given; ValueError with what is wrong where the line is none."""
    try:
        data = json.loads(line)
        return _FORMS[data.pop("record")][2](data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a record: {type(error).__name__} {error}") from None


# --- files --------------------------------------------------------------------------------------------------------


def check(path: Path) -> None:
    """ConfigError where a recording could not be written here; call it before the run."""
    refuse_foreign(path, BEGINNING, "a recording")


class Recording:
    """A sink that writes one line for each record, and each line at once, so that a killed run keeps what it had.

    Another recording at `path` is replaced, any other file is refused (ConfigError).
    """

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path, BEGINNING, "a recording")

    def feed(self, record: Record) -> None:
        """Write one record."""
        self._lines.write(encode(record) + "\n")

    @property
    def failure(self) -> str:
        """Why the file ends early; empty where all is well."""
        return self._lines.failure

    def close(self) -> None:
        """End the file."""
        self._lines.close()

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(path: Path) -> Iterator[Record]:
    """The records of a recording. A last line that was cut off becomes an event that says so; any other damage is
    a ConfigError with its line number."""
    at_s = 0.0
    number = 0
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                try:
                    record = decode(line)
                    if number == 1 and not isinstance(record, RunStarted):
                        raise ValueError("the first line is not the start of a run")
                except ValueError as error:
                    if number > 1 and not line.endswith("\n"):
                        yield Event(
                            at_s,
                            "info",
                            f"The recording ends in the middle of line {number}: the run was killed, or the disk was full.",
                        )
                        return
                    hint = (
                        "Give a file that --record wrote"
                        if number == 1
                        else "Restore the file, or delete the damaged line to go without it"
                    )
                    raise ConfigError(
                        [Problem(f"the recording is damaged: {error}", hint, file=str(path), line=number)]
                    ) from None
                at_s = _time_of(record, at_s)
                yield record
    except OSError as error:
        raise ConfigError([Problem(f"cannot read the recording: {error.strerror}", file=str(path))]) from None
    if number == 0:
        raise ConfigError([Problem("the recording is empty", "Give a file that --record wrote", file=str(path))])


def _time_of(record: Record, otherwise: float) -> float:
    if isinstance(record, Interval):
        return record.end_s
    if isinstance(record, (Event, RunEnded)):
        return record.at_s
    return otherwise
