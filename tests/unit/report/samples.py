"""Made-up runs as the engine would record them, and all their operations beside them, to count them another way."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

from s3bench_tui.engine.messages import (
    Arrivals,
    Entry,
    Event,
    Interval,
    Phase,
    PhaseClosed,
    PhaseOpened,
    Record,
    RunEnded,
    RunStarted,
    Settings,
    WorkerSample,
)
from s3bench_tui.host.sample import CpuShare, DiskRate, HostSample, InterfaceRate, OwnProcesses
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import SIZE_CLASSES, Row, RowKey, size_class_of

ENTRIES = (
    Entry("get", "get", "data set"),
    Entry("get-2", "get", "64 KiB of it"),
    Entry("put", "put", "out/"),
    Entry("list", "list", "data/"),
)
SIZES = (4096, 1 << 20)


@dataclass
class Run:
    """The records, and every successful operation as (phase kind, op, size, service_ns) and every failed one."""

    records: list[Record] = field(default_factory=list)
    done: list[tuple[str, str, int, int]] = field(default_factory=list)
    failed: list[tuple[str, str, str]] = field(default_factory=list)


def settings(concurrency: int = 16, rate_per_s: float | None = None) -> Settings:
    return Settings(concurrency, (60.0, 10.0, 20.0, 3.0), (None, 4, None, None), rate_per_s)


def host_sample(second: float) -> HostSample:
    return HostSample(
        at_s=second,
        interval_s=1.0,
        cpu=CpuShare(user=0.25, nice=0.0, system=0.125, iowait=0.0625, irq=0.0, softirq=0.0, steal=0.0, idle=0.5625),
        cores_busy=(0.5, 0.25),
        load_average=(1.5, 1.0, 0.5),
        interfaces={
            "eth0": InterfaceRate(1e6, 2e6, 100.0, 200.0, 0.0, 0.0),
            "lo": InterfaceRate(9e9, 9e9, 1.0, 1.0, 0.0, 0.0),
        },
        disks={"nvme0n1": DiskRate(3e6, 4e6, 10.0, 20.0, 0.5)},
        own=OwnProcesses(count=3, cpu_cores=0.75, rss_bytes=90 << 20),
        tcp_retransmits_per_s=0.5,
    )


def _interval(
    run: Run, source: random.Random, phase: Phase, start_s: float, second: int, ops: int, open_loop: bool, slower: float
) -> Interval:
    values: dict[RowKey, list[int]] = {}
    errors: dict[RowKey, Counter[str]] = {}
    for _ in range(ops):
        index = source.choices(range(4), (60, 10, 20, 3))[0]
        size = 0 if ENTRIES[index].op == "list" else source.choice(SIZES)
        key = RowKey(source.randrange(2), index, size_class_of(size))
        if source.random() < 0.01:
            outcome = source.choice(("http_503", "timeout"))
            errors.setdefault(key, Counter())[outcome] += 1
            run.failed.append((phase.kind, ENTRIES[index].op, outcome))
        else:
            service_ns = int(source.lognormvariate(13.5, 0.8) * slower)
            values.setdefault(key, []).append(service_ns)
            run.done.append((phase.kind, ENTRIES[index].op, size, service_ns))
    tally = {}
    for key in values | errors:
        service = values.get(key, [])
        has_body = key.entry < 2
        size = {0: 0, 1: SIZES[0], 4: SIZES[1]}[key.size_class]
        tally[key] = Row(
            ops=len(service),
            bytes=len(service) * size,
            items=len(service) * 7 if key.entry == 3 else 0,
            pages=len(service) if key.entry == 3 else 0,
            errors=dict(errors.get(key, {})),
            service=Histogram.of_values(service),
            ttfb=Histogram.of_values([value // 2 for value in service] if has_body else []),
            response=Histogram.of_values([value + 50_000 for value in service] if open_loop else []),
            lag=Histogram.of_values([50_000 for _ in service] if open_loop else []),
        )
    workers = tuple(
        WorkerSample(
            index=index,
            target=index,
            pid=4000 + index,
            ops=(second + 1) * ops // 2,
            in_flight=8,
            backlog=0,
            cpu_s=0.5 * (second + 1),
            run_delay_s=0.01 * second,
            rss_bytes=(40 << 20) + second,
            loop=Histogram.of_values([20_000] * (second + 1)),
            counters={"connects": 8},
        )
        for index in range(2)
    )
    arrivals = Arrivals(ops + 1, ops, 1) if open_loop else Arrivals()
    return Interval(phase.index, start_s, start_s + 1.0, tally, arrivals, 16, 0, host_sample(start_s + 1.0), workers)


def make_run(
    open_loop: bool = False,
    ops: int = 400,
    seed: int = 1,
    changes: int = 1,
    seconds: int = 3,
    end: bool = True,
    thresholds: tuple[str, ...] = ("get.p99 < 50ms",),
    slower: float = 1.0,
) -> Run:
    """Warm-up, `changes` + 1 measured phases of `seconds` each, and a drain; operations take `slower` times as long."""
    run, source = Run(), random.Random(seed)
    rate = 400.0 if open_loop else None
    run.records.append(
        RunStarted(
            run_id="20250102-030405-ab12",
            started_at="2025-01-02T03:04:05Z",
            version="1.2.3",
            workload={
                "name": "mixed 70/30",
                "targets": [
                    {"uri": "s3://bucket/a/", "tls": {"insecure": True}, "payload_signing": "unsigned"},
                    {"uri": "s3://bucket/b/"},
                ],
                "seed": 42,
                "concurrency": 16,
                "thresholds": list(thresholds),
            },
            entries=ENTRIES,
            targets=(
                {
                    "name": "a",
                    "uri": "s3://bucket/a/",
                    "scheme": "s3",
                    "endpoints": ["http://127.0.0.1:9000"],
                    "workers": 1,
                    "share": 1.0,
                },
                {
                    "name": "b",
                    "uri": "s3://bucket/b/",
                    "scheme": "s3",
                    "endpoints": ["http://127.0.0.1:9001"],
                    "workers": 1,
                    "share": 1.0,
                },
            ),
            host={"hostname": "bench-1", "cpu_model": "made up", "logical_cores": 2, "kernel": "6.1"},
            open_loop=open_loop,
        )
    )
    plan = (
        [("warmup", 1, "")]
        + [("measured", seconds, f"step {n}" if n else "") for n in range(changes + 1)]
        + [("drain", 1, "")]
    )
    at_s, second = 0.0, 0
    for index, (kind, length, label) in enumerate(plan):
        phase = Phase(index, kind, at_s, settings(16 + index, rate), label)
        run.records.append(PhaseOpened(phase))
        for _ in range(length):
            now = ops if kind != "drain" else 10
            run.records.append(_interval(run, source, phase, at_s, second, now, open_loop, slower))
            at_s, second = at_s + 1.0, second + 1
        run.records.append(PhaseClosed(replace(phase, end_s=at_s)))
        if kind == "warmup":
            said = {"outcome": "http_503", "detail": "SlowDown: Please reduce your request rate."}
            run.records.append(Event(at_s, "error", "get failed: http_503", said))
    if end:
        verdict = {
            "limit": "store",
            "text": "The store was the limit: workers were busy for 31 % of the time.",
            "evidence": {"busy": 0.31},
        }
        run.records.append(
            RunEnded(
                at_s,
                "ok",
                "the duration is over",
                client={"cpu_s": 2.5, "verdict": verdict},
                targets=({"connects": 8}, {"connects": 9}),
                cleaned_up={"written": 17},
            )
        )
    return run


__all__ = ["ENTRIES", "SIZES", "SIZE_CLASSES", "Run", "host_sample", "make_run", "settings"]
