"""A against B from whole reports: what was made slower is found slower, what differs between set-ups is said."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from s3bench_tui.report.build import build
from s3bench_tui.report.comparison.figures import Comparison, compare
from s3bench_tui.report.comparison.seconds import SteadyPart
from s3bench_tui.report.comparison.words import markdown_of, sentence, text_of
from s3bench_tui.report.forms import markdown
from s3bench_tui.report.forms.tables import aligned
from s3bench_tui.stats.compare import Verdict
from tests.unit.report.samples import make_run

Data = dict[str, Any]


def report(**how: Any) -> Data:
    return build(make_run(**{"changes": 0, "seconds": 24, "ops": 300} | how).records).as_dict()


@pytest.fixture(scope="module")
def base() -> Data:
    return report()


def verdicts(found: Comparison) -> dict[str, Verdict]:
    return {line.name: line.judgement.verdict for line in found.lines}


def test_a_run_against_itself_is_the_same(base: Data) -> None:
    found = compare(base, base)
    known = {name: verdict for name, verdict in verdicts(found).items() if not name.endswith("p99.9")}
    assert set(known.values()) <= {Verdict.SAME, Verdict.UNKNOWN} and known["operations"] is Verdict.SAME
    assert known["get p50"] is Verdict.SAME
    assert found.worse == [] and found.caveats == []
    assert [row.a for row in found.differences if row.what == "workload"] == ["the same"]


def test_what_is_slower_is_found_slower(base: Data) -> None:
    found = compare(report(seed=2, slower=1.2), base)
    assert verdicts(found)["get p50"] is Verdict.WORSE
    assert "get p50" in [line.name for line in found.worse]
    assert verdicts(compare(base, report(seed=2, slower=1.2)))["get p50"] is Verdict.BETTER
    line = next(line for line in found.lines if line.name == "get p50")
    assert line.change.startswith("+") and 0.15 < (line.judgement.change or 0) < 0.25


def test_a_second_that_knows_no_p99_gives_no_verdict_on_it(base: Data) -> None:
    """The list has some ten operations a second."""
    found = compare(base, base)
    line = next(line for line in found.lines if line.name == "list p99")
    assert line.judgement.verdict is Verdict.UNKNOWN and "0 steady seconds" in line.judgement.why


def test_figures_are_those_of_the_report_where_all_phases_are_steady(base: Data) -> None:
    part = SteadyPart.of(base)
    assert part.percentile("get", "service", "p99").value == base["ops"]["get"]["service_ns"]["p99"]
    assert part.rate("ops").value == pytest.approx(base["total"]["ops_per_s"], rel=1e-5)
    assert part.failures().value == pytest.approx(
        base["total"]["failed"] / (base["total"]["failed"] + base["total"]["ops"])
    )
    assert part.latency("get", "service").n == base["ops"]["get"]["ops"]
    assert part.text == "1 of 1 phase, 24 s"


def test_a_phase_that_drifts_is_left_out(base: Data) -> None:
    drifting = copy.deepcopy(base)
    for number, row in enumerate(drifting["series"]):
        row["total"]["ops"] = int(row["total"]["ops"] * (1 - 0.02 * number))
    part = SteadyPart.of(drifting)
    assert part.rows == () and part.text.startswith("0 of 1")
    found = compare(drifting, base)
    assert set(verdicts(found).values()) == {Verdict.UNKNOWN}
    assert "steady" in [row.what for row in found.caveats]


def test_what_differs_is_said_and_what_matters_marked(base: Data) -> None:
    other = copy.deepcopy(base)
    other["workload"]["concurrency"] = 64
    other["workload"]["seed"] = 7
    other["phases"][1]["settings"]["concurrency"] = 64
    other["host"]["kernel"] = "6.2"
    other["status"] = "interrupted"
    other["thresholds"][0]["passed"] = False
    other["targets"][0]["probe"] = {"server": "MinIO"}
    other["client"]["verdict"] = "client-limited"
    rows = {row.what: row for row in compare(base, other).differences}
    matters = {name for name, row in rows.items() if row.matters}
    assert matters == {"concurrency", "in flight", "server", "kernel", "ended", "checks", "limited by"}
    assert (rows["concurrency"].a, rows["concurrency"].b) == ("16", "64")
    assert not rows["seed"].same and rows["python"].same and rows["server"].b == "MinIO"


def test_open_loop_is_compared_by_response_time() -> None:
    open_loop = report(open_loop=True)
    found = compare(open_loop, open_loop)
    p50 = next(line for line in found.lines if line.name == "get p50")
    assert p50.a == open_loop["ops"]["get"]["response_ns"]["p50"]
    assert "rate" in [row.what for row in found.differences]


def test_a_run_without_operations_can_be_compared(base: Data) -> None:
    empty = build(make_run(end=False).records[:1]).as_dict()
    for found in (compare(empty, base), compare(base, empty), compare(empty, empty)):
        assert set(verdicts(found).values()) <= {Verdict.UNKNOWN}
        assert text_of(found, ("a.json", "b.json")) and markdown_of(found, ("a.json", "b.json"))
    assert sentence(compare(empty, base)) == "No figure can be told apart."


def test_both_texts_say_figures_and_set_ups(base: Data) -> None:
    found = compare(report(seed=2, slower=1.2), base)
    text, marked = text_of(found, ("new.json", "old.json")), markdown_of(found, ("new.json", "old.json"))
    for said in (text, marked):
        assert "new.json" in said and "worse" in said and "get p50" in said and "kernel" in said and "95 % band" in said
    rows = [line for line in marked.splitlines() if line.startswith("|")]
    assert {line.count(" | ") for line in rows} == {5, 3}
    assert "A is" in sentence(found) and "worse in" in sentence(found)


def test_one_run_as_markdown(base: Data) -> None:
    text = markdown.text_of(base)
    assert "mixed 70/30" in text and "| get |" in text and "http_503" in text and "ok: get.p99 < 50ms" in text


def test_columns_are_aligned() -> None:
    assert aligned(("a", "bb"), [("ccc", "d")]) == "a    bb\nccc   d\n"
