"""Whether what the fleet needs beside the rest is installed. Imports none of it."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from importlib.util import find_spec

from s3bench_tui.errors import ConfigError, Problem

_NEEDED = ("grpc", "google.protobuf")


def require_fleet(command: str, environ: MutableMapping[str, str] = os.environ) -> None:
    """ConfigError where the packages of the extra `fleet` are missing; to be called before they are imported.

    Keeps gRPC's own log from the terminal, unless it was asked for: what it has to say is told in sentences."""
    environ.setdefault("GRPC_VERBOSITY", "NONE")
    for name in _NEEDED:
        try:
            found = find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            hint = "Install them: pip install 's3bench-tui[fleet]'"
            raise ConfigError([Problem(f"{command} needs packages that are not installed", hint)])
