from __future__ import annotations

import subprocess
import sys
from collections import Counter
from math import log, sqrt
from random import Random
from statistics import fmean, stdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.objects.sizes import size_source
from s3bench_tui.spec.model.dataset import Dataset

MIB = 1 << 20
SPECS: dict[str, dict[str, Any]] = {
    "fixed": {"type": "fixed", "size": 4096},
    "empty": {"type": "fixed", "size": 0},
    "uniform": {"type": "uniform", "min": 0, "max": 10},
    "uniform-wide": {"type": "uniform", "min": 4096, "max": 100 * MIB},
    "log-uniform": {"type": "log-uniform", "min": 1, "max": 9},
    "log-uniform-wide": {"type": "log-uniform", "min": 4096, "max": 1024 * MIB},
    "lognormal": {"type": "lognormal", "mean": MIB, "std_dev": MIB // 2, "min": 1, "max": 1 << 40},
    "lognormal-cut": {"type": "lognormal", "mean": MIB, "std_dev": MIB, "min": MIB // 2, "max": 2 * MIB},
    "list": {"type": "list", "sizes": [{"size": 100, "weight": 1.0}, {"size": 7, "weight": 3.0}]},
}
N = 20_000
each_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())


@each_spec
def test_draws_and_the_data_set_have_the_promised_mean_and_bounds(spec: dict[str, Any]) -> None:
    source = size_source(spec, seed=3)
    random = Random(1).random
    for sizes in ([source.draw(random) for _ in range(N)], [source.size_of(index) for index in range(N)]):
        assert all(isinstance(size, int) for size in sizes)
        assert abs(fmean(sizes) - source.mean()) <= 5 * stdev(sizes) / sqrt(N)
        assert min(sizes) >= spec.get("min", 0)
        assert max(sizes) <= source.largest()


@each_spec
@settings(deadline=None)
@given(u=st.floats(0, 1, exclude_max=True))
def test_no_number_leads_out_of_bounds(spec: dict[str, Any], u: float) -> None:
    source = size_source(spec)
    assert spec.get("min", 0) <= source.quantile(u) <= source.largest()


@pytest.mark.parametrize("name", sorted(SPECS.keys() - {"list"}))  # a list is in whatever order it was written
def test_quantiles_rise(name: str) -> None:
    source = size_source(SPECS[name])
    sizes = [source.quantile(step / 1000) for step in range(1000)]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("seed", [0, 1, -1, 2**64])
def test_no_seed_gives_the_first_object_an_extreme_size(seed: int) -> None:
    assert size_source({"type": "uniform", "min": 0, "max": 10**6}, seed).size_of(0) > 100


def test_every_whole_size_of_a_narrow_range_has_its_probability() -> None:
    for kind, weight in (("uniform", lambda size: 1.0), ("log-uniform", lambda size: log((size + 1) / size))):
        source = size_source({"type": kind, "min": 1, "max": 9}, seed=5)
        counts = Counter(source.size_of(index) for index in range(N))
        total = sum(map(weight, range(1, 10)))
        for size in range(1, 10):
            share = weight(size) / total
            assert abs(counts[size] - N * share) < 5 * sqrt(N * share * (1 - share))


def test_log_uniform_gives_every_doubling_the_same_share() -> None:
    source = size_source({"type": "log-uniform", "min": 4096, "max": 1024 * MIB}, seed=5)
    counts = Counter(source.size_of(index).bit_length() for index in range(N))
    share = 1 / 18
    assert all(abs(counts[bits] - N * share) < 5 * sqrt(N * share) for bits in range(13, 31))


def test_lognormal_has_the_spread_of_the_sizes_themselves() -> None:
    source = size_source({"type": "lognormal", "mean": MIB, "std_dev": MIB // 4, "min": 1, "max": 1 << 40}, seed=2)
    sizes = [source.size_of(index) for index in range(N)]
    assert fmean(sizes) == pytest.approx(MIB, rel=0.01)
    assert stdev(sizes) == pytest.approx(MIB // 4, rel=0.03)


def test_bounds_of_lognormal_work_as_drawing_again_does() -> None:
    uncut = size_source({"type": "lognormal", "mean": 1000, "std_dev": 1500, "min": 0, "max": 1 << 40})
    random = Random(9).random
    again = sorted([size for size in (uncut.draw(random) for _ in range(60_000)) if 400 <= size <= 1200][:N])
    cut = size_source({"type": "lognormal", "mean": 1000, "std_dev": 1500, "min": 400, "max": 1200})
    at_once = sorted(cut.draw(random) for _ in range(len(again)))
    for tenth in range(1, 10):
        place = len(again) * tenth // 10
        assert at_once[place] == pytest.approx(again[place], rel=0.03)


def test_sizes_of_the_data_set_depend_on_seed_and_index_alone() -> None:
    spec = SPECS["lognormal"]
    first = [size_source(spec, seed=1).size_of(index) for index in range(100)]
    source = size_source(spec, seed=1)
    assert [source.size_of(index) for index in reversed(range(100))] == first[::-1]
    assert [size_source(spec, seed=2).size_of(index) for index in range(100)] != first
    assert len(set(first)) > 90


def test_sizes_never_change_between_versions() -> None:
    """Objects made by an earlier version must keep the sizes that they are read with."""
    known = {
        "uniform-wide": [73164196, 35999457, 40091126],
        "log-uniform-wide": [24721349, 296825, 482999],
        "lognormal": [1197825, 775116, 814181],
        "lognormal-cut": [1223325, 788273, 824949],
        "list": [7, 7, 7],
    }
    for name, sizes in known.items():
        source = size_source(SPECS[name], seed=42)
        assert [source.size_of(index) for index in (0, 1, 10**9)] == sizes


def test_neighbours_are_independent() -> None:
    source = size_source({"type": "uniform", "min": 0, "max": 10**9}, seed=0)
    sizes = [source.size_of(index) for index in range(N)]
    middle, spread = fmean(sizes), stdev(sizes)
    for lag in (1, 2, 64, 1024):
        correlation = fmean((a - middle) * (b - middle) for a, b in zip(sizes, sizes[lag:], strict=False)) / spread**2
        assert abs(correlation) < 5 / sqrt(N)


def test_takes_what_the_workload_model_gives() -> None:
    sizes = ["64KiB", {"type": "uniform", "min": 1, "max": 2}, {"type": "log-uniform", "min": 1, "max": 2}, {"type": "lognormal", "mean": 9, "std_dev": 3}, {"type": "list", "sizes": [{"size": 1}]}]  # fmt: skip
    for size in sizes:
        plain = Dataset.model_validate({"count": 1, "size": size}).size.model_dump()
        assert size_source(plain).largest() >= size_source(plain).size_of(0)


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "uniform", "min": 2, "max": 1},
        {"type": "log-uniform", "min": 0, "max": 1},
        {"type": "lognormal", "mean": 1000, "std_dev": 1, "min": 2000, "max": 3000},
        {"type": "lognormal", "mean": 0, "std_dev": 1, "min": 1, "max": 2},
        {"type": "list", "sizes": []},
        {"type": "list", "sizes": [{"size": 1, "weight": 0}]},
        {"type": "normal"},
    ],
)
def test_descriptions_that_no_size_fits_are_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"size"):
        size_source(spec)


def test_choosing_the_load_needs_nothing_heavy() -> None:
    """Worker processes import these; only a payload of random content may add cryptography, once it is made."""
    code = (
        "import sys, s3bench_tui.engine.operations.mix, s3bench_tui.engine.objects.keys, s3bench_tui.engine.objects.sizes, s3bench_tui.engine.objects.payload as payload\n"
        "import s3bench_tui.engine.worker.pacer, s3bench_tui.engine.objects.written\n"
        "payload.Payload(1, 'zero')\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'cryptography', 'pydantic', 'yaml', 'boto3', 'asyncio', 'textual', 'rich', 'ssl'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
