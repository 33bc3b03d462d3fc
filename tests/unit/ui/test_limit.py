"""The live verdict is the report's, asked of a few seconds."""

from __future__ import annotations

from dataclasses import replace

from s3bench_tui.engine.messages import Interval, RunStarted
from s3bench_tui.ui.limit import judged, line_rates
from s3bench_tui.ui.widgets.limit import ink_of
from tests.unit.report.samples import make_run


def intervals(cpu_s_per_s: float) -> tuple[RunStarted, list[Interval]]:
    run = make_run(seconds=8, changes=0)
    started = next(record for record in run.records if isinstance(record, RunStarted))
    found = [record for record in run.records if isinstance(record, Interval) and record.phase == 1]
    busy = [
        replace(each, workers=tuple(replace(worker, cpu_s=cpu_s_per_s * second) for worker in each.workers))
        for second, each in enumerate(found)
    ]
    return started, busy


def test_too_few_seconds_say_nothing() -> None:
    started, found = intervals(0.3)
    assert judged(found[:2], started, 16) is None


def test_idle_workers_mean_the_store_and_busy_ones_the_client() -> None:
    started, found = intervals(0.3)
    idle = judged(found, started, 16)
    assert idle is not None and idle.limit == "store" and idle.evidence["worker_busy"] == 0.3
    started, found = intervals(0.97)
    busy = judged(found, started, 16)
    assert busy is not None and busy.limit == "client" and "97%" in busy.text


def test_the_lines_are_those_of_the_machine_that_makes_the_load() -> None:
    host = {"interfaces": {"ens5": {"speed_bits_per_s": 25_000_000_000}, "lo": {"speed_bits_per_s": None}}}
    assert line_rates(host) == {"ens5": 25_000_000_000}
    assert line_rates({}) == {}


def test_only_a_verdict_that_is_good_news_looks_like_it() -> None:
    heads = ("CLIENT-LIMITED", "UNSUSTAINED", "UNCLEAR", "STORE-LIMITED", "SUSTAINED", "a new phase")
    assert [ink_of(head) for head in heads] == ["bad", "bad", "warn", "good", "good", "strong"]
    assert [ink_of(f"warm-up, {head}") for head in heads] == ["bad", "bad", "warn", "good", "good", "strong"]
