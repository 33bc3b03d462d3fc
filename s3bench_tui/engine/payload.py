"""The content of what is written: AES-128 in counter mode, at memory speed, from (seed, key, version, offset) alone.

Each object has its own stretch of the cipher's counters, so its content can be made again from anywhere in the
middle, no block of 4 KiB ever repeats, within an object or between objects, and nothing compresses. It is made to
be unique, not to be secret. Knows nothing of drivers; stores.base.PayloadSource is what they see.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

BLOCK_BYTES = 4096
_COUNTER_BYTES = 16
_COUNTERS = 1 << 128
_ZEROS = memoryview(bytes(64 * BLOCK_BYTES))


class _Stream(threading.local):
    """A cipher for each thread: it holds its place in the stream, and lets other threads run while it works."""

    def __init__(self, key: bytes) -> None:
        # Imported here because a worker that only reads has no use for 25 ms and 8 MB of cryptography.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        self.cipher = Cipher(algorithms.AES(key), modes.CTR(bytes(_COUNTER_BYTES))).encryptor()


class Payload:
    """Makes and checks content, in any thread.

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

    def fill(self, out: memoryview, key: str, version: int, offset: int) -> None:
        """Fill the whole of `out` with the content of object `key` from `offset` (a multiple of 4096) on."""
        if self._stream is None:
            _write_zeros(out)
            return
        cipher = self._stream.cipher
        digest = self._digest.copy()
        # Any key can be hashed, also a file name that is not UTF-8.
        digest.update(f"{version} {key}".encode("utf-8", "surrogateescape"))
        counter = digest.digest()
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
        wanted = memoryview(bytearray(min(len(_ZEROS), lead + len(found))))
        done = 0
        while done < len(found):
            part = wanted[: lead + len(found) - done]
            self.fill(part, key, version, offset + done - lead)
            right, there = bytes(part[lead:]), bytes(found[done : done + len(part) - lead])
            if right != there:
                return done + next(place for place, byte in enumerate(right) if byte != there[place])
            done += len(right)
            lead = 0
        return -1


def _seek(cipher: CipherContext, counter: bytes, offset: int) -> None:
    if offset:
        place = int.from_bytes(counter, "big") + offset // _COUNTER_BYTES
        counter = (place % _COUNTERS).to_bytes(_COUNTER_BYTES, "big")
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
