"""Rules about checksums of what is written: which each store compares, and where they can go."""

from __future__ import annotations

from collections.abc import Iterator

from s3bench_tui.spec.effective import target_names
from s3bench_tui.spec.model.checksum import Checksum
from s3bench_tui.spec.model.multipart import Multipart
from s3bench_tui.spec.model.target import Target
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.text.wording import listed
from s3bench_tui.spec.vocabulary import CHECKSUMS, OPTION_SCHEMES, scheme_of


def compared(workload: Workload) -> Iterator[Finding]:
    """Every target compares bodies with the checksum that is sent along, where it is sent."""
    named = list(zip(workload.targets, target_names(workload), strict=True))
    for index, line in enumerate(workload.workload):
        if line.checksum is not None:
            here = [target for target, name in named if line.target in (None, name)]
            known = [target for target in here if scheme_of(target.uri) in OPTION_SCHEMES["checksum"]]
            path = ("workload", index, "checksum")
            yield from _first(path, line.checksum, known)
            yield from _of_parts(path, line.multipart, known)
    for index, data in enumerate(workload.datasets):
        if data.checksum is not None:
            path = ("datasets", index, "checksum")
            here = [target for target, name in named if data.target in (None, name)]
            refused = list(_first(path, data.checksum, here))
            yield from refused
            yield from _of_parts(path, data.multipart, here)
            if not refused and any(target.client == "sdk" for target in here):
                yield Finding(path, "is not done by client: sdk", "Remove it, or write client: lean")


def _first(path: tuple[str | int, ...], said: Checksum, targets: list[Target]) -> Iterator[Finding]:
    """What the first of these targets says against it that says anything."""
    for target in targets:
        if found := _against(path, said, target):
            yield found
            return


def _of_parts(path: tuple[str | int, ...], parts: Multipart | None, targets: list[Target]) -> Iterator[Finding]:
    if parts is not None and any(scheme_of(target.uri) == "gs" for target in targets):
        yield Finding(path, "is not done on gs:// for objects in parts", "Remove it, or multipart:")


def _against(path: tuple[str | int, ...], said: Checksum, target: Target) -> Finding | None:
    scheme = scheme_of(target.uri)
    known = CHECKSUMS.get(scheme, ())
    if not known:
        hint = f"Remove it; it belongs to {listed(f'{each}://' for each in CHECKSUMS)}"
        return Finding(path, f"{scheme}:// compares nothing with it", hint)
    if said.algorithm not in known:
        return Finding(path, f"{scheme}:// does not compare with this one", f"Write {listed(known)}")
    if said.send == "header":
        return None
    hint = "Write send: header"
    if scheme != "s3":
        return Finding((*path, "send"), f"{scheme}:// takes no checksum behind a body", hint)
    if said.algorithm == "md5":
        return Finding((*path, "send"), "md5 goes in the head alone", f"{hint}, or another algorithm")
    if target.payload_signing == "signed":
        message = "what is told behind a body is not in its signature, and the target says payload_signing: signed"
        return Finding((*path, "send"), message, f"{hint}, or payload_signing: unsigned")
    if target.anonymous:
        return Finding((*path, "send"), "anonymous requests have no place for it", hint)
    return None
