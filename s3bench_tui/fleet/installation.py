"""Whether what a fleet needs beside the rest is installed. Imports none of it."""

from __future__ import annotations

import os
from collections.abc import MutableMapping, Sequence
from importlib.util import find_spec

from s3bench_tui.errors import ConfigError, Problem

_AGENTS = ("grpc", "google.protobuf")
_DASK = ("distributed", "google.protobuf")


def require_fleet(command: str, environ: MutableMapping[str, str] = os.environ) -> None:
    """ConfigError where the packages of the extra `fleet` are missing; to be called before they are imported.

    Keeps gRPC's own log from the terminal, unless it was asked for: what it has to say is told in sentences."""
    environ.setdefault("GRPC_VERBOSITY", "NONE")
    _require(command, _AGENTS, "fleet")


def require_dask(command: str) -> None:
    """Likewise for the extra `dask`."""
    _require(command, _DASK, "dask")


def _require(command: str, names: Sequence[str], extra: str) -> None:
    for name in names:
        try:
            found = find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            hint = f"Install them: pip install 's3bench-tui[{extra}]'"
            raise ConfigError([Problem(f"{command} needs packages that are not installed", hint)])
