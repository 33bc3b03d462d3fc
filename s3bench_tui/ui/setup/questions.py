"""What Setup asks of targets: whether they answer, and what lies there. Made to be asked in a thread of its own.

SDKs are loaded there and nowhere else in the screen's process. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable

from s3bench_tui.errors import TargetError
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.finding import Finding
from s3bench_tui.spec.loading import Loaded
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.browse import Browser

CONNECT_NS, ANSWER_NS = 3_000_000_000, 10_000_000_000
"""Shorter than those of a run: somebody is waiting."""


def probe(target: Target, writes: bool) -> Callable[[], str]:
    """Whether the target answers and, with `writes`, can be written to; the answer is the sentence of the probe."""

    def asked() -> str:
        from s3bench_tui.stores.registry import open_store

        try:
            store = open_store(target, CONNECT_NS, ANSWER_NS)
        except ValueError as error:
            raise TargetError(str(error)) from None
        try:
            return store.probe(writes).summary
        finally:
            store.close()

    return asked


def agents(loaded: Loaded, access: Access) -> Callable[[], list[Finding]]:
    """What each agent of the workload's fleet says to it."""

    def asked() -> list[Finding]:
        from s3bench_tui.fleet.opening import look

        return look(loaded, access)

    return asked


def browser(target: Target) -> Callable[[], Browser]:
    """Opens a browser with the access of this target."""

    def opened() -> Browser:
        from s3bench_tui.stores.browse import open_browser

        return open_browser(target, CONNECT_NS, ANSWER_NS)

    return opened


def writes(loaded: Loaded | None) -> bool:
    """Whether a run of it would write to its targets; no where that cannot be told."""
    if loaded is None:
        return False
    workload = loaded.workload
    makes = any(dataset.create != "never" for dataset in workload.datasets)
    return makes or any(line.op == "put" for line in workload.workload)
