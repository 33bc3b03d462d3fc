"""What a request over HTTP costs the client: small and large GETs, PUTs, TLS; beside the floor, wrk, and Python's SDKs."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import server
from benchmarks.command import CommandError, run
from benchmarks.figures import COST_COLUMNS, Bar, Cost, Sample, Table, cost_rows, cpu_ratio
from benchmarks.peers import NOT_INSTALLED
from benchmarks.server import BUCKET, LARGE, LARGE_BYTES, LARGE_COUNT, SMALL, SMALL_BYTES, SMALL_COUNT, Nginx
from benchmarks.setting import MyCost, Setting

Measured = tuple[Cost, Callable[[], None]]
"""A client, and what runs it once and adds a sample."""

GETS = [{"op": "get", "weight": 70, "name": "first"}, {"op": "get", "weight": 30, "name": "second"}]
HOW = (
    "nginx on a core of its own, the client on another one. CPU is user and system time. `CPU us/op` leaves the start "
    "of the program out: a client in Python takes it around its loop, ours is the whole process tree as the kernel "
    "counted it, less what a run of one second took. Median of {rounds} round(s) in which the clients took turns."
)


def workload(nginx: Nginx, mix: Sequence[Mapping[str, Any]], slots: int, prefix: str, count: int, size: int,
             **target: Any) -> dict[str, Any]:  # fmt: skip
    """One worker, over objects that are there already."""
    return {
        "target": {"uri": f"s3://{BUCKET}/", "endpoint": nginx.endpoint, **target},
        "concurrency": slots,
        "processes": 1,
        "dataset": {"count": count, "size": size, "prefix": prefix, "create": "never"},
        "workload": list(mix),
    }


def small(nginx: Nginx, mix: Sequence[Mapping[str, Any]] = GETS, **target: Any) -> dict[str, Any]:
    """Objects of 4 KiB, 16 slots."""
    return workload(nginx, mix, 16, "small/", SMALL_COUNT, SMALL_BYTES, **target)


def mine(setting: Setting, nginx: Nginx, made: Mapping[str, Any], how: str, longer: int = 1) -> tuple[MyCost, Measured]:
    """Our own program over this workload."""
    found = MyCost(setting, made, how, env=nginx.env(), longer=longer)
    return found, (found.cost, found.measure)


def script(setting: Setting, nginx: Nginx, name: str, how: str, module: str, *words: object) -> Measured:
    """A client that measures itself and prints one line of JSON."""
    cost = Cost(name, how)

    def measure() -> None:
        if cost.missing:
            return
        argv = [sys.executable, "-m", f"benchmarks.{module}", *map(str, words)]
        try:
            ran = run(argv, core=setting.client_core, env=nginx.env())
        except CommandError as error:
            if error.status != NOT_INSTALLED:
                raise
            cost.missing = "not installed"
            return
        told = json.loads(ran.stdout.splitlines()[-1])
        cost.samples.append(Sample(told["ops"], told["wall_s"], told["cpu_s"], ran.cpu_s))

    return cost, measure


def wrk(setting: Setting, nginx: Nginx, key: str, slots: int) -> Measured:
    """An HTTP load generator in C, with one thread: unsigned, and one object alone."""
    cost = Cost(
        "wrk", f"C, unsigned, one object, {slots} connections", missing="" if shutil.which("wrk") else "not installed"
    )

    def measure() -> None:
        if cost.missing:
            return
        url = f"{nginx.endpoint}/{BUCKET}/{key.format(0)}"
        ran = run(["wrk", "-t1", f"-c{slots}", f"-d{setting.seconds}s", url], core=setting.client_core)
        found = re.search(r"(\d+) requests in ([\d.]+)s", ran.stdout)
        if found is None or "Non-2xx" in ran.stdout:
            raise CommandError(f"wrk said:\n{ran.stdout}")
        cost.samples.append(Sample(int(found[1]), float(found[2]), ran.cpu_s, ran.cpu_s))

    return cost, measure


@contextmanager
def serving(setting: Setting) -> Iterator[Nginx]:
    """nginx over memory where there is some to spare, so that no disk is in the way."""
    base = "/dev/shm" if Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").free > 4 << 30 else setting.temp
    with (
        tempfile.TemporaryDirectory(prefix="s3bench-benchmark-", dir=base) as folder,
        server.serve(Path(folder), setting.server_core) as nginx,
    ):
        yield nginx


def in_turns(setting: Setting, clients: Sequence[Measured]) -> None:
    """Every client once a round."""
    for _ in range(setting.rounds):
        for _, measure in clients:
            measure()


def how(setting: Setting, what: str) -> str:
    """What stands above a table."""
    return f"{what} {HOW.format(rounds=setting.rounds)}"


def s3_get(setting: Setting) -> Table:
    """Signed GETs of 4 KiB."""
    with serving(setting) as nginx:
        port, key = nginx.port, f"/{BUCKET}/{SMALL}"
        peer = (nginx.endpoint, BUCKET, SMALL, SMALL_COUNT, 16)
        told, ours = mine(setting, nginx, small(nginx), "1 worker, 16 slots, two operations")
        floor = script(setting, nginx, "floor", "lean loop, 16 connections", "floor",
                       "s3", port, key, SMALL_COUNT, 16, setting.scaled(240_000))  # fmt: skip
        c = wrk(setting, nginx, SMALL, 16)
        obstore = script(setting, nginx, "obstore", "Rust, 16 threads", "peers",
                         "obstore", *peer, setting.scaled(40_000))  # fmt: skip
        s3dlio = script(setting, nginx, "s3dlio", "Rust, get_many_stats, 16", "peers",
                        "s3dlio", *peer, setting.scaled(40_000))  # fmt: skip
        boto3 = script(setting, nginx, "boto3", "Python, 16 threads", "peers",
                       "boto3", *peer, setting.scaled(4_800))  # fmt: skip
        clients = [floor, c, ours, obstore, s3dlio, boto3]
        in_turns(setting, clients)
    cost = ours[0]
    return Table(
        "s3_get: signed GET, 4 KiB",
        how(setting, f"{SMALL_COUNT} objects, each response counted and its service time and TTFB recorded."),
        COST_COLUMNS,
        cost_rows([client for client, _ in clients], floor[0]),
        [
            Bar("CPU against the floor", cpu_ratio(cost, floor[0]), 1.6),
            Bar("CPU against wrk", cpu_ratio(cost, c[0]), 2.2),
            Bar("boto3's CPU against ours", cpu_ratio(boto3[0], cost), 40, at_most=False),
            Bar("s3dlio's CPU against ours", cpu_ratio(s3dlio[0], cost), 5, at_most=False),
        ],
        [told.note()],
    )


def s3_put(setting: Setting) -> Table:
    """Signed PUTs of 4 KiB, beside our own GETs."""
    with serving(setting) as nginx:
        put = small(nginx, [{"op": "put", "path": "out/", "size": 4096}])
        told_get, get = mine(setting, nginx, small(nginx), "GET 4 KiB, 16 slots")
        told_put, puts = mine(setting, nginx, put, "PUT 4 KiB, unique content, 16 slots")
        in_turns(setting, [get, puts])
    return Table(
        "s3_put: signed PUT, 4 KiB, every payload unique",
        how(setting, "The floor of this table is our own GET."),
        COST_COLUMNS,
        cost_rows([get[0], puts[0]], get[0]),
        [Bar("CPU of a PUT against a GET", cpu_ratio(puts[0], get[0]), 2)],
        [told_get.note(), told_put.note()],
    )


def s3_get_large(setting: Setting) -> Table:
    """Signed GETs of 8 MiB."""
    with serving(setting) as nginx:
        port, key = nginx.port, f"/{BUCKET}/{LARGE}"
        made = workload(nginx, GETS, 8, "large/", LARGE_COUNT, LARGE_BYTES)
        copying = workload(nginx, GETS, 8, "large/", LARGE_COUNT, LARGE_BYTES, receive="copy")
        peer = (nginx.endpoint, BUCKET, LARGE, LARGE_COUNT, 8)
        arguments = ("s3", port, key, LARGE_COUNT, 8, setting.scaled(2400))
        told, ours = mine(setting, nginx, made, "1 worker, 8 slots, receive: discard", longer=2)
        told_copy, ours_copy = mine(setting, nginx, copying, "1 worker, 8 slots, receive: copy", longer=2)
        floor = script(setting, nginx, "floor", "lean loop, 8 connections, MSG_TRUNC", "floor", *arguments, "trunc")
        floor_copy = script(setting, nginx, "floor, copying", "lean loop, 8 connections", "floor", *arguments)
        obstore = script(setting, nginx, "obstore", "Rust, 8 threads", "peers", "obstore", *peer, setting.scaled(800))
        s3dlio = script(setting, nginx, "s3dlio", "Rust, get_many_stats, 8", "peers",
                        "s3dlio", *peer, setting.scaled(160))  # fmt: skip
        boto3 = script(setting, nginx, "boto3", "Python, 8 threads", "peers", "boto3", *peer, setting.scaled(480))
        clients = [floor, ours, floor_copy, ours_copy, obstore, boto3, s3dlio]
        in_turns(setting, clients)
    cost = ours[0]
    return Table(
        "s3_get_large: signed GET, 8 MiB",
        how(setting, "MSG_TRUNC: the kernel drops the body once it has arrived, and the client never copies it."),
        COST_COLUMNS,
        cost_rows([client for client, _ in clients], floor[0]),
        [
            Bar("CPU against the floor", cpu_ratio(cost, floor[0]), 1.1),
            Bar("CPU against the copying floor, copying", cpu_ratio(ours_copy[0], floor_copy[0]), 1.1),
            Bar("s3dlio's CPU against ours", cpu_ratio(s3dlio[0], cost), 6, at_most=False),
        ],
        [told.note(), told_copy.note()],
    )


def tls_get(setting: Setting) -> Table:
    """The same small GETs over TLS."""
    with serving(setting) as nginx:
        secure = small(nginx, endpoint=nginx.tls_endpoint, tls={"ca_file": str(nginx.ca_file)})
        told_plain, plain = mine(setting, nginx, small(nginx), "http, 16 slots")
        told_tls, tls = mine(setting, nginx, secure, "https, 16 slots, certificate verified")
        in_turns(setting, [plain, tls])
    return Table(
        "tls_get: signed GET, 4 KiB, over TLS",
        how(setting, "The floor of this table is our own GET over plain HTTP."),
        COST_COLUMNS,
        cost_rows([plain[0], tls[0]], plain[0]),
        (),
        [told_plain.note(), told_tls.note()],
    )
