"""Which function is which one-shot. Loads what a command needs, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from s3bench_tui.errors import ExitCode
from s3bench_tui.oneshot.arguments import parse


def run(words: Sequence[str]) -> ExitCode:
    """Do what the words ask for, the first being one of `arguments.COMMANDS`. Raises S3BenchError; argparse exits
    by itself."""
    arguments = parse(words)
    arguments.uri = arguments.place if arguments.uri is None else arguments.uri
    if arguments.command == "doctor":
        from s3bench_tui.oneshot.doctor import doctor

        return doctor(arguments)
    if arguments.command in ("get", "put", "stat"):
        from s3bench_tui.oneshot import load

        return {"get": load.get, "put": load.put, "stat": load.stat}[arguments.command](arguments)
    from s3bench_tui.oneshot import objects

    return {"health": objects.health, "list": objects.show, "delete": objects.delete}[arguments.command](arguments)
