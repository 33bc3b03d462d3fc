"""The plan of a workload in words, as --dry-run prints it and Setup shows it. Asks no target and touches nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from s3bench_tui.engine.coordination.staffing import crew_size
from s3bench_tui.engine.objects.sizes import SizeSource, size_source
from s3bench_tui.engine.plan import split
from s3bench_tui.spec.effective import belongs, slots_of, target_names
from s3bench_tui.spec.loading import Loaded
from s3bench_tui.spec.model.choosing import SizeSpec
from s3bench_tui.spec.model.dataset import Dataset
from s3bench_tui.spec.model.fleet import LossLimit
from s3bench_tui.spec.model.multipart import Multipart
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.target import Target
from s3bench_tui.spec.model.workload import Step, Workload
from s3bench_tui.units import NS_PER_S, format_count, format_duration, format_size

_LABEL = 12
_WIDTH = 100
_SENT = {"header": "", "trailer": "behind the body "}


def outline(loaded: Loaded) -> str:
    """Targets, mix, data set, load, ends, schedule, checks and warnings, one fact a line."""
    workload = loaded.workload
    lines = [f"{workload.name}: this is the plan; nothing was touched", ""]
    load = (_targets, _mix, _datasets, _load, _length, _schedule, _limits, _fleet, _outputs)
    for part in load if workload.cleanup != "only" else (_clearance,):
        lines += _block(part(workload))
    lines += _block(("warning", str(warning)) for warning in loaded.warnings)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _block(facts: Iterator[tuple[str, str]]) -> Iterator[str]:
    """Labelled lines; a label that repeats is left out, and what is too long goes on below."""
    before = ""
    for label, text in facts:
        shown = "" if label == before else label
        before = label
        first = f"{shown:<{_LABEL}}"
        yield from textwrap.wrap(
            text, _WIDTH, initial_indent=first, subsequent_indent=" " * _LABEL, break_on_hyphens=False
        )


# --- parts --------------------------------------------------------------------------------------------------------


def _targets(workload: Workload) -> Iterator[tuple[str, str]]:
    weights = [target.share for target in workload.targets]
    slots = split(slots_of(workload), weights, least=1)
    workers = split(crew_size(workload), weights, least=1)
    for target, its_slots, its_workers in zip(workload.targets, slots, workers, strict=True):
        address = _address(workload, target)
        yield "targets", f"{address}, {_number(its_slots, 'slot')}, {_number(its_workers, 'worker')}"


def _address(workload: Workload, target: Target) -> str:
    name = f"{target.name}: " if len(workload.targets) > 1 else ""
    ends = target.endpoints
    at = f" at {', '.join(ends)}" if ends else ""
    at += f" ({target.balance})" if len(ends) > 1 and target.client == "lean" else ""
    return f"{name}{target.uri}{at}"


def _clearance(workload: Workload) -> Iterator[tuple[str, str]]:
    """Of `cleanup: only`: all else that the file says is left out."""
    for target in workload.targets:
        yield "targets", _address(workload, target)
    for spec in workload.datasets:
        yield "data set", f"{_extent(workload, spec)}, {_where_it_lies(workload, spec)}"
    noted = "what earlier runs noted to have made of the data sets is deleted"
    yield "clean-up", f"there is no load: {noted} ({workload.cleanup_mode})"


def _mix(workload: Workload) -> Iterator[tuple[str, str]]:
    whole = sum(line.weight for line in workload.workload)
    widest = max(len(str(line.name)) for line in workload.workload)
    for line in workload.workload:
        what = f"{_where(workload, line)}{_how(line)}"
        yield "mix", f"{line.weight / whole:6.1%}  {line.name!s:<{widest}}  {what}"


def _where(workload: Workload, line: OperationSpec) -> str:
    if line.path is None or line.op == "copy":
        over = "the data set" if len(workload.datasets) == 1 else f"the data set {line.dataset}"
        return over if line.path is None else f"{over} to {line.path}"
    return line.path or "the whole target"


def _how(line: OperationSpec) -> str:
    parts = [] if line.target is None else [f"on {line.target} alone"]
    if line.range is not None:
        offset = line.range.offset
        start = f"from {format_size(offset)} on" if isinstance(offset, int) else f"at {offset} offsets"
        parts.append(f"{format_size(line.range.size)} {start}")
    if line.op == "put" and line.path is not None and line.size is not None:
        parts.append(_size(line.size))
    if line.multipart is not None:
        parts.append(_in_parts(line.multipart))
    if line.op in ("get", "stat", "copy", "tag", "get_tags") and line.keys.choice != "uniform":
        parts.append(f"keys {line.keys.choice}")
    if line.versions:
        parts.append("single versions of its objects")
    if line.checksum is not None:
        parts.append(f"with {line.checksum.algorithm} {_SENT[line.checksum.send]}to compare")
    if line.expect is not None:
        parts.append(f"expecting {line.expect}")
    if line.max_keys is not None:
        parts.append(f"a page of {line.max_keys:,} keys each")
    if line.delimiter is not None:
        parts.append("one level")
    if line.batch > 1:
        parts.append(f"{line.batch} keys a request")
    if line.concurrency is not None:
        parts.append(f"at most {line.concurrency:,} in flight")
    return "".join(f", {part}" for part in parts)


def _size(spec: SizeSpec) -> str:
    sizes = size_source(spec.model_dump())
    return f"{spec.type} sizes, {format_size(sizes.mean())} on average" if _varies(sizes) else format_size(sizes.mean())


def _in_parts(said: Multipart) -> str:
    above = "" if said.above == said.part_size else f" where they have more than {format_size(said.above)}"
    at_once = f"{said.at_once} at a time" if said.at_once > 1 else "one after another"
    return f"in parts of {format_size(said.part_size)}{above}, {at_once}"


def _varies(sizes: SizeSource) -> bool:
    return sizes.mean() != sizes.largest()


def _datasets(workload: Workload) -> Iterator[tuple[str, str]]:
    for spec in workload.datasets:
        sizes = size_source(spec.size.model_dump())
        about = "about " if _varies(sizes) else ""
        volume = format_size(sizes.mean() * spec.count)
        where = _where_it_lies(workload, spec)
        yield "data set", f"{_extent(workload, spec)}, {_size(spec.size)}: {about}{volume} {where}"
        yield (
            "data set",
            {
                "missing": "those that are missing are made before the load",
                "always": "all are made before the load, whether they are there or not",
                "never": "all are taken to be there",
            }[spec.create],
        )
    if workload.datasets and workload.cleanup == "all":
        yield "data set", "those that the run has made are deleted at its end"


def _extent(workload: Workload, spec: Dataset) -> str:
    name = f"{spec.id}: " if len(workload.datasets) > 1 else ""
    below = f" below {spec.prefix}" if spec.prefix else ""
    below += f" in {spec.tree.directories:,} directories" if spec.tree is not None else ""
    below += f" in {spec.shards:,} folders" if spec.shards else ""
    return f"{name}{spec.count:,} objects{below}"


def _where_it_lies(workload: Workload, spec: Dataset) -> str:
    every = target_names(workload)
    names = [name for name in every if belongs(workload, spec, name)]
    if len(names) == len(every) and spec.target is None:
        return "in each target"
    return f"in {names[0]} alone" if len(names) == 1 else f"in each of {', '.join(names)}"


def _load(workload: Workload) -> Iterator[tuple[str, str]]:
    load, slots = workload.load, slots_of(workload)
    if load.model == "closed":
        yield "load", f"closed loop, {_number(slots, 'slot')} busy all the time"
        return
    rate = format_count(load.rate or 0)
    yield "load", f"open loop, {rate} arrivals a second ({load.arrivals}), at most {slots:,} in flight"
    yield "load", f"at most {load.max_backlog:,} arrivals wait for a slot; further ones are dropped"
    if load.rate and workload.duration:
        yield "load", f"about {format_count(_arrivals(workload, load.rate))} operations in the measured part"


def _arrivals(workload: Workload, rate_per_s: float) -> float:
    """What the rates of the schedule bring in the measured part."""
    arrivals, since_ns, paused = 0.0, 0, False
    for step in workload.schedule:
        arrivals += 0 if paused else rate_per_s * (step.at - since_ns) / NS_PER_S
        since_ns, rate_per_s = step.at, step.rate or rate_per_s
        paused = (paused or step.pause) and not step.resume
        if step.stop:
            return arrivals
    return arrivals + (0 if paused else rate_per_s * ((workload.duration or 0) - since_ns) / NS_PER_S)


def _length(workload: Workload) -> Iterator[tuple[str, str]]:
    if workload.warmup:
        yield "warm-up", f"{format_duration(workload.warmup)}, in no figure"
    stop = workload.stop
    ends = [
        format_duration(workload.duration) if workload.duration else "",
        f"after {stop.ops:,} operations" if stop.ops else "",
        f"after {format_size(stop.bytes)}" if stop.bytes else "",
        "when every key was taken once" if stop.each_key else "",
        "when the schedule says so" if any(step.stop for step in workload.schedule) else "",
    ]
    yield "measured", ", or ".join(end for end in ends if end)
    yield "drain", f"operations in flight have {format_duration(workload.drain)} to finish"


def _schedule(workload: Workload) -> Iterator[tuple[str, str]]:
    for step in workload.schedule:
        yield "schedule", f"at {format_duration(step.at) if step.at else '0 s'}: {', '.join(_changes(step))}"


def _changes(step: Step) -> Iterator[str]:
    if step.mark is not None:
        yield f"mark {step.mark!r}"
    if step.weights:
        yield "weights " + " ".join(f"{name} {weight:g}" for name, weight in step.weights.items())
    if step.concurrency is not None:
        yield _number(step.concurrency, "slot")
    for name, limit in (step.limits or {}).items():
        yield f"at most {limit:,} {name} in flight" if limit is not None else f"no limit of {name} in flight"
    if step.rate is not None:
        yield f"{format_count(step.rate)} arrivals a second"
    for word in ("pause", "resume", "stop"):
        if getattr(step, word):
            yield word


def _limits(workload: Workload) -> Iterator[tuple[str, str]]:
    budget = workload.errors
    limits = [
        f"{budget.max_total:,} operations" if budget.max_total is not None else "",
        f"{budget.max_rate:.1%} of all" if budget.max_rate is not None else "",
    ]
    given = " or ".join(limit for limit in limits if limit)
    ignored = f", not counting {', '.join(str(name) for name in budget.ignore)}" if budget.ignore else ""
    yield (
        "errors",
        f"the run ends when more than {given} have failed{ignored}" if given else "no number of them ends it",
    )
    for threshold in workload.thresholds:
        yield "thresholds", threshold
    if workload.cleanup == "written":
        yield "clean-up", "what the run has written is deleted at its end"
    if workload.cleanup == "all":
        yield "clean-up", "what the run has written or made is deleted at its end, and nothing else"


def _fleet(workload: Workload) -> Iterator[tuple[str, str]]:
    if (fleet := workload.fleet) is None:
        return
    shared = "each takes from all objects" if fleet.keyspace == "shared" else "each keeps to its part of the objects"
    who = ", ".join(fleet.agents) if fleet.dask is None else f"the hosts of the Dask cluster {fleet.dask}"
    yield "agents", f"{who}, which share out slots, rate and quotas; {shared}"
    for agent, own in fleet.by_agent.items():
        urls = own.endpoint if isinstance(own.endpoint, tuple) else (own.endpoint,) if own.endpoint else ()
        said = (
            f"share {own.share:g}" if own.share != 1 else "",
            own.uri or "",
            f"by {', '.join(urls)}" if urls else "",
        )
        yield "agents", f"{agent}: {', '.join(part for part in said if part) or 'as the others'}"
    if isinstance(fleet.on_agent_loss, LossLimit):
        yield "agents", f"fewer than {fleet.on_agent_loss.min:,} left end the run"
    else:
        kept = fleet.on_agent_loss == "continue"
        yield "agents", "one that is lost " + ("leaves the run to the others" if kept else "ends the run")


def _outputs(workload: Workload) -> Iterator[tuple[str, str]]:
    """What the file says of them; the command line has the last word, and is not known here."""
    wanted = workload.outputs
    for key in ("report", "tsv", "hlog", "record", "op_log"):
        if path := getattr(wanted, key):
            yield "results", f"{key} to {path}"
    if wanted.perf_log is not None:
        where = f" to {wanted.perf_log.path}" if wanted.perf_log.path else ""
        yield "results", f"perf_log{where}, a row each {format_duration(wanted.perf_log.interval)}"
    if wanted.results_dir:
        yield "results", f"everything else to a new directory in {wanted.results_dir}"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
