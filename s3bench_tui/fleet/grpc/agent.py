"""The command `agent`: serves until it is told to end, and says on stderr, in a line each, what it was asked.

Knows no interface from inside: services are made elsewhere, and hung onto one server here.
"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
from datetime import datetime
from pathlib import Path
from types import FrameType

from s3bench_tui import __version__
from s3bench_tui.errors import ConfigError, ExitCode, Problem
from s3bench_tui.fleet.grpc import certificates, legacy
from s3bench_tui.fleet.grpc.address import parse_address
from s3bench_tui.fleet.grpc.security import Protection, authorities_from, certificate_from, is_loopback, token_from
from s3bench_tui.fleet.grpc.server import Server
from s3bench_tui.fleet.grpc.service import fleet_service
from s3bench_tui.fleet.runs import Runs
from s3bench_tui.fleet.stay import Keeping
from s3bench_tui.report.outputs import tell

_LET_GO_S = 20.0
"""For the run that is on when the agent is told to end."""


def agent(arguments: argparse.Namespace) -> ExitCode:
    """Serve until SIGTERM, SIGINT or SIGHUP. ConfigError where it cannot, or must not, listen as it is told to."""
    address = parse_address(arguments.listen, lowest_port=0)
    protection = protection_of(arguments)
    protection.check_listening(address.host)
    keeping = Keeping(Path(arguments.results), arguments.op_logs)
    runs, ended = Runs(), threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    try:
        for number in before:
            if before[number] != signal.SIG_IGN:
                signal.signal(number, end)
        services = [*legacy.services(runs, _line), fleet_service(runs.turn, keeping, _line)]
        with Server(address, protection, services, _line) as server:
            _line(f"agent {__version__} listens on {server.address}, {_how(protection, server.address.host)}")
            ended.wait()
            _line("ending")
            runs.end()
            server.close(_LET_GO_S)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return ExitCode.OK


def protection_of(arguments: argparse.Namespace) -> Protection:
    """What the options demand of callers; makes certificates where it is told to. ConfigError."""
    directory, chain, key = arguments.tls_self_signed, arguments.tls_cert, arguments.tls_key
    if directory is not None and (chain is not None or key is not None):
        hint = "Leave out one of the two"
        raise ConfigError([Problem("--tls-self-signed makes a certificate, and --tls-cert names another", hint)])
    if (chain is None) != (key is None):
        raise ConfigError([Problem("--tls-cert and --tls-key go together", "Give both")])
    if directory is None and arguments.tls_sans is not None:
        raise ConfigError([Problem("--tls-sans is for --tls-self-signed", "Leave it out, or give a directory")])
    if directory is not None:
        chain, key = _self_signed(Path(directory), arguments.tls_sans)
    return Protection(
        token_from(arguments.token_env, arguments.token_file),
        certificate_from(chain, key) if chain is not None else None,
        authorities_from(arguments.tls_client_ca, "--tls-client-ca") if arguments.tls_client_ca is not None else b"",
    )


def _self_signed(directory: Path, sans: str | None) -> tuple[str, str]:
    names = ["localhost", "127.0.0.1", socket.gethostname()] if sans is None else sans.split(",")
    if certificates.self_signed(directory, [name.strip() for name in names if name.strip()]):
        _line(f"certificates made in {directory}: {', '.join(certificates.FILES)}")
    return str(directory / certificates.AGENT_CERT), str(directory / certificates.AGENT_KEY)


def _how(protection: Protection, host: str) -> str:
    demands = [
        *(["a token"] if protection.token else []),
        *(["a client certificate"] if protection.client_ca else []),
    ]
    wire = "TLS" if protection.certificate is not None else "plain text"
    if not demands:
        return f"{wire}, open to everybody on this machine"
    exposed = protection.certificate is None and not is_loopback(host)
    warning = "; the token can be read on the way: add TLS where the network is not yours" if exposed else ""
    return f"{wire}, for callers with {' and '.join(demands)}{warning}"


def _line(text: str) -> None:
    """One line, with the time; of characters that a terminal only shows."""
    shown = " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in text).split())
    tell(sys.stderr, f"{datetime.now():%H:%M:%S} {shown}\n")
