"""Rules about what requests carry beside their kind: each option stands only where every target of its line knows it."""

from __future__ import annotations

from collections.abc import Iterator

from s3bench_tui.spec.effective import target_names
from s3bench_tui.spec.finding import Finding
from s3bench_tui.spec.model import Workload
from s3bench_tui.spec.operation import OperationSpec
from s3bench_tui.spec.target import Target
from s3bench_tui.spec.vocabulary import OPTION_SCHEMES, PAGE_LIMITS, SDK_OPTIONS, scheme_of
from s3bench_tui.spec.wording import listed


def _places(workload: Workload, line: OperationSpec) -> Iterator[tuple[Target, str]]:
    """The targets on which the line runs, each with its scheme."""
    for target, name in zip(workload.targets, target_names(workload), strict=True):
        if line.target in (None, name):
            yield target, scheme_of(target.uri)


def options(workload: Workload) -> Iterator[Finding]:
    """Every target of a line knows what its requests carry."""
    for index, line in enumerate(workload.workload):
        for key, schemes in OPTION_SCHEMES.items():
            if key not in line.model_fields_set or getattr(line, key) is None:
                continue
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


def pages(workload: Workload) -> Iterator[Finding]:
    """No page is larger than its server gives."""
    for index, line in enumerate(workload.workload):
        for _, scheme in _places(workload, line):
            limit = PAGE_LIMITS.get(scheme)
            if line.max_keys is not None and limit is not None and line.max_keys > limit:
                message = f"{line.max_keys} keys, and {scheme}:// gives {limit} at most in one page"
                yield Finding(("workload", index, "max_keys"), message, f"Write {limit} or less")
                break
