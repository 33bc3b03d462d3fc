"""What it takes to be the controller of a large fleet, and how close together the agents of a small one begin."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.command import CommandError
from benchmarks.figures import Bar, Table, number
from benchmarks.pretenders import Part
from benchmarks.setting import Setting
from s3bench_tui.engine.messages import Record, RunOptions
from s3bench_tui.fleet.engine import FleetEngine
from s3bench_tui.fleet.grpc.link import GrpcLink
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.grpc.transport import GrpcTransport
from s3bench_tui.fleet.transport import Arrived, Deliver
from s3bench_tui.host.sample import process_usage
from s3bench_tui.session import Session
from s3bench_tui.spec.loading import load_mapping
from tests.fleet.fleets import Run, serving
from tests.servers.process import clean_environment

MIB = 1 << 20
AGENTS, PROCESSES = 500, 2
_SAMPLE_S = 0.25
_STRETCH_S = 5.0

MIX: dict[str, Any] = {
    "target": {"uri": "null://fleet/", "null": {"latency": {"type": "lognormal", "mean": "5ms", "std_dev": "4ms"}}},
    "dataset": {"count": 100_000, "size": {"type": "uniform", "min": "4KiB", "max": "2MiB"}},
    "workload": [{"op": "get", "weight": 70}, {"op": "put", "path": "new/", "size": "64KiB", "weight": 20}, {"op": "stat", "weight": 10}],
    "processes": 1,
}  # fmt: skip


def fleet(setting: Setting) -> Table:
    """A controller of agents that are played back, and the start of real ones."""
    seconds = 10 if setting.quick else 60
    agents = AGENTS
    folder = setting.temp / "fleet"
    folder.mkdir()
    spreads = [_start_spread_ns(folder / f"start-{round_}") for round_ in range(setting.rounds)]
    file = folder / "part.json"
    part = _recorded_part(folder / "real", seconds)
    part.save(file)
    with _pretending(file, agents, PROCESSES) as addresses:
        run = _controlled(setting, folder, addresses, seconds)
    told = sum(phase["total"]["ops"] for phase in run.report["phases"])
    size = sum(len(word) for _, word in part.load) / seconds
    return Table(
        f"fleet: a controller of {agents} agents, and the start of 8",
        f"{agents} agents over gRPC on loopback, played back by {PROCESSES} processes from what a real one said in {seconds} s "
        "(get, put and stat, 7 size classes); CPU and memory of the controller as the kernel counts them, its threads and all. "
        f"Start: 8 real agents on this machine, {setting.rounds} time{'' if setting.rounds == 1 else 's'}.",
        ("agents", "words/s", "MiB/s", "CPU", f"busiest {_STRETCH_S:.0f} s", "RSS", "operations"),
        [
            [
                str(agents),
                number(len(part.load) / seconds * agents),
                number(size * agents / MIB),
                f"{run.cores:.2f} cores",
                f"{run.busiest_cores:.2f} cores",
                f"{run.rss_bytes / MIB:.0f} MiB",
                f"{told:,}",
            ]
        ],
        [
            Bar(f"controller of {agents} agents", run.cores, 1, unit="cores"),
            Bar(f"controller of {agents} agents", run.rss_bytes / MIB, 1024, unit="MiB"),
            Bar("start spread of 8 agents", median(spreads) / 1e6, 20, unit="ms"),
        ],
    )


# --- a real agent -------------------------------------------------------------------------------------------------


def _start_spread_ns(folder: Path) -> int:
    folder.mkdir()
    with serving(folder, 8) as agents:
        report = Run(agents, {**MIX, "concurrency": 8, "duration": "1s"}).report()
    return int(report["fleet"]["start_spread_ns"])


class _Overheard(GrpcTransport):
    """Keeps what comes from its members."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__(addresses, Trust())
        self.heard: list[Arrived] = []

    def link(self, member: int, deliver: Deliver) -> GrpcLink:
        def both(arrived: Arrived) -> None:
            self.heard.append(arrived)
            deliver(arrived)

        return super().link(member, both)


def _recorded_part(folder: Path, seconds: int) -> Part:
    """What one agent says in a run of so many seconds."""
    folder.mkdir()
    with serving(folder, 1) as (agent,):
        transport = _Overheard([agent.address])
        spec = load_mapping({**MIX, "concurrency": 32, "duration": seconds, "fleet": {"agents": [agent.address]}})

        def made(sink: Callable[[Record], None]) -> FleetEngine:
            return FleetEngine(sink, RunOptions(), transport)

        with Session(spec, engine=made) as session:
            while not session.ended:
                session.receive(0.5)
            if session.report.status != "ok":
                raise ValueError(f"the run to be played back ended {session.report.status}")
    return _part_of(transport.heard)


def _part_of(heard: Sequence[Arrived]) -> Part:
    words = [(arrived.at_ns, arrived.word) for arrived in heard if arrived.word is not None]
    # A large fleet is not asked what comes between the intervals.
    words = [(at_ns, word) for at_ns, word in words if word.WhichOneof("word") not in ("pong", "partial")]
    released = [place for place, (_, word) in enumerate(words) if word.WhichOneof("word") == "released"]
    first, second = released
    start_ns = words[second][1].released.at_ns  # the agent's clock is ours: it is this machine
    return Part(
        [word.SerializeToString() for _, word in words[:1]],
        [word.SerializeToString() for _, word in words[1:first]],
        [word.SerializeToString() for _, word in words[first + 1 : second]],
        [(max(0, at_ns - start_ns), word.SerializeToString()) for at_ns, word in words[second + 1 :]],
    )


# --- many that are played back ------------------------------------------------------------------------------------


@contextmanager
def _pretending(part: Path, agents: int, processes: int) -> Iterator[list[str]]:
    """The addresses of so many agents."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.pretenders", str(part)], stdout=subprocess.PIPE, text=True,
            env=clean_environment(),
        )
        for _ in range(processes)
    ]  # fmt: skip
    try:
        ports = [int(process.stdout.readline()) for process in started if process.stdout is not None]
        yield [f"127.1.{index // 250}.{index % 250 + 1}:{ports[index % processes]}" for index in range(agents)]
    finally:
        for process in started:
            process.kill()
            process.communicate()


@dataclass(frozen=True, slots=True)
class _Controlled:
    """CPU in cores: over the whole life of the controller, and in the busiest stretch of it."""

    report: dict[str, Any]
    cores: float
    busiest_cores: float
    rss_bytes: int


def _controlled(setting: Setting, folder: Path, addresses: Sequence[str], seconds: int) -> _Controlled:
    """Run the program as their controller, and watch what it uses."""
    file, out = folder / "workload.yaml", folder / "report.json"
    spec = {**MIX, "concurrency": 32 * len(addresses), "duration": seconds, "fleet": {"agents": list(addresses)}}
    file.write_text(json.dumps(spec))
    argv = [*setting.command, "--headless", str(file), "--report", str(out), "--quiet"]
    with (folder / "controller.txt").open("w+") as said:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=clean_environment())
        samples = [(time.monotonic(), 0.0, 0)]
        while process.poll() is None:
            if (usage := process_usage(process.pid)) is not None:
                samples.append((time.monotonic(), usage.cpu_s, usage.rss_bytes))
            time.sleep(_SAMPLE_S)
        if process.returncode != 0:
            said.seek(0)
            raise CommandError(f"the controller ended with {process.returncode}: {said.read()[-2000:]}")
    apart = int(_STRETCH_S / _SAMPLE_S)
    return _Controlled(
        json.loads(out.read_text()),
        _cores(samples[0], samples[-1]),
        max(_cores(earlier, later) for earlier, later in zip(samples, samples[apart:], strict=False)),
        max(rss for _, _, rss in samples),
    )


def _cores(earlier: tuple[float, float, int], later: tuple[float, float, int]) -> float:
    return (later[1] - earlier[1]) / (later[0] - earlier[0])
