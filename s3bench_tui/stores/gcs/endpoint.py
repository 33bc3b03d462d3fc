"""Where a gs:// target is: Google itself, an emulator, or a server that speaks Google's JSON API. Knows no credentials."""

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.parse import urlsplit

from s3bench_tui.stores.endpoint import Endpoint, check, taken_apart

GOOGLE = "https://storage.googleapis.com"
EMULATOR = "STORAGE_EMULATOR_HOST"
"""The variable by which Google's own libraries are sent to an emulator, which asks for no credentials."""


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
    return taken_apart(parts, parts.path.rstrip("/"))
