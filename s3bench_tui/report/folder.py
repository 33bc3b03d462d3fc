"""The runs that lie in a folder: reports, and recordings of which there is no report. Knows nothing of how they look.

A file is told by its first bytes; what is neither is passed over. A report is read whole, a recording only at both ends
until it is opened.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.report import record
from s3bench_tui.report.build import SCHEMA, build
from s3bench_tui.report.forms.json import BEGINNING

_TAIL_BYTES = 256 << 10
_REPORT, _RECORDING = "report", "recording"


@dataclass(frozen=True, slots=True)
class Listed:
    """One run as a list shows it; what is None is not known until the run is opened."""

    path: Path
    run_id: str = ""
    name: str = ""
    started_at: str = ""
    """UTC, RFC 3339."""
    targets: tuple[str, ...] = ()
    status: str = ""
    ops_per_s: float | None = None
    bytes_per_s: float | None = None
    p99_ns: float | None = None
    """Of the kind of operation that was done most."""
    failures: float | None = None
    """Failed operations, as a share of all."""
    failed_checks: int = 0
    is_recording: bool = False
    problem: str = ""
    """Why the file cannot be read, as a sentence."""


def runs_in(folder: Path, known: Mapping[tuple[Path, int, int], Listed]) -> dict[tuple[Path, int, int], Listed]:
    """The runs of a folder, newest first, by file, size and time of change; what is among the `known` is not read again.

    A folder that is not there has no runs.
    """
    found = {}
    for path in _files(folder):
        try:
            status = path.stat()
        except OSError:
            continue  # gone since it was listed
        key = (path, status.st_size, status.st_mtime_ns)
        listed = known.get(key) or _listed(path)
        if listed is not None:
            found[key] = listed
    reported = {listed.run_id for listed in found.values() if not listed.is_recording}
    kept = {key: run for key, run in found.items() if not (run.is_recording and run.run_id in reported)}
    return dict(sorted(kept.items(), key=lambda item: (item[1].started_at, item[1].path.name), reverse=True))


def read_report(path: Path) -> Mapping[str, Any]:
    """The report in a file, or the one that a recording gives; ConfigError with a sentence where it is neither."""
    kind = _kind(path)
    if kind == _RECORDING:
        return build(record.read(path)).as_dict()
    if kind != _REPORT:
        raise _problem(path, "this is no report and no recording", "Give a file that --report or --record wrote")
    try:
        data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _problem(path, f"the report cannot be read: {error}", "Restore the file, or leave it out") from None
    if data.get("schema") != SCHEMA:
        raise _problem(path, f"a report of another version: {data.get('schema')}", f"This program reads {SCHEMA}")
    return data


def _files(folder: Path) -> Iterable[Path]:
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    except OSError:
        return []
    return [folder / name for name in names if name.endswith((".json", ".jsonl"))]


def _kind(path: Path) -> str:
    longest = max(len(BEGINNING), len(record.BEGINNING))
    try:
        with path.open("rb") as file:
            head = file.read(longest).decode("utf-8", "replace")
    except OSError as error:
        raise _problem(path, f"cannot be read: {error.strerror}", "") from None
    if head.startswith(BEGINNING):
        return _REPORT
    return _RECORDING if head.startswith(record.BEGINNING) else ""


def _listed(path: Path) -> Listed | None:
    try:
        kind = _kind(path)
        if not kind:
            return None
        return _of_report(path, read_report(path)) if kind == _REPORT else _of_recording(path)
    except ConfigError as error:
        return Listed(path, name=path.name, problem=str(error.problems[0]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Listed(
            path, name=path.name, problem=f"{path}: not as this program writes it: {type(error).__name__} {error}"
        )


def _of_report(path: Path, data: Mapping[str, Any]) -> Listed:
    total = data["total"]
    done = total["ops"] + total["failed"]
    most: Mapping[str, Any] = max(data["ops"].values(), key=lambda op: op["ops"], default={})
    latency = most.get("response_ns" if data["open_loop"] else "service_ns", {})
    return Listed(
        path,
        data["run_id"],
        data["name"],
        data["started_at"],
        tuple(str(target["uri"]) for target in data["targets"]),
        data["status"],
        total["ops_per_s"],
        total["bytes_per_s"] if total["bytes"] else None,
        latency.get("p99"),
        total["failed"] / done if done else None,
        sum(not row["passed"] for row in data["thresholds"]),
    )


def _of_recording(path: Path) -> Listed:
    with path.open(encoding="utf-8", errors="replace") as file:
        head = json.loads(file.readline())
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        tail = file.read().decode("utf-8", "replace").splitlines()
    status = "no end"
    if tail and tail[-1].startswith('{"record":"run_ended"'):
        status = json.loads(tail[-1])["status"]
    uris = tuple(str(target["uri"]) for target in head["targets"])
    name = head["workload"].get("name", "")
    return Listed(path, head["run_id"], name, head["started_at"], uris, status, is_recording=True)


def _problem(path: Path, message: str, hint: str) -> ConfigError:
    return ConfigError([Problem(message, hint, file=str(path))])
