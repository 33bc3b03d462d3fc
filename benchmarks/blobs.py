"""Operations on blobs of 4 KiB, by the driver alone and by the vendor's SDK. Prints one JSON line.

python -m benchmarks.blobs lean|sdk get|put ENDPOINT ACCOUNT CONTAINER SLOTS OPS     AZURE_STORAGE_KEY holds the key
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from azure.storage.blob import ContainerClient

from benchmarks.floor import spent_s, tell
from benchmarks.peers import in_threads
from s3bench_tui.stores.azure.store import open_driver
from s3bench_tui.stores.base import GET, PUT, DriverConfig, Operation
from s3bench_tui.stores.http.sas import VERSION, container_sas

COUNT, SIZE_BYTES = 500, 4096
WARM_UP = 200


def name(i: int) -> str:
    return f"small/prepared-{i % COUNT:08d}.dat"


class Same:
    """The same bytes for every blob, as the SDK is given them: what is compared is the sending."""

    def __init__(self) -> None:
        self._body = os.urandom(SIZE_BYTES)

    def fill(self, out: memoryview, key: str, version: int, offset: int) -> None:
        out[:] = self._body


def lean(kind: int, endpoint: str, account: str, container: str, slots: int, ops: int) -> None:
    """The driver of a worker, and a loop around it that does nothing but fill its slots again."""
    parts = urlsplit(endpoint)
    address = {
        "scheme": parts.scheme,
        "host": parts.hostname,
        "port": parts.port,
        "host_header": parts.netloc,
        "base_path": f"/{account}/{container}",
    }
    sas = container_sas(account, os.environ["AZURE_STORAGE_KEY"], container, int(time.time()) + 3600)
    driver = open_driver(DriverConfig("az", container, {"endpoints": [address]}, {"sas": sas}), Same())
    free = [Operation(slot) for slot in range(slots)]
    for op in free:
        op.kind = kind
    wall, cpu = time.perf_counter(), spent_s()
    started = done = 0
    while done < WARM_UP + ops:
        if done >= WARM_UP > done - len(free):
            wall, cpu, warm = time.perf_counter(), spent_s(), done
        for op in free:
            if started < WARM_UP + ops:
                op.key, op.length = name(started), SIZE_BYTES
                started += 1
                driver.submit(op)
        free = list(driver.wait(1_000_000_000))
        done += len(free)
        if failed := next((op for op in free if op.outcome), None):
            sys.exit(f"an operation failed: {failed.detail}")
    tell(done - warm, time.perf_counter() - wall, spent_s() - cpu)


def sdk(kind: int, endpoint: str, account: str, container: str, slots: int, ops: int) -> None:
    """One client shared by as many threads as there are slots."""
    client = ContainerClient(
        f"{endpoint}/{account}",
        container,
        credential={"account_name": account, "account_key": os.environ["AZURE_STORAGE_KEY"]},
        api_version=VERSION,
    )
    body = os.urandom(SIZE_BYTES)

    def get(i: int) -> None:
        if len(client.download_blob(name(i)).readall()) != SIZE_BYTES:
            sys.exit("a blob came back with another size")

    def put(i: int) -> None:
        client.upload_blob(name(i), body, overwrite=True)

    call: Callable[[int], None] = get if kind == GET else put
    in_threads(call, slots, ops)


if __name__ == "__main__":
    client_name, kind_name, *place, slot_count, op_count = sys.argv[1:]
    run = {"lean": lean, "sdk": sdk}[client_name]
    run({"get": GET, "put": PUT}[kind_name], *place, slots=int(slot_count), ops=int(op_count))  # type: ignore[arg-type]
