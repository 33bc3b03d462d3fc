"""Rules about objects that are written in parts: what each kind of store takes, and how many parts an object has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from s3bench_tui.spec.effective import dataset_of, target_names, target_of
from s3bench_tui.spec.model.choosing import SizeSpec, largest_of
from s3bench_tui.spec.model.multipart import Multipart
from s3bench_tui.spec.model.target import Target
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.text.wording import listed
from s3bench_tui.spec.vocabulary import IN_ORDER_SCHEMES, OPTION_SCHEMES, scheme_of
from s3bench_tui.units import format_size

_MIB = 1 << 20
BLOCK = 4096
"""Content is made in blocks of so many bytes, and a part begins with one."""


@dataclass(frozen=True, slots=True)
class _Limits:
    """What a kind of store takes."""

    least: int
    """Bytes of a part that is not the last."""
    most: int
    parts: int
    what: str
    step: int = BLOCK
    """Of the size of a part that is not the last."""


_LIMITS = {
    "s3": _Limits(5 * _MIB, 5120 * _MIB, 10_000, "parts"),
    "az": _Limits(BLOCK, 4000 * _MIB, 50_000, "blocks"),
    "gs": _Limits(256 << 10, 5 << 40, 5 << 22, "parts", step=256 << 10),
}


@dataclass(frozen=True, slots=True)
class _Use:
    """One place in a workload that says `multipart`, the sizes of its objects, and where they are written."""

    path: tuple[str | int, ...]
    said: Multipart
    size: SizeSpec | None
    targets: tuple[Target, ...]


def _uses(workload: Workload) -> Iterator[_Use]:
    names = target_names(workload)

    def there(only: set[str | None]) -> tuple[Target, ...]:
        return tuple(
            target for target, name in zip(workload.targets, names, strict=True) if only & {None, name} or not only
        )

    for index, data in enumerate(workload.datasets):
        if data.multipart is not None and data.create != "never":
            users = {target_of(workload, line) for line in workload.workload if dataset_of(workload, line) is data}
            on: set[str | None] = {data.target} if data.target is not None else users
            yield _Use(("datasets", index, "multipart"), data.multipart, data.size, there(on))
    for index, line in enumerate(workload.workload):
        if line.multipart is not None and line.op == "put":
            over = dataset_of(workload, line) or (workload.datasets[0] if workload.datasets else None)
            size = line.size or (over.size if over is not None else None)
            yield _Use(("workload", index, "multipart"), line.multipart, size, there({target_of(workload, line)}))


def stores(workload: Workload) -> Iterator[Finding]:
    """The data set is only made in parts where every target can; of lines the rules of their options say so."""
    for use in _uses(workload):
        if use.path[0] != "datasets":
            continue
        for target in use.targets:
            scheme = scheme_of(target.uri)
            if scheme not in OPTION_SCHEMES["multipart"]:
                known = listed(f"{each}://" for each in OPTION_SCHEMES["multipart"])
                yield Finding(use.path, f"{scheme}:// does not write in parts", f"Remove it; it belongs to {known}")
                break
            if target.client == "sdk":
                yield Finding(use.path, "is not done by client: sdk", "Remove it, or write client: lean")
                break


def parts(workload: Workload) -> Iterator[Finding]:
    """Parts are neither too small, too large nor too many, and begin where the content can be made from."""
    for use in _uses(workload):
        said, path = use.said, (*use.path, "part_size")
        if said.part_size % BLOCK:
            hint = f"Write {format_size(-(-said.part_size // BLOCK) * BLOCK)}"
            yield Finding(path, f"{said.part_size} bytes are no multiple of 4 KiB", hint)
            continue
        top = largest_of(use.size) if use.size is not None else None
        for scheme in dict.fromkeys(scheme_of(target.uri) for target in use.targets):
            limits = _LIMITS.get(scheme)
            if limits is None:
                continue
            if said.part_size < limits.least:
                message = f"{format_size(said.part_size)} is less than {scheme}:// takes"
                yield Finding(path, message, f"Write {format_size(limits.least)} or more")
                break
            if said.part_size > limits.most:
                message = f"{format_size(said.part_size)} is more than {scheme}:// takes"
                yield Finding(path, message, f"Write {format_size(limits.most)} or less")
                break
            if said.part_size % limits.step:
                message = f"{scheme}:// takes parts of whole {format_size(limits.step)} alone"
                yield Finding(path, message, f"Write {format_size(-(-said.part_size // limits.step) * limits.step)}")
                break
            if top is not None and -(-top // said.part_size) > limits.parts:
                least = -(-top // limits.parts // _MIB) * _MIB
                message = (
                    f"{-(-top // said.part_size):,} {limits.what} of {format_size(said.part_size)} an object, and "
                    f"{scheme}:// takes {limits.parts:,} at most"
                )
                yield Finding(path, message, f"Write {format_size(max(least, limits.least))} or more")
                break
        if top is not None and top <= said.above:
            message = f"no object is larger than {format_size(said.above)}, so that none is written in parts"
            yield Finding(use.path, message, "Make part_size or threshold smaller, or remove it", True)


def order(workload: Workload) -> Iterator[Finding]:
    """Several parts at once are only asked for where a store takes them so."""
    for use in _uses(workload):
        schemes = list(dict.fromkeys(scheme_of(target.uri) for target in use.targets))
        in_order = [scheme for scheme in schemes if scheme in IN_ORDER_SCHEMES]
        if not in_order or use.said.parallel == 1:
            continue
        message = f"{in_order[0]}:// takes the parts of an object one after another"
        path = (*use.path, "parallel")
        if len(in_order) < len(schemes):
            yield Finding(path, f"{message}; the others take {use.said.at_once} at once", "Write 1 to have the same everywhere", True)  # fmt: skip
        elif use.said.parallel is not None:
            hint = "Write 1; an s3:// target on Google's XML API takes several at once"
            yield Finding(path, message, hint)
