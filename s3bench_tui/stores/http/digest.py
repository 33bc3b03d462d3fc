"""What a request says about the content of its body, in its head or behind the body. Knows no sockets and no body, but for its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from s3bench_tui.stores.base import WINDOW_BYTES, Operation
from s3bench_tui.stores.checksum import Bytes, Checksum, in_base64, opener
from s3bench_tui.stores.options import LineOptions


@dataclass(frozen=True, slots=True)
class Field:
    """Where in a request a checksum stands, and how."""

    name: str
    prefix: str = ""
    """Of the value."""
    backwards: bool = False
    """Whether its last byte is the first."""


class BodyDigest:
    """Of one body: its SHA-256 where the signature holds it, and the checksum that the store is to compare.

    One that `trails` is taken while the body is sent, in chunks of a window each, and stands behind the last of them.
    """

    __slots__ = ("_checksum", "_field", "_sha256", "trails")

    def __init__(
        self, signed: bool, field: Field | None = None, checksum: Checksum | None = None, trails: bool = False
    ) -> None:
        self._sha256 = hashlib.sha256() if signed else None
        self._field = field
        self._checksum = checksum
        self.trails = trails

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
        """The checksum and its field, of what came so far; nothing where none is asked for."""
        field = self._field
        if self._checksum is None or field is None:
            return ()
        return ((field.name, field.prefix + in_base64(self._checksum, field.backwards)),)

    def chunk_ends(self, size: int, last: bool) -> tuple[bytes, bytes]:
        """What stands before and behind the next so many bytes of a body whose checksum trails."""
        before, behind = (b"%x\r\n" % size, b"\r\n") if size else (b"", b"")
        if last:
            behind += b"0\r\n" + "".join(f"{name}:{value}\r\n" for name, value in self.fields).encode() + b"\r\n"
        return before, behind

    def sent_bytes(self, length: int) -> int:
        """How many bytes a body of this length becomes where its checksum trails; to be asked while it is sent."""
        full = max(length - 1, 0) // WINDOW_BYTES
        rest = length - full * WINDOW_BYTES
        around, around_last = (sum(map(len, self.chunk_ends(*each))) for each in ((WINDOW_BYTES, False), (rest, True)))
        return length + full * around + around_last


NewDigest: TypeAlias = Callable[[Operation], BodyDigest | None] | None
"""Begins the digest of the body of a PUT, where its request holds one; None where no request does."""


def by_line(
    lines: Sequence[LineOptions], field_of: Callable[[str], Field], signed: bool
) -> Sequence[Callable[[], BodyDigest] | None]:
    """What begins the digest of a body of each line; None where it needs none. `field_of` tells where the
    checksum of an algorithm stands."""
    return [_begin(line, field_of, signed) for line in lines]


def _begin(line: LineOptions, field_of: Callable[[str], Field], signed: bool) -> Callable[[], BodyDigest] | None:
    if not line.checksum:
        return (lambda: BodyDigest(signed=True)) if signed else None
    field, new, trails = field_of(line.checksum), opener(line.checksum), line.checksum_trails
    return lambda: BodyDigest(signed and not trails, field, new(), trails)
