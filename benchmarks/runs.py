"""What a whole run costs: memory of its workers, time to its first operation, its recording and its op-log; and whether
its response times stand the test of a server that freezes."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import COST_COLUMNS, Bar, Table, cost_rows, number, rate_ratio
from benchmarks.objects import serving, small
from benchmarks.server import ENVIRONMENT
from benchmarks.setting import Mine, MyCost, Setting, run_mine
from tests.servers import delay
from tests.servers.delay import DelayServer
from tests.servers.delay_process import Delay

GET = [{"op": "get"}]
MIB = 1 << 20
SERVICE_NS = 1_000_000


def _null(count: int = 10**6, **more: Any) -> dict[str, Any]:
    return {
        "target": "null://nothing/",
        "concurrency": 16,
        "processes": 1,
        "dataset": {"count": count, "size": 4096},
        "workload": GET,
        **more,
    }


# --- memory -------------------------------------------------------------------------------------------------------


def memory(setting: Setting) -> Table:
    """What a worker holds with 10^9 keys, and whether that grows."""
    seconds = 10 if setting.quick else 30
    mix = [
        {"op": "get", "weight": 50},
        {"op": "get", "weight": 20, "keys": "zipf", "name": "hot"},
        {"op": "put", "path": "out/", "size": 4096, "weight": 20},
        {"op": "stat", "weight": 10, "keys": "sequential"},
    ]
    rows, bars = [], []
    for name, made in (("get", GET), ("get, zipf, put, stat", mix)):
        run = run_mine(setting, _null(10**9, workload=made, duration=seconds), record=True)
        early, late = _rss_bytes(run, 5), _rss_bytes(run, seconds)
        rows.append([name, str(run.ops), number(early / MIB), number(late / MIB)])
        bars.append(Bar(f"greatest worker, {name}", run.report["workers"][0]["rss_max_bytes"] / MIB, 60, unit="MiB"))
        bars.append(Bar(f"growth from 5 s to {seconds} s, {name}", (late - early) / MIB, 1, unit="MiB"))
    return Table(
        "memory: resident memory of a worker",
        f"null:// for {seconds} s, a data set of 10^9 keys, 1 worker, 16 slots; from the recording's samples.",
        ("mix", "operations", "MiB at 5 s", f"MiB at {seconds} s"),
        rows,
        bars,
    )


def _rss_bytes(mine: Mine, at_s: float) -> int:
    """Of the worker, in the last interval that ended until then."""
    intervals = [r for r in mine.records if r["record"] == "interval" and r["workers"] and r["end_s"] <= at_s + 0.6]
    return int(intervals[-1]["workers"][0]["rss_bytes"])


# --- startup ------------------------------------------------------------------------------------------------------


def startup(setting: Setting) -> Table:
    """From exec to the first operation."""
    runs = 3 if setting.quick else 5
    told, seen = [], []
    with tempfile.TemporaryDirectory(dir=setting.temp) as name:
        for i in range(runs):
            told.append(run_mine(setting, _null(duration=0.2), pin=False).first_operation_s())
            folder = Path(name) / str(i)
            folder.mkdir()
            with delay.serve(folder, Delay("constant", SERVICE_NS)) as server:
                mine = run_mine(setting, _delayed(server, duration=0.2), env=ENVIRONMENT, pin=False)
                seen.append((server.served()[0].arrived_ns - mine.ran.began_ns) / 1e9)
    return Table(
        "startup: from exec to the first operation",
        f"`--headless` with one worker, {runs} times each, on all cores. null://: start of the measured part, by the "
        "report's own clock. s3://: the instant at which a server on loopback had read the first request.",
        ("target", "median s", "lowest s", "highest s"),
        [
            [name, *(f"{f(times):.2f}" for f in (median, min, max))]
            for name, times in (("null://", told), ("s3://", seen))
        ],
        [Bar("null://, median", median(told), 1.5, unit="s")],
    )


def _delayed(server: DelayServer, **more: Any) -> dict[str, Any]:
    return {
        "target": {"uri": "s3://bench/", "endpoint": server.endpoint},
        "concurrency": 1,
        "processes": 1,
        "dataset": {"count": 1000, "size": 1024, "create": "never"},
        "workload": GET,
        **more,
    }


# --- recording ----------------------------------------------------------------------------------------------------


def recording(setting: Setting) -> Table:
    """What `--record` costs."""
    without = MyCost(setting, _null(), "null://, 1 worker, 16 slots", name="not recorded")
    recorded = MyCost(setting, _null(), "the same with --record", name="recorded", record=True)
    for _ in range(setting.rounds):
        without.measure()
        recorded.measure()
    return Table(
        "recording: with and without --record",
        f"The ceiling of the client itself, one core for all its processes; the floor of this table is the run without. "
        f"Median of {setting.rounds} round(s).",
        COST_COLUMNS,
        cost_rows([without.cost, recorded.cost], without.cost),
        (),
        [without.note(), recorded.note()],
    )


# --- op-log -------------------------------------------------------------------------------------------------------


def oplog(setting: Setting) -> Table:
    """What `--op-log` and `--record` cost together, where there is a server, and where there is none."""
    both = {"record": True, "op_log": True}
    how = "signed GET, 4 KiB, 1 worker, 16 slots"
    with serving(setting) as nginx:
        env = nginx.env()
        plain = MyCost(setting, small(nginx), how, env=env, name="s3://")
        logged = MyCost(setting, small(nginx), "the same with both", env=env, name="s3://, logged", **both)
        bare = MyCost(setting, _null(), "1 worker, 16 slots", name="null://")
        noted = MyCost(setting, _null(), "the same with both", name="null://, logged", **both)
        for _ in range(setting.rounds):
            for cost in (plain, logged, bare, noted):
                cost.measure()
    kept = rate_ratio(logged.cost, plain.cost)
    return Table(
        "oplog: with and without --op-log and --record",
        "nginx on a core of its own, the client on another one; the floor is the run on s3:// without. What the op-log takes "
        "after the run, when it is made of what the workers have noted, is in its CPU, and in no rate. null:// has "
        f"operations that take no time, and is the most that it can cost. Median of {setting.rounds} round(s).",
        COST_COLUMNS,
        cost_rows([plain.cost, logged.cost, bare.cost, noted.cost], plain.cost),
        [Bar("fewer operations on s3://", None if kept is None else (1 - kept) * 100, 5, unit="%")],
        [plain.note(), logged.note(), bare.note(), noted.note()],
    )


# --- freeze -------------------------------------------------------------------------------------------------------


def freeze(setting: Setting) -> Table:
    """The server stops for a while in the middle: what do the percentiles say of it?

    Of N arrivals a share p is left above the p-th percentile; those in the freeze wait between all of it and
    nothing, evenly, so that the percentile stands (1 - p) x duration below the length of the freeze.
    """
    duration_s, frozen_s = (20, 2) if setting.quick else (100, 10)
    expected_s = frozen_s - 0.01 * duration_s
    rows, bars = [], []
    for slots in (1, 4, 2048):
        mine, served = _frozen(setting, slots, duration_s, frozen_s)
        op = mine.report["ops"]["get"]
        response, service = (op[series]["p99"] / 1e9 for series in ("response_ns", "service_ns"))
        arrivals: Mapping[str, Any] = mine.report["arrivals"]
        delay_share = mine.report["workers"][0]["run_delay"]
        rows.append(
            [
                str(slots),
                str(arrivals["offered"]),
                str(mine.ops),
                str(arrivals["dropped"]),
                f"{response:.3f}",
                f"{op['response_ns']['max'] / 1e9:.3f}",
                f"{service * 1e3:.3f}",
                f"{served * 1e3:.3f}",
                "-" if delay_share is None else f"{delay_share * 1e3:.1f}",
                mine.report["client"]["verdict"],
            ]
        )
        off = abs(response / expected_s - 1) * 100
        bars.append(Bar(f"response p99 off {expected_s:g} s, {slots} slots", off, 5, unit="%"))
        if slots <= 4:
            bars.append(Bar(f"service p99, {slots} slots", service * 1e3, 2, unit="ms"))
    return Table(
        f"freeze: a server that stops for {frozen_s} s",
        f"Open loop, 100/s at even distances for {duration_s} s; the server answers after 1 ms and is stopped (SIGSTOP) "
        f"for {frozen_s} s in the middle. Response time counts from the intended start: its p99 has to be {expected_s:g} s "
        "whatever the slots are. Service time counts from the dispatch, and sees no more of it than there are slots; `of the server` is the p99 of what the server itself took, "
        "`no core` how long in each second the worker was ready and the machine had no core for it: where it had not, service times have a tail that is the machine's.",
        (
            "slots",
            "offered",
            "completed",
            "dropped",
            "response p99 s",
            "response max s",
            "service p99 ms",
            "of the server",
            "no core ms/s",
            "verdict",
        ),
        rows,
        bars,
    )


def _frozen(setting: Setting, slots: int, duration_s: int, frozen_s: int) -> tuple[Mine, float]:
    """The run, and the p99 of the server's own times in seconds."""
    load = {"model": "open", "rate": 100, "arrivals": "constant", "max_in_flight": slots}
    with (
        tempfile.TemporaryDirectory(dir=setting.temp) as name,
        delay.serve(Path(name), Delay("constant", SERVICE_NS)) as server,
    ):
        if setting.server_core is not None:
            os.sched_setaffinity(server.pid, {setting.server_core})
        made = _delayed(server, load=load, duration=duration_s)
        ended = threading.Event()

        def stop_and_go() -> None:
            if not ended.wait(duration_s / 2 - frozen_s / 2):
                server.freeze()
                time.sleep(frozen_s)
                server.thaw()

        thread = threading.Thread(target=stop_and_go)
        thread.start()
        try:
            mine = run_mine(setting, made, env=ENVIRONMENT)
        finally:
            ended.set()
            thread.join()
        times = sorted(served.service_ns for served in server.served())
        return mine, times[len(times) * 99 // 100] / 1e9
