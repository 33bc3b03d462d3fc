"""What the agents of a fleet say before a run: reached, of our version, clocks, targets, room. Begins no run on any.

All are asked at the same time, each over a link of its own that ends with its answer. Knows no network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic
from uuid import uuid4

from s3bench_tui import __version__
from s3bench_tui.errors import S3BenchError
from s3bench_tui.fleet import wire
from s3bench_tui.fleet.clock import Clocks
from s3bench_tui.fleet.finding import Answer, Finding
from s3bench_tui.fleet.parts import on_members, parts_of
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.transport import Arrived, Link, Transport
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.units import format_duration, format_size

PINGS = 4
ANSWER_S = 30.0
_CLOSE_S = 1.0


@dataclass(slots=True)
class _Call:
    agent: str
    link: Link
    clocks: Clocks = field(default_factory=Clocks)
    welcome: pb.Welcome | None = None
    sent_ns: dict[int, int] = field(default_factory=dict)
    finding: Finding | None = None

    def ping(self, now_ns: int) -> None:
        number = len(self.sent_ns) + 1
        self.sent_ns[number] = now_ns
        self.link.send(pb.Down(ping=pb.Ping(number=number)))


def look(transport: Transport, workload: Workload, within_s: float = ANSWER_S) -> list[Finding]:
    """Ask every agent, and wait for all their answers; S3BenchError where they cannot be named, or the load not be shared."""
    words: SimpleQueue[Arrived] = SimpleQueue()
    agents = transport.members()
    try:
        parts = parts_of(on_members(workload, agents))
    except S3BenchError:
        transport.close()
        raise
    calls = [_Call(agent, transport.link(index, words.put)) for index, agent in enumerate(agents)]
    try:
        hello = pb.Hello(protocol=wire.PROTOCOL, version=__version__, run_id=uuid4().hex[:8])
        for call in calls:
            call.link.send(pb.Down(hello=hello))
        deadline_s = monotonic() + within_s
        while any(call.finding is None for call in calls) and (left_s := deadline_s - monotonic()) > 0:
            try:
                word = words.get(timeout=left_s)
            except Empty:
                break
            _hear(calls[word.member], word, parts[word.member])
    finally:
        for call in calls:
            call.link.hang_up()
        for call in calls:
            call.link.close(_CLOSE_S)
        transport.close()
    late = f"it has not answered within {within_s:.0f} s"
    return [call.finding or Finding(call.agent, late) for call in calls]


def _hear(call: _Call, arrived: Arrived, workload: Workload) -> None:
    word = arrived.word
    if call.finding is not None:
        return
    if word is None:
        call.finding = Finding(call.agent, arrived.loss)
        return
    match word.WhichOneof("word"):
        case "welcome":
            call.welcome = word.welcome
            wrong = wire.mismatch((wire.PROTOCOL, __version__), (word.welcome.protocol, word.welcome.version))
            if wrong:
                call.finding = Finding(call.agent, f"it {wrong}; run the same version on all machines")
            else:
                call.ping(arrived.at_ns)
        case "pong":
            sent_ns = call.sent_ns[word.pong.number]
            call.clocks.add(sent_ns, arrived.at_ns, word.pong.monotonic_ns, word.pong.wall_ns, arrived.wall_ns)
            if call.clocks.pings < PINGS:
                call.ping(arrived.at_ns)
            else:
                call.link.send(pb.Down(check=wire.check(workload)))
        case "checked":
            call.finding = _found(call, word.checked)
        case "ended":
            call.finding = Finding(call.agent, word.ended.error or "it ended without a word")


def _found(call: _Call, checked: pb.Checked) -> Finding:
    refused = next((answer.text for answer in checked.targets if not answer.ok), "")
    offset = call.clocks.offset
    ahead = "ahead" if offset.wall_ns >= 0 else "behind"
    clock = f"clock {format_duration(abs(offset.wall_ns))} {ahead}, to within {format_duration(offset.error_ns)}"
    host = call.welcome.host_name if call.welcome is not None else ""
    room = f"{format_size(checked.free_bytes)} free, {checked.open_files:,} open files"
    text = "; ".join(part for part in (host, f"version {__version__}", clock, room) if part)
    return Finding(call.agent, refused, text, tuple(Answer(each.ok, each.text) for each in checked.targets))
