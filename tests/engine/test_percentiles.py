"""Latencies against what they are known to be: by theory, and by a server that was told how long to take."""

from __future__ import annotations

import random
from math import log
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest

from s3bench_tui.engine.shared import Block
from s3bench_tui.engine.worker.recorder import Recorder
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import merged, total_of
from s3bench_tui.stores.base import GET, Operation
from tests.engine.runs import finished, null
from tests.servers import delay as delay_server
from tests.servers.delay_process import Delay

MS = 1_000_000


def run_null(latency: Any) -> Histogram:
    run = finished(
        {
            "target": null(latency), "stop": {"ops": 40_000}, "concurrency": 128, "processes": 2,
            "dataset": {"count": 10, "size": 100}, "workload": [{"op": "get"}],
        }
    )  # fmt: skip
    service = run.row("measured").service
    assert service.n == 40_000
    return service


def standard_error(share: float, density: float, n: int) -> float:
    """Of the quantile at `share`, where the distribution has this density there."""
    return (share * (1 - share) / n) ** 0.5 / density


def test_fixed_latency_is_read_to_the_histogram_s_precision() -> None:
    service = run_null("5ms")
    assert all(5 * MS <= value <= 5 * MS * 1.001 for value in service.percentiles((0.1, 50.0, 99.0, 99.99, 100.0)))


def test_uniform_latency() -> None:
    service = run_null({"type": "uniform", "min": "1ms", "max": "5ms"})
    for share in (0.5, 0.9, 0.99):
        expected = (1 + 4 * share) * MS
        error = standard_error(share, 1 / (4 * MS), service.n)
        assert service.percentiles((share * 100,))[0] == pytest.approx(expected, abs=4 * error + 0.001 * expected)
    assert service.min_ns >= 1 * MS * 0.999
    assert service.max_ns <= 5 * MS * 1.001


def test_exponential_latency() -> None:
    service = run_null({"type": "exponential", "mean": "2ms"})
    assert service.mean_ns == pytest.approx(2 * MS, rel=4 / service.n**0.5 + 0.001)
    for share in (0.5, 0.9, 0.99):
        expected = -log(1 - share) * 2 * MS
        error = standard_error(share, (1 - share) / (2 * MS), service.n)
        assert service.percentiles((share * 100,))[0] == pytest.approx(expected, abs=4 * error + 0.001 * expected)


def test_lognormal_latency() -> None:
    service = run_null({"type": "lognormal", "mean": "3ms", "std_dev": "2ms"})
    delay = Delay("lognormal", mean=3 * MS, std_dev=2 * MS)
    sigma = log(1 + (2 / 3) ** 2) ** 0.5
    for share in (0.5, 0.9, 0.99):
        expected = delay.quantile(share)
        density = NormalDist().pdf(NormalDist().inv_cdf(share)) / (sigma * expected)
        error = standard_error(share, density, service.n)
        assert service.percentiles((share * 100,))[0] == pytest.approx(expected, abs=4 * error + 0.001 * expected)


@pytest.mark.server
@pytest.mark.parametrize(
    "delay", [Delay("constant", mean=5 * MS), Delay("uniform", low=2 * MS, high=10 * MS)], ids=["constant", "uniform"]
)
def test_service_time_is_the_server_s_own_and_the_way(tmp_path: Path, delay: Delay) -> None:
    with delay_server.serve(tmp_path, delay) as server:
        run = finished(
            {
                "target": {"uri": "s3://any/", "endpoint": server.endpoint, "region": "us-east-1", "anonymous": True},
                "duration": "1500ms", "concurrency": 2, "processes": 1, "workload": [{"op": "get"}],
                "dataset": {"count": 100, "size": 1024, "create": "never"},
            },
            probe=False,
        )  # fmt: skip
        served = Histogram.of_values([request.service_ns for request in server.served()])
    row = run.row()
    assert row.service.n == served.n
    assert row.failed == 0
    # What the client saw is what the server did and a round trip on loopback: never less, and little more. The round
    # trip is that of the same run, so that a busy machine, which is late on both sides, does not fail the test.
    trip = row.service.mean_ns - served.mean_ns
    assert 0 < trip < 3 * MS
    for share in (1.0, 10.0, 50.0, 90.0, 99.0):
        [client], [own] = row.service.percentiles((share,)), served.percentiles((share,))
        assert client >= own * 0.999, share
        if share <= 50:  # what a busy machine adds lies above
            assert client <= own * 1.01 + 3 * trip, share


def test_percentiles_of_many_workers_are_those_of_all_samples_sorted(tmp_path: Path) -> None:
    chance = random.Random(7)
    samples: list[int] = []
    tallies = []
    for worker in range(5):
        block = Block(tmp_path / f"stats-{worker}-0", 1, open_loop=False, create=True)
        recorder = Recorder(block, 1, open_loop=False)
        # Every worker sees another store, so that the mean of their percentiles would be far off.
        values = [round(chance.lognormvariate(12 + worker, 0.7)) for _ in range(3000 * (worker + 1))]
        for value in values:
            op = Operation(0)
            op.kind, op.dispatch_ns, op.done_ns, op.first_byte_ns = GET, 1000, 1000 + value, 1000 + value // 2
            op.transferred = 4096
            recorder.record(op)
        samples += values
        tallies.append(dict(block.rows(0)))
        recorder.close()
    row = total_of(merged(*tallies))
    samples.sort()
    assert row.ops == row.service.n == row.ttfb.n == len(samples)
    for percentile in (0.1, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0):
        exact = samples[max(1, int(percentile * len(samples) / 100 + 0.5)) - 1]
        [found] = row.service.percentiles((percentile,))
        assert exact <= found <= exact * 1.001 + 1
    assert row.service == Histogram.of_values(samples)
