"""What a workload says about the requests of its lines, as the drivers take it. Asks no store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from s3bench_tui.spec.model.checksum import Checksum
from s3bench_tui.spec.model.multipart import Multipart as MultipartSpec
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stores.checksum import opener
from s3bench_tui.stores.multipart import Multipart
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions


def line_options(workload: Workload, always: bool) -> Sequence[LineOptions]:
    """By line of the mix, and at its end the engine's own, one for each data set; empty where no line has any, unless
    `always`."""
    prepare = (
        LineOptions(multipart=_multipart(dataset.multipart), **_checksum(dataset.checksum))
        for dataset in workload.datasets
    )
    found = (*(_options(line) for line in workload.workload), *prepare)
    return found if always or any(options != NO_OPTIONS for options in found) else ()


def check_installed(workload: Workload) -> None:
    """TargetError where the workload asks for a checksum that nothing installed here can make."""
    for said in [*(line.checksum for line in workload.workload), *(data.checksum for data in workload.datasets)]:
        if said is not None:
            opener(said.algorithm)


def _options(line: OperationSpec) -> LineOptions:
    return LineOptions(
        max_keys=line.max_keys or 0,
        delimiter=line.delimiter or "",
        multipart=_multipart(line.multipart),
        if_match=line.if_match or "",
        if_none_match=line.if_none_match or "",
        versions=line.versions,
        metadata=tuple(line.metadata.items()),
        tags=tuple(line.tags.items()),
        storage_class=line.storage_class or "",
        content_type=line.content_type or "",
        cache_control=line.cache_control or "",
        **_checksum(line.checksum),
    )


def _checksum(said: Checksum | None) -> dict[str, Any]:
    return {} if said is None else {"checksum": said.algorithm, "checksum_trails": said.send == "trailer"}


def _multipart(said: MultipartSpec | None) -> Multipart | None:
    return None if said is None else Multipart(said.part_size, said.at_once, said.above)
