"""The rasterisers with any numbers: they never raise, fill exactly their cells, and a larger number is never drawn lower."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.stats.histogram import MAX_VALUE_NS, Histogram
from s3bench_tui.stats.series import Point
from s3bench_tui.ui.charts.area import area, lines
from s3bench_tui.ui.charts.canvas import HEAT_LEVELS, Line
from s3bench_tui.ui.charts.curve import curve, percentile_at, stops_for
from s3bench_tui.ui.charts.frame import GUTTER
from s3bench_tui.ui.charts.glyphs import ASCII, BLOCK, BRAILLE, GLYPHS, Glyphs, glyphs_named
from s3bench_tui.ui.charts.heat import HeatMap, HeatMoment, bins_of, edge_ns, level
from s3bench_tui.ui.charts.meter import meter
from s3bench_tui.ui.charts.spread import shares, spread
from s3bench_tui.ui.charts.ticks import BYTES, COUNT, SHARE, TIME_NS, axis, clock, ladder, nice
from s3bench_tui.ui.charts.timeplot import Moment, TimePlot, history

QUICK = settings(max_examples=40, deadline=None)
ANY = st.floats(allow_nan=True, allow_infinity=True)
GLYPH_SETS = st.sampled_from(list(GLYPHS.values()))
UNITS = st.sampled_from([COUNT, BYTES, TIME_NS, SHARE])
SIDES = st.integers(0, 40)
LATENCIES = st.lists(st.integers(0, MAX_VALUE_NS), max_size=40).map(Histogram.of_values)


def filled(column: str, glyphs: Glyphs) -> int:
    """How many steps of a column are full."""
    steps = {glyph: step for step, glyph in enumerate(glyphs.fill)} | {glyphs.solid[0]: len(glyphs.fill) - 1}
    return sum(steps[glyph] for glyph in column)


def check_size(picture: list[Line], width: int, height: int) -> None:
    assert len(picture) == height
    for line in picture:
        assert len(line.text) == len(line.inks) == len(line.grounds) == width
        assert "".join(text for text, _, _ in line.runs()) == line.text


@pytest.mark.parametrize("glyphs", GLYPHS.values(), ids=lambda glyphs: glyphs.name)
def test_every_set_of_glyphs_has_one_cell_for_each_step(glyphs: Glyphs) -> None:
    assert len(glyphs.heat) == HEAT_LEVELS + 1
    assert glyphs.fill[0] == glyphs.heat[0] == " "
    assert len(set(glyphs.fill)) == len(glyphs.fill)
    assert len(glyphs.meter) == 2
    assert len(glyphs.halves) in (0, 3)
    plain = glyphs_named(glyphs.name, coloured=False)
    assert plain.halves == ""
    for joined in (False, True):
        assert len({plain.sign(index, joined=joined) for index in range(3)}) == 3


def test_ascii_is_ascii() -> None:
    words = (ASCII.fill, ASCII.solid, *ASCII.lines, ASCII.heat, ASCII.meter, ASCII.rise, ASCII.peak, ASCII.corner)
    assert all(text.isascii() for text in words)


# --- columns ------------------------------------------------------------------------------------------------------


@QUICK
@given(st.lists(ANY, max_size=4), ANY, st.integers(0, 12), ANY, GLYPH_SETS)
def test_an_area_takes_any_numbers(values: list[float], top: float, height: int, peak: float, glyphs: Glyphs) -> None:
    column = area(values, top, height, glyphs, peak=peak)
    assert len(column.text) == len(column.inks) == len(column.grounds) == height


@QUICK
@given(st.lists(ANY, max_size=4), st.lists(ANY, max_size=4), ANY, st.integers(0, 12), GLYPH_SETS)
def test_lines_take_any_numbers(
    values: list[float], before: list[float], top: float, height: int, glyphs: Glyphs
) -> None:
    assert len(lines(values, before, top, height, glyphs).text) == height


@QUICK
@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 12), GLYPH_SETS)
def test_more_is_never_drawn_lower(one: float, other: float, height: int, glyphs: Glyphs) -> None:
    low, high = sorted((one, other))
    assert filled(area((low,), 1.0, height, glyphs).text, glyphs) <= filled(
        area((high,), 1.0, height, glyphs).text, glyphs
    )


@QUICK
@given(st.floats(1e-6, 1e15), st.integers(1, 12), GLYPH_SETS)
def test_the_top_fills_a_column_and_zero_leaves_it_empty(top: float, height: int, glyphs: Glyphs) -> None:
    assert area((top,), top, height, glyphs).text == glyphs.solid[0] * height
    assert area((0.0,), top, height, glyphs).text == " " * height
    assert area((float("nan"),), top, height, glyphs).text == " " * height
    assert lines((top,), (), top, height, glyphs).text[0] == glyphs.lines[0][-1]
    assert lines((0.0,), (), top, height, glyphs).text[-1] == glyphs.lines[0][0]


@QUICK
@given(st.floats(1e-9, 1.0), st.integers(1, 12), GLYPH_SETS)
def test_a_little_is_never_drawn_as_nothing(value: float, height: int, glyphs: Glyphs) -> None:
    assert filled(area((value,), 1.0, height, glyphs).text, glyphs) >= 1


def test_stacked_series_share_a_cell_by_ink_and_ground() -> None:
    column = area((0.5, 0.5), 1.0, 1, BLOCK)
    assert column.text == "▄" and column.inks != column.grounds and column.grounds != b"\0"


# --- ticks --------------------------------------------------------------------------------------------------------


@QUICK
@given(ANY, st.integers(-3, 30), UNITS)
def test_an_axis_starts_at_zero_and_holds_the_highest(highest: float, most: int, unit: object) -> None:
    found = axis(highest, most, unit)  # type: ignore[arg-type]
    values = [value for value, _ in found.ticks]
    assert values[0] == 0 and values == sorted(set(values)) and values[-1] == found.top
    assert len(values) <= max(1, most) + 1
    if 1e-9 <= highest <= 1e18:
        assert found.top >= highest * 0.999999
    if 1 <= highest <= 1e13 and unit is not SHARE:  # the longest time here is hours
        assert all(len(label) <= GUTTER for _, label in found.ticks)


@QUICK
@given(ANY, ANY)
def test_a_ladder_encloses_both_ends(one: float, other: float) -> None:
    found = ladder(one, other, TIME_NS)
    values = [value for value, _ in found.ticks]
    assert len(values) >= 2 and values == sorted(set(values))
    if 1e-9 <= one <= other <= 1e18:
        assert values[0] <= one * 1.00001 and values[-1] >= other * 0.99999
        assert len(values) == 2 or values[1] >= one * 0.99999


@pytest.mark.parametrize(("step", "found"), [(1, 1), (1.1, 2), (2.1, 5), (5.1, 10), (0.03, 0.05), (700, 1000)])
def test_steps_are_one_two_or_five(step: float, found: float) -> None:
    assert nice(step) == pytest.approx(found)


def test_labels_have_the_unit_that_fits() -> None:
    assert [label for _, label in axis(2.4 * 2**30, 5, BYTES).ticks] == ["0", "512Mi", "1Gi", "1.5Gi", "2Gi", "2.5Gi"]
    assert [label for _, label in axis(9500, 5, COUNT).ticks] == ["0", "2k", "4k", "6k", "8k", "10k"]
    assert [label for _, label in axis(0.93, 5, SHARE).ticks] == ["0", "20%", "40%", "60%", "80%", "100%"]
    assert [label for _, label in ladder(3e6, 6e7, TIME_NS).ticks] == ["2ms", "5ms", "10ms", "20ms", "50ms", "100ms"]
    assert [clock(seconds) for seconds in (5, 90, 7200)] == ["5", "1:30", "2:00:00"]


# --- over time ----------------------------------------------------------------------------------------------------


@QUICK
@given(st.lists(st.tuples(ANY, ANY, ANY), max_size=60), SIDES, st.integers(0, 14), GLYPH_SETS, UNITS, st.booleans())
def test_a_plot_fills_its_cells(
    rows: list[tuple[float, float, float]], width: int, height: int, glyphs: Glyphs, unit: object, joined: bool
) -> None:
    plot = TimePlot(unit, glyphs, joined=joined)  # type: ignore[arg-type]
    plot.resize(width, height)
    for second, (one, other, peak) in enumerate(rows):
        plot.push(Moment(float(second), (one, other), peak, "A" if second == 3 else ""))
    check_size(plot.picture(), width, height)


@QUICK
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=90), st.booleans())
def test_column_by_column_is_the_same_picture_as_all_at_once(values: list[float], joined: bool) -> None:
    moments = [Moment(float(second + 1), (value,)) for second, value in enumerate(values)]
    one, other = TimePlot(COUNT, BLOCK, joined=joined), TimePlot(COUNT, BLOCK, joined=joined)
    one.resize(40, 9)
    for moment in moments:
        one.push(moment)
    other.show(moments)
    other.resize(40, 9)
    seen, drawn = one.picture(), other.picture()
    if joined:  # the oldest column alone still shows where its line came from
        seen, drawn = ([Line.of(line.text[:7] + line.text[8:]) for line in rows] for rows in (seen, drawn))
    assert seen == drawn


def test_a_mark_stands_on_the_axis_under_its_second() -> None:
    plot = TimePlot(COUNT, ASCII)
    plot.resize(30, 8)
    plot.show([Moment(float(second), (1.0,), mark="A" if second == 5 else "") for second in range(1, 11)])
    rule = plot.picture()[-2].text
    assert rule.index("A") == 7 + 4


def test_lines_can_be_told_apart_without_colour() -> None:
    plot = TimePlot(COUNT, glyphs_named("block", coloured=False), joined=True)
    plot.resize(30, 8)
    plot.show([Moment(float(second), (9.0, 2.0)) for second in range(1, 10)])
    text = "".join(line.text for line in plot.picture())
    assert "·" * 9 in text and "│" + "─" * 9 + " " in text


POINTS = st.lists(ANY, max_size=80).map(
    lambda values: [Point(float(second + 1), 1.0, value, value, value) for second, value in enumerate(values)]
)


@QUICK
@given(st.lists(POINTS, max_size=3), st.integers(-1, 60))
def test_a_history_has_as_many_moments_as_columns(series: list[list[Point]], count: int) -> None:
    found = history(series, count, {0.5: "1", 3.0: "2"})
    assert len(found) == (count if any(series) and count > 0 else 0)
    assert all(len(moment.values) == len(series) for moment in found)
    if found:
        assert "".join(moment.mark for moment in found).startswith("1") or count < 3
        assert found[-1].at_s == pytest.approx(max(map(len, series)))


def test_a_short_history_fills_the_width_and_a_long_one_keeps_its_peak() -> None:
    short = [Point(1.0, 1.0, 5.0, 5.0, 5.0), Point(2.0, 1.0, 7.0, 7.0, 7.0)]
    assert [moment.values[0] for moment in history([short], 6, {})] == [5.0] * 3 + [7.0] * 3
    long = [Point(second + 1.0, 1.0, value, value, value) for second, value in enumerate([1.0] * 59 + [99.0])]
    assert history([long], 6, {})[-1].peak == 99.0


# --- heat ---------------------------------------------------------------------------------------------------------


@QUICK
@given(st.lists(LATENCIES, max_size=30), SIDES, st.integers(0, 14), GLYPH_SETS, st.booleans())
def test_a_heat_map_fills_its_cells(
    histograms: list[Histogram], width: int, height: int, glyphs: Glyphs, halves: bool
) -> None:
    heat = HeatMap(glyphs if halves else glyphs_named(glyphs.name, coloured=False))
    heat.resize(width, height)
    for second, histogram in enumerate(histograms):
        heat.push(HeatMoment(float(second), bins_of(histogram)))
    check_size(heat.picture(), width, height)


@QUICK
@given(st.lists(LATENCIES, min_size=1, max_size=60))
def test_heat_column_by_column_is_the_same_as_all_at_once(histograms: list[Histogram]) -> None:
    moments = [HeatMoment(float(second + 1), bins_of(histogram)) for second, histogram in enumerate(histograms)]
    one, other = HeatMap(BLOCK), HeatMap(BLOCK)
    one.resize(40, 9)
    for moment in moments:
        one.push(moment)
    other.resize(40, 9)
    other.show(moments)
    assert one.picture() == other.picture()


@QUICK
@given(LATENCIES)
def test_every_operation_is_in_one_bin(histogram: Histogram) -> None:
    bins = bins_of(histogram)
    assert sum(bins.values()) == histogram.n
    if bins:
        assert edge_ns(min(bins)) <= histogram.min_ns and edge_ns(max(bins) + 1) >= histogram.max_ns


@QUICK
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**9))
def test_more_operations_are_never_fainter(one: int, other: int, peak: int) -> None:
    low, high = sorted((one, other))
    assert level(low, peak) <= level(high, peak) <= HEAT_LEVELS
    assert (level(low, peak) == 0) == (low == 0)


def test_slow_operations_are_at_the_top() -> None:
    heat = HeatMap(ASCII)
    heat.resize(30, 8)
    heat.show([HeatMoment(1.0, bins_of(Histogram.of_values([1_000_000] * 50 + [30_000_000])))])
    column = [line.text[7] for line in heat.picture()[:6]]
    assert column[0] != " " and column[1] == " " and column[-1] == "%"


# --- latency as a whole -------------------------------------------------------------------------------------------


@QUICK
@given(st.lists(LATENCIES, max_size=3), SIDES, st.integers(0, 14), GLYPH_SETS)
def test_a_curve_fills_its_cells(histograms: list[Histogram], width: int, height: int, glyphs: Glyphs) -> None:
    check_size(curve(histograms, width, height, glyphs), width, height)


@QUICK
@given(st.integers(1, 10**9), st.floats(0, 1), st.floats(0, 1))
def test_the_axis_of_percentiles_only_rises(n: int, one: float, other: float) -> None:
    stops = stops_for(n)
    low, high = sorted((one, other))
    assert 0 <= percentile_at(low, stops) <= percentile_at(high, stops) <= 100
    for index, stop in enumerate(stops):
        assert percentile_at(index / (len(stops) - 1), stops) == pytest.approx(stop)


def test_the_axis_of_percentiles_ends_where_the_sample_does() -> None:
    assert stops_for(99) == (0.0, 50.0, 100.0) or stops_for(99)[-2] == 90.0
    assert stops_for(1000)[-2] == 99.9
    assert stops_for(1)[-1] == 100.0


@QUICK
@given(LATENCIES, SIDES, st.integers(0, 14), GLYPH_SETS)
def test_a_spread_fills_its_cells(histogram: Histogram, width: int, height: int, glyphs: Glyphs) -> None:
    check_size(spread(histogram, width, height, glyphs), width, height)


@QUICK
@given(LATENCIES, st.integers(1, 60))
def test_shares_hold_every_operation(histogram: Histogram, bins: int) -> None:
    found = shares(histogram, 1e3, 1e9, bins)
    assert len(found) == bins and all(share >= 0 for share in found)
    assert sum(found) == pytest.approx(1.0 if histogram.n else 0.0)


@QUICK
@given(ANY, st.integers(-2, 60), GLYPH_SETS)
def test_a_meter_is_full_only_at_the_end(share: float, width: int, glyphs: Glyphs) -> None:
    line = meter(share, width, glyphs)
    assert len(line.text) == max(0, width)
    if width > 1:
        assert (line.text == glyphs.meter[1] * width) == (share >= 1)
        assert (line.text == glyphs.meter[0] * width) == (not share > 0)


def test_braille_is_braille() -> None:
    assert all("\u2800" <= glyph <= "\u28ff" for glyph in BRAILLE.fill[1:] + BRAILLE.lines[0])
