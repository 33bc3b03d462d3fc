"""Whether what is to be made of data sets will fit where it is to lie, as far as the probe could tell. Asks nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from s3bench_tui.engine.groundwork.census import Tell
from s3bench_tui.engine.objects.intervals import total
from s3bench_tui.engine.objects.sizes import size_source
from s3bench_tui.engine.plan import DatasetPlan
from s3bench_tui.units import format_size


def warn_of_room(name: str, facts: Mapping[str, Any], datasets: Sequence[DatasetPlan], tell: Tell) -> None:
    """Tell where a target has less room than its data sets lack. File systems may compress, so that it is no refusal."""
    free_bytes = facts.get("free_bytes")
    if free_bytes is None:
        return
    lacking = [(total(plan.missing), size_source(plan.sizes, 0).mean()) for plan in datasets if not plan.ask]
    count, size_bytes = sum(count for count, _ in lacking), sum(count * mean for count, mean in lacking)
    if size_bytes > free_bytes:
        volume, free = format_size(size_bytes), format_size(free_bytes)
        tell(f"warning: {name}: {count:,} objects of about {volume} are to be made, and {free} are free there")
