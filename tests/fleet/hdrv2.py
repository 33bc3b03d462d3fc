"""Reads HdrHistogram's plain V2 encoding, from its description: a head of 40 bytes, then counts as zigzag LEB128.

A negative number stands for so many buckets without a count.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

HEAD = struct.Struct(">iiiiqqd")
COOKIE = 0x1C849313


def read(blob: bytes) -> Iterator[dict[int, int]]:
    """Of each histogram in turn: lowest value of a bucket -> count."""
    while blob:
        cookie, length, offset, digits, lowest, highest, ratio = HEAD.unpack_from(blob)
        assert (cookie, offset, digits, lowest, highest, ratio) == (COOKIE, 0, 3, 1, 3_600_000_000, 1.0)
        yield dict(_counts(blob[HEAD.size : HEAD.size + length]))
        blob = blob[HEAD.size + length :]


def _counts(payload: bytes) -> Iterator[tuple[int, int]]:
    index = 0
    for number in _numbers(payload):
        if number < 0:
            index -= number
            continue
        if number:
            yield _value(index), number
        index += 1


def _numbers(payload: bytes) -> Iterator[int]:
    value = shift = place = 0
    for byte in payload:
        place += 1
        if place == 9:
            value, byte = value | byte << shift, 0
        else:
            value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield (value >> 1) ^ -(value & 1)
            value = shift = place = 0


def _value(index: int) -> int:
    """2048 values of width 1, then 1024 of width 2, 1024 of width 4, ..."""
    bucket = max(0, index // 1024 - 1)
    return (index - bucket * 1024) << bucket
