"""Rules about tags of objects: where they are kept, whose they may be changed, and what can be one."""

from __future__ import annotations

from collections.abc import Iterator

from s3bench_tui.spec.effective import dataset_of, target_names
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.vocabulary import TAG_SCHEMES, scheme_of
from s3bench_tui.units import shown

MOST_TAGS = 10
MOST_LETTERS = {"name": 128, "value": 256}

_INSTEAD = {"gs": ", and the metadata of its objects is none"}


def lines(workload: Workload) -> Iterator[Finding]:
    """Tags are given and asked for where objects have some; only objects that this program makes are given others."""
    names = target_names(workload)
    for index, line in enumerate(workload.workload):
        if line.op not in ("tag", "get_tags"):
            continue
        path = ("workload", index)
        schemes = [
            scheme_of(target.uri)
            for target, name in zip(workload.targets, names, strict=True)
            if line.target in (None, name)
        ]
        if lacking := [scheme for scheme in schemes if scheme not in TAG_SCHEMES]:
            hint = "Remove the line, or give it a target: with s3:// or az://"
            yield Finding((*path, "op"), f"{lacking[0]}:// has no tags{_INSTEAD.get(lacking[0], '')}", hint)
        if line.op == "tag":
            yield from _given(path, line, workload)


def _given(path: tuple[str | int, ...], line: OperationSpec, workload: Workload) -> Iterator[Finding]:
    dataset = dataset_of(workload, line)
    if not line.tags:
        yield Finding(path, "tag does not say which tags objects are given", "Add tags: such as {team: storage}")
    if line.path is not None:
        hint = "Remove path:, so that it goes over a data set"
        yield Finding((*path, "path"), "tag would take away the tags of objects that are not this program's", hint)
    elif dataset is None and len(workload.datasets) < 2:
        yield Finding(path, "tag goes over a data set, and there is none", "Add dataset: {count: 1000, size: 4KiB}")
    elif dataset is not None and dataset.create == "never":
        hint = "Remove the line, or create: never"
        yield Finding(path, "tag would take away the tags of a data set that says create: never", hint)


def values(workload: Workload) -> Iterator[Finding]:
    """There are no more and no longer ones than stores keep."""
    for index, line in enumerate(workload.workload):
        path = ("workload", index, "tags")
        if len(line.tags) > MOST_TAGS:
            yield Finding(path, f"{len(line.tags)} tags, and an object has {MOST_TAGS} at most", "Remove some")
        for name, value in line.tags.items():
            for what, text in (("name", name), ("value", value)):
                if len(text) > MOST_LETTERS[what]:
                    message = f"the {what} of a tag has {MOST_LETTERS[what]} letters at most"
                    yield Finding((*path, name), message, "Shorten it")
                elif not text.isprintable():
                    yield Finding((*path, name), f"{shown(text)} cannot stand in a tag", "Write printable letters")
            if not name:
                yield Finding((*path, name), "a tag has a name", "Write one")
