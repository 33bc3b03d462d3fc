"""The head of every recording: what runs, where, on which machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from s3bench_tui import __version__
from s3bench_tui.engine.coordination.crew import Crew
from s3bench_tui.engine.groundwork.preparation import OpenTarget
from s3bench_tui.engine.messages import Entry, RunStarted
from s3bench_tui.engine.plan import EntryPlan
from s3bench_tui.host.facts import host_facts
from s3bench_tui.spec.effective import as_dict, target_names
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stores.base import KINDS
from s3bench_tui.stores.endpoint import server_of


def run_started(run_id: str, workload: Workload, targets: Sequence[OpenTarget], crew: Crew) -> RunStarted:
    """Said once the workers are ready; holds no secrets."""
    lines = map(_at_home, zip(*(target.entries for target in targets), strict=True))
    return RunStarted(
        run_id=run_id,
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        version=__version__,
        workload=as_dict(workload),
        entries=tuple(_entry(line) for line in lines),
        targets=tuple(
            _target(target, name, crew) for target, name in zip(targets, target_names(workload), strict=True)
        ),
        host=host_facts(),
        open_loop=workload.load.model == "open",
    )


def _at_home(plans: Sequence[EntryPlan]) -> EntryPlan:
    """One line of the mix as a target on which it runs has it."""
    return next(plan for plan in plans if not plan.elsewhere)


def _entry(line: EntryPlan) -> Entry:
    return Entry(line.name, KINDS[line.kind], line.keys.path or line.keys.source, line.prepares)


def _target(target: OpenTarget, name: str, crew: Crew) -> dict[str, Any]:
    several = target.driver.endpoint_count > 1
    return {
        "name": name,
        "uri": str(target.uri),
        "scheme": target.uri.scheme,
        "workers": sum(member.plan.target == target.index for member in crew.members),
        "share": target.spec.share,
        "probe": dict(target.facts),
    } | ({"endpoints": [server_of(endpoint) for endpoint in target.driver.options["endpoints"]]} if several else {})
