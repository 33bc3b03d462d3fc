"""HdrHistogram's own encoding (V2, compressed, base64), which all of its tools read. Knows nothing of records."""

from __future__ import annotations

import ctypes
from array import array

from hdrh.histogram import HdrHistogram

from s3bench_tui.stats.histogram import COUNTS, MAX_VALUE_NS, Histogram, index_of

SIGNIFICANT_FIGURES = 3


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
    """The histogram that `encode` was given; ValueError where the text is none."""
    try:
        hdr = HdrHistogram.decode(text)
    except Exception as error:  # noqa: BLE001  # the package lets whatever zlib, base64 and ctypes raise through
        raise ValueError(f"not an HdrHistogram V2 text: {error or type(error).__name__}") from None
    if hdr.counts_len != COUNTS or hdr.unit_magnitude != 0:
        raise ValueError("an HdrHistogram of another range or precision")
    if not hdr.total_count:
        return Histogram()
    first, end = index_of(hdr.min_value), index_of(hdr.max_value) + 1
    counts = array("Q")
    counts.frombytes(memoryview(hdr.counts).cast("B")[8 * first : 8 * end])
    return Histogram.of_counts(counts, first)
