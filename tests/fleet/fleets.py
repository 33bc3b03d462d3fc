"""Agents as tests hold them: programs of their own that serve the fleet, on free ports of loopback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s3bench_tui.engine.messages import Record, RunOptions, Snapshot
from s3bench_tui.fleet.engine import SILENT_NS, FleetEngine
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.grpc.transport import GrpcTransport
from s3bench_tui.fleet.transport import Transport
from s3bench_tui.session import Session
from s3bench_tui.spec.loading import load_mapping
from tests.e2e.program import ROOT, command, family, kill, wait_until

PATIENCE_S = 60.0

_SHIFTED_CLOCKS = """
import time
_wall, _monotonic = time.time_ns, time.monotonic_ns
time.time_ns = lambda: _wall() + {wall_ns}
time.monotonic_ns = lambda: _monotonic() + {monotonic_ns}
"""


@dataclass(slots=True)
class Agent:
    """A running agent; it is killed at the end of the test."""

    process: subprocess.Popen[str]
    address: str
    folder: Path

    @property
    def said(self) -> str:
        return (self.folder / "stderr.txt").read_text()

    def settled(self) -> None:
        """Until its run has ended, and what it keeps is written."""
        deadline = time.monotonic() + PATIENCE_S
        while ": ended" not in self.said:
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    @property
    def op_log(self) -> Path:
        self.settled()
        (found,) = self.folder.glob("*.oplog.tsv.zst")
        return found

    @property
    def recordings(self) -> list[Path]:
        return list(self.folder.glob("*.jsonl"))

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> None:
        for pid in [*family(self.process.pid), self.process.pid]:
            kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)


@contextmanager
def serving(
    folder: Path,
    count: int,
    *,
    token: str = "",
    environ: Mapping[str, str] | None = None,
    wall_ahead_ns: Sequence[int] = (),
    listen: str = "127.0.0.1",
    within: Sequence[str] = (),
) -> Iterator[list[Agent]]:
    """So many agents; the clocks of the first ones are ahead by this much. `within` stands before their commands."""
    with ExitStack() as stack:
        agents = []
        for index in range(count):
            own = folder / f"agent-{index}"
            own.mkdir()
            path = str(ROOT)
            if index < len(wall_ahead_ns):
                shift = _SHIFTED_CLOCKS.format(wall_ns=wall_ahead_ns[index], monotonic_ns=3 * wall_ahead_ns[index])
                (own / "sitecustomize.py").write_text(shift)
                path = f"{own}{os.pathsep}{path}"
            options = ["--token-env", "FLEET_TOKEN"] if token else []
            more = {"PYTHONPATH": path, "FLEET_TOKEN": token} | dict(environ or {})
            with (own / "stderr.txt").open("w") as stderr:
                process = subprocess.Popen(
                    [*within, *command("agent", "--listen", f"{listen}:0", "--results", own, "--op-logs", *options)],
                    env=os.environ | more, cwd=own, stdin=subprocess.DEVNULL, stderr=stderr, text=True,
                )  # fmt: skip
            agents.append(Agent(process, "", own))
            stack.callback(agents[-1].end)
        for agent in agents:
            wait_until(lambda: "listens on " in agent.said)  # noqa: B023 - called before the next one
            agent.address = re.findall(r"listens on (\S+:\d+)", agent.said)[0]
        yield agents


class Run:
    """A run on these agents, or on the members that a transport finds."""

    def __init__(
        self,
        agents: Sequence[Agent],
        spec: Mapping[str, Any],
        trust: Trust | None = None,
        silent_ns: int = SILENT_NS,
        transport: Transport | None = None,
    ) -> None:
        addresses = [agent.address for agent in agents]
        fleet = {**spec.get("fleet", {}), "agents": addresses}
        way = transport or GrpcTransport(addresses, trust or Trust())
        self.records: list[Record] = []
        self.session = Session(
            load_mapping({"processes": 1, **spec, "fleet": fleet}),
            sinks=[self],
            engine=lambda sink: FleetEngine(sink, RunOptions(), way, silent_ns=silent_ns),
        )

    def feed(self, record: Record) -> None:
        self.records.append(record)

    def close(self) -> None:
        """There is nothing to let go of."""

    def wait_for(self, what: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not what():
            assert not self.session.ended, self.session.error
            assert time.monotonic() < deadline, "waited too long"
            self.session.receive(0.02)

    def measuring(self, seconds: float = 0.0) -> Snapshot:
        """Until so much was measured."""
        self.wait_for(lambda: self.session.latest is not None and self.session.latest.measured_s > seconds)
        assert self.session.latest is not None
        return self.session.latest

    def told(self) -> None:
        """Until each agent has told of its load what stays where it is lost."""
        self.wait_for(lambda: (latest := self.session.latest) is not None and all(each.ops for each in latest.agents))

    def report(self) -> dict[str, Any]:
        """Of its end."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.session.ended:
            assert time.monotonic() < deadline, "the run did not end"
            self.session.receive(0.1)
        return self.session.report.as_dict()
