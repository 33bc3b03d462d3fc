"""An agent that is sent nonsense on every method: it refuses or ends what was begun, says no traceback, and serves on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest

from s3bench_tui import __version__
from s3bench_tui.engine.messages import RunOptions
from s3bench_tui.errors import TargetError
from s3bench_tui.fleet import wire
from s3bench_tui.fleet.grpc.address import parse_address
from s3bench_tui.fleet.grpc.channel import open_channel
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.protos import iobench_pb2 as iobench
from s3bench_tui.fleet.protos import s3bench_pb2 as s3bench
from s3bench_tui.spec.loading import load_mapping
from tests.e2e.program import children, wait_until
from tests.fleet.fleets import Run, serving
from tests.fleet.test_losses import SLOW

pytestmark = pytest.mark.server

NOWHERE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}
"""A bucket with a name that chance made leads to no server."""
WAIT_S = 2.0

YAML = "target: null://x/\nduration: 1\nworkload:\n- op: get\n  path: x\n"
UNARY: dict[str, Any] = {
    "RunGet": s3bench.RunGetRequest(uri="null://x/key", jobs=1),
    "RunPut": s3bench.RunPutRequest(bucket="null://x/", prefix="p/", object_size=1, objects=1, concurrency=1),
    "RunWorkload": iobench.RunWorkloadRequest(config_yaml=YAML, agent_id="a", path_prefix="p/"),
    "Ping": s3bench.Empty(),
}
KEPT: dict[str, Any] = {"Recordings": pb.Ask(), "Fetch": pb.Which(run_id="0123abcd", part=1)}


def mutated(message: bytes, random: Random) -> bytes:
    """A few bytes changed, cut off, doubled or put in."""
    out = bytearray(message)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(out) + 1)
        what = random.randrange(4)
        if what == 0 and at < len(out):
            out[at] = random.randrange(256)
        elif what == 1:
            del out[at : at + random.randint(1, 8)]
        elif what == 2:
            out[at:at] = random.randbytes(random.randint(1, 8))
        else:
            out += out[at:]
    return bytes(out)


def nonsense(message: bytes, count: int, random: Random) -> Iterator[bytes]:
    for number in range(count):
        yield random.randbytes(random.randrange(200)) if number % 3 == 0 else mutated(message, random)


def test_calls_with_nonsense(tmp_path: Path) -> None:
    random = Random(20)
    with serving(tmp_path, 1, environ=NOWHERE) as (agent,):
        with open_channel(parse_address(agent.address), Trust()) as channel:
            for package in ("s3bench", "iobench"):
                for method, message in UNARY.items():
                    call = channel.unary_unary(f"/{package}.Agent/{method}")
                    for raw in nonsense(message.SerializeToString(), 12, random):
                        with suppress(grpc.RpcError):
                            call(raw, timeout=WAIT_S)
            for method, message in KEPT.items():
                for raw in nonsense(message.SerializeToString(), 12, random):
                    with suppress(grpc.RpcError):
                        list(channel.unary_stream(f"/{wire.SERVICE}/{method}")(raw, timeout=WAIT_S))
        serves_on(agent)


def words(random: Random) -> Iterator[bytes]:
    """Of one call of a controller: a right beginning as often as not, and then anything."""
    if random.random() < 0.7:
        yield pb.Down(
            hello=pb.Hello(protocol=wire.PROTOCOL, version=__version__, run_id="0123abcd")
        ).SerializeToString()
    workload = load_mapping({**SLOW, "processes": 1}).workload
    right = [
        pb.Down(ping=pb.Ping(number=1)),
        pb.Down(prepare=wire.prepare(workload, RunOptions())),
        pb.Down(prepare=pb.Prepare(workload="[" * 5000, count=1)),
        pb.Down(prepare=pb.Prepare(workload='{"target": 7, "workload": "x"}', count=1)),
        pb.Down(prepare=pb.Prepare(workload="{}", index=3, count=1)),
        pb.Down(proceed=pb.Proceed(at_ns=-(1 << 62), prepares=True)),
        pb.Down(change=pb.Change(change='{"concurrency": "many"}', at_ns=1)),
        pb.Down(change=pb.Change(change="[]", at_ns=1)),
        pb.Down(stop=pb.Stop(now=True, reason="\x1b[2J")),
    ]
    for _ in range(random.randint(1, 5)):
        raw = random.choice(right).SerializeToString()
        yield raw if random.random() < 0.6 else mutated(raw, random)


def test_streams_with_nonsense(tmp_path: Path) -> None:
    random = Random(21)
    with serving(tmp_path, 1, environ=NOWHERE) as (agent,):
        with open_channel(parse_address(agent.address), Trust()) as channel:
            for _ in range(40):
                call = channel.stream_stream(wire.METHOD)(words(random), timeout=WAIT_S)
                with suppress(grpc.RpcError):
                    list(islice(call, random.randint(1, 4)))
                call.cancel()
        serves_on(agent)


def serves_on(agent: Any) -> None:
    """It says nothing that steers a terminal and no traceback, lets go of everything, and takes the next run."""
    assert agent.process.poll() is None
    wait_until(lambda: not children(agent.process.pid))
    assert "Traceback" not in agent.said, agent.said
    assert all(character.isprintable() or character == "\n" for character in agent.said)

    def next_run() -> bool:
        try:
            return bool(Run([agent], SLOW | {"duration": "200ms"}).report()["status"] == "ok")
        except TargetError as error:
            assert "this agent is busy" in str(error)  # with the last nonsense, for a moment
            return False

    wait_until(next_run)
