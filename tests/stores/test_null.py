"""null://: its distributions, rates and errors are what was asked for, by exact seeds and a made-up clock."""

import math
import statistics
import time
from collections.abc import Mapping
from typing import Any

import pytest

from s3bench_tui.spec.model.target import NullLatency, NullOptions, Target
from s3bench_tui.stores.base import DELETE, GET, LIST, PUT, STAT, DriverConfig, Operation
from s3bench_tui.stores.null import NullDriver
from s3bench_tui.stores.outcome import INJECTED, OK, TIMEOUT
from s3bench_tui.stores.registry import open_store

MS = 1_000_000


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 5_000_000_000_000

    def __call__(self) -> int:
        return self.now


def driver(clock: Clock, timeout_ns: int = 10**12, **options: Any) -> NullDriver:
    return NullDriver(DriverConfig("null", "", options, operation_timeout_ns=timeout_ns), clock)


def operation(kind: int = GET, length: int = 100, keys: tuple[str, ...] = ()) -> Operation:
    op = Operation(0)
    op.kind, op.length, op.key, op.keys = kind, length, "k", keys
    return op


def service(clock: Clock, store: NullDriver, count: int) -> list[int]:
    """Service times of `count` operations that are submitted at one instant, with no throttle."""
    ops = [operation() for _ in range(count)]
    for op in ops:
        store.submit(op)
    clock.now += 10**12
    assert sorted(map(id, store.wait(0))) == sorted(map(id, ops))
    return [op.done_ns - op.dispatch_ns for op in ops]


def distance(samples: list[int], cdf: Any) -> float:
    """Kolmogorov-Smirnov statistic."""
    ordered = sorted(samples)
    return max(max(abs(cdf(x) - i / len(ordered)), abs(cdf(x) - (i + 1) / len(ordered))) for i, x in enumerate(ordered))


MEAN = 2 * MS
SIGMA = math.sqrt(math.log1p(0.5**2))
MU = math.log(MEAN) - SIGMA**2 / 2
CDFS: list[tuple[Mapping[str, Any], Any]] = [
    ({"type": "uniform", "min": MS, "max": 3 * MS}, lambda x: (x - MS) / (2 * MS)),
    ({"type": "exponential", "mean": MEAN}, lambda x: 1 - math.exp(-x / MEAN)),
    (
        {"type": "lognormal", "mean": MEAN, "std_dev": MEAN // 2},
        lambda x: statistics.NormalDist(MU, SIGMA).cdf(math.log(x)),
    ),
]


@pytest.mark.parametrize(
    ("latency", "cdf"), CDFS, ids=lambda value: value.get("type") if isinstance(value, dict) else ""
)
def test_latency_follows_its_distribution(latency: Mapping[str, Any], cdf: Any) -> None:
    clock = Clock()
    samples = service(clock, driver(clock, latency=latency, seed=1), 20_000)
    assert distance(samples, cdf) < 1.63 / math.sqrt(len(samples))  # 1 % level
    assert statistics.fmean(samples) == pytest.approx(MEAN, rel=0.02)
    assert samples == service(clock, driver(clock, latency=latency, seed=1), 20_000)
    assert samples != service(clock, driver(clock, latency=latency, seed=2), 20_000)


def test_fixed_latency_is_exact_however_late_it_is_seen() -> None:
    clock = Clock()
    assert set(service(clock, driver(clock, latency={"type": "fixed", "mean": MS}), 100)) == {MS}


def test_nothing_is_seen_before_it_is_due() -> None:
    clock = Clock()
    store = driver(clock, latency={"type": "fixed", "mean": MS})
    op = operation()
    store.submit(op)
    clock.now += MS - 1
    assert list(store.wait(0)) == []
    clock.now += 1
    assert list(store.wait(0)) == [op]
    assert list(store.wait(0)) == []


def test_completions_come_in_the_order_of_their_times() -> None:
    clock = Clock()
    store = driver(clock, latency={"type": "uniform", "min": 0, "max": MS})
    for _ in range(100):
        store.submit(operation())
    clock.now += MS
    times = [op.done_ns for op in store.wait(0)]
    assert len(times) == 100
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("options", "gap_ns"), [({"ops_per_s": 3000}, 1e9 / 3000), ({"bytes_per_s": 300_000}, 1e9 / 3000)]
)
def test_throttled_operations_queue_at_the_exact_rate(options: Mapping[str, Any], gap_ns: float) -> None:
    clock = Clock()
    times = service(clock, driver(clock, **options), 3000)
    assert times == [round(gap_ns * (i + 1)) for i in range(3000)]
    assert times[-1] == 10**9


def test_an_idle_queue_saves_nothing_up() -> None:
    clock = Clock()
    store = driver(clock, ops_per_s=1000)
    service(clock, store, 10)
    assert service(clock, store, 3) == [MS, 2 * MS, 3 * MS]


def test_the_tighter_limit_holds() -> None:
    clock = Clock()
    assert service(clock, driver(clock, ops_per_s=1000, bytes_per_s=50_000), 2) == [2 * MS, 4 * MS]


def test_error_rate_is_binomial() -> None:
    clock = Clock()
    store = driver(clock, error_rate=0.05, seed=3)
    ops = [operation() for _ in range(20_000)]
    for op in ops:
        store.submit(op)
    failed = [op for op in ops if op.outcome == INJECTED]
    assert abs(len(failed) - 1000) < 4 * math.sqrt(20_000 * 0.05 * 0.95)
    assert all(op.transferred == 0 and op.first_byte_ns == 0 and op.detail for op in failed)


def test_zero_latency_completes_in_submit_with_the_real_clock() -> None:
    store = NullDriver(DriverConfig("null", ""))
    op = operation()
    before = time.monotonic_ns()
    store.submit(op)
    assert before <= op.dispatch_ns <= op.first_byte_ns == op.done_ns <= time.monotonic_ns()
    assert list(store.wait(0)) == [op]
    assert list(store.wait(0)) == []


@pytest.mark.parametrize(
    ("op", "transferred", "items", "pages"),
    [
        (operation(GET, 10), 10, 0, 0),
        (operation(GET, -1), 4096, 0, 0),
        (operation(PUT, 77), 77, 0, 0),
        (operation(STAT), 0, 0, 0),
        (operation(LIST), 0, 0, 1),
        (operation(DELETE), 0, 1, 0),
        (operation(DELETE, keys=("a", "b")), 0, 2, 0),
    ],
)
def test_what_each_kind_moves(op: Operation, transferred: int, items: int, pages: int) -> None:
    op.items = op.pages = 99
    driver(Clock()).submit(op)
    assert (op.outcome, op.transferred, op.items, op.pages) == (OK, transferred, items, pages)


def test_slower_than_the_time_out_is_a_time_out_at_its_instant() -> None:
    clock = Clock()
    store = driver(clock, timeout_ns=MS, latency={"type": "fixed", "mean": 5 * MS})
    op = operation()
    store.submit(op)
    assert op.done_ns == 0
    clock.now += 7 * MS
    assert list(store.wait(0)) == [op]
    assert (op.outcome, op.done_ns - op.dispatch_ns, op.transferred) == (TIMEOUT, MS, 0)


def test_wait_sleeps_until_the_first_is_due_and_no_longer_than_told() -> None:
    store = NullDriver(DriverConfig("null", "", {"latency": {"type": "fixed", "mean": 3 * MS}}))
    since = time.monotonic_ns()
    assert list(store.wait(2 * MS)) == []
    assert time.monotonic_ns() - since >= 2 * MS
    op = operation()
    store.submit(op)
    assert list(store.wait(MS // 2)) == []
    assert list(store.wait(60_000 * MS)) == [op]
    assert time.monotonic_ns() >= op.done_ns


def test_the_store_hands_its_options_to_the_driver() -> None:
    options = NullOptions(latency=NullLatency(type="exponential", mean="2ms"), error_rate="5%", ops_per_s="100/s")
    store = open_store(Target(uri="null://x/", null=options), 1, 60_000 * MS)
    config = store.driver_config()
    assert config.options["latency"] == {"type": "exponential", "mean": 2 * MS, "std_dev": 0, "min": 0, "max": 0}
    assert (config.options["error_rate"], config.options["ops_per_s"]) == (0.05, 100.0)
    assert store.probe(writes=True).facts["simulated"] is True
    assert list(store.list("")) == []
    assert store.delete(["a", "b"]) == 2
