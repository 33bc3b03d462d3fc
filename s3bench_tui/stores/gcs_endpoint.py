"""Where a gs:// target is: Google itself, an emulator, or a server that speaks Google's JSON API. Knows no credentials."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from s3bench_tui.stores.s3_endpoint import check

GOOGLE = "https://storage.googleapis.com"
EMULATOR = "STORAGE_EMULATOR_HOST"
"""The variable by which Google's own libraries are sent to an emulator, which asks for no credentials."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_THIS_MACHINE = ("localhost", "::1")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of the API. `base_path` precedes `/storage/v1`; nearly always empty."""

    scheme: str
    host: str
    """A name, or an address without brackets."""
    port: int
    host_header: str
    base_path: str

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host_header}{self.base_path}"

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent there."""
        return self.scheme == "https" or self.host in _THIS_MACHINE or self.host.startswith("127.")

    def as_option(self) -> dict[str, Any]:
        """What `DriverConfig.options["endpoints"]` holds of it."""
        return asdict(self)


def emulator() -> str:
    """The URL of the emulator that the environment names; empty where it names none."""
    named = os.environ.get(EMULATOR, "")
    return named if "://" in named or not named else f"http://{named}"


def find(written: Sequence[str]) -> tuple[Endpoint, ...]:
    """The end points of a target with these `endpoint`s; TargetError where one is no URL of a server."""
    return tuple(_taken_apart(url) for url in written or (emulator() or GOOGLE,))


def _taken_apart(url: str) -> Endpoint:
    check(url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    return Endpoint(
        scheme=parts.scheme,
        host=host,
        port=port,
        host_header=shown if port == _DEFAULT_PORTS[parts.scheme] else f"{shown}:{port}",
        base_path=parts.path.rstrip("/"),
    )
