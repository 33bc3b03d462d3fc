"""The report as library users hold it. Knows nothing of records: it is plain data with names."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s3bench_tui.errors import ExitCode

_EXIT_CODES = {
    "ok": ExitCode.OK,
    "stopped": ExitCode.OK,
    "interrupted": ExitCode.INTERRUPTED,
    "error_budget": ExitCode.ERROR_BUDGET,
    "target": ExitCode.TARGET,
    "agent_lost": ExitCode.INTERNAL,
    "failed": ExitCode.INTERNAL,
    "engine_lost": ExitCode.INTERNAL,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What is left of a run. `as_dict` is the JSON document; the properties are its parts, not to be changed."""

    _data: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The whole report as plain data, as docs/report.md describes it; the caller's to keep."""
        return copy.deepcopy(dict(self._data))

    @property
    def status(self) -> str:
        """ok, stopped, interrupted, error_budget, target, agent_lost, failed or engine_lost."""
        return str(self._data["status"])

    @property
    def reason(self) -> str:
        """Why it ended as it did, in a sentence; empty where its time was over."""
        return str(self._data["reason"])

    @property
    def measured_s(self) -> float:
        """Seconds in the measured phases, which all rates are over."""
        return float(self._data["measured_s"])

    @property
    def total(self) -> Mapping[str, Any]:
        """Counters and rates of all operations of the measured phases."""
        part: Mapping[str, Any] = self._data["total"]
        return part

    @property
    def ops(self) -> Mapping[str, Mapping[str, Any]]:
        """Counters, rates and latencies by kind of operation."""
        part: Mapping[str, Mapping[str, Any]] = self._data["ops"]
        return part

    @property
    def phases(self) -> list[Mapping[str, Any]]:
        """Every phase, measured or not, in order."""
        part: list[Mapping[str, Any]] = self._data["phases"]
        return part

    @property
    def series(self) -> list[Mapping[str, Any]]:
        """One row for each interval of about a second."""
        part: list[Mapping[str, Any]] = self._data["series"]
        return part

    @property
    def client(self) -> Mapping[str, Any]:
        """What the load generator itself used, and whether it was the limit."""
        part: Mapping[str, Any] = self._data["client"]
        return part

    @property
    def degraded(self) -> bool:
        """Whether a fleet lost an agent, or some of what one told."""
        return bool(self._data.get("fleet", {}).get("degraded"))

    @property
    def _left(self) -> bool:
        """Whether the clean-up could not delete all that it should have."""
        return bool(self._data["cleaned_up"].get("left"))

    @property
    def failed_thresholds(self) -> list[str]:
        """Why the run is not good enough; empty where every threshold holds."""
        return [str(row["reason"]) for row in self._data["thresholds"] if not row["passed"]]

    def exit_code(self, strict: bool = False) -> ExitCode:
        """What a run tells its caller; `strict` also checks that the client was not the limit, a rate
        kept up, and no agent lost. A strict clean-up that left something is a target that failed."""
        code = _EXIT_CODES[self.status]
        if code == ExitCode.OK and self._data["workload"].get("cleanup_mode") == "strict" and self._left:
            return ExitCode.TARGET
        if code != ExitCode.OK:
            return code
        unsound = self.client["verdict"] == "client-limited" or self.client.get("unsustained") or self.degraded
        return ExitCode.CHECK_FAILED if self.failed_thresholds or (strict and unsound) else code
