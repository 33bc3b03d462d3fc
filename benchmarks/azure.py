"""What an operation on az:// costs in the driver alone, beside the vendor's SDK, on Azurite."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from azure.storage.blob import ContainerClient

from benchmarks.blobs import COUNT, SIZE_BYTES, name
from benchmarks.command import run
from benchmarks.figures import COST_COLUMNS, Bar, Cost, Sample, Table, cost_rows, cpu_ratio
from benchmarks.setting import Setting
from tests.servers import azurite
from tests.servers.azurite import Azurite

CONTAINER = "bench"
SLOTS = 16
HOW = (
    f"{SLOTS} slots or threads, {COUNT} blobs, the same bytes in each. Azurite is slower than either client: its figures "
    "per second are its own, and CPU (user and system, of the client around its loop) is what is compared. It answers one "
    "request at a time, so that the driver wakes for each, at several times its cost on a fast server. The floor of this "
    "table is our own GET. Median of {rounds} round(s) in which the clients took turns."
)


def azure(setting: Setting) -> Table:
    """GETs and PUTs of 4 KiB."""
    if not azurite.program().is_file():
        raise OSError(f"Azurite is not installed; {azurite.REMEDY}")
    with tempfile.TemporaryDirectory(dir=setting.temp) as folder, azurite.serve(Path(folder)) as server:
        if setting.server_core is not None:
            os.sched_setaffinity(server.pid, {setting.server_core})
        _fill(server)
        lean = {kind: Cost("s3bench-tui", f"{kind.upper()} 4 KiB, the driver alone") for kind in ("get", "put")}
        sdk = {kind: Cost("azure-storage-blob", f"{kind.upper()} 4 KiB, {SLOTS} threads") for kind in ("get", "put")}
        clients = [
            measure
            for kind in ("get", "put")
            for measure in (
                _client(setting, server, lean[kind], "lean", kind, setting.scaled(8_000)),
                _client(setting, server, sdk[kind], "sdk", kind, setting.scaled(1_600)),
            )
        ]
        for _ in range(setting.rounds):
            for measure in clients:
                measure()
    return Table(
        "azure: GET and PUT of 4 KiB on Azurite, the driver alone",
        HOW.format(rounds=setting.rounds),
        COST_COLUMNS,
        cost_rows([lean["get"], sdk["get"], lean["put"], sdk["put"]], lean["get"]),
        [
            Bar(f"azure-storage-blob's CPU against ours, {kind.upper()}", cpu_ratio(sdk[kind], lean[kind]), 20, at_most=False)
            for kind in ("get", "put")
        ],
    )  # fmt: skip


def _fill(server: Azurite) -> None:
    key = {"account_name": server.access_key, "account_key": server.secret_key}
    container = ContainerClient(server.url, CONTAINER, credential=key, api_version="2021-12-02")
    container.create_container()
    for i in range(COUNT):
        container.upload_blob(name(i), os.urandom(SIZE_BYTES))


def _client(setting: Setting, server: Azurite, cost: Cost, client: str, kind: str, ops: int) -> Callable[[], None]:
    place = (server.endpoint, server.access_key, CONTAINER)
    argv = [sys.executable, "-m", "benchmarks.blobs", client, kind, *place, str(SLOTS), str(ops)]

    def measure() -> None:
        ran = run(argv, core=setting.client_core, env=server.env())
        told = json.loads(ran.stdout.splitlines()[-1])
        cost.samples.append(Sample(told["ops"], told["wall_s"], told["cpu_s"], ran.cpu_s))

    return measure
