"""Rules about the run: slots and workers, open loop, its end, errors, schedule, thresholds, and where results go."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from s3bench_tui.spec.effective import duration_of, line_names, slots_of
from s3bench_tui.spec.model.workload import Step, Workload
from s3bench_tui.spec.rules.finding import Finding
from s3bench_tui.spec.text.wording import listed, nearest
from s3bench_tui.spec.thresholds import parse_threshold
from s3bench_tui.spec.vocabulary import ERROR_CLASSES, LINE_KEYS, MAX_PROCESSES, MAX_SLOTS, OPEN_LOOP_KEYS
from s3bench_tui.units import NS_PER_S, format_duration


def load(workload: Workload) -> Iterator[Finding]:
    """Open loop has a rate, and closed loop none."""
    shape = workload.load
    if shape.model == "open" and shape.rate is None:
        yield Finding(("load",), "open loop needs a rate", "Add rate: 1000/s")
    if shape.model == "closed":
        for key in OPEN_LOOP_KEYS:
            if key in shape.model_fields_set:
                yield Finding(("load", key), "has no effect in closed loop", "Add model: open, or remove it")


def slots(workload: Workload) -> Iterator[Finding]:
    """There are not more slots and workers than a machine can have, nor more workers than slots."""
    machines = max(1, len(workload.fleet.agents)) if workload.fleet is not None else 1
    for path, count in (
        (("concurrency",), workload.concurrency),
        (("load", "max_in_flight"), workload.load.max_in_flight or 0),
    ):
        if count > MAX_SLOTS * machines:
            several = f"{machines:,} machines" if machines > 1 else "one machine"
            hint = f"Write {MAX_SLOTS * machines:,} or less"
            yield Finding(path, f"{count:,} slots are more than {several} can serve", hint)
    processes = workload.processes
    if isinstance(processes, int):
        if processes > MAX_PROCESSES:
            yield Finding(
                ("processes",),
                f"{processes:,} workers are more than one machine can serve",
                f"Write {MAX_PROCESSES:,} or less",
            )
        elif processes > slots_of(workload):
            message = f"{processes} workers share {slots_of(workload)} slots, so that some have none"
            yield Finding(("processes",), message, "Lower it, or raise concurrency", True)


def once(workload: Workload) -> Iterator[Finding]:
    """`each_key` has lines that it waits for, and lines that end have an end."""
    lines = [
        index for index, line in enumerate(workload.workload) if line.keys.choice == "once" and line.op != "delete"
    ]
    deletes = any(line.op == "delete" and line.path is None for line in workload.workload)
    if workload.stop.each_key and not lines and not deletes:
        yield Finding(
            ("stop", "each_key"),
            "no line of the mix takes each key once",
            "Add keys: once to a line, or remove each_key",
        )
    if not workload.stop.each_key:
        for index in lines:
            message = "the line falls silent when it has taken every key, and the run goes on"
            yield Finding(("workload", index, "keys"), message, "Add stop: {each_key: once} to end the run there", True)


def ignored(workload: Workload) -> Iterator[Finding]:
    """Ignored error classes are ones that a report can hold."""
    for index, name in enumerate(workload.errors.ignore):
        text = str(name)
        status = text.removeprefix("http_")
        if status.isascii() and status.isdigit() and 100 <= int(status[:9]) < 600:
            continue
        if text in ERROR_CLASSES or (text.startswith("os_") and text[3:] in errno.errorcode.values()):
            continue
        hint = f"{nearest(text, ERROR_CLASSES)}Write {listed(ERROR_CLASSES, 'or')}, an HTTP status such as 503, or os_ENOENT"
        yield Finding(("errors", "ignore", index), f"{text!r} is not a class of errors", hint)


def schedule(workload: Workload) -> Iterator[Finding]:
    """Steps come in order, within the run, and change something that is there."""
    duration_ns = duration_of(workload)
    names = line_names(workload)
    weights = dict(zip(names, (line.weight for line in workload.workload), strict=True))
    before: Step | None = None
    for index, step in enumerate(workload.schedule):
        path: tuple[str | int, ...] = ("schedule", index)
        if before is not None and step.at < before.at:
            yield Finding((*path, "at"), "comes before the step above it", "Put the steps in the order of their times")
        if before is not None and before.stop:
            yield Finding(path, "comes after the step that stops the run", "Remove it")
        if duration_ns is not None and step.at >= duration_ns:
            message = f"comes after the end of the run ({format_duration(duration_ns)})"
            yield Finding((*path, "at"), message, "Make duration longer, or the step earlier")
        if not step.model_fields_set - {"at"} or step == Step(at=0).model_copy(update={"at": step.at}):
            yield Finding(
                path, "changes nothing", f"Add {listed([name for name in Step.model_fields if name != 'at'])}"
            )
        if step.pause and step.resume:
            yield Finding(path, "pauses and resumes at once", "Make two steps of it")
        if step.concurrency is not None and step.concurrency > MAX_SLOTS:
            yield Finding((*path, "concurrency"), f"{step.concurrency:,} slots are more than one machine can serve", f"Write {MAX_SLOTS:,} or less")  # fmt: skip
        if step.rate is not None and workload.load.model == "closed":
            yield Finding(
                (*path, "rate"), "has no effect in closed loop", "Add load: {model: open, rate: 1000/s}, or remove it"
            )
        for key, given in (("weights", step.weights), ("limits", step.limits)):
            for name in sorted((given or {}).keys() - set(names)):
                yield Finding(
                    (*path, key, name),
                    "no line of the mix has this name",
                    f"{nearest(name, names)}Names: {', '.join(names)}",
                )
        weights |= step.weights or {}
        if step.weights and not any(weights.values()):
            yield Finding((*path, "weights"), "all weights are 0 from here on", "Write pause: true to pause")
        before = step


def thresholds(workload: Workload) -> Iterator[Finding]:
    """Thresholds can be understood, and speak of operations that run."""
    operations = {line.op for line in workload.workload} | set(line_names(workload))
    for index, text in enumerate(workload.thresholds):
        path = ("thresholds", index)
        try:
            threshold = parse_threshold(text)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield Finding(path, message, hint[:1].upper() + hint[1:])
            continue
        named = threshold.operation
        if threshold.request:
            in_parts = [
                name for line, name in zip(workload.workload, line_names(workload), strict=True) if line.multipart
            ]
            if named not in in_parts:
                hint = f"Lines here that are: {', '.join(in_parts)}" if in_parts else "Add multipart: to a put"
                yield Finding(path, f"{named!r} is no line of the mix that is written in parts", hint)
            continue
        if named is not None and named not in operations:
            hint = f"{nearest(named, operations)}Operations here: {', '.join(sorted(operations))}"
            said = "is not in the mix" if named in LINE_KEYS else "is no operation and no line of the mix"
            yield Finding(path, f"{named!r} {said}", hint)
        if threshold.series in ("response_ns", "lag_ns") and workload.load.model == "closed":
            yield Finding(path, f"{threshold.series.removesuffix('_ns')} time exists only in open loop", "Write get.p99 for the service time, or add load: {model: open, rate: 1000/s}")  # fmt: skip


def outputs(workload: Workload) -> Iterator[Finding]:
    """Results go to files that have names, and a row of the perf log is made of whole seconds."""
    wanted = workload.outputs
    log = wanted.perf_log
    paths: list[tuple[tuple[str, ...], str | None]] = [
        ((key,), getattr(wanted, key)) for key in ("report", "tsv", "hlog", "record", "op_log", "results_dir")
    ]
    if log is not None:
        paths.append((("perf_log", "path"), log.path))
        if log.interval % NS_PER_S:
            message = f"{format_duration(log.interval)} is not a whole number of seconds"
            yield Finding(("outputs", "perf_log", "interval"), message, "Write 1s, or 5s")
    for path, value in paths:
        if value is not None and (not value.strip() or value == "-"):
            hint = "Write the name of a file, or of a directory for results_dir"
            hint = f"{hint}; --report - puts the report on stdout" if path == ("report",) else hint
            yield Finding(("outputs", *path), f"{value!r} is no name", hint)
