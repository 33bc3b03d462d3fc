"""Checksums that go along with what is written, so that the store compares them with what has arrived. Knows no wire.

CRC-32, MD5, SHA-1 and SHA-256 come with Python; CRC-32C and CRC-64/NVME have no fast form there, and come from `awscrt`.
"""

from __future__ import annotations

import hashlib
import importlib
import zlib
from base64 import b64encode
from collections.abc import Callable
from typing import Protocol, TypeAlias

from s3bench_tui.errors import TargetError

Bytes: TypeAlias = bytes | bytearray | memoryview

_ADDED = {"crc32c": 4, "crc64nvme": 8}
"""Those of the extra package, each with its bytes."""


class Checksum(Protocol):
    """Of one body, a piece after the other."""

    def update(self, data: Bytes, /) -> None: ...

    def digest(self) -> bytes:
        """As it stands in requests, in network order."""


class Crc:
    """A cyclic redundancy check, by a function that goes on from the value of what came before."""

    __slots__ = ("_add", "_size", "_value")

    def __init__(self, add: Callable[[Bytes, int], int], size_bytes: int) -> None:
        self._add = add
        self._size = size_bytes
        self._value = 0

    def update(self, data: Bytes, /) -> None:
        self._value = self._add(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


def opener(algorithm: str) -> Callable[[], Checksum]:
    """What begins a checksum for each body; TargetError where the package that it needs is not installed."""
    if algorithm == "sha256":
        return hashlib.sha256
    if algorithm == "sha1":
        return lambda: hashlib.sha1(usedforsecurity=False)
    if algorithm == "md5":
        return lambda: hashlib.md5(usedforsecurity=False)
    if algorithm == "crc32":
        return lambda: Crc(zlib.crc32, 4)
    try:
        add = getattr(importlib.import_module("awscrt.checksums"), algorithm)
    except (ImportError, AttributeError):  # not there, or from before it knew this one
        raise TargetError(
            f"checksum: {algorithm} needs the package awscrt, which is not installed; "
            "pip install 's3bench-tui[checksums]', or write crc32 or sha256"
        ) from None
    size = _ADDED[algorithm]
    return lambda: Crc(add, size)


def in_base64(checksum: Checksum, backwards: bool = False) -> str:
    """As it stands in a request; `backwards` with its last byte first."""
    digest = checksum.digest()
    return b64encode(digest[::-1] if backwards else digest).decode()
