"""Which function is which command of the fleet. Loads what a command needs, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from s3bench_tui.errors import ExitCode
from s3bench_tui.fleet.arguments import parse
from s3bench_tui.fleet.installation import require_fleet


def run(words: Sequence[str]) -> ExitCode:
    """Do what the words ask for, the first being one of `arguments.COMMANDS`. Raises S3BenchError; argparse exits
    by itself."""
    arguments = parse(words)
    require_fleet(arguments.command)
    if arguments.command == "agent":
        from s3bench_tui.fleet.grpc.agent import agent

        return agent(arguments)
    from s3bench_tui.fleet.grpc.controller import controller

    return controller(arguments)
