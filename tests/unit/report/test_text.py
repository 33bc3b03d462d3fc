"""The summary and the progress line, as they look at fixed widths."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from s3bench_tui.engine.messages import Arrivals, Event, Phase, RunEnded, Snapshot
from s3bench_tui.report.build import build
from s3bench_tui.report.forms.text import print_summary
from s3bench_tui.report.progress import progress_line
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stats.tally import Row, RowKey, merged
from tests.unit.report.samples import make_run, settings

SNAPSHOTS = Path(__file__).parent / "snapshots"
FILES = [("report", "out.json"), ("recording", "run.jsonl")]


def shown(report, width, encoding="utf-8", **options):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    print_summary(report, Console(width=width, file=file, **options), FILES)
    file.flush()
    return raw.getvalue().decode(encoding)


def plain(report, width):
    return "\n".join(line.rstrip() for line in shown(report, width).splitlines()) + "\n"


def troubled():
    """Open loop, too fast for the store, with unfinished operations, a lost worker, and a threshold that fails."""
    run = make_run(open_loop=True, ops=1200, changes=0, thresholds=("get.p99 < 50ms", "put.response.p99 < 2ms"))
    ended = run.records[-1]
    assert isinstance(ended, RunEnded)
    verdict = {
        "limit": "store",
        "text": "UNSUSTAINED: offered 1200/s, served 1180/s, backlog +20/s. Lower the rate until the backlog stays flat.",
        "unsustained": True,
        "notes": ["the disk nvme0n1 was busy all the time"],
    }
    lost = Event(
        3.5, "worker", "worker 1 was lost (killed by signal 9) and replaced; its completed operations are counted"
    )
    censored = {"put": Histogram.of_values([9_000_000_000] * 40)}
    ended = replace(
        ended,
        status="interrupted",
        reason="interrupted by Ctrl-C",
        client={"cpu_s": 2.5, "verdict": verdict},
        censored=censored,
    )
    return build([*run.records[:-1], lost, ended])


CASES = {
    "closed": lambda: build(make_run(ops=3000).records),
    "short": lambda: build(make_run(ops=40, changes=0, seconds=1).records),
    "troubled": troubled,
    "lost": lambda: build(make_run(ops=3000, end=False).records[:5]),
}


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("case", CASES)
def test_the_summary_looks_as_it_should(case, width):
    text = plain(CASES[case](), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert text == (SNAPSHOTS / f"{case}-{width}.txt").read_text()


def test_what_clean_up_left_is_loud():
    run = make_run(ops=40, changes=0, seconds=1)
    ended = replace(run.records[-1], cleaned_up={"written": 3000, "dataset": 200, "left": 5})
    text = plain(build([*run.records[:-1], ended]), 80)
    assert "clean-up    3,200 objects deleted, 5 left; the report's events say why\n" in text


def test_a_wider_terminal_gets_no_longer_lines():
    report = CASES["closed"]()
    assert plain(report, 200) == plain(report, 120)


def test_colour_is_only_for_terminals(monkeypatch):
    report = CASES["troubled"]()
    assert "\x1b" not in shown(report, 80)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m" in shown(report, 80, force_terminal=True, color_system="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in shown(report, 80, force_terminal=True)


def test_an_ascii_terminal_gets_ascii_only():
    run = make_run(ops=200)
    run.records.insert(3, Event(0.5, "error", "x", {"outcome": "timeout", "detail": "Zeitüberschreitung — später"}))
    text = shown(build(run.records), 80, encoding="ascii")
    assert "Zeit\\xfcberschreitung \\u2014 sp\\xe4ter" in text


def test_a_servers_words_cannot_steer_the_terminal():
    run = make_run(ops=200)
    run.records.insert(
        3, Event(0.5, "error", "x", {"outcome": "timeout", "detail": "\x1b[2Jgone\r\n[bold]markup[/bold]"})
    )
    text = shown(build(run.records), 120, force_terminal=True, color_system=None)
    assert "\x1b" not in text
    assert "gone  [bold]markup[/bold]" in text


# --- progress -----------------------------------------------------------------------------------------------------


def snapshot(at_s=10.0, ops=5000, kind="measured", **changes):
    row = Row(ops=ops, bytes=ops * 4096, errors={"timeout": 3}, service=Histogram.of_values([1_000_000] * ops))
    tally = {RowKey(0, 0, 1): row}
    phase = Phase(1, kind, 5.0, settings())
    made = Snapshot(at_s, phase, "running", tally, tally, at_s - 5.0, Arrivals(), 16, 0, planned_s=60.0)
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("current", "line"),
    [
        (snapshot(), "running 5/60 s  1.00k ops/s  3.91 MiB/s  p99 1.00 ms  3 errors  16 in flight"),
        (snapshot(planned_s=None), "running 5 s  1.00k ops/s  3.91 MiB/s  p99 1.00 ms  3 errors  16 in flight"),
        (snapshot(planned_s=5.5), "running 5.0/5.5 s  1.00k ops/s  3.91 MiB/s  p99 1.00 ms  3 errors  16 in flight"),
        (snapshot(ops=50), "running 5/60 s  10 ops/s  40.0 KiB/s  3 errors  16 in flight"),
        (snapshot(kind="warmup", state="warming up"), "warming up 5 s  1.00k ops/s  3.91 MiB/s  p99 1.00 ms  3 errors  16 in flight"),
        (snapshot(kind="prepare", state="preparing", progress=(1500, 10000)), "preparing 1,500/10,000  1.00k ops/s  3.91 MiB/s  p99 1.00 ms  3 errors  16 in flight"),
        (snapshot(backlog=7, arrivals=Arrivals(9, 8, 1)), "running 5/60 s  1.00k ops/s  3.91 MiB/s  p99 1.00 ms  3 errors  7 waiting  1 dropped  16 in flight"),
        (snapshot(state="ended", in_flight=0), "ended 5/60 s  3 errors  0 in flight"),
    ],
)  # fmt: skip
def test_a_line_of_progress(current, line):
    assert progress_line(None, current, 120) == line


def test_rates_are_those_since_the_last_line():
    earlier, slow = snapshot(), Row(ops=200, service=Histogram.of_values([8_000_000] * 200))
    later = merged(earlier.current, {RowKey(0, 0, 1): slow})
    line = progress_line(earlier, snapshot(at_s=12.0, current=later, total=later), 120)
    assert line == "running 7/60 s  100 ops/s  0 B/s  p99 8.00 ms  3 errors  16 in flight"


def test_another_phase_starts_anew():
    earlier = snapshot()
    later = snapshot(at_s=12.0, phase=Phase(2, "measured", 10.0, settings()), current={RowKey(0, 0, 1): Row(ops=20)})
    assert progress_line(earlier, later, 120).startswith("running 7/60 s  10 ops/s")


def test_two_looks_at_the_same_instant_give_no_rate():
    assert progress_line(snapshot(), snapshot(), 120) == "running 5/60 s  3 errors  16 in flight"


@pytest.mark.parametrize("width", range(5, 90, 5))
def test_a_narrow_terminal_gets_whole_words(width):
    whole = progress_line(None, snapshot(), 120)
    line = progress_line(None, snapshot(), width)
    assert len(line) <= width
    assert whole.startswith(line)
    if width > 15:
        assert whole == line or whole[len(line) : len(line) + 2] == "  "
