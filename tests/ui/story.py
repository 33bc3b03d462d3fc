"""A made-up run, told word by word: what the screens show of it is known beforehand, and the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from s3bench_tui.engine.messages import (
    AgentSample,
    Arrivals,
    Entry,
    Event,
    Interval,
    Phase,
    PhaseClosed,
    PhaseOpened,
    RunEnded,
    RunStarted,
    Settings,
    Snapshot,
    WorkerSample,
)
from s3bench_tui.host.sample import CpuShare, DiskRate, HostSample, InterfaceRate, Memory, OwnProcesses
from s3bench_tui.live.door import Began, Finished, Word
from s3bench_tui.spec.effective import as_dict
from s3bench_tui.spec.loading import load_text
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Row, RowKey, Tally, merged, size_class_of

WORKLOAD = """\
name: mixed 70/30
target: s3://bench-a/
duration: 120s
warmup: 5s
concurrency: 128
dataset: {count: 10000, size: 256KiB, prefix: data/}
workload:
  - {op: get, weight: 70}
  - {op: put, path: out/, size: 64KiB, weight: 25}
  - {op: stat, weight: 4}
  - {op: list, path: data/, weight: 0}
  - {op: delete, path: out/, weight: 1, concurrency: 8}
"""
SETTINGS = Settings(128, (70.0, 25.0, 4.0, 0.0, 1.0), (None, None, None, None, 8))
NONE_YET = Arrivals()
NAMES = ("get", "put", "stat", "list", "delete")
_SIZES = {"get": 256 << 10, "put": 64 << 10}
_MIDDLE_NS = {"get": 8_000_000, "put": 12_000_000, "stat": 1_900_000, "list": 30_000_000, "delete": 3_200_000}


@dataclass
class Story:
    """Tells a run: each method gives the words for what happens next."""

    open_loop: bool = False
    failing: bool = False
    seed: int = 7
    endpoints: int = 1
    """The third one gets nothing."""
    agents: int = 0
    """The second one is lost after 8 s, and the third one is silent from then on."""
    at_s: float = 0.0
    measured_s: float = 0.0
    phases: list[Phase] = field(default_factory=list)
    settings: Settings = SETTINGS
    total: Tally = field(default_factory=dict)
    current: Tally = field(default_factory=dict)
    arrivals: Arrivals = NONE_YET

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.worker_loop = Histogram()
        if self.open_loop:
            self.settings = replace(self.settings, rate_per_s=9000.0)

    # --- what happens ---------------------------------------------------------------------------------------------

    def begin(self, name: str = "mixed 70/30") -> Iterator[Word]:
        """The run is asked for; nothing of it is known yet."""
        yield Began(name, WORKLOAD, "workloads/mixed.yaml", "results/mixed.jsonl", "2026-01-02T03:04:05Z")

    def start(self) -> Iterator[Word]:
        """Its workers are ready."""
        target = {"name": "bench-a", "uri": "s3://bench-a/", "scheme": "s3", "endpoints": [f"http://10.0.0.{5 + number}:9000" for number in range(self.endpoints)], "workers": 2, "share": 1.0}  # fmt: skip
        yield RunStarted(
            run_id="ab12cd34",
            started_at="2026-01-02T03:04:05Z",
            version="1.0",
            workload=as_dict(load_text(WORKLOAD).workload),
            entries=(*(Entry(name, name) for name in NAMES), Entry("prepare", "put", internal=True)),
            targets=(target,),
            host={
                "hostname": "bench-1",
                "cpu": {"cores_logical": 4},
                "interfaces": {"ens5": {"speed_mbit_per_s": 25_000}},
            },
            open_loop=self.open_loop,
            fleet={"agents": [{"address": sample.address} for sample in self._agents()]} if self.agents else {},
        )

    def open(self, kind: str, label: str = "", **turned: object) -> Iterator[Word]:
        """Another phase, with what was turned for it."""
        if self.phases:
            self.phases[-1] = replace(self.phases[-1], end_s=self.at_s)
            yield PhaseClosed(self.phases[-1])
        self.settings = replace(self.settings, **turned)
        self.phases.append(Phase(len(self.phases), kind, self.at_s, self.settings, label))
        self.current = {}
        yield PhaseOpened(self.phases[-1])

    def change(self, **turned: object) -> Iterator[Word]:
        """A live change, as the engine tells of it."""
        kind = "paused" if turned.get("paused", self.settings.paused) else "measured"
        yield from self.open(kind, **turned)
        settings = self.settings
        yield Event(self.at_s, "change", "settings changed", {
            "concurrency": settings.concurrency, "weights": dict(zip(NAMES, settings.weights, strict=True)),
            "limits": dict(zip(NAMES, settings.limits, strict=True)), "rate_per_s": settings.rate_per_s, "paused": settings.paused,
        })  # fmt: skip

    def second(self, ops: int = 600) -> Iterator[Word]:
        """One second of load."""
        kind = self.phases[-1].kind
        tally = self._tally(0 if kind == "paused" else ops)
        start_s, self.at_s = self.at_s, self.at_s + 1.0
        done = sum(row.ops for row in tally.values())
        offered = Arrivals(int(done * 1.1), done, done // 50) if self.open_loop else Arrivals()
        if kind == "measured":
            self.measured_s += 1.0
            self.total = merged(self.total, tally)
            self.arrivals = Arrivals(*(a + b for a, b in zip(_parts(self.arrivals), _parts(offered), strict=True)))
        self.current = merged(self.current, tally)
        host, workers = self._host(), self._workers()
        in_flight = 0 if kind == "paused" else self.settings.concurrency
        backlog = 40 if self.open_loop else 0
        yield Interval(
            self.phases[-1].index,
            start_s,
            self.at_s,
            tally,
            offered,
            in_flight,
            backlog,
            host,
            workers,
            {},
            self._agents(),
        )
        yield self.snapshot(host=host, workers=workers)

    def snapshot(self, state: str = "", progress: tuple[int, int] | None = None, in_flight: int | None = None,
                 host: HostSample | None = None, workers: tuple[WorkerSample, ...] = ()) -> Snapshot:  # fmt: skip
        """The run as it is now."""
        states = {"prepare": "preparing", "warmup": "warming up", "measured": "running", "drain": "draining"}
        kind = self.phases[-1].kind
        return Snapshot(
            at_s=self.at_s, phase=self.phases[-1], state=state or states.get(kind, kind), total=self.total,
            current=self.current, measured_s=self.measured_s, arrivals=self.arrivals,
            in_flight=(0 if kind == "paused" else self.settings.concurrency) if in_flight is None else in_flight,
            backlog=40 if self.open_loop else 0, planned_s=120.0, progress=progress,
            host=host or self._host(), workers=workers or self._workers(), agents=self._agents(),
        )  # fmt: skip

    def end(self, status: str = "ok", reason: str = "") -> Iterator[Word]:
        """The run is over, and its results are written."""
        verdict = {
            "limit": "store",
            "text": "STORE-LIMITED: the workers waited for the store 61% of the time; try more concurrency",
        }
        yield RunEnded(self.at_s, status, reason, client={"cpu_s": 12.5, "verdict": verdict})
        code = {"ok": 0, "stopped": 0, "error_budget": 4}.get(status, 3)
        yield Finished(status, code, reason, "mixed 70/30: 600 ops/s", "results/mixed.json", "results/mixed.jsonl")

    # --- what it is made of ---------------------------------------------------------------------------------------

    def _tally(self, ops: int) -> Tally:
        tally: dict[RowKey, Row] = {}
        whole = sum(self.settings.weights)
        for entry, name in enumerate(NAMES):
            count = round(ops * self.settings.weights[entry] / whole) if whole else 0
            if not count:
                continue
            values = [int(_MIDDLE_NS[name] * self.random.lognormvariate(0, 0.5)) for _ in range(count)]
            errors = {"http_503": count // 10, "timeout": 1} if self.failing and name in ("get", "put") else {}
            size = _SIZES.get(name, 0)
            ends = [number for number in range(self.endpoints) if number != 2]
            for number in ends:
                own = values[number :: len(ends)]
                tally[RowKey(0, entry, size_class_of(size), number)] = Row(
                    ops=len(own), bytes=len(own) * size, errors={} if number else errors, service=Histogram.of_values(own),
                    ttfb=Histogram.of_values([value // 2 for value in own]) if name == "get" else Histogram(),
                    response=Histogram.of_values([value + 3_000_000 for value in own]) if self.open_loop else Histogram(),
                    lag=Histogram.of_values([3_000_000 for _ in own]) if self.open_loop else Histogram(),
                )  # fmt: skip
        return tally

    def _agents(self) -> tuple[AgentSample, ...]:
        gone_s = max(0.0, self.at_s - 8.0)
        done = sum(row.ops for row in self.total.values())
        states = {"measured": "running", "warmup": "warming up", "drain": "draining"}
        state = states.get(self.phases[-1].kind, self.phases[-1].kind) if self.phases else "waiting"
        samples = []
        for number in range(self.agents):
            lost = number == 1 and gone_s > 0
            samples.append(
                AgentSample(
                    address=f"10.0.1.{number + 1}:7761", state="lost" if lost else state, ops=done // (number + 2),
                    bytes=done * 1000, failed=3 * number, p99_ns=24_300_000 + number, ops_per_s=0.0 if lost else 210.5 + number,
                    bytes_per_s=0.0 if lost else 3.5e7, in_flight=0 if lost else 32, cpu_busy=None if lost else 0.37,
                    wall_offset_ns=(number - 1) * 1_250_000, clock_error_ns=40_000,
                    silent_s=gone_s if number in (1, 2) else 0.1,
                )
            )  # fmt: skip
        return tuple(samples)

    def _host(self) -> HostSample:
        return HostSample(
            at_s=self.at_s, interval_s=1.0,
            cpu=CpuShare(user=0.44, nice=0.0, system=0.15, iowait=0.0, irq=0.0, softirq=0.02, steal=0.0, idle=0.39),
            cores_busy=(0.83, 0.61, 0.55, 0.45), load_average=(2.5, 2.0, 1.0),
            interfaces={"ens5": InterfaceRate(1.52e9, 0.66e9, 9e5, 5e5, 0.0, 0.0), "lo": InterfaceRate(1e3, 1e3, 1, 1, 0, 0)},
            disks={"nvme0n1": DiskRate(3e6, 4e6, 10.0, 20.0, 0.05)},
            memory=Memory(62 << 30, 53 << 30, 9 << 30), own=OwnProcesses(4, 2.1, 900 << 20, 131, 64, 1024),
            tcp_retransmits_per_s=0.5,
        )  # fmt: skip

    def _workers(self) -> tuple[WorkerSample, ...]:
        self.worker_loop = self.worker_loop + Histogram.of_values([90_000] * 50)
        return tuple(
            WorkerSample(index, 0, 4000 + index, int(self.at_s * 300), 64, 0, 0.35 * self.at_s, 0.01 * self.at_s, 40 << 20, self.worker_loop)
            for index in range(2)
        )  # fmt: skip


def _parts(arrivals: Arrivals) -> tuple[int, int, int]:
    return arrivals.offered, arrivals.dispatched, arrivals.dropped


def until_running(story: Story, seconds: int = 20, warm_up_s: int = 5) -> list[Word]:
    """Warm-up and so many measured seconds."""
    words = [*story.begin(), *story.start(), *story.open("warmup")]
    for _ in range(warm_up_s):
        words += story.second()
    words += story.open("measured")
    for _ in range(seconds):
        words += story.second()
    return words
