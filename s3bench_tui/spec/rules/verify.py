"""Rules about verified reads: the content must be such that it can be recognised, and must come through this program."""

from __future__ import annotations

from collections.abc import Iterator

from s3bench_tui.spec.effective import dataset_of, payload_of, target_names, target_of
from s3bench_tui.spec.model.choosing import FixedSize, ListedSize, SizeSpec
from s3bench_tui.spec.model.dataset import Payload
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.vocabulary import scheme_of

LEAST_BYTES = 16
"""An object must have so many to tell its version, and a range, which may begin anywhere, nearly twice as many."""

LEAST_RANGE_BYTES = 2 * LEAST_BYTES - 1
MOST_COMPRESSED = 4096 // LEAST_BYTES

_INSTEAD = "Remove verify"


def content(workload: Workload) -> Iterator[Finding]:
    """What is written can be told from all else."""
    for place, payload in _payloads(workload):
        if payload.fill == "zero":
            yield Finding((*place, "fill"), "zeros cannot be verified: all objects are alike", "Write fill: random")
        elif payload.compress_factor > MOST_COMPRESSED:
            message = f"leaves less than {LEAST_BYTES} bytes of each block, which is too little to verify"
            yield Finding((*place, "compress_factor"), message, f"Write {MOST_COMPRESSED} or less")


def _payloads(workload: Workload) -> Iterator[tuple[tuple[str | int, ...], Payload]]:
    """What verified objects hold, and where the file says so; the same place once."""
    seen: set[tuple[str | int, ...]] = set()
    for line in workload.workload:
        if line.verify == "none":
            continue
        dataset = dataset_of(workload, line)
        place: tuple[str | int, ...] = ("payload",)
        payload = workload.payload
        if dataset is not None and dataset.payload is not None:
            place = ("datasets", workload.datasets.index(dataset), "payload")
            payload = payload_of(workload, dataset.payload)
        if place not in seen:
            seen.add(place)
            yield place, payload


def sizes(workload: Workload) -> Iterator[Finding]:
    """What is read is long enough to tell its version."""
    small: set[int] = set()
    for index, line in enumerate(workload.workload):
        if line.verify == "none":
            continue
        dataset = dataset_of(workload, line)
        if dataset is not None and 0 < _least(dataset.size) < LEAST_BYTES:
            small.add(workload.datasets.index(dataset))
        if line.range is not None and line.range.size < LEAST_RANGE_BYTES:
            message = f"verified ranges need {LEAST_RANGE_BYTES} bytes at least"
            hint = f"Write {LEAST_RANGE_BYTES} or more, or remove verify"
            yield Finding(("workload", index, "range", "size"), message, hint)
    for index in sorted(small):
        message = f"verified objects need {LEAST_BYTES} bytes at least, and the data set may have smaller ones"
        hint = f"Write sizes from {LEAST_BYTES} bytes on, or remove verify"
        yield Finding(("datasets", index, "size"), message, hint)


def targets(workload: Workload) -> Iterator[Finding]:
    """There is content, and the program sees it."""
    places = list(zip(target_names(workload), workload.targets, strict=True))
    for index, line in enumerate(workload.workload):
        if line.verify == "none":
            continue
        path = ("workload", index, "verify")
        here = [target for name, target in places if target_of(workload, line) in (None, name)]
        if any(scheme_of(target.uri) == "null" for target in here):
            yield Finding(path, "null:// keeps no content that could be verified", _INSTEAD)
        elif any(target.client == "sdk" for target in here):
            yield Finding(
                path, "client: sdk cannot verify: its bodies stay in the SDK", f"{_INSTEAD}, or write client: lean"
            )


def overwrites(workload: Workload) -> Iterator[Finding]:
    """Files are replaced whole where they are read meanwhile."""
    read = {id(dataset_of(workload, line)) for line in workload.workload if line.verify != "none" and line.path is None}
    rewrites = [line for line in workload.workload if line.op == "put" and id(dataset_of(workload, line)) in read]
    for index, (name, target) in enumerate(zip(target_names(workload), workload.targets, strict=True)):
        if scheme_of(target.uri) not in ("file", "direct") or target.write != "in_place":
            continue
        if any(target_of(workload, line) in (None, name) for line in rewrites if line.path is None):
            message = "files are overwritten in place while they are verified: a read may find two versions in one"
            yield Finding(("targets", index), message, "Write write: rename, if that is not what you want to see", True)


def _least(size: SizeSpec) -> int:
    if isinstance(size, FixedSize):
        return size.size
    if isinstance(size, ListedSize):
        return min((one.size for one in size.sizes if one.size), default=0)
    return max(size.min, 1)
