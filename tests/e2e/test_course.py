"""The course of a run: its phases, its ends, and figures whose truth is known beforehand."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest

from tests.e2e.program import reported


def _total(report: dict[str, Any], name: str) -> int:
    return sum(phase["total"][name] for phase in report["phases"] if phase["kind"] == "measured")


def test_the_phases_of_a_schedule_add_up(tmp_path: Path) -> None:
    report = reported(
        tmp_path, warmup="300ms", duration="1600ms",
        workload=[{"op": "get"}, {"op": "put", "path": "out/", "size": "1KiB", "weight": 0}, {"op": "stat"}],
        schedule=[
            {"at": "400ms", "concurrency": 8, "weights": {"put": 2}},
            {"at": "800ms", "pause": True},
            {"at": "1s", "resume": True, "mark": "again"},
            {"at": "1300ms", "weights": {"get": 0}},
        ],
    )  # fmt: skip
    kinds = [phase["kind"] for phase in report["phases"]]
    assert kinds == ["warmup", "measured", "measured", "paused", "measured", "measured", "drain"]
    lengths = [phase["duration_s"] for phase in report["phases"][:-1]]
    assert lengths == pytest.approx([0.3, 0.4, 0.4, 0.2, 0.3, 0.3], abs=0.001)
    assert report["measured_s"] == pytest.approx(1.4, abs=0.001)
    for name in ("ops", "bytes", "failed"):
        assert report["total"][name] == _total(report, name)
    for op, figures in report["ops"].items():
        measured = [phase["ops"][op] for phase in report["phases"] if phase["kind"] == "measured"]
        assert figures["ops"] == sum(part["ops"] for part in measured)
        assert figures["service_ns"]["n"] == sum(part["service_ns"]["n"] for part in measured)
    assert report["phases"][1]["ops"]["put"]["ops"] == 0
    assert report["phases"][2]["ops"]["put"]["ops"] > 0
    assert report["phases"][5]["ops"]["get"]["ops"] <= 8  # those that were in flight when its weight became 0
    assert report["phases"][0]["total"]["ops"] > 0
    everything = sum(phase["total"]["ops"] for phase in report["phases"])
    assert everything == sum(worker["ops"] for worker in report["workers"])


@pytest.mark.parametrize(
    ("stop", "line", "counted", "least", "most"),
    [
        ({"ops": 777}, {}, "ops", 777, 777),
        ({"bytes": "2MiB"}, {}, "bytes", 2 << 20, (2 << 20) + 4 * 4096),  # the operations in flight come on top
        ({"each_key": "once"}, {"keys": "once"}, "ops", 1000, 1000),
    ],
)
def test_ends_other_than_time(
    tmp_path: Path, stop: dict[str, Any], line: dict[str, str], counted: str, least: int, most: int
) -> None:
    report = reported(tmp_path, processes=2, duration=None, stop=stop, workload=[{"op": "get", **line}])
    assert report["status"] == "ok"
    assert least <= report["total"][counted] <= most
    assert report["total"]["failed"] == 0


def test_a_fixed_latency(tmp_path: Path) -> None:
    report = reported(tmp_path, duration="2s")
    service = report["ops"]["get"]["service_ns"]
    assert report["total"]["ops"] <= 4 * 1000 + 4
    assert report["total"]["ops"] > 1000  # fewer than 4000 by what the machine was away
    assert report["total"]["bytes"] == report["total"]["ops"] * 4096
    for name in ("min", "p50", "p90", "p99", "max"):
        assert service[name] == pytest.approx(2e6, rel=0.001)
    assert service["n"] == report["total"]["ops"]


def test_latencies_of_known_distributions(tmp_path: Path) -> None:
    slots, wanted = 400, 40_000
    for latency, quantile in (
        ({"type": "exponential", "mean": "20ms"}, lambda p: 20e6 * -math.log1p(-p)),
        ({"type": "lognormal", "mean": "20ms", "std_dev": "10ms"}, _lognormal(20e6, 10e6)),
    ):
        report = reported(
            tmp_path, target={"uri": "null://test/", "null": {"latency": latency}}, concurrency=slots, duration=None,
            stop={"ops": wanted},
        )  # fmt: skip
        service = report["ops"]["get"]["service_ns"]
        assert service["n"] == wanted
        for name, p in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
            # Four standard deviations of a sample's quantile, in shares of samples, and the histogram's 0.1 %.
            spread = 4 * math.sqrt(p * (1 - p) / wanted)
            assert quantile(p - spread) * 0.999 <= service[name] <= quantile(p + spread) * 1.001


def _lognormal(mean: float, std_dev: float) -> Any:
    variance = math.log1p((std_dev / mean) ** 2)
    normal = NormalDist(math.log(mean) - variance / 2, math.sqrt(variance))
    return lambda p: math.exp(normal.inv_cdf(p))
