"""The content of what is written: AES-128 in counter mode, at memory speed, from (seed, key, version, offset) alone.

Each object has its own stretch of the cipher's counters, so its content can be made again from anywhere in the
middle, no block of 4 KiB ever repeats, within an object or between objects, and nothing compresses. It is made to
be unique, not to be secret. Knows nothing of drivers; stores.base.PayloadSource is what they see.

    counter of a cipher block = origin(key) + (version << 40) + number of the block in the object      (mod 2^128)

A block of 16 bytes is its counter, encrypted. Decrypted, any of them tells of which version it is, and where in the
object it belongs: content needs no stamps beside it to be recognised.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

BLOCK_BYTES = 4096
_COUNTER_BYTES = 16
_COUNTERS = 1 << 128
_VERSION_SHIFT = 40
_VERSIONS = 1 << 64
_ZEROS = memoryview(bytes(64 * BLOCK_BYTES))


class _Stream(threading.local):
    """A cipher for each thread: it holds its place in the stream, and lets other threads run while it works."""

    def __init__(self, key: bytes) -> None:
        # Imported here because a worker that only reads has no use for 25 ms and 8 MB of cryptography.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        self.cipher = Cipher(algorithms.AES(key), modes.CTR(bytes(_COUNTER_BYTES))).encryptor()
        self.decipher = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 of single blocks, to recognise them
        self.scratch = bytearray(len(_ZEROS))


class Payload:
    """Makes content and recognises it, in any thread.

    `dedup_factor` N: blocks Nk ... Nk+N-1 of 4 KiB of an object are equal. `compress_factor` M: each block of 4 KiB
    is zeros but for its first 4096 // M bytes.
    """

    __slots__ = ("_dedup", "_digest", "_kept", "_stream")

    def __init__(
        self, seed: int, fill: Literal["random", "zero"] = "random", dedup_factor: int = 1, compress_factor: int = 1
    ) -> None:
        self._dedup = dedup_factor
        self._kept = BLOCK_BYTES // compress_factor
        self._stream: _Stream | None = None
        if fill == "zero":
            return
        from hashlib import blake2b

        secret = blake2b(str(seed).encode(), digest_size=16).digest()
        self._digest = blake2b(secret, digest_size=_COUNTER_BYTES)
        self._stream = _Stream(secret)

    def of(self, key: str) -> Payload:
        """The content of this object, as of any other: this."""
        return self

    def fill(self, out: memoryview, key: str, version: int, offset: int) -> None:
        """Fill the whole of `out` with the content of object `key` from `offset` (a multiple of 4096) on."""
        if self._stream is None:
            _write_zeros(out)
            return
        cipher = self._stream.cipher
        counter = self._origin(key)
        if version:
            counter = _counter(int.from_bytes(counter, "big") + (version << _VERSION_SHIFT))
        if self._dedup > 1:
            self._repeat_blocks(cipher, out, counter, offset // BLOCK_BYTES)
            return
        _seek(cipher, counter, offset)
        _stream(cipher, out)
        if self._kept < BLOCK_BYTES:
            zeros = _ZEROS[self._kept : BLOCK_BYTES]
            for start in range(self._kept, len(out), BLOCK_BYTES):
                part = out[start : start + len(zeros)]
                part[:] = zeros if len(part) == len(zeros) else zeros[: len(part)]

    def _origin(self, key: str) -> bytes:
        """The counter at which the object's content begins in version 0."""
        digest = self._digest.copy()
        # Any key can be hashed, also a file name that is not UTF-8.
        digest.update(f"0 {key}".encode("utf-8", "surrogateescape"))
        return digest.digest()

    def _repeat_blocks(self, cipher: CipherContext, out: memoryview, counter: bytes, block: int) -> None:
        """The same from a block on where blocks repeat: each unique one is made once, and spread."""
        end = (len(out) + BLOCK_BYTES - 1) // BLOCK_BYTES + block
        kept, dedup = self._kept, self._dedup
        tail = bytes(BLOCK_BYTES - kept)
        unique = bytearray(BLOCK_BYTES)
        _seek(cipher, counter, block // dedup * BLOCK_BYTES)
        done = 0
        while block < end:
            cipher.update_into(_ZEROS[:BLOCK_BYTES], unique)
            unique[kept:] = tail
            last = min((block // dedup + 1) * dedup, end)
            run = unique * (last - block)
            part = out[done : done + len(run)]
            part[:] = run if len(part) == len(run) else run[: len(part)]
            done += len(run)
            block = last

    def matches(self, data: bytes | bytearray | memoryview, key: str, version: int, offset: int) -> int:
        """-1 where `data` is the content of the object from `offset` (any) on, else the index in it of the first wrong byte."""
        found = memoryview(data)
        lead = offset % BLOCK_BYTES
        scratch = self._stream.scratch if self._stream is not None else bytearray(len(_ZEROS))
        done = 0
        while done < len(found):
            part = memoryview(scratch)[: lead + len(found) - done]
            self.fill(part, key, version, offset + done - lead)
            there = found[done : done + len(part) - lead]
            if not scratch.startswith(there, lead):  # memcmp, where memoryviews are compared one byte after the other
                wrong = next(place for place, byte in enumerate(there) if byte != scratch[lead + place])
                return done + wrong
            done += len(there)
            lead = 0
        return -1

    def stamp_place(self, offset: int, length: int) -> int:
        """Index of the first whole cipher block in `length` bytes from `offset` (of the object) on; -1 where there is
        none: too few bytes, or zeros where `compress_factor` or `fill` has them."""
        start = offset if self._stream is not None else offset + length
        while True:
            start = -(-start // _COUNTER_BYTES) * _COUNTER_BYTES
            if start + _COUNTER_BYTES > offset + length:
                return -1
            if start % BLOCK_BYTES + _COUNTER_BYTES <= self._kept:
                return start - offset
            start = (start // BLOCK_BYTES + 1) * BLOCK_BYTES

    def version_in(self, block: bytes | memoryview, key: str, offset: int) -> int | None:
        """The version of object `key` whose 16 bytes at `offset` (a multiple of 16) these are; None where they are not."""
        stream_offset = offset // BLOCK_BYTES // self._dedup * BLOCK_BYTES + offset % BLOCK_BYTES
        place = self.counter_in(block) - int.from_bytes(self._origin(key), "big") - stream_offset // _COUNTER_BYTES
        version, rest = divmod(place % _COUNTERS, 1 << _VERSION_SHIFT)
        return version if rest == 0 and version < _VERSIONS else None

    def offset_of(self, counter: int, key: str) -> int | None:
        """Where in object `key`, of whatever version, this counter stands; None where it is another's. Of repeated
        blocks the first."""
        version, place = divmod((counter - int.from_bytes(self._origin(key), "big")) % _COUNTERS, 1 << _VERSION_SHIFT)
        block, rest = divmod(place * _COUNTER_BYTES, BLOCK_BYTES)
        return block * self._dedup * BLOCK_BYTES + rest if version < _VERSIONS else None

    def counter_in(self, block: bytes | memoryview) -> int:
        """The counter that these 16 bytes are, if they are of this seed at all."""
        assert self._stream is not None
        return int.from_bytes(self._stream.decipher.update(block), "big")


def _counter(place: int) -> bytes:
    return (place % _COUNTERS).to_bytes(_COUNTER_BYTES, "big")


def _seek(cipher: CipherContext, counter: bytes, offset: int) -> None:
    if offset:
        counter = _counter(int.from_bytes(counter, "big") + offset // _COUNTER_BYTES)
    cipher.reset_nonce(counter)


def _stream(cipher: CipherContext, out: memoryview) -> None:
    """The key stream itself: what zeros become."""
    step = len(_ZEROS)
    if len(out) <= step:
        cipher.update_into(_ZEROS[: len(out)], out)
        return
    for start in range(0, len(out), step):
        part = out[start : start + step]
        cipher.update_into(_ZEROS[: len(part)], part)


def _write_zeros(out: memoryview) -> None:
    step = len(_ZEROS)
    for start in range(0, len(out), step):
        part = out[start : start + step]
        part[:] = _ZEROS[: len(part)]
