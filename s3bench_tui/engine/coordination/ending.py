"""Why and how a run ends, and the error budget, which is one of the reasons. Knows no processes."""

from __future__ import annotations

from dataclasses import dataclass

from s3bench_tui.spec.model.workload import ErrorBudget
from s3bench_tui.stats.tally import Row
from s3bench_tui.stores.outcome import number_of

RATE_FROM_OPS = 100
"""A rate of failures is judged from this many operations on."""


INTERRUPTED = "interrupted"


@dataclass(slots=True)
class End:
    """`status` and `reason` are the first that were given."""

    status: str = "ok"
    reason: str = ""
    wanted: bool = False
    at_once: bool = False
    """Without waiting for operations in flight."""

    def want(self, status: str, reason: str, at_once: bool = False) -> None:
        """Ask for the end; a later call may make it quicker, or break off what follows a load that ended well."""
        if not self.wanted:
            self.status, self.reason, self.wanted = status, reason, True
        elif status == INTERRUPTED and self.status in ("ok", "stopped"):
            self.status, self.reason = status, f"{reason}, when the load was over"
        self.at_once = self.at_once or at_once


@dataclass(frozen=True, slots=True)
class Budget:
    """Failures by class against the limits of the workload."""

    spec: ErrorBudget
    probed: bool = True
    """The targets have answered before; where not, the first operations tell."""

    def judge(self, row: Row, end: End, first_failure: str) -> None:
        """Ask for the end where the budget is spent, or where a target that was not probed answers nothing."""
        if overrun := self.overrun(row):
            if row.ops:
                end.want("error_budget", overrun)
            else:
                end.want("target", f"no operation succeeded; {first_failure}")
        elif not self.probed and not row.ops and self.counted(row):
            end.want("target", f"the first operations failed; {first_failure}")

    def counted(self, row: Row) -> int:
        """Failures that are not of an ignored class."""
        ignored = {number_of(str(name)) if not str(name).isdigit() else int(name) for name in self.spec.ignore}
        return sum(count for name, count in row.errors.items() if number_of(name) not in ignored)

    def overrun(self, row: Row) -> str:
        """Why the budget is spent; empty while it is not."""
        failed = self.counted(row)
        if self.spec.max_total is not None and failed > self.spec.max_total:
            return f"{failed:,} operations failed, more than errors.max_total: {self.spec.max_total:,}"
        done = row.ops + row.failed
        if self.spec.max_rate is not None and done >= RATE_FROM_OPS and failed > self.spec.max_rate * done:
            return f"{failed / done:.1%} of the operations failed, more than errors.max_rate: {self.spec.max_rate:.1%}"
        return ""
