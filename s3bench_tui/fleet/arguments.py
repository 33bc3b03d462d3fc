"""The arguments of `agent` and `controller`. Imports nothing that is not needed to read them, and does nothing with them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.fleet.access import Access

COMMANDS = {
    "agent": "serve runs to a controller on another machine, or on this one",
    "controller": "ask agents, of this program or of s3-bench, all at the same time",
}

_AGENT_FOOT = """\
without a token and without --tls-client-ca anybody who reaches the agent could start load, so it then listens on
loopback only (docs/fleet.md)
"""


def add_fleet(parser: argparse.ArgumentParser) -> None:
    """The options by which a run is given to a fleet."""
    fleet = parser.add_argument_group("on many machines (docs/fleet.md)")
    fleet.add_argument("--agents", metavar="CSV", help="run it on these agents, host:port,host:port")
    fleet.add_argument(
        "--dask", metavar="CLUSTER",
        help="run it on the hosts of this Dask cluster: tcp://host:8786, tls://..., scheduler.json, 'LocalCluster(2)'",
    )  # fmt: skip
    fleet.add_argument("--insecure", action="store_true", help="no TLS; the default only for agents of this machine")
    fleet.add_argument("--agent-ca", metavar="PEM", help="the authority that signed the agents' certificates")
    fleet.add_argument("--agent-domain", metavar="NAME", help="the name in their certificates")
    fleet.add_argument("--tls-cert", metavar="PEM", help="a certificate of one's own, for agents that want one")
    fleet.add_argument("--tls-key", metavar="PEM", help="its key")
    token = fleet.add_mutually_exclusive_group()
    token.add_argument("--token-env", metavar="NAME", help="the agents' token stands in this variable")
    token.add_argument("--token-file", metavar="FILE", help="the agents' token stands in this file")


def shortcuts_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """What these options put in the place of keys of the workload file, by dotted key."""
    if arguments.agents is not None and arguments.dask is not None:
        raise ConfigError([Problem("--agents and --dask are two fleets", "Leave out one of them")])
    if arguments.dask is not None:
        return {"fleet.dask": arguments.dask, "fleet.agents": []}
    if arguments.agents is None:
        return {}
    return {"fleet.agents": [part.strip() for part in arguments.agents.split(",") if part.strip()], "fleet.dask": None}


def access_of(arguments: argparse.Namespace) -> Access:
    """How the agents are reached."""
    return Access(**{field.name: getattr(arguments, field.name) for field in fields(Access)})


def parse(words: Sequence[str]) -> argparse.Namespace:
    """What was asked for, `words[0]` being one of COMMANDS; argparse itself exits for --help and for mistakes."""
    return (_agent if words[0] == "agent" else _controller)().parse_args(words[1:])


def _agent() -> argparse.ArgumentParser:
    parser = _parser("agent", _AGENT_FOOT)
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default="127.0.0.1:7761",
        help="default: 127.0.0.1:7761; port 0 takes a free one",
    )
    parser.add_argument(
        "--results",
        metavar="DIR",
        default="results",
        help="where recordings of a fleet's runs stay whose controller was lost; default: results",
    )
    parser.add_argument("--op-logs", action="store_true", help="keep an op-log there of every run of a fleet, too")
    _token(parser, "the token that callers must show")
    tls = parser.add_argument_group("TLS")
    tls.add_argument("--tls-cert", metavar="PEM", help="the agent's certificate")
    tls.add_argument("--tls-key", metavar="PEM", help="its key")
    tls.add_argument(
        "--tls-client-ca", metavar="PEM", help="callers must have a certificate that this authority signed"
    )
    tls.add_argument(
        "--tls-self-signed", metavar="DIR", help="make an authority and certificates there once, and use the agent's"
    )
    tls.add_argument(
        "--tls-sans", metavar="CSV", help="names and addresses for that certificate; default: localhost, 127.0.0.1 and this host's name"
    )  # fmt: skip
    return parser


def _controller() -> argparse.ArgumentParser:
    parser = _parser("controller", None)
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--agents", metavar="CSV", help="host:port of each, such as h1:7761,h2:7761")
    asked.add_argument(
        "--dask",
        metavar="CLUSTER",
        help="the workers of this Dask cluster, for recordings and fetch: tcp://host:8786, ...",
    )
    parser.add_argument("--insecure", action="store_true", help="no TLS")
    parser.add_argument("--agent-ca", metavar="PEM", help="the authority that signed the agents' certificates")
    parser.add_argument(
        "--agent-domain", metavar="NAME", help="the name in their certificates; default: the one they are called by"
    )
    parser.add_argument("--tls-cert", metavar="PEM", help="the controller's certificate, for agents that want one")
    parser.add_argument("--tls-key", metavar="PEM", help="its key")
    _token(parser, "the token to show")
    actions = parser.add_subparsers(dest="action", metavar="ping|get|put|recordings|fetch", required=True)
    actions.add_parser("ping", help="ask each for its version", allow_abbrev=False)
    get = actions.add_parser("get", help="each agent reads all these objects", allow_abbrev=False)
    get.add_argument("--uri", metavar="URI", required=True, help="a key, a prefix that ends in /, or a glob with *")
    get.add_argument("--jobs", metavar="N", default="4", help="reads in flight on each agent; default: 4")
    put = actions.add_parser(
        "put", help="each agent writes these objects: PREFIXobj_0, PREFIXobj_1, ...", allow_abbrev=False
    )
    put.add_argument("--bucket", metavar="NAME", required=True, help="a bucket of s3, or a whole base URI")
    put.add_argument("--prefix", metavar="TEXT", default="bench/", help="default: bench/")
    put.add_argument("--object-size", metavar="SIZE", default="1024", help="such as 64KiB; default: 1024 bytes")
    put.add_argument("--objects", metavar="N", default="1", help="how many; default: 1")
    put.add_argument("--concurrency", metavar="N", default="4", help="writes in flight on each agent; default: 4")
    actions.add_parser("recordings", help="list what each keeps of runs whose controller was lost", allow_abbrev=False)
    fetch = actions.add_parser("fetch", help="bring the recordings of one run here", allow_abbrev=False)
    fetch.add_argument("run", metavar="RUN", help="its eight digits, as `recordings` shows them")
    fetch.add_argument("--into", metavar="DIR", default="results", help="default: results")
    return parser


def _parser(command: str, foot: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"s3bench-tui {command}",
        description=f"{COMMANDS[command].capitalize()}.",
        epilog=foot,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=command)
    return parser


def _token(parser: argparse.ArgumentParser, what: str) -> None:
    token = parser.add_mutually_exclusive_group()
    token.add_argument("--token-env", metavar="NAME", help=f"{what} stands in this variable of the environment")
    token.add_argument("--token-file", metavar="FILE", help=f"{what} stands in this file")
