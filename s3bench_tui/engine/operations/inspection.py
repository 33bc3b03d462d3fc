"""Whether what a read brought is what this program once wrote: right object, right place, one version, no bit changed.

The content is made again and compared, a window at a time. Which version it should be, the content says itself (see
engine.payload); which version it may be, the operation. Only where something is wrong it is looked at closer, so that
the finding can say what came instead. Knows no drivers; stores.base.Inspector is what they see.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic_ns

from s3bench_tui.engine.objects.contents import Contents
from s3bench_tui.engine.objects.payload import BLOCK_BYTES, Payload
from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.outcome import INTEGRITY, OK
from s3bench_tui.units import NS_PER_S

STAMP_BYTES = 16
"""Fewer bytes than this, or twice as many off the grid of 16, do not tell their version: only their number is known."""

_ZEROS_FROM = 16
"""So many zeros in a row are called a hole, and not wrong bytes."""


class Inspector:
    """Opens inspections, and counts what they did: `verified` reads, `verified_bytes`, and `verify_ns` that it took."""

    def __init__(self, contents: Payload | Contents, clock: Callable[[], int] = monotonic_ns) -> None:
        self.contents = contents
        self.clock = clock
        self.counters = {"verified": 0, "verified_bytes": 0, "verify_ns": 0}

    def open(self) -> Inspection:
        """For one read after the other."""
        return Inspection(self)


class Inspection:
    """One verified read. `look` may run in any thread, one at a time; `begin` and `end` in the driver's own."""

    __slots__ = ("_at", "_fault_at", "_inspector", "_key", "_payload", "_seen", "_spent_ns", "_version", "_words")

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector

    def begin(self, op: Operation) -> None:
        """The bytes of this read are about to come."""
        self._key = op.key
        self._payload = self._inspector.contents.of(op.key)
        self._at = max(op.offset, 0)
        self._version: int | None = None
        self._fault_at = -1
        self._words = ""
        self._seen = 0
        self._spent_ns = 0

    def look(self, data: memoryview) -> None:
        """The next bytes, in order."""
        began_ns = self._inspector.clock()
        if self._fault_at < 0:
            self._compare(data)
        self._at += len(data)
        self._spent_ns += self._inspector.clock() - began_ns

    def end(self, op: Operation) -> None:
        """All has come: a read that went well so far has failed where a fault was found."""
        counters = self._inspector.counters
        counters["verify_ns"] += self._spent_ns
        if op.outcome == INTEGRITY:
            op.fault_at = self._at  # it is of another length, and ended here
        if op.outcome != OK:
            return
        if self._fault_at < 0 and self._version is not None and self._version < op.oldest:
            self._fault_at = max(op.offset, 0)
            self._words = (
                f"an old version came, {_version(self._version)}, although {_version(op.oldest)} or a later one "
                "had been written before this read began"
            )
        counters["verified"] += self._seen > 0
        counters["verified_bytes"] += self._seen
        if self._fault_at >= 0:
            op.outcome = INTEGRITY
            op.fault_at = self._fault_at
            op.detail = f"at byte {self._fault_at}: {self._words}"
            op.transferred = 0

    def _compare(self, data: memoryview) -> None:
        payload, at = self._payload, self._at
        if self._version is None:
            place = payload.stamp_place(at, len(data))
            if place < 0:
                return  # too short to tell its version
            self._version = payload.version_in(data[place : place + STAMP_BYTES], self._key, at + place)
        self._seen += len(data)
        version = self._version if self._version is not None else self._search(data)
        if version is None:
            self._fault_at, self._words = at, self._foreign(data)
            return
        self._version = version
        index = payload.matches(data, self._key, version, at)
        if index >= 0:
            self._fault_at, self._words = at + index, self._wrong(data, index, version)

    # --- what came instead ------------------------------------------------------------------------------------------

    def _search(self, data: memoryview) -> int | None:
        """The version of what is the object's own, where its first bytes are not: looked for close by, then further on."""
        payload, at = self._payload, self._at
        block_end = min(BLOCK_BYTES - at % BLOCK_BYTES, len(data))
        for index in (*range(STAMP_BYTES, block_end, STAMP_BYTES), *range(block_end, len(data), BLOCK_BYTES)):
            place = payload.stamp_place(at + index, len(data) - index)
            if place < 0:
                return None
            stamp = index + place
            version = payload.version_in(data[stamp : stamp + STAMP_BYTES], self._key, at + stamp)
            if version is not None:
                return version
        return None

    def _foreign(self, data: memoryview) -> str:
        """Nothing in the window is this object's."""
        if _zeros(data) >= min(len(data), BLOCK_BYTES):
            return "zeros came where there was content"
        other = self._other(data, 0)
        return (
            other or "this is not what this program writes with this seed; it was written by another one, or destroyed"
        )

    def _wrong(self, data: memoryview, index: int, version: int) -> str:
        """What stands from `index` on, in an object that is of this version elsewhere."""
        payload, key, at = self._payload, self._key, self._at
        if _zeros(data[index:]) >= _ZEROS_FROM:
            return "zeros came where there was content"
        place = payload.stamp_place(at + index, len(data) - index)
        if place >= 0:
            stamp = index + place
            found = payload.version_in(data[stamp : stamp + STAMP_BYTES], key, at + stamp)
            if found is not None and found != version:
                return f"two versions in one read: {_version(version)}, and from there on {_version(found)}"
            if found is None and (other := self._other(data, index)):
                return other
        block_end = min(len(data), index + BLOCK_BYTES - (at + index) % BLOCK_BYTES)
        bits = self._bits(data[index:block_end], at + index, version)
        return f"{bits} bit{'' if bits == 1 else 's'} of the {block_end - index} bytes from there on {'is' if bits == 1 else 'are'} wrong"

    def _other(self, data: memoryview, index: int) -> str:
        """Whose content it is, where it is this program's; two cipher blocks in a row prove that."""
        payload = self._payload
        place = payload.stamp_place(self._at + index, len(data) - index)
        first = index + place
        second = first + STAMP_BYTES
        if place < 0 or payload.stamp_place(self._at + second, len(data) - second) != 0:
            return ""
        counter = payload.counter_in(data[first:second])
        if payload.counter_in(data[second : second + STAMP_BYTES]) != counter + 1:
            return ""
        if (where := payload.offset_of(counter, self._key)) is not None:
            return f"what came belongs to byte {where - place} of this object"
        return "what came is the content of another object"

    def _bits(self, data: memoryview, offset: int, version: int) -> int:
        """How many bits differ from what should be there."""
        lead = offset % BLOCK_BYTES
        right = bytearray(lead + len(data))
        self._payload.fill(memoryview(right), self._key, version, offset - lead)
        return (int.from_bytes(data, "big") ^ int.from_bytes(right[lead:], "big")).bit_count()


def _zeros(data: memoryview) -> int:
    """How many zeros it begins with, up to a block."""
    head = bytes(data[:BLOCK_BYTES])
    return len(head) - len(head.lstrip(b"\0"))


def _version(version: int) -> str:
    """Versions are the times at which they were written, in ns since 1970; 0 is an object as it was first made."""
    if not version:
        return "that of the first write"
    seconds, rest_ns = divmod(version, NS_PER_S)
    try:
        return f"that of {datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns // 1000:06d}Z"
    except (OverflowError, ValueError):
        return f"number {version}"
