"""The command `controller`: asks all agents at the same time, and prints a table of their answers.

Speaks s3-bench's interface of v0.2.1, and its later name to agents that know only that; recordings are asked for elsewhere.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import grpc

from s3bench_tui.errors import ConfigError, ExitCode, Problem
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.grpc.address import Address, parse_addresses
from s3bench_tui.fleet.grpc.channel import CONNECT_TIMEOUT_S, failure, open_channel
from s3bench_tui.fleet.grpc.keeper import AgentKeeper
from s3bench_tui.fleet.grpc.security import Trust, is_loopback
from s3bench_tui.fleet.grpc.trust import trust_of
from s3bench_tui.fleet.protos import s3bench_pb2 as s3bench
from s3bench_tui.fleet.retrieval import fetch, recordings
from s3bench_tui.report.forms.tables import aligned
from s3bench_tui.report.outputs import tell
from s3bench_tui.units import NS_PER_S, format_duration, format_size, parse_count, parse_size

_PACKAGES = ("s3bench", "iobench")
_LOST = "it was lost while it worked, and how much it did is not known"
_LARGEST_UINT32 = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Question:
    """One call of the interface; `reply` is the type of the answer."""

    method: str
    request: Any
    reply: Any
    header: tuple[str, ...]
    row: Callable[[Any], tuple[str, ...]]
    """The cells of an answer, one for each of `header`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one agent: its row, or why there is none."""

    address: Address
    message: Any = None
    error: str = ""
    code: ExitCode = ExitCode.OK


def controller(arguments: argparse.Namespace) -> ExitCode:
    """Ask, print, and tell: OK where all agents did what they were asked, TARGET where one was not reached, refused or
    failed, USAGE where they cannot do what was asked. ConfigError."""
    addresses = parse_addresses(arguments.agents)
    trust = trust_of(_access(arguments))
    if trust.token and not trust.tls and not all(is_loopback(address.host) for address in addresses):
        tell(sys.stderr, "warning: without TLS the token can be read on its way to the agents\n")
    keepers = [AgentKeeper(address, trust) for address in addresses]
    if arguments.action == "recordings":
        return recordings(keepers)
    if arguments.action == "fetch":
        return fetch(keepers, arguments.run, Path(arguments.into))
    question = question_of(arguments)
    answers = ask_all(addresses, trust, question)
    _print(question, answers)
    for answer in answers:
        if answer.error:
            tell(sys.stderr, f"error: {answer.address}: {answer.error}\n")
    return max((answer.code for answer in answers), default=ExitCode.OK)


def ask_all(addresses: Sequence[Address], trust: Trust, question: Question) -> list[Answer]:
    """The answers of all agents, in their order; each is asked at once, and none waits for another. An interrupt hangs
    up on all of them."""
    with ThreadPoolExecutor(len(addresses), thread_name_prefix="agent") as threads, ExitStack() as channels:
        opened = [channels.enter_context(open_channel(address, trust)) for address in addresses]
        return list(threads.map(lambda address, channel: ask(address, channel, question), addresses, opened))


def ask(address: Address, channel: grpc.Channel, question: Question) -> Answer:
    """The answer of one agent, however long it takes it; an agent that is not there shows within 5 s."""
    try:
        version = _call(channel, "Ping", s3bench.Empty(), s3bench.PingReply, CONNECT_TIMEOUT_S)
    except grpc.RpcError as error:
        return Answer(address, error=failure(error), code=ExitCode.TARGET)
    if question.method == "Ping":
        return Answer(address, version)
    try:
        return Answer(address, _call(channel, question.method, question.request, question.reply, None))
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAVAILABLE:
            return Answer(address, error=_LOST, code=ExitCode.TARGET)
        wrong = error.code() == grpc.StatusCode.INVALID_ARGUMENT
        return Answer(address, error=failure(error), code=ExitCode.USAGE if wrong else ExitCode.TARGET)


def _call(channel: grpc.Channel, method: str, request: Any, reply: Any, timeout_s: float | None) -> Any:
    """The answer under the first name of the interface that the agent knows."""
    for package in _PACKAGES:
        call = channel.unary_unary(
            f"/{package}.Agent/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=reply.FromString,
        )
        try:
            return call(request, timeout=timeout_s)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNIMPLEMENTED or package == _PACKAGES[-1]:
                raise
    raise AssertionError("there is a last package")


def _print(question: Question, answers: Sequence[Answer]) -> None:
    rows = [
        (
            str(answer.address),
            *(("failed", *[""] * (len(question.header) - 1)) if answer.error else question.row(answer.message)),
        )
        for answer in answers
    ]
    header = ("agent", *question.header)
    tell(sys.stdout, aligned(header, rows, left=(0, len(header) - 1)))


# --- from arguments -----------------------------------------------------------------------------------------------


def _access(arguments: argparse.Namespace) -> Access:
    return Access(**{field.name: getattr(arguments, field.name) for field in fields(Access)})


def question_of(arguments: argparse.Namespace) -> Question:
    """What is asked of every agent. ConfigError where a number is none."""
    if arguments.action == "ping":
        return Question(
            "Ping", s3bench.Empty(), s3bench.PingReply, ("version",), lambda reply: (_plain(reply.version),)
        )
    header = ("bytes", "time", "rate", "notes")
    if arguments.action == "get":
        request: Any = s3bench.RunGetRequest(uri=arguments.uri, jobs=_number(arguments, "jobs", parse_count))
        return Question("RunGet", request, s3bench.OpSummary, header, _summary_row)
    request = s3bench.RunPutRequest(
        bucket=arguments.bucket,
        prefix=arguments.prefix,
        object_size=_number(arguments, "object_size", parse_size, (1 << 63) - 1, 0),
        objects=_number(arguments, "objects", parse_count),
        concurrency=_number(arguments, "concurrency", parse_count),
    )
    return Question("RunPut", request, s3bench.OpSummary, header, _summary_row)


def _summary_row(reply: Any) -> tuple[str, ...]:
    rate = f"{format_size(reply.total_bytes / reply.seconds)}/s" if reply.seconds > 0 else "-"
    took = format_duration(round(reply.seconds * NS_PER_S))
    return f"{reply.total_bytes:,}", took, rate, _plain(reply.notes)


def _number(
    arguments: argparse.Namespace, name: str, read: Callable[[Any], float], most: int = _LARGEST_UINT32, least: int = 1
) -> int:
    option = f"--{name.replace('_', '-')}"
    try:
        value = int(read(getattr(arguments, name)))
    except ValueError as error:
        raise ConfigError([Problem(f"{option}: {error}")]) from None
    if not least <= value <= most:
        raise ConfigError([Problem(f"{option} is {value}", f"Give {least} to {most}")])
    return value


def _plain(text: str) -> str:
    """Another program's words, as one line that steers no terminal."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in text).split())[:200]
