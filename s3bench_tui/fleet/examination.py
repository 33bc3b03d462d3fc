"""Whether this machine could run a workload: what its targets answer to its own credentials. Loads nothing, makes nothing."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Sequence
from pathlib import Path

from s3bench_tui.errors import S3BenchError
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.report.crash import in_short
from s3bench_tui.spec.model.target import Target
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.stores.registry import open_store

_CONNECT_NS, _ANSWER_NS = 3_000_000_000, 10_000_000_000
"""Shorter than those of a run: somebody is waiting."""


def examined(workload: Workload, keeping: Path) -> pb.Checked:
    """Each target's answer; and how much room there is where recordings are kept, and for open files."""
    return pb.Checked(
        targets=[_asked(target, writes(workload)) for target in workload.targets],
        free_bytes=_free(keeping),
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    )


def writes(workload: Workload) -> bool:
    """Whether a run of it would write to its targets."""
    makes = any(dataset.create != "never" for dataset in workload.datasets)
    return makes or any(line.op in ("put", "copy", "mkdir") for line in workload.workload)


def _asked(target: Target, and_writes: bool) -> pb.Answer:
    try:
        store = open_store(target, _CONNECT_NS, _ANSWER_NS)
        try:
            return pb.Answer(ok=True, text=store.probe(and_writes).summary)
        finally:
            store.close()
    except (S3BenchError, ValueError) as error:
        return pb.Answer(text=in_short(error))


def _free(directory: Path) -> int:
    """Of the file system on which the directory lies, or will."""
    above: Sequence[Path] = (directory.absolute(), *directory.absolute().parents)
    return shutil.disk_usage(next(path for path in above if path.is_dir())).free
