"""The seed's calls with whatever bytes come: every one ends with a status and a sentence, and runs nothing by mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3bench_tui.errors import S3BenchError
from s3bench_tui.fleet.grpc import legacy
from s3bench_tui.fleet.grpc.address import Address
from s3bench_tui.fleet.grpc.security import Protection
from s3bench_tui.fleet.grpc.server import Server
from s3bench_tui.fleet.protos import iobench_pb2, s3bench_pb2
from s3bench_tui.fleet.runs import BusyError, GivenUpError, Runs
from s3bench_tui.report.result import Report
from s3bench_tui.spec.loading import Loaded
from tests.fleet.seed import CALLS, MESSAGES, message


class RanError(S3BenchError):
    """In place of a run."""


class NoRuns(Runs):
    """A place that notes what it would run."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Loaded] = []

    def report(self, loaded: Loaded, wanted: Callable[[], bool], *, prepare_only: bool = False) -> Report:
        self.asked.append(loaded)
        raise RanError("would run")


@pytest.fixture(scope="module")
def place() -> NoRuns:
    return NoRuns()


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def channel(place: NoRuns, lines: list[str]) -> Iterator[grpc.Channel]:
    services = legacy.services(place, lines.append)
    with (
        Server(Address("127.0.0.1", 0), Protection(), services) as server,
        grpc.insecure_channel(str(server.address)) as opened,
    ):
        yield opened


METHODS = [f"/s3bench.Agent/{name}" for name in ("Ping", "RunGet", "RunPut")]
METHODS += [f"/iobench.Agent/{name}" for name in CALLS]


def ended(channel: grpc.Channel, method: str, request: bytes) -> tuple[grpc.StatusCode, str]:
    try:
        channel.unary_unary(method)(request, timeout=30)
    except grpc.RpcError as error:
        return error.code(), error.details() or ""
    return grpc.StatusCode.OK, ""


@given(method=st.sampled_from(METHODS), request=st.binary(max_size=200))
def test_any_bytes(channel: grpc.Channel, method: str, request: bytes) -> None:
    code, text = ended(channel, method, request)
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
    assert "Traceback" not in text and "fault of s3bench-tui" not in text
    assert (code == grpc.StatusCode.INTERNAL) == (text == "would run")


def values() -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Requests of the right form with any content."""
    texts = st.text(max_size=40) | st.sampled_from(
        ["s3://b/p/*", "file:///tmp/x/", "null://x/k", "target: null://x/\nworkload: [{op: list}]\n", "a: &a [*a]"]
    )
    kinds = {
        "string": texts,
        "uint32": st.integers(0, 2**32 - 1) | st.integers(0, 9),
        "uint64": st.integers(0, 2**64 - 1) | st.integers(0, 9),
        "int64": st.integers(-(2**63), 2**63 - 1) | st.just(0),
        "bool": st.booleans(),
    }

    def of(method: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
        fields = [field.split()[1:] for field in MESSAGES[CALLS[method][0]]]
        return st.tuples(st.just(method), st.fixed_dictionaries({name: kinds[kind] for name, kind in fields}))

    return st.sampled_from(sorted(CALLS)).flatmap(of)


@given(asked=values())
def test_any_content(channel: grpc.Channel, place: NoRuns, asked: tuple[str, dict[str, Any]]) -> None:
    method, fields = asked
    place.asked.clear()
    request = message("iobench", CALLS[method][0])(**fields).SerializeToString()
    code, text = ended(channel, f"/iobench.Agent/{method}", request)
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
    assert "Traceback" not in text and "fault of s3bench-tui" not in text
    for loaded in place.asked:
        assert loaded.workload.concurrency >= 1
        assert method != "Ping"


def test_lines_are_told(channel: grpc.Channel, lines: list[str]) -> None:
    lines.clear()
    ended(channel, "/s3bench.Agent/RunGet", b"\xff\xff")
    assert len(lines) == 1
    assert lines[0].startswith("127.0.0.1:") and lines[0].endswith("RunGet: INVALID_ARGUMENT: this is no RunGetRequest")


def test_numbers_and_names_of_fields() -> None:
    """The .proto files against the description, both ways: what one writes the other reads."""
    ours = {**s3bench_pb2.DESCRIPTOR.message_types_by_name, **iobench_pb2.DESCRIPTOR.message_types_by_name}
    kinds = {3: "int64", 4: "uint64", 1: "double", 8: "bool", 9: "string", 12: "bytes", 13: "uint32"}
    described = {
        name: tuple(
            f"{field.number} {field.name} {kinds.get(field.type) or field.message_type.name}" for field in each.fields
        )
        for name, each in ours.items()
    }
    assert described == MESSAGES
    assert list(s3bench_pb2.DESCRIPTOR.services_by_name["Agent"].methods_by_name) == ["Ping", "RunGet", "RunPut"]
    services = iobench_pb2.DESCRIPTOR.services_by_name["Agent"].methods
    assert {each.name: (each.input_type.name, each.output_type.name) for each in services} == CALLS


# --- the place ----------------------------------------------------------------------------------------------------


def test_one_at_a_time() -> None:
    now = [100.0]
    runs = Runs(clock=lambda: now[0])
    with runs.turn("the first"):
        now[0] = 103.0
        with pytest.raises(BusyError, match="busy for 3 s with the first"), runs.turn("the second"):
            raise AssertionError("two at a time")
    with runs.turn("the third"):
        pass


def test_waiting_for_an_instant() -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.5
        return now[0]

    Runs().wait_until(1.0, lambda: True, clock)
    with pytest.raises(GivenUpError, match="hung up"):
        Runs().wait_until(1e9, lambda: now[0] < 3, clock)
    told_to_end = Runs()
    told_to_end.end()
    with pytest.raises(GivenUpError, match="told to end"):
        told_to_end.wait_until(1e9, lambda: True)


def test_a_file_for_a_fleet_is_run_by_the_agent_that_it_was_sent_to(place: NoRuns, channel: grpc.Channel) -> None:
    text = (
        "target: null://lab/\nconcurrency: 4\nworkload: [{op: put, path: out/, object_size: 1}]\n"
        "prepare: {ensure_objects: [{base_uri: 'null://lab/', count: 7}]}\n"
        "distributed: {shared_filesystem: false, agents: [{address: h1}, {address: h2, concurrency_override: 9}],\n"
        "  stages: [{type: execute, duration: 3s}]}\n"
    )
    request = iobench_pb2.RunWorkloadRequest(config_yaml=text, agent_id="a").SerializeToString()
    assert ended(channel, "/iobench.Agent/RunWorkload", request) == (grpc.StatusCode.INTERNAL, "would run")
    workload = place.asked[-1].workload
    assert (workload.fleet, workload.concurrency, workload.datasets[0].count) == (None, 4, 7)
    assert workload.duration == 3_000_000_000
