"""The pure parts of the Results screen: picking, filtering, series over time, lines that fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3bench_tui.report.build import build
from s3bench_tui.report.comparison.figures import compare
from s3bench_tui.report.folder import Listed
from s3bench_tui.ui.results.facts import facts
from s3bench_tui.ui.results.lines import comparison, list_header, list_line, operations, set_ups, when, wrapped
from s3bench_tui.ui.results.shelf import Shelf
from s3bench_tui.ui.results.views import VIEWS, both, one, ops_of
from tests.unit.report.samples import make_run


def run(name: str, day: int, **how: object) -> Listed:
    return Listed(Path(f"{name}-{day}.json"), f"{name}-{day}", name, f"2025-01-{day:02d}T00:00:00Z", **how)  # type: ignore[arg-type]


NEW, OTHER, OLD = run("mix", 3, ops_per_s=10.0), run("get", 2, ops_per_s=30.0), run("mix", 1, ops_per_s=20.0)


def shelf() -> Shelf:
    found = Shelf()
    found.put((NEW, OTHER, OLD))
    return found


def test_what_ended_is_compared_with_the_last_of_the_same_workload() -> None:
    found = shelf()
    found.take_finished(NEW.path)
    assert (found.a, found.b) == (NEW.path, OLD.path)
    found.take_finished(OTHER.path)
    assert (found.a, found.b) == (OTHER.path, None)
    found.take_finished(Path("nowhere.json"))
    assert (found.a, found.b) == (OTHER.path, None)


def test_b_needs_an_a_and_goes_when_picked_again() -> None:
    found = shelf()
    found.pick_b(NEW.path)
    assert (found.a, found.b) == (OTHER.path, NEW.path)
    found.pick_b(NEW.path)
    assert (found.a, found.b) == (OTHER.path, None)
    found.pick_b(OTHER.path)
    assert found.b == OTHER.path


def test_a_file_that_is_gone_is_picked_no_more() -> None:
    found = shelf()
    found.pick_a(NEW.path)
    found.pick_b(OLD.path)
    found.put((NEW, OTHER))
    assert (found.a, found.b) == (NEW.path, None)


def test_every_word_of_the_filter_must_be_there() -> None:
    found = shelf()
    found.wanted = "MIX 2025-01-01"
    assert found.shown() == [OLD]
    found.wanted = "nothing of the kind"
    assert found.shown() == []


def test_orders_go_round() -> None:
    found = shelf()
    seen = {}
    for _ in range(7):
        seen[found.order] = [listed.ops_per_s for listed in found.shown()]
        found.turn_order()
    assert len(seen) == 6
    assert seen["newest first"] == [10.0, 30.0, 20.0] and seen["most operations first"] == [30.0, 20.0, 10.0]


@pytest.fixture(scope="module")
def closed() -> dict[str, object]:
    return build(make_run(seconds=6).records).as_dict()


def test_series_over_time_are_those_of_the_report(closed: dict[str, object]) -> None:
    operations_view = next(view for view in VIEWS if view.name == "operations")
    history = one(closed, operations_view, "get")
    assert [name for name, _ in history.series] == ops_of(closed) == ["get", "put", "list"]
    totals = [
        sum(point.mean for point in points) for points in zip(*(points for _, points in history.series), strict=True)
    ]
    assert totals == pytest.approx([row["total"]["ops_per_s"] for row in closed["series"]])  # type: ignore[attr-defined]
    assert history.marks == {1.0: "1", 7.0: "2"}
    against = both(closed, closed, operations_view, "get")
    assert [name for name, _ in against.series] == ["A", "B"]
    assert against.series[0][1][0].at_s == 1.0 and len(against.series[0][1]) == 12


@pytest.mark.parametrize("width", [20, 58, 66, 76, 116])
@pytest.mark.parametrize("open_loop", [False, True])
def test_every_line_fits(closed: dict[str, object], width: int, open_loop: bool) -> None:
    data = build(make_run(open_loop=open_loop, seconds=6).records).as_dict()
    found = compare(data, closed)
    if width >= 58:
        for made in (operations(data, width), comparison(found, width), set_ups(found, width)):
            table = [line for line in made.plain.splitlines() if "cannot be told" not in line and ": " not in line]
            assert max(map(len, table)) <= max(width, 68)
    assert facts(data, width).plain
    assert all(len(line) <= width for line in wrapped("a word " * 40, width).plain.splitlines())


@pytest.mark.parametrize("width", [73, 115, 200])
def test_a_line_of_the_list_is_as_wide_as_the_list(width: int) -> None:
    long = run("a name that is rather longer than there is room for", 4, targets=("s3://bucket/" * 9,), problem="x")
    assert {list_line(listed, "A", width).cell_length for listed in (NEW, long)} == {width}
    assert list_header(width).cell_length == width


def test_a_date_that_is_none_is_a_dash() -> None:
    assert when("") == "-"
