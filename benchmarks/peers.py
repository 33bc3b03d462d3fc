"""GETs, and boto3's PUTs, as users of Python make them today: boto3, obstore, s3dlio. Prints one JSON line.

    python -m benchmarks.peers NAME ENDPOINT BUCKET KEY COUNT SLOTS OPS       KEY holds {} for the object's number

Ends with status 3 where the package is not installed.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks.floor import spent_s, tell

NOT_INSTALLED = 3


def in_threads(call: Callable[[int], object], slots: int, ops: int) -> None:
    """Measure `ops` calls, each with the number of an operation, by so many threads; the first call is a warm-up."""

    def work(first: int) -> None:
        for i in range(first, ops, slots):
            call(i)

    call(0)
    wall, cpu = time.perf_counter(), spent_s()
    threads = [threading.Thread(target=work, args=(first,)) for first in range(slots)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tell(ops, time.perf_counter() - wall, spent_s() - cpu)


def boto3(package: Any, endpoint: str, bucket: str, keys: list[str], slots: int, ops: int) -> None:
    """One client shared by all threads, its checksums off."""
    client = _client(package, endpoint, slots)
    in_threads(lambda i: client.get_object(Bucket=bucket, Key=keys[i % len(keys)])["Body"].read(), slots, ops)


def boto3_put(package: Any, endpoint: str, bucket: str, keys: list[str], slots: int, ops: int) -> None:
    """The same, writing 4 KiB each."""
    client, body = _client(package, endpoint, slots), os.urandom(4096)
    in_threads(lambda i: client.put_object(Bucket=bucket, Key=keys[i % len(keys)], Body=body), slots, ops)


def _client(package: Any, endpoint: str, slots: int) -> Any:
    config = importlib.import_module("botocore.config").Config(
        max_pool_connections=slots, s3={"addressing_style": "path"},
        response_checksum_validation="when_required", request_checksum_calculation="when_required",
    )  # fmt: skip
    return package.client("s3", endpoint_url=endpoint, config=config)


def obstore(package: Any, endpoint: str, bucket: str, keys: list[str], slots: int, ops: int) -> None:
    """The synchronous interface of the Rust object_store."""
    store = importlib.import_module("obstore.store").S3Store(
        bucket, endpoint=endpoint, virtual_hosted_style_request=False, client_options={"allow_http": True}
    )
    in_threads(lambda i: package.get(store, keys[i % len(keys)]).bytes(), slots, ops)


def s3dlio(package: Any, endpoint: str, bucket: str, keys: list[str], slots: int, ops: int) -> None:
    """One call for all: what it is made for."""
    uris = [f"s3://{bucket}/{keys[i % len(keys)]}" for i in range(ops)]
    package.get_many_stats(uris[: 2 * slots], slots)
    wall, cpu = time.perf_counter(), spent_s()
    objects, _ = package.get_many_stats(uris, slots)
    if objects != ops:
        sys.exit(f"s3dlio got {objects} of {ops} objects")
    tell(ops, time.perf_counter() - wall, spent_s() - cpu)


PEERS = {"boto3": boto3, "boto3-put": boto3_put, "obstore": obstore, "s3dlio": s3dlio}

if __name__ == "__main__":
    name, endpoint, bucket, key, count, slots, ops = sys.argv[1:]
    # Its own ranges and retries would make it do other work; more threads only cost more.
    os.environ.update(S3DLIO_ENABLE_RANGE_OPTIMIZATION="0", S3DLIO_MAX_RETRY_ATTEMPTS="1", S3DLIO_RT_THREADS="1")
    try:
        package = importlib.import_module(name.removesuffix("-put"))
    except ImportError:
        sys.exit(NOT_INSTALLED)
    PEERS[name](package, endpoint, bucket, [key.format(i) for i in range(int(count))], int(slots), int(ops))
