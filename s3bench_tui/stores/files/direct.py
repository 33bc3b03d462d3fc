"""direct://: files below a directory, past the page cache (O_DIRECT).

Offsets and lengths that are not multiples of the file system's alignment are widened to those that are; only the
bytes that were asked for count. The last block of a body that is not a multiple is written padded, and the file is
then cut to its length: each byte goes past the page cache, and the file is exact.
"""

from __future__ import annotations

import ctypes
import errno
import os
import time
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import GET, DriverConfig, Inspector, Operation, PayloadSource, ProbeResult
from s3bench_tui.stores.files.directory import DirectoryStore
from s3bench_tui.stores.files.file import CHUNK_BYTES, FileDriver
from s3bench_tui.stores.files.mount import IN_MEMORY
from s3bench_tui.stores.files.transfer import Buffer, Read, check, write_all
from s3bench_tui.stores.files.tree import is_safe
from s3bench_tui.stores.files.writer import Writer
from s3bench_tui.stores.uri import Uri

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target

_O_DIRECT = getattr(os, "O_DIRECT", 0)
_AT_EMPTY_PATH, _STATX_DIOALIGN = 0x1000, 0x2000
_STATX_BYTES, _STATX_MASK, _STATX_OFFSET_ALIGN = 256, 0, 156
_NOTHING_HELD = ("", -1)
_SAFE_ALIGNMENT = 4096
"""Right for every disk of 512-byte or 4 KiB sectors; used where the kernel does not say (before 6.1)."""


def open_store(target: Target, uri: Uri, connect_timeout_ns: int, operation_timeout_ns: int) -> DirectStore:
    """The control plane."""
    return DirectStore(target, uri, operation_timeout_ns)


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> DirectDriver:
    """The data plane; TargetError where the root is not there."""
    if inspector is not None:
        from s3bench_tui.stores.files.verifying import VerifyingDirectDriver

        return VerifyingDirectDriver(config, payload, inspector)
    return DirectDriver(config, payload)


def alignment_of(fd: int) -> int:
    """What offsets and lengths must be multiples of, as the file system says; 0 where it refuses O_DIRECT."""
    answer = ctypes.create_string_buffer(_STATX_BYTES)
    statx = getattr(ctypes.CDLL(None), "statx", None)
    if statx is None or statx(fd, b"", _AT_EMPTY_PATH, _STATX_DIOALIGN, answer) != 0:
        return _SAFE_ALIGNMENT
    if not int.from_bytes(answer.raw[_STATX_MASK : _STATX_MASK + 4], "little") & _STATX_DIOALIGN:
        return _SAFE_ALIGNMENT
    return int.from_bytes(answer.raw[_STATX_OFFSET_ALIGN : _STATX_OFFSET_ALIGN + 4], "little")


class DirectStore(DirectoryStore):
    """A directory on a file system that has O_DIRECT."""

    def probe(self, writes: bool) -> ProbeResult:
        """As for file://, and with a file that is there or may be made, that O_DIRECT is to be had."""
        result = super().probe(writes)
        if self._mount.kind in IN_MEMORY:
            raise self._refusal()
        alignment = self._alignment(writes) if result.facts["exists"] else None
        if alignment is None:
            return ProbeResult(f"{result.summary}; O_DIRECT not tried: no file yet", result.facts)
        return ProbeResult(
            f"{result.summary}; O_DIRECT in units of {alignment} bytes", {**result.facts, "alignment_bytes": alignment}
        )

    def _alignment(self, writes: bool) -> int | None:
        if writes:
            with self._scratch() as fd:
                return self._alignment_of_path(f"/proc/self/fd/{fd}")
        first = next(self.list(""), None)
        return self._alignment_of_path(f"{self._root}/{first.key}") if first else None

    def _alignment_of_path(self, path: str) -> int:
        try:
            fd = os.open(path, os.O_RDONLY | _O_DIRECT)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.EOPNOTSUPP):
                raise self._refusal() from None
            raise TargetError(f"{path}: {error.strerror}") from None
        try:
            alignment = alignment_of(fd)
        finally:
            os.close(fd)
        if not alignment:
            raise self._refusal()
        return alignment

    def _refusal(self) -> TargetError:
        return TargetError(
            f"{self._root} is on {self._mount.kind}, which has no O_DIRECT; use file://{self._root} "
            "with page_cache_mode: dontneed, or a directory on a disk"
        )


class DirectWriter(Writer):
    """Whole blocks past the page cache; what pads the last one is cut off again."""

    flags = Writer.flags | _O_DIRECT
    unit = 0

    def _write(self, op: Operation, fd: int, buffer: Buffer, length: int) -> None:
        self.unit = unit = self.unit or alignment_of(fd) or _SAFE_ALIGNMENT
        for done in range(0, length, buffer.size):
            window = min(buffer.size, length - done)
            padded = -(-window // unit) * unit
            self._next_window(op, buffer, done, window)
            if padded > window:
                buffer.view[window:padded] = bytes(padded - window)
            write_all(fd, buffer.view[:padded], done)


class DirectDriver(FileDriver):
    """Data plane of direct://."""

    writer = DirectWriter

    def __init__(self, config: DriverConfig, payload: PayloadSource) -> None:
        super().__init__(config, payload)
        self._at_once = False  # nothing is to come from the page cache
        self._advice = None
        self._mode = "normal"
        self._read_flags |= _O_DIRECT
        self._alignment = 0
        self._held: dict[int, tuple[str, int]] = {}
        """By slot: the file that its last single read was of, and its descriptor."""
        self._ring = self._io.ring
        if self._ring is not None:
            self._ring.on_odd_read = self._on_odd_read
            self.begin = self._begin_reads

    def submit(self, op: Operation) -> None:
        """A range that is aligned and fits one read goes to the ring as it is; all else takes the long way."""
        offset, length, unit, ring = op.offset, op.length, self._alignment, self._ring
        if (
            ring is None
            or not unit
            or op.kind != GET
            or offset < 0
            or not 0 < length <= CHUNK_BYTES
            or (offset | length) & (unit - 1)
        ):
            super().submit(op)
            return
        slot, key = op.slot, op.key
        key_held, fd = self._held.get(slot, _NOTHING_HELD)
        if key_held != key or fd in self._open.forgotten:
            if not is_safe(key):
                super().submit(op)
                return
            try:
                fd = self._hold(slot, key)
            except (OSError, ValueError) as error:
                op.dispatch_ns = time.monotonic_ns()
                self._fail(op, error)
                self._done.append(op)
                return
        buffer = self._buffers.get(slot)
        if buffer is None or buffer.size < length:
            buffer = self._buffer(slot, length)
        self._handed_over += 1
        self._outstanding += 1
        op.outcome = op.items = op.pages = 0
        op.detail = ""
        ring.read(op, fd, buffer.address)

    def _begin_reads(self) -> Sequence[Operation]:
        ended = self._io.begin()
        self._outstanding -= len(ended)
        return ended

    def _hold(self, slot: int, key: str) -> int:
        """This file's descriptor, from now on held for the slot in place of the one before."""
        if slot in self._held:
            self._open.give(*self._held.pop(slot))
        fd = self._open.take(key)
        self._held[slot] = (key, fd)
        return fd

    def _on_odd_read(self, op: Operation, result: int) -> bool:
        op.transferred = 0
        if result >= 0:
            self._mismatch(op, result)
        elif result in (-errno.EINTR, -errno.EAGAIN):
            self._outstanding -= 1
            self._hand_over(op, self._get_range(op))
            return False
        else:
            self._fail(op, OSError(-result, os.strerror(-result)))
        return True

    def _open_range(self, key: str) -> int:
        return os.open(key, self._read_flags, dir_fd=self._root)

    def _unit(self, fd: int) -> int:
        """Asked of the first file, and the same for all: they are on one file system."""
        if not self._alignment:
            self._alignment = alignment_of(fd) or _SAFE_ALIGNMENT
        return self._alignment

    def _read(self, op: Operation, fd: int, offset: int, length: int, got: int) -> Generator[Read, int, int]:
        unit = self._unit(fd)
        start = offset // unit * unit
        end = -(-(offset + length) // unit) * unit
        buffer = self._buffer(op.slot, end - start if length >= 0 else 1 << 62)
        at = start
        while at < end or length < 0:
            wanted = min(buffer.size, end - at) if length >= 0 else buffer.size
            moved = yield fd, buffer, wanted, at
            if moved <= 0 and not check(moved):
                continue
            if moved and not op.first_byte_ns:
                op.first_byte_ns = time.monotonic_ns()
            at += moved
            if moved < wanted:
                break  # the file's end: O_DIRECT does not stop short elsewhere
        got = max(0, at - offset)
        return min(got, length) if length >= 0 else got
