"""What the head of a request says about the content of its body. Knows no sockets and no body, but for its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.checksum import Bytes, Checksum, in_base64, opener
from s3bench_tui.stores.options import LineOptions


class BodyDigest:
    """Of one body: its SHA-256 where the signature holds it, and the checksum that the store is to compare."""

    __slots__ = ("_checksum", "_field", "_sha256")

    def __init__(self, signed: bool, field: str = "", checksum: Checksum | None = None) -> None:
        self._sha256 = hashlib.sha256() if signed else None
        self._field = field
        self._checksum = checksum

    def update(self, data: Bytes) -> None:
        """The next bytes of the body."""
        if self._sha256 is not None:
            self._sha256.update(data)
        if self._checksum is not None:
            self._checksum.update(data)

    @property
    def sha256(self) -> str:
        """In hex; empty where the signature leaves the body out."""
        return self._sha256.hexdigest() if self._sha256 is not None else ""

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What goes into the head beside the signature; nothing where no checksum is asked for."""
        return ((self._field, in_base64(self._checksum)),) if self._checksum is not None else ()


NewDigest: TypeAlias = Callable[[Operation], BodyDigest | None] | None
"""Begins the digest of the body of a PUT, where its head holds one; None where no head does."""


def by_line(
    lines: Sequence[LineOptions], field_of: Callable[[str], str], signed: bool
) -> Sequence[Callable[[], BodyDigest] | None]:
    """What begins the digest of a body of each line; None where it needs none. `field_of` names the field of a head in
    which a checksum stands."""
    return [_begin(line.checksum, field_of, signed) for line in lines]


def _begin(algorithm: str, field_of: Callable[[str], str], signed: bool) -> Callable[[], BodyDigest] | None:
    if not algorithm:
        return (lambda: BodyDigest(signed=True)) if signed else None
    field, new = field_of(algorithm), opener(algorithm)
    return lambda: BodyDigest(signed, field, new())
