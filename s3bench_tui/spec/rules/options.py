"""Rules about what requests carry beside their kind: each option stands only where every target of its line knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from s3bench_tui.spec.effective import dataset_of, target_names
from s3bench_tui.spec.model.choosing import largest_of
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.target import Target
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.text.wording import listed
from s3bench_tui.spec.vocabulary import (
    COPY_LIMITS,
    COPY_SCHEMES,
    OPTION_SCHEMES,
    PAGE_LIMITS,
    SDK_OPTIONS,
    scheme_of,
)
from s3bench_tui.units import format_size, shown

_FIELD_NAME = re.compile(r"[A-Za-z0-9_-]+")
_FIELD_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")


def _places(workload: Workload, line: OperationSpec) -> Iterator[tuple[Target, str]]:
    """The targets on which the line runs, each with its scheme."""
    for target, name in zip(workload.targets, target_names(workload), strict=True):
        if line.target in (None, name):
            yield target, scheme_of(target.uri)


def options(workload: Workload) -> Iterator[Finding]:
    """Every target of a line knows what its requests carry."""
    for index, line in enumerate(workload.workload):
        for key, schemes in OPTION_SCHEMES.items():
            if key not in line.model_fields_set or not getattr(line, key):
                continue
            if key == "tags" and line.op == "tag":
                continue  # where it can be done is said of the operation
            for target, scheme in _places(workload, line):
                path = ("workload", index, key)
                if scheme not in schemes:
                    known = listed(f"{each}://" for each in schemes)
                    hint = f"Remove it, or keep the line off this target; it belongs to {known}"
                    yield Finding(path, f"{scheme}:// has no such thing", hint)
                    break
                if target.client == "sdk" and key not in SDK_OPTIONS:
                    yield Finding(path, "is not done by client: sdk", "Remove it, or write client: lean")
                    break


def conditions(workload: Workload) -> Iterator[Finding]:
    """A condition says what its operation can hold to, and what is to be refused can be."""
    for index, line in enumerate(workload.workload):
        path = ("workload", index)
        if line.op == "get" and line.if_none_match == "*":
            yield Finding((*path, "if_none_match"), "`*` belongs to a put", "Write etag")
        if line.verify != "none" and (line.if_none_match or line.expect or line.keys.choice == "missing"):
            yield Finding((*path, "verify"), "a read that is to bring nothing cannot be verified", "Remove it")
        if line.op == "put" and line.if_none_match == "etag":
            yield Finding((*path, "if_none_match"), "`etag` belongs to a get", "Write '*'")
        if line.if_match is not None and line.if_none_match is not None:
            yield Finding((*path, "if_match"), "stands beside if_none_match", "Keep one of the two")
        for _, scheme in _places(workload, line):
            if line.op == "put" and line.if_match is not None and scheme == "gs":
                yield Finding((*path, "if_match"), "gs:// tells a put nothing to match", "Remove it")
                break
            if line.if_none_match == "etag" and scheme in ("file", "direct"):
                yield Finding((*path, "if_none_match"), f"{scheme}:// has no such thing for a get", "Remove it")
                break
        if line.op == "put" and line.expect == 404:
            yield Finding((*path, "expect"), "a put is not refused with 404", "Write 412")
        if line.expect == 412:
            if line.if_match is None and line.if_none_match is None:
                yield Finding((*path, "expect"), "nothing refuses this with 412", "Add if_none_match: '*' to a put, or if_match: etag")  # fmt: skip
            elif line.op == "put" and line.path is not None:
                yield Finding((*path, "expect"), "a put with a path writes new keys, which nothing refuses", "Remove path:, so that it goes over a data set")  # fmt: skip


def fields(workload: Workload) -> Iterator[Finding]:
    """What goes into the head of a request can stand there."""
    for index, line in enumerate(workload.workload):
        for key in ("metadata", "tags"):
            for name, value in getattr(line, key).items():
                path = ("workload", index, key, name)
                if key == "metadata" and not _FIELD_NAME.fullmatch(name):
                    yield Finding(path, f"{shown(name)} is no name for metadata", "Write letters, digits, - and _")
                elif key == "metadata" and not _FIELD_VALUE.fullmatch(value):
                    yield Finding(
                        path, "cannot stand in a request", "Write printable ASCII, without blanks at its ends"
                    )
        for key in ("storage_class", "content_type", "cache_control"):
            value = getattr(line, key)
            if value is not None and not _FIELD_VALUE.fullmatch(value):
                yield Finding(("workload", index, key), "cannot stand in a request", "Write printable ASCII")


def misses(workload: Workload) -> Iterator[Finding]:
    """Keys that are not there are computed from a data set, and read where not everything is there."""
    for index, line in enumerate(workload.workload):
        if line.keys.choice != "missing":
            continue
        path = ("workload", index, "keys")
        if line.op not in ("get", "stat"):
            yield Finding(
                path, f"{line.op} cannot take keys that are not there", "Remove it; it belongs to get or stat"
            )
        elif line.path is not None:
            yield Finding(path, "missing keys are made from those of a data set", "Remove path:, or write expect: 404 for one key that is not there")  # fmt: skip
        elif line.range is not None:
            yield Finding(("workload", index, "range"), "has no meaning for keys that are not there", "Remove it")
        elif any(scheme == "null" for _, scheme in _places(workload, line)):
            yield Finding(path, "on null:// every key is there", "Remove it")


def copies(workload: Workload) -> Iterator[Finding]:
    """Stores copy objects by themselves, and none that is too large for them."""
    for index, line in enumerate(workload.workload):
        if line.op != "copy":
            continue
        for _, scheme in _places(workload, line):
            path: tuple[str | int, ...] = ("workload", index, "op")
            if scheme not in COPY_SCHEMES:
                known = listed(f"{each}://" for each in COPY_SCHEMES)
                yield Finding(path, f"{scheme}:// does not copy by itself", f"Remove the line; copy belongs to {known}")
                break
            dataset = dataset_of(workload, line)
            largest = largest_of(dataset.size) if dataset is not None else 0
            limit = COPY_LIMITS.get(scheme)
            if limit is not None and largest > limit:
                message = f"up to {format_size(largest)} an object, and {scheme}:// copies {format_size(limit)} at most in one request"
                yield Finding(path, message, "Make the objects of the data set smaller")
                break


def pages(workload: Workload) -> Iterator[Finding]:
    """No page is larger than its server gives."""
    for index, line in enumerate(workload.workload):
        for _, scheme in _places(workload, line):
            limit = PAGE_LIMITS.get(scheme)
            if line.max_keys is not None and limit is not None and line.max_keys > limit:
                message = f"{line.max_keys} keys, and {scheme}:// gives {limit} at most in one page"
                yield Finding(("workload", index, "max_keys"), message, f"Write {limit} or less")
                break
