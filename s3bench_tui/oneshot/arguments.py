"""The arguments of the one-shots. Imports nothing that is not needed to read them, and does nothing with them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

COMMANDS = {
    "health": "ask whether the target answers",
    "list": "print size and URI of every object, one a line",
    "stat": "ask for each object, print its size, and time it",
    "get": "read each object once, and time it; what is read is not kept",
    "put": "write new objects, and time it; none that is there is replaced",
    "delete": "delete exactly the objects that the URI names",
    "doctor": "check all that a run on this target needs, and say what to do",
}

_PLACES = """\
a URI names objects:
  s3://bucket/a/key     this object; for list: all whose keys begin so
  s3://bucket/a/        all below it
  s3://bucket/a/*.dat   all that match; `*` also crosses `/` (quote it for the shell)
"""


def parse(words: Sequence[str]) -> argparse.Namespace:
    """What was asked for, `words[0]` being one of COMMANDS; argparse itself exits for --help and for mistakes."""
    return _parser(words[0]).parse_args(words[1:])


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"s3bench-tui {command}",
        description=f"{COMMANDS[command].capitalize()}.",
        epilog=None if command in ("health", "put", "doctor") else _PLACES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=command)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("place", metavar="URI", nargs="?", help="such as s3://bucket/prefix/ or file:///directory/")
    where.add_argument("--uri", metavar="URI", help="the same")
    parser.add_argument("--endpoint", metavar="URL", help="s3, az, gs: the server; default: the vendor's own")
    parser.add_argument("--region", metavar="NAME", help="s3: default from the profile or AWS_REGION")
    parser.add_argument("--profile", metavar="NAME", help="s3: the profile whose credentials are used")
    parser.add_argument("--anonymous", action="store_true", help="s3, az, gs: show no credentials")
    parser.add_argument(
        "--encryption", metavar="TYPE", help="sse-s3 (s3), sse-kms (s3, gs), sse-c (s3, az, gs) or scope (az)"
    )
    parser.add_argument("--kms-key-id", metavar="ID", help="sse-kms: the key; default on s3: the account's own")
    parser.add_argument("--scope", metavar="NAME", help="scope: its name")
    parser.add_argument(
        "--key-env", metavar="NAME", help="sse-c: the variable that holds the key, never the key itself"
    )
    parser.add_argument("--key-file", metavar="FILE", help="sse-c: the file that holds it")
    parser.add_argument("--ca-file", metavar="PEM", help="the authorities to trust over https")
    parser.add_argument("--insecure", action="store_true", help="accept any certificate")
    _ADD[command](parser)
    return parser


def _jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", "--concurrency", metavar="N", default="4", help="operations in flight; default: 4")
    parser.add_argument(
        "--no-probe", action="store_true", help="do not ask the target first; for servers that do not list"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress and no summary; errors still")


def _put(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--object-size", metavar="SIZE", default="1024", help="such as 64KiB; default: 1024 bytes")
    parser.add_argument("--objects", metavar="N", default="1", help="how many; default: 1")
    _jobs(parser)


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help='lines of JSON: {"uri", "key", "size_bytes"}')
    parser.add_argument("--quiet", action="store_true", help="no count at the end")


def _stat(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help='lines of JSON: {"uri", "key", "size_bytes"}')
    _jobs(parser)


def _delete(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="delete although it is more than one object")
    parser.add_argument("--jobs", metavar="N", default="4", help="taken, and not needed: deletes go in batches")
    parser.add_argument("--quiet", action="store_true", help="no progress and no summary; errors still")


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--read-only", action="store_true", help="write nothing, not even a probe that is deleted")


def _nothing(parser: argparse.ArgumentParser) -> None:
    """`health` has no arguments of its own."""


_ADD = {
    "health": _nothing,
    "list": _list,
    "stat": _stat,
    "get": _jobs,
    "put": _put,
    "delete": _delete,
    "doctor": _doctor,
}
