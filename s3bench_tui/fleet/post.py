"""One agent as the controller sees it: its link, its clocks, how far it is. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from s3bench_tui.fleet.clock import Clocks, Offset
from s3bench_tui.fleet.merge import Member
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.transport import Link
from s3bench_tui.report.figures import counts, latency
from s3bench_tui.units import NS_PER_S


@dataclass(slots=True, eq=False)
class Post:
    """`heard_ns` is when it last said anything, on our clock."""

    address: str
    link: Link
    member: Member
    heard_ns: int
    told_ns: int = 0
    """When its run last told of anything, on our clock."""
    clocks: Clocks = field(default_factory=Clocks)
    welcome: pb.Welcome | None = None
    prepared: bool = False
    held: str = ""
    """Before what it waits; empty while it does not."""
    lacking: int = 0
    released_ns: dict[str, int] = field(default_factory=dict)
    """When it went on from where it was held, on our clock."""
    loss: str = ""
    missing: int = 0
    """Words of it that never came."""
    sequence: int = 0
    pinged: int = 0
    pings: dict[int, int] = field(default_factory=dict)
    """When those that are not answered yet were sent."""

    @property
    def on(self) -> bool:
        """Whether it still has a part in the run."""
        return not self.member.over

    @property
    def offset(self) -> Offset:
        """What is best known of its clocks."""
        return self.clocks.offset

    def send(self, **word: Any) -> None:
        """One word to it."""
        self.link.send(pb.Down(**word))

    def ping(self, now_ns: int) -> None:
        """Ask for its clocks."""
        self.pinged += 1
        self.pings[self.pinged] = now_ns
        self.send(ping=pb.Ping(number=self.pinged))

    def silence(self, now_ns: int, most_ns: int) -> str:
        """Why it has to count as lost, having said nothing for longer than that; "" where it does not.

        Under load its run tells of itself every second, so that it shows where only the agent is left to answer pings."""
        if now_ns - self.heard_ns > most_ns:
            return f"it has said nothing for {most_ns // NS_PER_S} s"
        longer_ns = (
            most_ns * 3 // 2
        )  # what is cut off altogether shows as the former: pings come more often than records
        if self.member.loading and "load" in self.released_ns and now_ns - self.told_ns > longer_ns:
            return f"it answers, but its run has told nothing for {longer_ns // NS_PER_S} s"
        return ""

    def count(self, sequence: int) -> int:
        """How many words are missing before the one with this number."""
        gap, self.sequence = sequence - self.sequence - 1, sequence
        self.missing += max(0, gap)
        return gap

    # --- for the records ------------------------------------------------------------------------------------------

    def head(self) -> dict[str, Any]:
        """What is known of it when the run begins."""
        started = self.member.started
        assert self.welcome is not None and started is not None
        workers = sum(int(target.get("workers", 0)) for target in started.targets)
        return {
            "address": self.address,
            "host_name": self.welcome.host_name,
            "version": self.welcome.version,
            "run_id": started.run_id,
            "workers": list(range(self.member.first_worker, self.member.first_worker + workers)),
            "clock": {"wall_offset_ns": self.offset.wall_ns, "error_ns": self.offset.error_ns},
            "host": dict(started.host),
        }

    @property
    def began_ns(self) -> int | None:
        """When all its workers were at the load, on our clock; None where it has not said so, as one that was lost."""
        late_ns = self.member.ended.client.get("start_late_ns") if self.member.ended is not None else None
        return None if late_ns is None or "load" not in self.released_ns else self.released_ns["load"] + late_ns

    def foot(self, first_ns: int | None) -> dict[str, Any]:
        """What became of it; `first_ns` is when the first agent's load began."""
        ended = self.member.ended
        measured = self.member.measured.value()
        began_ns = self.began_ns
        late_ns = None if began_ns is None or first_ns is None else began_ns - first_ns
        client = dict(ended.client) if ended is not None else {}
        return {
            "address": self.address,
            "status": "lost" if self.loss else ended.status if ended is not None else "lost",
            "reason": self.loss or (ended.reason if ended is not None else ""),
            "start_after_first_ns": late_ns,
            "clock": {"wall_offset_ns": self.offset.wall_ns, "error_ns": self.offset.error_ns},
            "missing_words": self.missing,
            "total": counts(measured),
            "service_ns": latency(measured.service),
            "cpu_s": client.get("cpu_s"),
            "verdict": (client.get("verdict") or {}).get("limit"),
        }
