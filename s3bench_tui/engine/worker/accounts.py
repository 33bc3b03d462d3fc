"""Where a worker's completed operations are counted: which recorder its plan asks for, over which block.

Where the target has several end points, each has rows of its own, so that what is counted by end point adds up to the
whole by construction. Knows nothing of how operations are chosen or carried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from s3bench_tui.engine.plan import WorkerPlan
from s3bench_tui.engine.shared import Block
from s3bench_tui.engine.worker.journal import Journal, JournalingRecorder
from s3bench_tui.engine.worker.recorder import Recorder
from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.multipart import rows
from s3bench_tui.stores.options import writes_in_parts


class EndpointRecorder(Recorder):
    """Has each operation counted by the recorder of its end point; all else is counted by itself."""

    def __init__(self, block: Block, entries: int, open_loop: bool, recorders: Sequence[Recorder]) -> None:
        super().__init__(block, entries, open_loop)
        self._recorders = recorders
        self._counts = [recorder.record for recorder in recorders]

    def record(self, op: Operation) -> None:
        self._counts[op.endpoint](op)

    def successes(self) -> tuple[int, int]:
        counted = [recorder.successes() for recorder in self._recorders]
        return sum(ops for ops, _ in counted), sum(size for _, size in counted)


def open_recorder(plan: WorkerPlan, phase: int, journal: Journal | None) -> Recorder:
    """The books of this worker for this phase."""
    path = Path(plan.directory) / f"stats-{plan.index}-{phase}"
    lines, in_parts, endpoints = len(plan.entries), writes_in_parts(plan.driver.lines), plan.driver.endpoint_count
    block = Block(path, rows(lines, in_parts), plan.open_loop, create=True, endpoints=endpoints)

    def one(endpoint: int) -> Recorder:
        if journal is None:
            return Recorder(block, lines, plan.open_loop, in_parts, endpoint)
        return JournalingRecorder(block, lines, plan.open_loop, in_parts, journal, endpoint)

    if endpoints == 1:
        return one(0)
    return EndpointRecorder(block, lines, plan.open_loop, [one(endpoint) for endpoint in range(endpoints)])
