"""Rules about versions: where they are kept, what can be done with single ones, and who writes them."""

from __future__ import annotations

from collections.abc import Iterator

from s3bench_tui.spec.effective import dataset_of, target_names
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.vocabulary import OPTION_SCHEMES, scheme_of

_KEEPING = OPTION_SCHEMES["versions"]
_WHOLE = ("range", "keys", "expect", "if_match", "if_none_match")


def single(workload: Workload) -> Iterator[Finding]:
    """Single versions are those of objects that this run writes, in a bucket that keeps them."""
    named = list(zip(workload.targets, target_names(workload), strict=True))
    for index, line in enumerate(workload.workload):
        if not line.versions:
            continue
        path = ("workload", index, "versions")
        here = [target for target, name in named if line.target in (None, name) and scheme_of(target.uri) in _KEEPING]
        if not all(target.versioned for target in here):
            yield Finding(path, "needs a bucket that keeps versions", "Write versioned: true at its target")
        if not any(_writes_for(workload, line, other) for other in workload.workload):
            hint = "Add a put with the same path, or over the same data set"
            yield Finding(path, "no put of this workload writes versions there", hint)
        for key in _WHOLE if line.op == "get" else ():  # a delete has none of these but `keys`, which is always `once`
            if getattr(line, key) != OperationSpec.model_fields[key].default:
                message = "has no meaning for single versions, of which any one is taken"
                yield Finding(("workload", index, key), message, "Remove it")
        if line.verify != "none":
            yield Finding(("workload", index, "verify"), "is not done for single versions", "Remove it")


def _writes_for(workload: Workload, line: OperationSpec, other: OperationSpec) -> bool:
    together = None in (line.target, other.target) or line.target == other.target
    return (
        other.op == "put"
        and together
        and other.path == line.path
        and (line.path is not None or dataset_of(workload, other) is dataset_of(workload, line))
    )


def kept(workload: Workload) -> Iterator[Finding]:
    """What cannot tell which versions it made stays off buckets that keep them."""
    for number, (target, name) in enumerate(zip(workload.targets, target_names(workload), strict=True)):
        if not target.versioned or scheme_of(target.uri) not in _KEEPING:
            continue
        if target.client == "sdk":
            yield Finding(
                ("targets", number, "versioned"), "is not done by client: sdk", "Remove it, or write client: lean"
            )
        for index, line in enumerate(workload.workload):
            if line.target not in (None, name):
                continue
            if line.batch > 1:
                yield Finding(("workload", index, "batch"), "is not done where versions are kept", "Remove it")
            if line.multipart is not None:
                yield Finding(("workload", index, "multipart"), "is not done where versions are kept", "Remove it")
        for index, data in enumerate(workload.datasets):
            if data.multipart is not None and data.target in (None, name):
                yield Finding(("datasets", index, "multipart"), "is not done where versions are kept", "Remove it")
