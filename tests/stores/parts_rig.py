"""What the tests of uploads in parts share: drivers that write in parts, and their completions told apart."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.stores.base import DriverConfig, Operation
from s3bench_tui.stores.http.multipart import MultipartDriver
from s3bench_tui.stores.multipart import Multipart, request_of
from s3bench_tui.stores.options import NO_OPTIONS, LineOptions
from s3bench_tui.stores.s3.store import open_driver
from tests.servers.process import Server
from tests.stores.http_rig import BUCKET, MS, endpoint, operation

MIB = 1 << 20


@contextmanager
def in_parts(
    *urls: str,
    bucket: str = BUCKET,
    server: Server | None = None,
    part: int = 5 * MIB,
    parallel: int = 3,
    above: int | None = None,
    credentials: Mapping[str, str] | None = None,
    timeout_s: float = 20,
    lines: Sequence[LineOptions] = (),
    **options: Any,
) -> Iterator[MultipartDriver]:
    """A driver that writes the objects of line 0 in parts and those of line 1 by one request, closed at the end."""
    keys: Mapping[str, str] = {"access_key": "test-access", "secret_key": "test-secret"}
    if server is not None:
        keys = {"access_key": server.access_key, "secret_key": server.secret_key}
    config = DriverConfig(
        "s3",
        bucket,
        {
            "endpoints": [endpoint(url, bucket) for url in urls or (server.endpoint,)],  # type: ignore[union-attr]
            "balance": "round_robin",
            "region": server.region if server else "us-east-1",
            "signing": "unsigned",
            **options,
        },
        credentials or keys,
        operation_timeout_ns=int(timeout_s * 1e9),
        lines=lines or (LineOptions(multipart=Multipart(part, parallel, part if above is None else above)), NO_OPTIONS),
    )
    driver = cast(MultipartDriver, open_driver(config, Payload(1)))
    try:
        yield driver
    finally:
        driver.close()


def put(key: str, length: int, slot: int = 0, line: int = 0) -> Operation:
    """A PUT that is ready to be submitted."""
    op = operation("put", key, length, slot=slot)
    op.entry = line
    return op


def write(driver: MultipartDriver, ops: Sequence[Operation], within_s: float = 30) -> list[tuple[str, Operation]]:
    """Carry these out; the requests that were handed out before each had ended, with their names."""
    for op in ops:
        driver.submit(op)
    return rest(driver, ops, within_s)


def rest(driver: MultipartDriver, ops: Sequence[Operation], within_s: float = 30) -> list[tuple[str, Operation]]:
    """Wait for these, which were submitted; the requests that were handed out meanwhile."""
    lines = len(driver._plans)
    left = {id(op) for op in ops}
    requests = []
    deadline = time.monotonic() + within_s
    while left:
        assert time.monotonic() < deadline, f"{len(left)} operations hang"
        for op in driver.wait(50 * MS):
            assert op.dispatch_ns <= op.done_ns
            if op.entry < lines:
                left.remove(id(op))
            else:
                line, name = request_of(lines, op.entry)
                assert line == 0
                requests.append((name, op))
    assert not driver.wait(0)
    return requests
