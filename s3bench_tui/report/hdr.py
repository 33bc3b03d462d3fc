"""HdrHistogram's own encoding (V2, compressed, base64), which all of its tools read. Knows nothing of records."""

from __future__ import annotations

import base64
import ctypes
import struct
import zlib
from array import array

import pyhdrh
from hdrh.histogram import HdrHistogram

from s3bench_tui.stats.histogram import COUNTS, MAX_VALUE_NS, Histogram

SIGNIFICANT_FIGURES = 3

_OUTER = struct.Struct(">II")
"""Cookie, length of what is packed."""
_HEAD = struct.Struct(">IIIIQQd")
"""Cookie, length, offset, significant figures, lowest and highest value, ratio; the counts follow."""
_PACKED, _COUNTED = 0x1C849304, 0x1C849303
"""Cookies, without the bits that say how long a word is."""
_LONGEST = _HEAD.size + 9 * COUNTS


def filled(histogram: Histogram) -> HdrHistogram:
    """The package's own histogram with these counts; its extremes are those of the buckets."""
    hdr = HdrHistogram(1, MAX_VALUE_NS, SIGNIFICANT_FIGURES)
    if histogram.n:
        stretch = histogram.counts.tobytes()
        ctypes.memmove(ctypes.addressof(hdr.counts) + 8 * histogram.first, stretch, len(stretch))
        hdr.set_internal_tacking_values(histogram.first, histogram.end - 1, histogram.n)
    return hdr


def encode(histogram: Histogram) -> str:
    """Base64 text, about a byte for each bucket in use."""
    text: bytes = filled(histogram).encode()
    return text.decode("ascii")


def decode(text: str) -> Histogram:
    """The histogram that `encode` was given; ValueError where the text is none.

    Unpacks what the package's own `decode` does, but without a histogram of the package around it: the controller of
    many agents reads thousands of these a second.
    """
    try:
        packed = base64.b64decode(text)
        raw = zlib.decompressobj().decompress(packed[_OUTER.size :], _LONGEST)
        cookie, _, _, figures, lowest, highest, _ = _HEAD.unpack_from(raw)
        if _OUTER.unpack_from(packed)[0] & ~0xF0 != _PACKED or cookie & ~0xF0 != _COUNTED:
            raise ValueError("its cookies are others")
        counts = (ctypes.c_uint64 * COUNTS)()
        found = pyhdrh.decode(raw, _HEAD.size, ctypes.addressof(counts), COUNTS, ctypes.sizeof(ctypes.c_uint64))
    except Exception as error:  # noqa: BLE001  # the package and zlib, base64 and struct raise errors of their own
        raise ValueError(f"not an HdrHistogram V2 text: {error or type(error).__name__}") from None
    if figures != SIGNIFICANT_FIGURES or lowest > 1 or highest.bit_length() != MAX_VALUE_NS.bit_length():
        raise ValueError("an HdrHistogram of another range or precision")
    if not found["total"]:
        return Histogram()
    first, end = found["min_nonzero_index"], found["max_nonzero_index"] + 1
    stretch = array("Q")
    stretch.frombytes(memoryview(counts).cast("B")[8 * first : 8 * end])
    return Histogram(first, stretch, found["total"])
