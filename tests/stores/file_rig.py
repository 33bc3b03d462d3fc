"""What the tests of file:// and direct:// share: drivers opened in every way, and operations carried out one by one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.stores.base import Driver, DriverConfig, Operation
from s3bench_tui.stores.files.uring import Ring
from s3bench_tui.stores.outcome import name_of
from s3bench_tui.stores.registry import open_driver

Open = Callable[..., Driver]


def content(key: str, version: int, offset: int, length: int) -> bytes:
    """Different for each key, version and place, and simple to see."""
    assert offset % 4096 == 0
    line = f"{key}|{version}|".encode("utf-8", "surrogatepass")
    blocks = range(offset // 4096, -(-(offset + length) // 4096) + 1)
    return b"".join((line + str(block).encode() + b"." * 4096)[:4096] for block in blocks)[:length]


class Payload:
    def fill(self, out: memoryview, key: str, version: int, offset: int) -> None:
        out[:] = content(key, version, offset, len(out))


def has_ring() -> bool:
    try:
        Ring().close()
    except OSError:
        return False
    return True


def has_direct(folder: Path) -> bool:
    (folder / "probe").write_bytes(b"x")
    try:
        os.close(os.open(folder / "probe", os.O_RDONLY | os.O_DIRECT))
    except OSError:
        return False
    finally:
        (folder / "probe").unlink()
    return True


WAYS = [
    (scheme, io, inline)
    for scheme in ("file", "direct")
    for io, inline in (("uring", True), ("threads", True), ("auto", False))
]
"""Scheme, way of I/O, and whether what is at hand completes within `submit`."""


def way_id(way: tuple[str, str, bool]) -> str:
    """Of one of WAYS, in the names of tests."""
    return f"{way[0]}-{way[1]}{'' if way[2] else '-remote'}"


def opening(way: tuple[str, str, bool], folder: Path) -> Iterator[Open]:
    """The body of a fixture that opens drivers below the folder in one of WAYS, and closes them."""
    scheme, io, inline = way
    if io == "uring" and not has_ring():
        pytest.skip("this kernel or container has no io_uring")
    if scheme == "direct" and not has_direct(folder):
        pytest.skip("the temporary directory's file system has no O_DIRECT")
    drivers = []

    def open_one(**options: Any) -> Driver:
        root = options.pop("root", folder)
        payload = options.pop("payload", Payload())
        drivers.append(open_driver(DriverConfig(scheme, str(root), {"io": io, "inline": inline, **options}), payload))
        return drivers[-1]

    before = len(os.listdir("/proc/self/fd"))
    yield open_one
    for driver in drivers:
        driver.close()
    assert len(os.listdir("/proc/self/fd")) <= before, (
        "descriptors are left open"
    )  # fewer: what others left was collected


def ask(driver: Driver, kind: int, key: str = "", **fields: Any) -> Operation:
    """Do one operation, in an Operation that another one has used before."""
    op = Operation(fields.pop("slot", 0))
    op.outcome, op.detail, op.items, op.pages, op.transferred, op.first_byte_ns = 5, "old", 9, 9, 9, 9
    op.kind, op.key = kind, key
    for name, value in fields.items():
        setattr(op, name, value)
    before = time.monotonic_ns()
    driver.submit(op)
    seen = []
    while not seen and time.monotonic_ns() - before < 20_000_000_000:
        seen = list(driver.wait(1_000_000_000))
    assert seen == [op]
    assert before <= op.dispatch_ns <= op.done_ns <= time.monotonic_ns()
    assert op.first_byte_ns == 0 or op.dispatch_ns <= op.first_byte_ns <= op.done_ns
    return op


def good(op: Operation) -> Operation:
    assert (name_of(op.outcome), op.detail) == ("ok", "")
    return op
