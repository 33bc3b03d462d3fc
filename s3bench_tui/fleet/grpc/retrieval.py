"""A controller's `recordings` and `fetch`: what agents keep of runs whose controller was lost, listed and brought here."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc

from s3bench_tui.errors import ConfigError, ExitCode, Problem
from s3bench_tui.fleet.grpc.address import Address
from s3bench_tui.fleet.grpc.channel import CONNECT_TIMEOUT_S, failure, open_channel
from s3bench_tui.fleet.grpc.security import Trust
from s3bench_tui.fleet.kept import stem
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.wire import SERVICE
from s3bench_tui.report.files import replacing
from s3bench_tui.report.forms.tables import aligned
from s3bench_tui.report.outputs import tell
from s3bench_tui.units import NS_PER_S, format_size

_HEADER = ("agent", "run", "part", "size", "written (UTC)", "of the run")


@dataclass(frozen=True, slots=True)
class _Found:
    """What one agent keeps, or why that is not known."""

    address: Address
    kept: Sequence[pb.Kept] = ()
    error: str = ""


def recordings(addresses: Sequence[Address], trust: Trust) -> ExitCode:
    """Print what each agent keeps; TARGET where one could not be asked."""
    found = _at_once(addresses, lambda address: _listed(address, trust))
    rows = [_row(each.address, kept) for each in found for kept in each.kept]
    tell(sys.stdout, aligned(_HEADER, rows, left=(0, 1, 4, 5)))
    return _told_errors(found)


def fetch(addresses: Sequence[Address], trust: Trust, run_id: str, into: Path) -> ExitCode:
    """Bring the recordings of a run here, one file for each agent that keeps one.

    ConfigError where that is no run's id, they cannot be written, or no agent that was asked keeps any; TARGET where one
    could not be asked.
    """
    if not re.fullmatch("[0-9a-f]{8}", run_id):
        raise ConfigError([Problem(f"{run_id!r} is no run", "Give the eight digits that `recordings` shows")])
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError([Problem(f"cannot be written to: {error.strerror}", file=str(into))]) from None
    found = _at_once(addresses, lambda address: _fetched(address, trust, run_id, into))
    code = _told_errors(found)
    if code == ExitCode.OK and not any(each.kept for each in found):
        hint = "`controller --agents ... recordings` lists what there is"
        raise ConfigError([Problem(f"no agent keeps a recording of the run {run_id}", hint)])
    return code


def _at_once(addresses: Sequence[Address], ask: Callable[[Address], _Found]) -> list[_Found]:
    with ThreadPoolExecutor(len(addresses), thread_name_prefix="agent") as threads:
        return list(threads.map(ask, addresses))


def _told_errors(found: Sequence[_Found]) -> ExitCode:
    for each in found:
        if each.error:
            tell(sys.stderr, f"error: {each.address}: {each.error}\n")
    return ExitCode.TARGET if any(each.error for each in found) else ExitCode.OK


def _listed(address: Address, trust: Trust) -> _Found:
    with open_channel(address, trust) as channel:
        try:
            return _Found(address, _kept(channel))
        except grpc.RpcError as error:
            return _Found(address, error=failure(error))


def _fetched(address: Address, trust: Trust, run_id: str, into: Path) -> _Found:
    with open_channel(address, trust) as channel:
        try:
            wanted = [kept for kept in _kept(channel) if kept.run_id == run_id]
            for kept in wanted:
                path = into / f"{stem(run_id, kept.part)}.jsonl"
                if path.exists():
                    return _Found(address, error=f"{path} is there already; remove it, or give another --into")
                _bring(channel, kept, path)
                tell(sys.stdout, f"{path}\n")
        except grpc.RpcError as error:
            return _Found(address, error=failure(error))
        except OSError as error:
            return _Found(address, error=f"{into} cannot be written to: {error.strerror}")
    return _Found(address, wanted)


def _bring(channel: grpc.Channel, kept: pb.Kept, path: Path) -> None:
    call = channel.unary_stream(
        f"/{SERVICE}/Fetch", request_serializer=pb.Which.SerializeToString, response_deserializer=pb.Piece.FromString
    )
    with replacing(path) as file:
        for piece in call(pb.Which(run_id=kept.run_id, part=kept.part)):
            file.write(piece.data)


def _kept(channel: grpc.Channel) -> Sequence[pb.Kept]:
    call: Any = channel.unary_unary(
        f"/{SERVICE}/Recordings",
        request_serializer=pb.Ask.SerializeToString,
        response_deserializer=pb.KeptList.FromString,
    )
    answer: pb.KeptList = call(pb.Ask(), timeout=CONNECT_TIMEOUT_S)
    return answer.kept


def _row(address: Address, kept: pb.Kept) -> tuple[str, ...]:
    written = datetime.fromtimestamp(kept.written_ns // NS_PER_S, UTC)
    run_id = kept.run_id if kept.run_id.isalnum() else "?"
    return (
        str(address), run_id, str(kept.part), format_size(kept.bytes), f"{written:%Y-%m-%d %H:%M:%S}",
        "all" if kept.ended else "not its end",
    )  # fmt: skip
