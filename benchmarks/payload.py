"""What the content of writes costs: CPU on one core, by size of object and shape of content."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.figures import Bar, Table
from benchmarks.setting import Setting
from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.stores.base import WINDOW_BYTES
from s3bench_tui.units import format_size

SIZES = (4 << 10, 64 << 10, 1 << 20, 8 << 20)
JUDGED = 1 << 20
"""From this size on the cost of an object no longer counts beside that of its bytes."""
KEY = "benchmark/prepared-00000001.dat"


def best_ns(make: Callable[[int], None], seconds: float, rounds: int = 5) -> float:
    """CPU time of one call, in the best of some rounds."""
    make(0)
    best, calls = float("inf"), 1
    for _ in range(rounds):
        start = time.process_time_ns()
        for version in range(calls):
            make(version)
        spent = max(time.process_time_ns() - start, 1)
        best = min(best, spent / calls)
        calls = max(1, int(seconds * 1e9 / rounds / best))
    return best


def payload(setting: Setting) -> Table:
    """Every block of 4 KiB is unique, but where the shape says otherwise."""
    shapes = {
        "random": Payload(1),
        "dedup 4": Payload(1, dedup_factor=4),
        "compress 4": Payload(1, compress_factor=4),
        "dedup 4, compress 4": Payload(1, dedup_factor=4, compress_factor=4),
        "zero": Payload(1, "zero"),
    }
    window = memoryview(bytearray(WINDOW_BYTES))
    rows, bars = [], []
    for shape, content in shapes.items():
        for size in SIZES:

            def make(version: int, content: Payload = content, size: int = size) -> None:
                for offset in range(0, size, WINDOW_BYTES):
                    content.fill(window[: size - offset], KEY, version, offset)

            spent = best_ns(make, 0.1 if setting.quick else 0.3)
            rows.append([shape, format_size(size), f"{spent / 1000:.2f}", f"{size / spent:.2f}"])
            if shape == "random" and size >= JUDGED:
                bars.append(Bar(f"random, {format_size(size)}", size / spent, 4, at_most=False, unit="GB/s"))
    return Table(
        "payload: making content",
        "In the process of the benchmark, CPU time of one core, best of 5 rounds.",
        ("content", "object", "us/object", "GB/s"),
        rows,
        bars,
    )
