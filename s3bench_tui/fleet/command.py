"""Which function is which command of the fleet. Loads what a command needs, and no more."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from s3bench_tui.errors import ConfigError, EngineError, ExitCode, Problem
from s3bench_tui.fleet.arguments import access_of, parse
from s3bench_tui.fleet.installation import require_dask, require_fleet
from s3bench_tui.report.outputs import tell
from s3bench_tui.spec.rules.fleet import wrong_with


def run(words: Sequence[str]) -> ExitCode:
    """Do what the words ask for, the first being one of `arguments.COMMANDS`. Raises S3BenchError; argparse exits
    by itself."""
    arguments = parse(words)
    if arguments.command == "controller" and arguments.dask is not None:
        return _of_dask(arguments)
    require_fleet(arguments.command)
    if arguments.command == "agent":
        from s3bench_tui.fleet.grpc.agent import agent

        return agent(arguments)
    from s3bench_tui.fleet.grpc.controller import controller

    return controller(arguments)


def _of_dask(arguments: argparse.Namespace) -> ExitCode:
    if arguments.action not in ("recordings", "fetch"):
        hint = "A Dask cluster is asked for recordings, and to fetch them; its workers need no ping"
        raise ConfigError([Problem(f"--dask is not for {arguments.action}", hint)])
    if wrong := wrong_with(arguments.dask):
        raise ConfigError([Problem(wrong[0], wrong[1], "--dask")])
    require_dask("controller --dask")
    from s3bench_tui.fleet.dask.cluster import security_of
    from s3bench_tui.fleet.dask.keeper import keepers
    from s3bench_tui.fleet.retrieval import fetch, recordings

    try:
        with keepers(arguments.dask, security_of(access_of(arguments))) as found:
            if arguments.action == "recordings":
                return recordings(found)
            return fetch(found, arguments.run, Path(arguments.into))
    except EngineError as error:
        tell(sys.stderr, f"error: {error}\n")
        return ExitCode.TARGET  # as an agent that is not there
