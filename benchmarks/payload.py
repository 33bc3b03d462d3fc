"""What the content of writes costs: GB/s and microseconds per object on one core, by size of object and shape of content.

python benchmarks/payload.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

from s3bench_tui.engine.payload import Payload
from s3bench_tui.stores.base import WINDOW_BYTES
from s3bench_tui.units import format_size

SIZES = (4 << 10, 64 << 10, 1 << 20, 8 << 20)
SHAPES = {
    "random": Payload(1),
    "dedup 4": Payload(1, dedup_factor=4),
    "compress 4": Payload(1, compress_factor=4),
    "dedup 4, compress 4": Payload(1, dedup_factor=4, compress_factor=4),
    "zero": Payload(1, "zero"),
}
KEY = "benchmark/prepared-00000001.dat"


def best_ns(make: Callable[[int], None], seconds: float = 0.2, rounds: int = 5) -> float:
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


def main() -> None:
    print(f"{'content':20} {'object':>10} {'us/object':>10} {'GB/s':>7}")
    window = memoryview(bytearray(WINDOW_BYTES))
    for shape, payload in SHAPES.items():
        for size in SIZES:

            def make(version: int, payload: Payload = payload, size: int = size) -> None:
                for offset in range(0, size, WINDOW_BYTES):
                    payload.fill(window[: size - offset], KEY, version, offset)

            spent = best_ns(make)
            print(f"{shape:20} {format_size(size):>10} {spent / 1000:10.2f} {size / spent:7.2f}")


if __name__ == "__main__":
    main()
