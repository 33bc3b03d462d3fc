"""All rules that span several keys of a workload, and which parts of it each one reads."""

from __future__ import annotations

from collections.abc import Iterator

from s3bench_tui.spec import (
    datarules,
    mixrules,
    multipartrules,
    optionrules,
    runrules,
    targetrules,
    verifyrules,
    versionrules,
)
from s3bench_tui.spec.finding import Finding, Rule
from s3bench_tui.spec.model import Workload

_RULES: tuple[tuple[Rule, frozenset[str]], ...] = tuple(
    (rule, frozenset(sections.split()))
    for rule, sections in (
        (targetrules.addresses, "targets"),
        (targetrules.options, "targets"),
        (targetrules.sizes, "targets workload datasets"),
        (targetrules.batches, "targets workload"),
        (targetrules.names, "targets"),
        (targetrules.slots, "targets concurrency processes load"),
        (datarules.datasets, "targets datasets"),
        (datarules.sizes, "workload datasets"),
        (datarules.paths, "targets workload"),
        (datarules.use, "workload datasets"),
        (mixrules.weights, "workload"),
        (mixrules.names, "workload"),
        (mixrules.targets, "workload targets datasets"),
        (mixrules.datasets, "workload targets datasets"),
        (mixrules.contents, "workload datasets"),
        (mixrules.shards, "workload datasets"),
        (mixrules.options, "workload"),
        (mixrules.sources, "workload datasets"),
        (mixrules.deletes, "workload datasets"),
        (mixrules.directories, "workload targets"),
        (mixrules.ranges, "workload datasets"),
        (mixrules.limits, "workload concurrency load"),
        (optionrules.options, "workload targets"),
        (optionrules.pages, "workload targets"),
        (optionrules.misses, "workload targets"),
        (optionrules.conditions, "workload targets"),
        (optionrules.fields, "workload"),
        (optionrules.encryption, "targets"),
        (optionrules.checksums, "workload targets datasets"),
        (optionrules.parts, "targets workload datasets"),
        (optionrules.copies, "workload targets datasets"),
        (multipartrules.stores, "workload targets datasets"),
        (multipartrules.parts, "workload targets datasets"),
        (verifyrules.content, "workload payload datasets"),
        (verifyrules.sizes, "workload datasets"),
        (verifyrules.targets, "workload targets datasets"),
        (verifyrules.overwrites, "workload targets datasets"),
        (versionrules.single, "targets workload datasets"),
        (versionrules.kept, "targets workload datasets"),
        (runrules.load, "load"),
        (runrules.slots, "concurrency processes load"),
        (runrules.once, "workload stop"),
        (runrules.ignored, "errors"),
        (runrules.schedule, "schedule workload duration stop load"),
        (runrules.thresholds, "thresholds workload load"),
        (runrules.outputs, "outputs"),
    )
)


def check(workload: Workload, spoilt: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Faults and doubts; rules that read one of the `spoilt` top-level keys are left out."""
    for rule, sections in _RULES:
        if not sections & spoilt:
            yield from rule(workload)
