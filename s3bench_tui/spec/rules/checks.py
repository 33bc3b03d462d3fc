"""All rules that span several keys of a workload, and which parts of it each one reads."""

from __future__ import annotations

from collections.abc import Iterator

from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules import (
    checksums,
    data,
    encryption,
    fleet,
    mix,
    multipart,
    options,
    run,
    tags,
    targets,
    verify,
    versions,
)
from s3bench_tui.spec.rules.finding import Finding, Rule

_RULES: tuple[tuple[Rule, frozenset[str]], ...] = tuple(
    (rule, frozenset(sections.split()))
    for rule, sections in (
        (targets.addresses, "targets"),
        (targets.options, "targets"),
        (targets.sizes, "targets workload datasets"),
        (targets.batches, "targets workload"),
        (targets.names, "targets"),
        (targets.slots, "targets concurrency processes load"),
        (data.datasets, "targets datasets"),
        (data.sizes, "workload datasets"),
        (data.paths, "targets workload"),
        (data.use, "workload datasets"),
        (mix.weights, "workload"),
        (mix.names, "workload"),
        (mix.targets, "workload targets datasets"),
        (mix.datasets, "workload targets datasets"),
        (mix.contents, "workload datasets"),
        (mix.shards, "workload datasets"),
        (mix.options, "workload"),
        (mix.sources, "workload datasets"),
        (mix.deletes, "workload datasets"),
        (mix.directories, "workload targets"),
        (mix.ranges, "workload datasets"),
        (mix.limits, "workload concurrency load"),
        (options.options, "workload targets"),
        (options.pages, "workload targets"),
        (options.misses, "workload targets"),
        (options.conditions, "workload targets"),
        (options.fields, "workload"),
        (encryption.named, "targets"),
        (encryption.copies, "targets workload"),
        (checksums.compared, "workload targets datasets"),
        (options.copies, "workload targets datasets"),
        (tags.lines, "targets workload datasets"),
        (tags.values, "workload"),
        (multipart.stores, "workload targets datasets"),
        (multipart.parts, "workload targets datasets"),
        (multipart.order, "workload targets datasets"),
        (verify.content, "workload payload datasets"),
        (verify.sizes, "workload datasets"),
        (verify.targets, "workload targets datasets"),
        (verify.overwrites, "workload targets datasets"),
        (versions.single, "targets workload datasets"),
        (versions.kept, "targets workload datasets"),
        (run.load, "load"),
        (run.slots, "concurrency processes load fleet"),
        (run.once, "workload stop"),
        (run.ignored, "errors"),
        (run.schedule, "schedule workload duration stop load"),
        (run.thresholds, "thresholds workload load"),
        (run.outputs, "outputs"),
        (fleet.agents, "fleet targets"),
    )
)


def check(workload: Workload, spoilt: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Faults and doubts; rules that read one of the `spoilt` top-level keys are left out."""
    for rule, sections in _RULES:
        if not sections & spoilt:
            yield from rule(workload)
